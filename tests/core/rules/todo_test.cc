// What is to be done, by whom and by when: for each task who has it, who does not, and that it is
// in time at the very second and overdue one past it.

#include "core/rules/todo.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/rules/consultation.h"
#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kSecond = absl::Seconds(1);

absl::Time Utc(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", text, &time, &error)) << error;
  return time;
}

std::vector<Task> TasksOf(const std::vector<Todo>& todos) {
  std::vector<Task> tasks;
  for (const Todo& todo : todos) {
    tasks.push_back(todo.task);
  }
  return tasks;
}

std::vector<std::string> StatesOf(const std::vector<Todo>& todos) {
  std::vector<std::string> states;
  for (const Todo& todo : todos) {
    states.push_back(todo.state);
  }
  return states;
}

class TodoTest : public ::testing::Test {
 protected:
  static v1::NotificationRecord Sent(const std::string& by, const std::string& name) {
    v1::NotificationRecord record;
    record.set_from_party(by);
    record.set_act_digest(name);
    record.mutable_notification()->set_kind("INQ");
    record.mutable_notification()->set_context(v1::CONTEXT_REAL);
    record.mutable_notification()->set_precedence(v1::PRECEDENCE_ROUTINE);
    return record;
  }

  static Deadline DueOf(Due due, absl::Time by) {
    return {.due = due, .state = "EE", .commitment = {}, .by = by, .met = std::nullopt};
  }

  // LV asks EE, FI and LT.
  static v1::ConsultationRecord Asked(absl::Time answer_by, std::string_view state) {
    v1::ConsultationRecord record;
    v1::ConsultationState& consultation = *record.mutable_state();
    consultation.set_consultation_id("consultation");
    consultation.set_state(std::string(state));
    consultation.set_requester("LV");
    consultation.add_parties("LV");
    consultation.set_context(v1::CONTEXT_REAL);
    consultation.set_precedence(v1::PRECEDENCE_URGENT);
    *consultation.mutable_answer_by() = ToTimestamp(answer_by);
    for (const std::string invited : {"EE", "FI", "LT"}) {
      consultation.add_invitations()->set_state(invited);
    }
    return record;
  }

  static void SetAnswer(const std::string& state, v1::AnswerKind answer,
                        v1::ConsultationRecord& record) {
    for (v1::Invitation& invitation : *record.mutable_state()->mutable_invitations()) {
      if (invitation.state() == state) {
        invitation.set_answer(answer);
        if (answer == v1::ANSWER_KIND_ACCEPT) {
          record.mutable_state()->add_parties(state);
        }
      }
    }
  }

  // One that EE and LT have accepted.
  static v1::ConsultationRecord Agreed(absl::Time answer_by, std::string_view state) {
    v1::ConsultationRecord record = Asked(answer_by, state);
    SetAnswer("EE", v1::ANSWER_KIND_ACCEPT, record);
    SetAnswer("LT", v1::ANSWER_KIND_ACCEPT, record);
    return record;
  }

  // Its last version was drafted by LV, and given to the reader.
  static void Draft(uint32_t version, v1::ConsultationRecord& record) {
    record.mutable_state()->set_record_version(version);
    record.mutable_state()->set_record_digest(std::to_string(version));
    v1::ConsultationEvent& event = *record.add_history();
    event.set_kind(v1::ACT_KIND_DRAFT_RECORD);
    event.set_act_digest(record.state().record_digest());
    event.set_party("LV");
  }

  static Todos In(const std::string& party, v1::ConsultationRecord record, absl::Time now) {
    record.set_standing(StandingOf(record.state(), party));
    static std::vector<v1::ConsultationRecord> kept;  // A Todo points to what it is about.
    kept = {std::move(record)};
    return ListTodos({.party = party}, {}, kept, now);
  }

