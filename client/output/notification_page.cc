// A notification on paper.

#include <algorithm>
#include <string_view>

#include "client/output/names.h"
#include "client/output/page.h"
#include "client/output/paper.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/uuid.h"
#include "fmt/format.h"

namespace cbm {
namespace {

std::string FromText(const v1::NotificationRecord& record, const PrintedFor& reader) {
  const std::string state = reader.NameOf(record.from_party());
  return record.from_office().empty() ? state
                                      : fmt::format("{}, office {}", state, record.from_office());
}

std::string KindName(const v1::NotificationRecord& record, const rules::Exchange& exchange) {
  const std::string& code = record.notification().kind();
  const v1::NotificationKind* const kind = exchange.FindKind(code);
  std::string name = kind == nullptr ? code : fmt::format("{} ({})", kind->name(), code);
  if (record.outcome() != v1::REPLY_OUTCOME_UNSPECIFIED) {
    name += ", " + NameOf(record.outcome());
  } else if (record.follow_up() != v1::FOLLOW_UP_UNSPECIFIED) {
    name += ", " + NameOf(record.follow_up());
  }
  return name;
}

std::string AudienceText(const v1::NotificationRecord& record, const PrintedFor& reader) {
  if (record.audience() == "SECRETARIAT") {
    return "the secretariat";
  }
  if (record.audience() != "NAMED") {
    return fmt::format("all States of {}",
                       record.audience().substr(record.audience().find('/') + 1));
  }
  std::vector<std::string> states;
  for (const v1::Delivery& delivery : record.deliveries()) {
    if (!delivery.state().empty()) {
      states.push_back(reader.NameOf(delivery.state()));
    }
  }
  return states.empty() ? "States by name, not told to you"
                        : fmt::format("{}", fmt::join(states, "\n"));
}

void AddMeasures(const v1::Notification& notification, const PrintedFor& reader, Paper& paper) {
  std::string_view name = "measures";
  for (const std::string& id : notification.measures()) {
    paper.Field(name, reader.MeasureOf(id));
    name = "";
  }
}

void AddReference(const v1::NotificationRecord& record, Paper& paper) {
  if (IsUuid(record.act_id())) {
    paper.Field("act", FormatUuid(record.act_id()));
  }
  paper.Field("digest", ToHex(record.act_digest()));
  paper.Field("entry", fmt::format("{} of {}", record.ordinal(), record.ledger()));
}

void AddSaid(const std::optional<v1::Manifest>& said, Paper& paper) {
  if (!said.has_value()) {
    paper.Text("What it says is not given to you.", 0);
    return;
  }
  paper.Field("subject", said->subject());
  for (const v1::Field& field : said->fields()) {
    paper.Field(field.name(), field.value());
  }
  for (const v1::Translation& translation : said->translations()) {
    paper.Field("translation",
                fmt::format("{}, made by {}", translation.language(), translation.made_by()));
  }
  for (const v1::ListedContent& content : said->contents()) {
    paper.Field("attachment", fmt::format("{}, {} bytes, digest {}", content.name(), content.size(),
                                          ToHex(content.digest())));
  }
  if (!said->body().empty()) {
    paper.EmptyLine();
    paper.Text(said->body(), kSaidIndent);
  }
}

// "2026-03-10 21:52:00 UTC", or what is not done and by when it was to be.
std::string DoneOr(bool done, const std::string& when, const rules::Deadline* deadline,
                   absl::Time now) {
  if (done) {
    return when;
  }
  if (deadline == nullptr) {
    return "no";
  }
  return rules::IsOverdue(*deadline, now)
             ? fmt::format("no: overdue since {}, by {}", FormatUtc(deadline->by),
                           FormatSpan(now - deadline->by))
             : fmt::format("no: by {}", FormatUtc(deadline->by));
}

std::string WithManner(const google::protobuf::Timestamp& time, v1::OpenManner manner) {
  return fmt::format("{}{}", FormatUtc(TimeOf(time)),
                     manner == v1::OPEN_MANNER_AUTOMATIC ? ", automatically" : "");
}

void AddDelivery(const v1::NotificationRecord& record, const v1::Delivery& delivery, absl::Time now,
                 Paper& paper) {
  const rules::Deadline* acknowledgement = nullptr;
  const rules::Deadline* answer = nullptr;
  const std::vector<rules::Deadline> deadlines = rules::DeadlinesOfAddressees(record);
  for (const rules::Deadline& deadline : deadlines) {
    if (deadline.state == delivery.state() && deadline.commitment == delivery.commitment()) {
      (deadline.due == rules::Due::kAcknowledgement ? acknowledgement : answer) = &deadline;
    }
  }
  paper.Field("  opened", delivery.has_opened()
                              ? WithManner(delivery.opened(), delivery.opened_manner())
                              : "not known");
  std::string acknowledged = WithManner(delivery.acknowledged(), delivery.acknowledged_manner());
  if (!delivery.acknowledged_office().empty()) {
    acknowledged += fmt::format(", office {}", delivery.acknowledged_office());
  }
  paper.Field("  acknowledged",
              DoneOr(delivery.has_acknowledged(), acknowledged, acknowledgement, now));
  if (delivery.has_answered() || answer != nullptr) {
    paper.Field("  answered",
                DoneOr(delivery.has_answered(),
                       fmt::format("{}, {}", FormatUtc(TimeOf(delivery.outcome_time())),
                                   NameOf(delivery.outcome())),
                       answer, now));
  }
}

void AddDeliveries(const v1::NotificationRecord& record, absl::Time now, const PrintedFor& reader,
                   Paper& paper) {
  paper.Heading("What became of it");
  if (record.deliveries().empty()) {
    paper.Text(fmt::format("Acknowledged by {}.", record.acknowledged_count()), 0);
  }
  for (const v1::Delivery& delivery : record.deliveries()) {
    paper.Text(delivery.state().empty() ? "An addressee whose name is not told to you"
                                        : reader.NameOf(delivery.state()),
               0);
    if (IsToldOf(record, delivery)) {
      AddDelivery(record, delivery, now, paper);
    } else {
      paper.Text("what it did is not told to you", 2);
    }
  }
}

void AddDue(const NotificationState& state, Paper& paper) {
  for (const rules::Deadline& deadline : state.deadlines) {
    if (deadline.due == rules::Due::kFollowUp || deadline.due == rules::Due::kFinalReport) {
      paper.Field(
          deadline.due == rules::Due::kFollowUp ? "followed up" : "final report",
          DoneOr(deadline.met.has_value(), deadline.met.has_value() ? FormatUtc(*deadline.met) : "",
                 &deadline, state.now));
    }
  }
}

void AddThread(const std::vector<PrintedNotification>& thread, const PrintedFor& reader,
               Paper& paper) {
  if (thread.empty()) {
    return;
  }
  paper.Heading("The rest of its thread, oldest first");
  size_t number = 0;
  for (const PrintedNotification& each : thread) {
    if (++number > 1) {
      paper.EmptyLine();
    }
    paper.Text(fmt::format("{}. {}", number, KindName(each.record, reader.exchange)), 0);
    paper.Field("from", FromText(each.record, reader));
    paper.Field("time", FormatUtc(TimeOf(each.record.time())));
    paper.Field("marking", "TLP:" + NameOf(each.record.notification().marking()));
    AddReference(each.record, paper);
    AddSaid(each.said, paper);
  }
}

}  // namespace

std::string NotificationPage(const PrintedNotification& printed, const NotificationState& state,
                             const std::vector<PrintedNotification>& thread,
                             const PrintedFor& reader) {
  const v1::NotificationRecord& record = printed.record;
  const v1::Notification& notification = record.notification();
  v1::Marking strictest = notification.marking();
  for (const PrintedNotification& each : thread) {
    strictest = std::max(strictest, each.record.notification().marking());
  }
  Paper paper(notification.context(), strictest, "NOTIFICATION");
  paper.EmptyLine();
  paper.Field("context", NameOf(notification.context()));
  paper.Field("precedence", NameOf(notification.precedence()));
  paper.Field("marking", "TLP:" + NameOf(notification.marking()));
  paper.Field("kind", KindName(record, reader.exchange));
  paper.Field("from", FromText(record, reader));
  paper.Field("to", AudienceText(record, reader));
  paper.Field("sent", FormatUtc(TimeOf(record.time())));
  AddMeasures(notification, reader, paper);
  AddReference(record, paper);
  AddDue(state, paper);
  paper.Heading("What it says");
  AddSaid(printed.said, paper);
  AddDeliveries(record, state.now, reader, paper);
  AddThread(thread, reader, paper);
  return paper.Finish(reader.Describe());
}

}  // namespace cbm
