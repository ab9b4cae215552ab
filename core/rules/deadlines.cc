#include "core/rules/deadlines.h"

#include <algorithm>

#include "core/rules/facts.h"

namespace cbm::rules {
namespace {

bool HasClock(const v1::NotificationKind& kind, v1::NotificationClock clock) {
  return std::find(kind.clocks().begin(), kind.clocks().end(), clock) != kind.clocks().end();
}

std::optional<absl::Time> TimeIf(bool set, const google::protobuf::Timestamp& timestamp) {
  return set ? std::optional(FromTimestamp(timestamp)) : std::nullopt;
}

}  // namespace

void SetDeadlines(const Exchange& exchange, const v1::Notification& notification,
                  bool starts_thread, absl::Time taken, v1::Effect& effect) {
  const v1::NotificationKind* const kind = exchange.FindKind(notification.kind());
  if (kind == nullptr) {
    return;
  }
  const std::string measure = notification.measures().empty() ? "" : notification.measures(0);
  if (kind->acknowledgement_asked()) {
    *effect.mutable_acknowledge_by() =
        ToTimestamp(taken + exchange.AcknowledgeWithin(notification.precedence(), measure));
  }
  if (HasClock(*kind, v1::NOTIFICATION_CLOCK_ANSWER)) {
    *effect.mutable_answer_by() =
        notification.has_answer_wanted_by()
            ? notification.answer_wanted_by()
            : ToTimestamp(taken + exchange.AnswerWithin(notification.precedence(), measure));
  }
  if (starts_thread && HasClock(*kind, v1::NOTIFICATION_CLOCK_INCIDENT)) {
    *effect.mutable_follow_up_by() = ToTimestamp(taken + exchange.FollowUpWithin(measure));
    *effect.mutable_final_report_by() = ToTimestamp(taken + exchange.FinalReportWithin(measure));
  }
}

std::vector<Deadline> DeadlinesOf(const v1::NotificationRecord& record, const AddresseeActs& acts) {
  std::vector<Deadline> deadlines;
  const auto add = [&](Due due, const google::protobuf::Timestamp& by,
                       std::optional<absl::Time> met) {
    deadlines.push_back({.due = due,
                         .state = acts.state,
                         .commitment = acts.commitment,
                         .by = FromTimestamp(by),
                         .met = met});
  };
  if (record.has_acknowledge_by()) {
    add(Due::kAcknowledgement, record.acknowledge_by(), acts.acknowledged);
  }
  if (record.has_answer_by()) {
    add(Due::kAnswer, record.answer_by(), acts.answered);
  }
  return deadlines;
}

std::vector<Deadline> DeadlinesOfAddressees(const v1::NotificationRecord& record) {
  std::vector<Deadline> deadlines;
  for (const v1::Delivery& delivery : record.deliveries()) {
    const std::vector<Deadline> of_one = DeadlinesOf(
        record, {.state = delivery.state(),
                 .commitment = delivery.commitment(),
                 .acknowledged = TimeIf(delivery.has_acknowledged(), delivery.acknowledged()),
                 .answered = TimeIf(delivery.has_answered(), delivery.answered())});
    deadlines.insert(deadlines.end(), of_one.begin(), of_one.end());
  }
  return deadlines;
}

std::vector<Deadline> DeadlinesOfAuthor(const v1::NotificationRecord& record) {
  std::vector<Deadline> deadlines;
  if (record.has_follow_up_by()) {
    deadlines.push_back({.due = Due::kFollowUp,
                         .state = record.from_party(),
                         .commitment = {},
                         .by = FromTimestamp(record.follow_up_by()),
                         .met = TimeIf(record.has_followed_up(), record.followed_up())});
  }
  if (record.has_final_report_by()) {
    deadlines.push_back({.due = Due::kFinalReport,
                         .state = record.from_party(),
                         .commitment = {},
                         .by = FromTimestamp(record.final_report_by()),
                         .met = TimeIf(record.has_reported(), record.reported())});
  }
  return deadlines;
}

absl::Time PresentAt(absl::Time clock, absl::Time last_entry) {
  return std::max(clock, last_entry);
}

bool IsPast(absl::Time by, absl::Time present) { return by < present; }

bool IsOverdue(const Deadline& deadline, absl::Time present) {
  return !deadline.met.has_value() && IsPast(deadline.by, present);
}

bool WasLate(const Deadline& deadline) {
  return deadline.met.has_value() && IsPast(deadline.by, *deadline.met);
}

}  // namespace cbm::rules
