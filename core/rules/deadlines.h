#ifndef CBM_CORE_RULES_DEADLINES_H_
#define CBM_CORE_RULES_DEADLINES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/entry.pb.h"
#include "cbm/v1/notification.pb.h"
#include "core/rules/exchange.h"

namespace cbm::rules {

// Deadlines are targets, for reminders and figures: never a duty. What is due when is resolved
// once, when a notification is taken, and stands in its entries. Whether it is met, late or overdue
// is computed whenever somebody asks, from a record and the time, and is stored nowhere.

enum class Due {
  kAcknowledgement,
  kAnswer,       // Met by the first reply, interim or not.
  kFollowUp,     // Of an incident, by its author: met by the first follow-up.
  kFinalReport,  // Likewise: met by a final report, or a progress report if it is still open.
};

struct Deadline {
  Due due = Due::kAcknowledgement;
  // Whose it is: an addressee as its Delivery names it, or the author.
  std::string state;
  std::string commitment;
  absl::Time by;
  std::optional<absl::Time> met;
};

// What an addressee did, as far as the reader knows.
struct AddresseeActs {
  std::string state;
  std::string commitment;
  std::optional<absl::Time> acknowledged;
  std::optional<absl::Time> answered;
};

// Sets in `effect` what is due on a notification that is taken at `taken`: acknowledgement by its
// precedence, answer by the time that is wanted or else by its precedence, follow-up and final
// report of an incident that starts a thread.
void SetDeadlines(const Exchange& exchange, const v1::Notification& notification,
                  bool starts_thread, absl::Time taken, v1::Effect& effect);

// What is due of one addressee: at most an acknowledgement and an answer.
std::vector<Deadline> DeadlinesOf(const v1::NotificationRecord& record, const AddresseeActs& acts);

// What is due of each addressee that the record shows.
std::vector<Deadline> DeadlinesOfAddressees(const v1::NotificationRecord& record);

// What is due of the author. For the author's own ledger alone: an addressee may not have been sent
// what meets it.
std::vector<Deadline> DeadlinesOfAuthor(const v1::NotificationRecord& record);

// Now, as deadlines know it: a clock that was set back does not undo what an entry proves to be
// past.
absl::Time PresentAt(absl::Time clock, absl::Time last_entry);

// Whether a deadline is over. What is due by an instant is in time at that instant.
bool IsPast(absl::Time by, absl::Time present);

// Whether it is past and not met.
bool IsOverdue(const Deadline& deadline, absl::Time present);

// Whether it was met after its time. The mark stays.
bool WasLate(const Deadline& deadline);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_DEADLINES_H_