  // In time one second before and at the very second, and overdue one past it.
  template <typename Ask>
  static void ExpectDue(absl::Time by, Task task, Ask ask) {
    for (const absl::Duration after : {-kSecond, absl::ZeroDuration(), kSecond}) {
      const std::vector<Todo> todos = ask(by + after);
      ASSERT_THAT(TasksOf(todos), ElementsAre(task)) << after;
      EXPECT_EQ(todos[0].by, by);
      EXPECT_EQ(todos[0].overdue, after > absl::ZeroDuration()) << after;
    }
  }

  const absl::Time start_ = Utc("2026-03-10 21:52:00");
};

TEST_F(TodoTest, OfANotificationIsWhatIsNotMet) {
  const v1::NotificationRecord received = Sent("LV", "a");
  for (const auto& [due, task] : {std::pair(Due::kAcknowledgement, Task::kAcknowledge),
                                  std::pair(Due::kAnswer, Task::kReply)}) {
    ExpectDue(start_, task, [&, of = due](absl::Time now) {
      const Todos todos = ListTodos({.party = "EE"}, {{&received, {DueOf(of, start_)}}}, {}, now);
      EXPECT_THAT(todos.waiting, IsEmpty());
      EXPECT_EQ(todos.own.at(0).notification, &received);
      return todos.own;
    });
  }
  Deadline met = DueOf(Due::kAnswer, start_);
  met.met = start_ + absl::Hours(1);  // Late, and done.
  EXPECT_THAT(ListTodos({.party = "EE"}, {{&received, {met}}}, {}, start_ + absl::Hours(9)).own,
              IsEmpty());
}

TEST_F(TodoTest, OfAnIncidentIsItsAuthors) {
  const v1::NotificationRecord own = Sent("EE", "a");
  ExpectDue(start_, Task::kFollowUp, [&](absl::Time now) {
    return ListTodos({.party = "EE"}, {{&own, {DueOf(Due::kFollowUp, start_)}}}, {}, now).own;
  });
  ExpectDue(start_, Task::kFinalReport, [&](absl::Time now) {
    return ListTodos({.party = "EE"}, {{&own, {DueOf(Due::kFinalReport, start_)}}}, {}, now).own;
  });
}

TEST_F(TodoTest, OfOthersIsWaitedForByTheAuthor) {
  v1::NotificationRecord own = Sent("EE", "a");
  *own.mutable_acknowledge_by() = ToTimestamp(start_);
  own.add_deliveries()->set_state("LV");
  own.add_deliveries()->set_state("FI");
  *own.mutable_deliveries(1)->mutable_acknowledged() = ToTimestamp(start_);
  ExpectDue(start_, Task::kAcknowledge, [&](absl::Time now) {
    const Todos todos = ListTodos({.party = "EE"}, {{&own, {}}}, {}, now);
    EXPECT_THAT(todos.own, IsEmpty());
    EXPECT_THAT(StatesOf(todos.waiting), ElementsAre("LV"));
    return todos.waiting;
  });
}

TEST_F(TodoTest, IsNoneWhereAFilterKeepsTheNotificationFromTheOffice) {
  v1::NotificationRecord received = Sent("LV", "a");
  received.add_office_filter(v1::OFFICE_TYPE_POLICY);
  const std::vector<OwnDue> due = {{&received, {DueOf(Due::kAcknowledgement, start_)}}};
  EXPECT_THAT(ListTodos({.party = "EE", .type = v1::OFFICE_TYPE_DUTY}, due, {}, start_).own,
              IsEmpty());
  EXPECT_THAT(
      TasksOf(ListTodos({.party = "EE", .type = v1::OFFICE_TYPE_POLICY}, due, {}, start_).own),
      ElementsAre(Task::kAcknowledge));
}

