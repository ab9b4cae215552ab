#ifndef CBM_CLIENT_READING_H_
#define CBM_CLIENT_READING_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/content.pb.h"
#include "cbm/v1/notification.pb.h"
#include "client/workplace.h"

namespace cbm {

// Whether what such a notification says is given to an office of `type` of the ledger's party only
// once it has opened it. Not so of one that an office filter keeps from it: that cannot be opened.
bool IsGivenByOpening(const v1::NotificationRecord& record, const LedgerId& own,
                      std::string_view party, v1::OfficeType type);

// Whether the office has to open the notification before it is given what it says.
absl::StatusOr<bool> NeedsOpen(Workplace& workplace, const v1::NotificationRecord& record);

// Opens those of `records` that need it, up to 64 in an act, and brings the replica up to date.
// That another command of the office opened one meanwhile is no failure.
absl::Status OpenAll(Workplace& workplace, const std::vector<v1::NotificationRecord>& records,
                     v1::OpenManner manner);

// Whether who could not open something is shown the rest all the same: the exchange cannot take an
// act now, or refuses this one. Not so if its evidence is wrong, or something failed here.
bool IsShownUnopened(const absl::Status& opened);

// The same failure, with what it means for who reads.
absl::Status Unopened(const absl::Status& opened);

// What an act that the reader was given says. None if it was cut from this reader, or erased.
// DATA_LOSS if it is not what its author named.
absl::StatusOr<std::optional<v1::Manifest>> FetchManifest(Workplace& workplace, const Digest& act,
                                                          const std::string& manifest_digest);

// What a notification says. None if the reader is not given it, or has not opened it. DATA_LOSS if
// it is not what its author named.
absl::StatusOr<std::optional<v1::Manifest>> ReadSaid(Workplace& workplace,
                                                     const v1::NotificationRecord& record);

// The subjects of a list. One that cannot be read is left out, and hides no other; at the end it is
// said which, and why.
class Subjects {
 public:
  explicit Subjects(Workplace& workplace) : workplace_(workplace) {}

  // In a line; none if it is not given, not opened, or cannot be read.
  std::optional<std::string> Of(const v1::NotificationRecord& record);

  // The same of an act that the reader was given, `said` being what ReadSaid returned.
  std::optional<std::string> Take(std::string_view act_digest,
                                  const absl::StatusOr<std::optional<v1::Manifest>>& said);

  // Of which acts that the reader may read the exchange gives nothing, in one line; empty if none.
  std::string Withheld() const;

  // Why the others are missing, and of which acts; that evidence is wrong stands before all else.
  absl::Status failure() const;

 private:
  Workplace& workplace_;
  std::vector<std::string> withheld_;  // The first digits of acts.
  std::vector<std::string> unread_;
  absl::Status why_;
};

}  // namespace cbm

#endif  // CBM_CLIENT_READING_H_
