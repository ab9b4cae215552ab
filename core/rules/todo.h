#ifndef CBM_CORE_RULES_TODO_H_
#define CBM_CORE_RULES_TODO_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cbm/v1/common.pb.h"
#include "cbm/v1/consultation.pb.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/notification.pb.h"
#include "core/rules/deadlines.h"

namespace cbm::rules {

// What is to be done now, by whom and by when: computed whenever somebody asks, from what a reader
// has in its ledgers and the time, and stored nowhere.

// In the order in which equal deadlines are listed.
enum class Task {
  kAcknowledge,
  kReply,
  kFollowUp,
  kFinalReport,
  kAnswerConsultation,
  kReadAnswers,    // Nobody accepted yet, and somebody asked for another time or authority.
  kSeeLapsed,      // Nobody accepted in time: nothing can be done in it any more.
  kMeet,           // At its time; until the meeting's end it is not overdue.
  kSchedule,       // Agreed, and no time is set.
  kMarkHeld,       // The scheduled time is over.
  kDraftRecord,    // Held, and there is no record.
  kConfirmRecord,  // Or refuse its last version.
  kAskForRecord,   // Its last version was drafted before the State became a party.
  kSettleRecord,   // Somebody does not confirm it: another version, or a statement.
};

// How long a request that lapsed is still listed: so that it is seen, and not for ever.
inline constexpr absl::Duration kLapsedListedFor = absl::Hours(7 * 24);

struct Todo {
  Task task = Task::kAcknowledge;
  std::string state;             // Who is to do it.
  std::optional<absl::Time> by;  // None where nothing says when.
  bool overdue = false;

  // What it is about, one of the two: lent by what was given to ListTodos.
  const v1::NotificationRecord* notification = nullptr;
  const v1::ConsultationRecord* consultation = nullptr;
};

v1::Context ContextOf(const Todo& todo);
v1::Precedence PrecedenceOf(const Todo& todo);

// A notification, and what is due of the reader's own party: as an addressee or as its author.
struct OwnDue {
  const v1::NotificationRecord* notification = nullptr;  // Lent.
  std::vector<Deadline> deadlines;
};

// Who asks: an office of `type` of a party.
struct TodoReader {
  std::string party;
  v1::OfficeType type = v1::OFFICE_TYPE_UNSPECIFIED;
};

struct Todos {
  std::vector<Todo> own;      // What the reader's party is to do.
  std::vector<Todo> waiting;  // What it waits for others to do.
};

// All that is to be done at `now`. Listed are tasks that are not done; of a notification that an
// office filter keeps from the reader's office, none. A State that declined or left a consultation
// is asked for nothing in it, and waits for nobody.
//
// Both lists have REAL first, then EXERCISE, then TEST; in each the earliest deadline first and
// what has none last; of equal deadlines the more urgent first, then by task, by what it is about,
// and by State. What is due by an instant is in time at that instant.
Todos ListTodos(const TodoReader& reader, const std::vector<OwnDue>& notifications,
                const std::vector<v1::ConsultationRecord>& consultations, absl::Time now);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_TODO_H_