TEST_F(TodoTest, IsRealFirstThenByDeadlineThenByPrecedenceAndThenTheSameAlways) {
  const auto sent = [](const std::string& name, v1::Context context, v1::Precedence precedence) {
    v1::NotificationRecord record = Sent("LV", name);
    record.mutable_notification()->set_context(context);
    record.mutable_notification()->set_precedence(precedence);
    return record;
  };
  const std::vector<v1::NotificationRecord> records = {
      sent("1", v1::CONTEXT_REAL, v1::PRECEDENCE_ROUTINE),
      sent("2", v1::CONTEXT_REAL, v1::PRECEDENCE_EMERGENCY),
      sent("3", v1::CONTEXT_REAL, v1::PRECEDENCE_ROUTINE),
      sent("4", v1::CONTEXT_REAL, v1::PRECEDENCE_ROUTINE),
      sent("5", v1::CONTEXT_EXERCISE, v1::PRECEDENCE_EMERGENCY),
      sent("6", v1::CONTEXT_TEST, v1::PRECEDENCE_EMERGENCY)};
  std::vector<OwnDue> due;
  for (const v1::NotificationRecord& record : records) {
    const absl::Duration after = absl::Hours(record.act_digest() == "1"   ? 1
                                             : record.act_digest() == "6" ? -9
                                             : record.act_digest() == "5" ? -8
                                                                          : 2);
    due.push_back({&record, {DueOf(Due::kAcknowledgement, start_ + after)}});
  }
  const v1::ConsultationRecord agreed = [&] {
    v1::ConsultationRecord record = Agreed(start_, consultation::kAgreed);
    record.set_standing(v1::STANDING_PARTY);
    return record;
  }();
  std::sort(due.begin(), due.end(),
            [](const auto& a, const auto& b) { return a.notification < b.notification; });
  for (int i = 0; i < 720; ++i) {  // Whatever the order in which they are given.
    std::next_permutation(due.begin(), due.end(), [](const auto& a, const auto& b) {
      return a.notification < b.notification;
    });
    std::string order;
    for (const Todo& todo : ListTodos({.party = "EE"}, due, {agreed}, start_).own) {
      order += todo.notification != nullptr ? todo.notification->act_digest() : "c";
    }
    ASSERT_EQ(order, "1234c56");
  }
}

TEST_F(TodoTest, OfARequestIsItsAnswerUntilItLapses) {
  const v1::ConsultationRecord asked = Asked(start_, consultation::kRequested);
  for (const absl::Duration after : {-kSecond, absl::ZeroDuration()}) {
    const Todos invitee = In("FI", asked, start_ + after);
    ASSERT_THAT(TasksOf(invitee.own), ElementsAre(Task::kAnswerConsultation));
    EXPECT_FALSE(invitee.own[0].overdue);
    EXPECT_EQ(invitee.own[0].by, start_);
    EXPECT_THAT(invitee.waiting, IsEmpty());
    const Todos requester = In("LV", asked, start_ + after);
    EXPECT_THAT(requester.own, IsEmpty());
    EXPECT_THAT(StatesOf(requester.waiting), ElementsAre("EE", "FI", "LT"));
    EXPECT_FALSE(requester.waiting[0].overdue);
  }
  for (const std::string party : {"FI", "LV"}) {
    for (const absl::Duration after : {kSecond, kLapsedListedFor}) {
      const Todos lapsed = In(party, asked, start_ + after);
      ASSERT_THAT(TasksOf(lapsed.own), ElementsAre(Task::kSeeLapsed)) << party;
      EXPECT_TRUE(lapsed.own[0].overdue);
      EXPECT_THAT(lapsed.waiting, IsEmpty()) << "nobody can answer it any more";
    }
    EXPECT_THAT(In(party, asked, start_ + kLapsedListedFor + kSecond).own, IsEmpty()) << party;
  }
}

