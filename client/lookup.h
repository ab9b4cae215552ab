#ifndef CBM_CLIENT_LOOKUP_H_
#define CBM_CLIENT_LOOKUP_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/notification.pb.h"
#include "client/output/json.h"
#include "client/replica.h"

namespace cbm {

// What commands ask a replica. Nothing here asks the exchange.

// The offices that the reader's ledgers show, sorted by party and office, each once; of one party
// if it is given.
absl::StatusOr<std::vector<v1::OfficeRecord>> ListOffices(const Replica& replica,
                                                          std::string_view party);

// The office's own credential as the ledgers show it, `said` being what the exchange says of it:
// DATA_LOSS if that is of another party or office, or may do something else. `said` itself if no
// ledger of the reader's shows the credential.
absl::StatusOr<v1::CredentialRecord> OwnCredential(const Replica& replica, const Digest& credential,
                                                   const v1::CredentialRecord& said);

// The notifications in the reader's ledgers, newest first, each once.
absl::StatusOr<std::vector<v1::NotificationRecord>> ListNotifications(const Replica& replica);

// Those of `notifications` that are of one thread with `record`, itself among them, oldest first:
// the first, what follows it up, and the replies.
std::vector<v1::NotificationRecord> ThreadOf(
    const std::vector<v1::NotificationRecord>& notifications, const v1::NotificationRecord& record);

// The replies to it, oldest first.
std::vector<v1::NotificationRecord> RepliesTo(
    const std::vector<v1::NotificationRecord>& notifications, const v1::NotificationRecord& record);

// `now`, or the time of the replica's last entry if that is later: a clock that was set back does
// not undo what an entry proves to be past.
absl::Time PresentOf(const Replica& replica, absl::Time now);

// What the own office and party did about a notification, and what is due of the party: as an
// addressee, or as its author. A `now` before the last entry is moved to that.
absl::StatusOr<NotificationState> StateOf(const Replica& replica, std::string_view office,
                                          const v1::NotificationRecord& record, absl::Time now);

// An entry of a ledger.
struct FoundEntry {
  const LedgerReplica* ledger = nullptr;
  uint64_t ordinal = 0;

  const ReplicaRecord& record() const { return ledger->records()[ordinal]; }
};

// The entry of the act with this id, or whose digest in hexadecimal begins with `name` (at least 6
// digits): the one in the own ledger if there are several. NOT_FOUND if there is none; a usage
// error if several acts are meant.
absl::StatusOr<FoundEntry> FindAct(const Replica& replica, std::string_view name);

// The notification that such an act sent. NOT_FOUND likewise.
absl::StatusOr<v1::NotificationRecord> FindNotification(const Replica& replica,
                                                        std::string_view name);

// What an act sends, or else what it acts on, as far as the replica has it: of several, one that is
// REAL if there is one. Empty if it is about no notification.
v1::Notification HeaderOf(const Replica& replica, const v1::Act& act);

}  // namespace cbm

#endif  // CBM_CLIENT_LOOKUP_H_
