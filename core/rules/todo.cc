#include "core/rules/todo.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/rules/consultation.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"

namespace cbm::rules {
namespace {

Task TaskOf(Due due) {
  switch (due) {
    case Due::kAcknowledgement:
      return Task::kAcknowledge;
    case Due::kAnswer:
      return Task::kReply;
    case Due::kFollowUp:
      return Task::kFollowUp;
    case Due::kFinalReport:
      break;
  }
  return Task::kFinalReport;
}

template <typename Names>
bool Contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Adds what is not met of `deadlines`.
void AddUnmet(const v1::NotificationRecord& record, const std::vector<Deadline>& deadlines,
              absl::Time now, std::vector<Todo>& list) {
  for (const Deadline& deadline : deadlines) {
    if (!deadline.met.has_value()) {
      list.push_back({.task = TaskOf(deadline.due),
                      .state = deadline.state,
                      .by = deadline.by,
                      .overdue = IsOverdue(deadline, now),
                      .notification = &record,
                      .consultation = nullptr});
    }
  }
}

void AddNotification(const TodoReader& reader, const OwnDue& due, absl::Time now, Todos& todos) {
  const v1::NotificationRecord& record = *due.notification;
  if (record.from_party() == reader.party) {
    AddUnmet(record, due.deadlines, now, todos.own);
    AddUnmet(record, DeadlinesOfAddressees(record), now, todos.waiting);
  } else if (!IsKeptFrom(record, reader.party, reader.type)) {
    AddUnmet(record, due.deadlines, now, todos.own);
  }
}

// One consultation as its reader's State has to do with it.
class OfConsultation {
 public:
  OfConsultation(const std::string& party, const v1::ConsultationRecord& record, absl::Time now,
                 Todos& todos)
      : party_(party),
        record_(record),
        consultation_(record.state()),
        state_(StateAt(record.state(), now)),
        now_(now),
        todos_(todos) {}

  void Add() {
    switch (record_.standing()) {
      case v1::STANDING_INVITED:
        AddInvited();
        return;
      case v1::STANDING_REQUESTER:
        AddAnswers();
        AddMeeting();
        AddRecord();
        return;
      case v1::STANDING_PARTY:
        AddMeeting();
        AddRecord();
        return;
      default:
        return;
    }
  }

 private:
  absl::Time answer_by() const { return FromTimestamp(consultation_.answer_by()); }

  Todo Make(Task task, const std::string& state, std::optional<absl::Time> by) const {
    return {.task = task,
            .state = state,
            .by = by,
            .overdue = task != Task::kMeet && by.has_value() && IsPast(*by, now_),
            .notification = nullptr,
            .consultation = &record_};
  }
  void AddOwn(Task task, std::optional<absl::Time> by = std::nullopt) {
    todos_.own.push_back(Make(task, party_, by));
  }
  void AddWaiting(Task task, const std::string& state,
                  std::optional<absl::Time> by = std::nullopt) {
    todos_.waiting.push_back(Make(task, state, by));
  }

  void AddLapsed() {
    if (!IsPast(answer_by() + kLapsedListedFor, now_)) {
      AddOwn(Task::kSeeLapsed, answer_by());
    }
  }

  void AddInvited() {
    for (const v1::Invitation& invitation : consultation_.invitations()) {
      if (invitation.state() != party_ || invitation.answer() != v1::ANSWER_KIND_UNSPECIFIED) {
        continue;
      }
      if (IsOpen(state_)) {
        AddOwn(Task::kAnswerConsultation, answer_by());
      } else if (state_ == consultation::kLapsed) {
        AddLapsed();
      }
    }
  }

  // What the requester waits for.
  void AddAnswers() {
    if (state_ == consultation::kLapsed) {
      AddLapsed();
      return;
    }
    if (!IsOpen(state_)) {
      return;
    }
    bool named_another = false;
    for (const v1::Invitation& invitation : consultation_.invitations()) {
      if (invitation.answer() == v1::ANSWER_KIND_UNSPECIFIED) {
        AddWaiting(Task::kAnswerConsultation, invitation.state(), answer_by());
      }
      named_another = named_another || invitation.answer() == v1::ANSWER_KIND_OTHER_TIME ||
                      invitation.answer() == v1::ANSWER_KIND_REFER;
    }
    if (named_another && state_ == consultation::kRequested) {
      AddOwn(Task::kReadAnswers, answer_by());
    }
  }

  void AddMeeting() {
    if (state_ == consultation::kAgreed) {
      AddOwn(Task::kSchedule);
    } else if (state_ == consultation::kScheduled) {
      if (IsPast(FromTimestamp(consultation_.meeting_to()), now_)) {
        AddOwn(Task::kMarkHeld);
      } else {
        AddOwn(Task::kMeet, FromTimestamp(consultation_.meeting_from()));
      }
    }
  }

  bool HasSpoken(const std::string& state) const {
    return Contains(consultation_.confirmed(), state) || Contains(consultation_.refused(), state) ||
           Contains(consultation_.statements(), state);
  }

  void AddRecord() {
    const bool stated = Contains(consultation_.statements(), party_);
    if (state_ == consultation::kHeld && !stated) {
      AddOwn(Task::kDraftRecord);
    }
    if (state_ != consultation::kRecording) {
      return;
    }
    if (!HasSpoken(party_)) {
      AddOwn(HasRecordText(record_) ? Task::kConfirmRecord : Task::kAskForRecord);
    } else if (!stated &&
               (!consultation_.refused().empty() || !consultation_.statements().empty())) {
      AddOwn(Task::kSettleRecord);
    }
    for (const std::string& other : consultation_.parties()) {
      if (other != party_ && !HasSpoken(other)) {
        AddWaiting(Task::kConfirmRecord, other);
      }
    }
  }

  const std::string& party_;
  const v1::ConsultationRecord& record_;
  const v1::ConsultationState& consultation_;
  const std::string_view state_;
  const absl::Time now_;
  Todos& todos_;
};

std::string_view SubjectOf(const Todo& todo) {
  return todo.notification != nullptr ? todo.notification->act_digest()
                                      : todo.consultation->state().consultation_id();
}

bool ComesBefore(const Todo& a, const Todo& b) {
  const auto rank = [](const Todo& todo) {
    return std::tuple(ContextOf(todo), todo.by.value_or(absl::InfiniteFuture()),
                      -static_cast<int>(PrecedenceOf(todo)), todo.task, SubjectOf(todo),
                      std::string_view{todo.state});
  };
  return rank(a) < rank(b);
}

}  // namespace

v1::Context ContextOf(const Todo& todo) {
  return todo.notification != nullptr ? todo.notification->notification().context()
                                      : todo.consultation->state().context();
}

v1::Precedence PrecedenceOf(const Todo& todo) {
  return todo.notification != nullptr ? todo.notification->notification().precedence()
                                      : todo.consultation->state().precedence();
}

Todos ListTodos(const TodoReader& reader, const std::vector<OwnDue>& notifications,
                const std::vector<v1::ConsultationRecord>& consultations, absl::Time now) {
  Todos todos;
  for (const OwnDue& due : notifications) {
    AddNotification(reader, due, now, todos);
  }
  for (const v1::ConsultationRecord& consultation : consultations) {
    OfConsultation(reader.party, consultation, now, todos).Add();
  }
  std::sort(todos.own.begin(), todos.own.end(), ComesBefore);
  std::sort(todos.waiting.begin(), todos.waiting.end(), ComesBefore);
  return todos;
}

}  // namespace cbm::rules