TEST_F(TodoTest, OfOneWhoIsStillAskedIsOverdueOnceOthersHaveAgreed) {
  const v1::ConsultationRecord agreed = Agreed(start_, consultation::kAgreed);
  ExpectDue(start_, Task::kAnswerConsultation,
            [&](absl::Time now) { return In("FI", agreed, now).own; });
  ExpectDue(start_, Task::kAnswerConsultation, [&](absl::Time now) {
    const Todos requester = In("LV", agreed, now);
    EXPECT_THAT(StatesOf(requester.waiting), ElementsAre("FI"));
    return requester.waiting;
  });
  EXPECT_THAT(In("EE", agreed, start_ + kSecond).waiting, IsEmpty()) << "its requester waits";
}

TEST_F(TodoTest, OfOtherTimesIsTheRequesters) {
  v1::ConsultationRecord asked = Asked(start_, consultation::kRequested);
  SetAnswer("EE", v1::ANSWER_KIND_OTHER_TIME, asked);
  EXPECT_THAT(In("EE", asked, start_).own, IsEmpty());
  EXPECT_THAT(In("EE", asked, start_ + kSecond).own, IsEmpty());
  const Todos requester = In("LV", asked, start_);
  EXPECT_THAT(TasksOf(requester.own), ElementsAre(Task::kReadAnswers));
  EXPECT_THAT(StatesOf(requester.waiting), ElementsAre("FI", "LT"));
}

TEST_F(TodoTest, OfAMeetingIsToSetItToMeetAndToSayThatItWasHeld) {
  v1::ConsultationRecord record = Agreed(start_, consultation::kAgreed);
  for (const std::string party : {"LV", "EE"}) {
    EXPECT_THAT(TasksOf(In(party, record, start_).own), ElementsAre(Task::kSchedule));
  }
  v1::ConsultationState& state = *record.mutable_state();
  state.set_state(std::string(consultation::kScheduled));
  *state.mutable_meeting_from() = ToTimestamp(start_);
  *state.mutable_meeting_to() = ToTimestamp(start_ + absl::Hours(1));
  for (const absl::Time now : {start_ - kSecond, start_ + kSecond, start_ + absl::Hours(1)}) {
    const Todos todos = In("EE", record, now);
    ASSERT_THAT(TasksOf(todos.own), ElementsAre(Task::kMeet));
    EXPECT_EQ(todos.own[0].by, start_);
    EXPECT_FALSE(todos.own[0].overdue) << "it is on";
  }
  EXPECT_THAT(TasksOf(In("EE", record, start_ + absl::Hours(1) + kSecond).own),
              ElementsAre(Task::kMarkHeld));
  EXPECT_THAT(TasksOf(In("FI", record, start_).own), ElementsAre(Task::kAnswerConsultation));
}

TEST_F(TodoTest, OfARecordIsToDraftItAndToSayAWordOnItsLastVersion) {
  v1::ConsultationRecord record = Agreed(start_, consultation::kHeld);
  EXPECT_THAT(TasksOf(In("EE", record, start_).own), ElementsAre(Task::kDraftRecord));
  v1::ConsultationState& state = *record.mutable_state();
  state.set_state(std::string(consultation::kRecording));
  Draft(1, record);
  Draft(2, record);
  state.add_confirmed("LV");
  const Todos open = In("EE", record, start_);
  ASSERT_THAT(TasksOf(open.own), ElementsAre(Task::kConfirmRecord));
  EXPECT_FALSE(open.own[0].by.has_value());
  EXPECT_FALSE(open.own[0].overdue);
  EXPECT_THAT(StatesOf(open.waiting), ElementsAre("LT"));
  const Todos spoken = In("LV", record, start_);
  EXPECT_THAT(spoken.own, IsEmpty());
  EXPECT_THAT(TasksOf(spoken.waiting),
              ElementsAre(Task::kAnswerConsultation, Task::kConfirmRecord, Task::kConfirmRecord));
}

