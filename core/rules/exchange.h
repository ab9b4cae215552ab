#ifndef CBM_CORE_RULES_EXCHANGE_H_
#define CBM_CORE_RULES_EXCHANGE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/genesis.pb.h"
#include "core/base/ledger_id.h"

namespace cbm::rules {

// From when to when a certificate holds.
struct Validity {
  absl::Time not_before;
  absl::Time not_after;
};

// What an exchange is from its genesis on: frameworks, members, languages, clocks, kinds. Every
// rule and every projection may know it, on the server and on a client alike.
//
// Immutable, so safe to share between threads.
class Exchange {
 public:
  // INVALID_ARGUMENT if `genesis` is not complete and consistent: the message says what is wrong.
  // `id` is the exchange id that the document's bytes give, `secretariat` what the certificate in
  // it says of itself.
  static absl::StatusOr<Exchange> Create(v1::Genesis genesis, std::string id, Validity secretariat);

  const std::string& id() const { return id_; }
  const v1::Genesis& genesis() const { return genesis_; }

  // From when to when the secretariat's first certificate holds.
  const Validity& secretariat() const { return secretariat_; }

  // Null if there is none of that name.
  const v1::Framework* FindFramework(std::string_view id) const;
  const v1::NotificationKind* FindKind(std::string_view kind) const;
  // The framework of a measure such as "OSCE-3"; null if there is no such measure.
  const v1::Framework* FrameworkOfMeasure(std::string_view measure) const;

  // Whether `code` is a member of any framework, participating or partner.
  bool IsState(std::string_view code) const;

  // The name of a State, or `code` itself if it is none.
  std::string_view NameOf(std::string_view code) const;

  bool Participates(std::string_view state, std::string_view framework) const;

  // The participating States of a framework, sorted by code.
  std::vector<std::string> Participants(std::string_view framework) const;

  // The frameworks that a State participates in, sorted.
  std::vector<std::string> FrameworksOf(std::string_view state) const;

  // The ALL ledgers that the reader of `ledger` belongs to, sorted: of a State and its integrations
  // by membership; of the secretariat and the chair, all; of the auditor, none.
  std::vector<LedgerId> AllLedgersOf(const LedgerId& ledger) const;

  // Within how long an acknowledgement of such a notification is hoped for: by the framework of the
  // first of `measures`.
  absl::Duration AcknowledgeWithin(v1::Precedence precedence, std::string_view measure) const;

  // The same of an answer to what asks for one, and of an incident's follow-up and final report.
  absl::Duration AnswerWithin(v1::Precedence precedence, std::string_view measure) const;
  absl::Duration FollowUpWithin(std::string_view measure) const;
  absl::Duration FinalReportWithin(std::string_view measure) const;

 private:
  const v1::Clocks& ClocksOf(std::string_view measure) const;

  Exchange() = default;

  std::string id_;
  v1::Genesis genesis_;
  Validity secretariat_;
  std::map<std::string, int, std::less<>> frameworks_;      // To an index in genesis_.
  std::map<std::string, int, std::less<>> measures_;        // To its framework's index.
  std::map<std::string, int, std::less<>> kinds_;           // To an index in genesis_.
  std::map<std::string, std::string, std::less<>> states_;  // Code to name.
  std::map<std::string, std::vector<std::string>, std::less<>> memberships_;  // Participating.
};

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_EXCHANGE_H_