TEST_F(TodoTest, OfARecordThatIsRefusedIsToSettleIt) {
  v1::ConsultationRecord record = Agreed(start_, consultation::kRecording);
  Draft(1, record);
  v1::ConsultationState& state = *record.mutable_state();
  state.add_confirmed("LV");
  state.add_refused("EE");
  EXPECT_THAT(TasksOf(In("LV", record, start_).own), ElementsAre(Task::kSettleRecord));
  EXPECT_THAT(TasksOf(In("EE", record, start_).own), ElementsAre(Task::kSettleRecord));
  EXPECT_THAT(TasksOf(In("LT", record, start_).own), ElementsAre(Task::kConfirmRecord));
  state.add_statements("EE");
  EXPECT_THAT(In("EE", record, start_).own, IsEmpty());
}

// Who accepted after the draft was told of it and not given it: it may not say a word on it.
TEST_F(TodoTest, OfARecordThatWasNotGivenIsToAskForAnother) {
  v1::ConsultationRecord record = Agreed(start_, consultation::kRecording);
  Draft(1, record);
  record.mutable_history(0)->clear_party();
  EXPECT_THAT(TasksOf(In("EE", record, start_).own), ElementsAre(Task::kAskForRecord));
  Draft(2, record);
  EXPECT_THAT(TasksOf(In("EE", record, start_).own), ElementsAre(Task::kConfirmRecord));
}

TEST_F(TodoTest, IsNoneForWhoDeclinedOrLeftAndOnceItIsOver) {
  for (const std::string_view in : {consultation::kAgreed, consultation::kScheduled,
                                    consultation::kHeld, consultation::kRecording}) {
    v1::ConsultationRecord record = Agreed(start_, in);
    SetAnswer("FI", v1::ANSWER_KIND_DECLINE, record);
    *record.mutable_state()->mutable_invitations(2)->mutable_left() = ToTimestamp(start_);
    for (const std::string party : {"FI", "LT", "SE"}) {
      const Todos todos = In(party, record, start_ + kSecond);
      EXPECT_THAT(todos.own, IsEmpty()) << party << " " << in;
      EXPECT_THAT(todos.waiting, IsEmpty()) << party << " " << in;
    }
  }
  for (const std::string_view over :
       {consultation::kConcludedAgreed, consultation::kConcludedNotAgreed, consultation::kDeclined,
        consultation::kWithdrawn}) {
    for (const std::string party : {"LV", "EE", "FI"}) {
      const Todos todos = In(party, Agreed(start_, over), start_ + kSecond);
      EXPECT_THAT(todos.own, IsEmpty()) << party << " " << over;
      EXPECT_THAT(todos.waiting, IsEmpty()) << party << " " << over;
    }
  }
}

TEST_F(TodoTest, CountsALeapDayAsAnyOther) {
  // 48 hours are 48 hours, whether the 29th of February lies among them or not.
  const absl::Time common = Utc("2027-02-28 08:00:00") + absl::Hours(48);
  const absl::Time leap = Utc("2028-02-28 08:00:00") + absl::Hours(48);
  ASSERT_EQ(common, Utc("2027-03-02 08:00:00"));
  ASSERT_EQ(leap, Utc("2028-03-01 08:00:00"));
  for (const absl::Time by : {common, leap}) {
    const v1::ConsultationRecord agreed = Agreed(by, consultation::kAgreed);
    ExpectDue(by, Task::kAnswerConsultation,
              [&](absl::Time now) { return In("FI", agreed, now).own; });
  }
}

TEST_F(TodoTest, StaysOverdueThoughAClockSteppedBack) {
  const v1::NotificationRecord received = Sent("LV", "a");
  const std::vector<OwnDue> due = {{&received, {DueOf(Due::kAcknowledgement, start_)}}};
  const absl::Time last_entry = start_ + kSecond;
  const absl::Time present = PresentAt(start_ - absl::Hours(1), last_entry);
  EXPECT_TRUE(ListTodos({.party = "EE"}, due, {}, present).own.at(0).overdue);
  EXPECT_THAT(TasksOf(In("FI", Asked(start_, consultation::kRequested), present).own),
              ElementsAre(Task::kSeeLapsed));
}

}  // namespace
}  // namespace cbm::rules
