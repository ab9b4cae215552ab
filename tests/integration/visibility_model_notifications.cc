// Who is told what of notifications, of what follows them up, and of the answers to them.

#include <algorithm>
#include <utility>

#include "core/base/hex.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "tests/integration/visibility_model.h"

namespace cbm::test {
namespace {

std::string NewState(const v1::Act& act) {
  if (act.has_reply()) {
    switch (act.reply().outcome()) {
      case v1::REPLY_OUTCOME_INTERIM:
        return "answered_interim";
      case v1::REPLY_OUTCOME_FINAL:
        return "answered_final";
      default:
        return "not_in_a_position";
    }
  }
  switch (act.submit().follow_up()) {
    case v1::FOLLOW_UP_UPDATE:
      return "followed_up";
    case v1::FOLLOW_UP_PROGRESS_REPORT:
      return "progress_reported";
    case v1::FOLLOW_UP_FINAL_REPORT:
      return "final_reported";
    default:
      return "submitted";
  }
}

// All that may be told of an act without the act: of what it is about.
v1::Summary SummaryOf(const v1::Notification& notification, const std::string& new_state,
                      const std::string& acted_on) {
  v1::Summary summary;
  summary.set_precedence(notification.precedence());
  summary.set_context(notification.context());
  summary.set_marking(notification.marking());
  summary.set_notification_kind(notification.kind());
  summary.set_record_version(1);
  summary.set_new_state(new_state);
  summary.set_acted_on(acted_on);
  return summary;
}

// Whether each State has an office that somebody acts for, of a type that the filter names.
bool HaveReaders(const std::vector<ModelOffice>& offices, const std::vector<std::string>& states,
                 const std::set<int>& filter) {
  const auto reads = [&](const ModelOffice& office) {
    return filter.count(office.type) != 0 &&
           std::any_of(office.credentials.begin(), office.credentials.end(),
                       [](const ModelCredential& credential) { return credential.is_active(); });
  };
  return filter.empty() || std::all_of(states.begin(), states.end(), [&](const std::string& state) {
           return std::any_of(offices.begin(), offices.end(), [&](const ModelOffice& office) {
             return office.party == state && reads(office);
           });
         });
}

}  // namespace

// A submit or a reply.
absl::StatusCode VisibilityModel::TakeSent(const v1::Act& act, const std::string& digest,
                                           const std::vector<std::string>& states) {
  const ModelOffice author = Office(act.party(), act.office());
  ModelNotification sent{
      .digest = digest,
      .id = act.act_id(),
      .content = act.manifest_digest(),
      .party = act.party(),
      .office = act.office(),
      .ledger = author.ledger,
      .audience = "NAMED",
      .states = states,
      .said = act.has_reply() ? act.reply().notification() : act.submit().notification(),
      .strictest = {},
      .about = {},
      .answers = act.has_reply(),
      .filter = {act.office_filter().begin(), act.office_filter().end()}};
  sent.strictest = sent.said.marking();
  sent.shown = act.audience().commitments().list() == v1::LIST_VISIBILITY_SHOWN;
  std::optional<ModelNotification> first;
  if (!act.references().empty()) {
    const ModelNotification* const found = FindFor(author, act, true);
    const absl::StatusCode may = found == nullptr  ? absl::StatusCode::kNotFound
                                 : act.has_reply() ? MayReply(author, *found)
                                                   : MayFollowUp(act, states, *found);
    if (may != absl::StatusCode::kOk) {
      return may;
    }
    first = *found;
    sent.about = first->digest;
    sent.strictest = std::max(sent.strictest, first->strictest);
  }
  if (!HaveReaders(offices_, states, sent.filter)) {
    return absl::StatusCode::kFailedPrecondition;
  }
  std::vector<std::string> delivered = states;
  std::vector<std::string> effect = states;
  Readers readers{{kTheSecretariat, {"secretariat"}}, {kTheAuditor, {"auditor"}}};
  if (act.audience().has_all()) {
    const std::string& framework = act.audience().all().framework();
    sent.audience = "ALL/" + framework;
    effect = frameworks_.at(framework);
    delivered = {sent.audience};
    readers[kFramework] = {sent.audience};
  } else if (act.audience().has_secretariat()) {
    sent.audience = "SECRETARIAT";
    delivered = {sent.audience};
  }
  for (const std::string& state : states) {
    readers[kAddressee].push_back("state/" + state);
  }
  Telling telling{.act = act,
                  .author = author,
                  .told = {.digest = digest,
                           .kind = static_cast<v1::ActKind>(act.kind_case()),
                           .content = true,
                           .openings = states,
                           .states = effect,
                           .summary = SummaryOf(sent.said, NewState(act), sent.about)},
                  .shown = sent.shown,
                  .about = {&sent}};
  if (first.has_value()) {  // Who may be told of it may be told of that.
    telling.about.push_back(&*first);
  }
  TellAll(telling, act.has_reply() ? first->audience : sent.audience, readers);
  TellAuthor(telling, delivered);
  notifications_.push_back(std::move(sent));
  return absl::StatusCode::kOk;
}

absl::StatusCode VisibilityModel::MayReply(const ModelOffice& author,
                                           const ModelNotification& answered) const {
  return answered.party == author.party || answered_.count({author.ledger, answered.digest}) != 0
             ? absl::StatusCode::kFailedPrecondition
             : absl::StatusCode::kOk;
}

absl::StatusCode VisibilityModel::MayFollowUp(const v1::Act& act,
                                              const std::vector<std::string>& states,
                                              const ModelNotification& first) const {
  if (first.party != act.party() || !first.about.empty()) {
    return absl::StatusCode::kFailedPrecondition;
  }
  const auto in = [](const auto& values, const auto& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  };
  const auto& filter = act.office_filter();
  bool fits = act.submit().notification().kind() == first.said.kind();
  if (!first.filter.empty()) {  // For the same offices, or fewer.
    fits = fits && !filter.empty() && std::all_of(filter.begin(), filter.end(), [&](int type) {
             return first.filter.count(type) != 0;
           });
  }
  if (first.audience == "SECRETARIAT" || act.audience().has_secretariat()) {
    fits = fits && first.audience == "SECRETARIAT" && act.audience().has_secretariat();
  } else if (act.audience().has_all()) {
    fits = fits && first.audience == "ALL/" + act.audience().all().framework();
  } else {
    const std::vector<std::string>& have =
        first.audience == "NAMED" ? first.states : frameworks_.at(first.audience.substr(4));
    fits = fits && std::all_of(states.begin(), states.end(),
                               [&](const std::string& state) { return in(have, state); });
  }
  return fits ? absl::StatusCode::kOk : absl::StatusCode::kInvalidArgument;
}

absl::StatusCode VisibilityModel::TakeOpen(const v1::Act& act, const std::string& digest) {
  const ModelOffice author = Office(act.party(), act.office());
  const ModelNotification* const found = FindFor(author, act, false);
  if (found == nullptr) {
    return absl::StatusCode::kNotFound;
  }
  const std::vector<std::string> by_office = {author.ledger, found->digest, author.office};
  const std::vector<std::string> by_state = {author.ledger, found->digest, author.party};
  if (found->audience != "NAMED" || found->party == author.party ||
      opened_by_office_.count(by_office) != 0) {
    return absl::StatusCode::kFailedPrecondition;
  }
  Telling telling{.act = act,
                  .author = author,
                  .told = {.digest = digest,
                           .kind = v1::ACT_KIND_OPEN,
                           .summary = SummaryOf(found->said, "opened", found->digest)},
                  .about = {found}};
  telling.told.summary.set_manner(act.open().manner());
  Readers readers;
  if (opened_by_state_.count(by_state) == 0) {  // As far as the author's ledger shows.
    readers[kSender] = {"state/" + found->party};
  }
  TellAll(telling, found->audience, readers);
  TellAuthor(telling, {});
  return absl::StatusCode::kOk;
}

absl::StatusCode VisibilityModel::TakeAcknowledge(const v1::Act& act, const std::string& digest) {
  const ModelOffice author = Office(act.party(), act.office());
  if (author.party == "AUDITOR") {
    return absl::StatusCode::kPermissionDenied;
  }
  const ModelNotification* const found = FindFor(author, act, true);
  if (found == nullptr) {
    return absl::StatusCode::kNotFound;
  }
  if (found->party == author.party || acknowledged_.count({author.ledger, found->digest}) != 0) {
    return absl::StatusCode::kFailedPrecondition;
  }
  Readers readers{{kSender, {"state/" + found->party}}, {kTheAuditor, {"auditor"}}};
  if (author.ledger != "secretariat") {
    readers[kTheSecretariat] = {"secretariat"};
  }
  Telling telling{.act = act,
                  .author = author,
                  .told = {.digest = digest,
                           .kind = v1::ACT_KIND_ACKNOWLEDGE,
                           .summary = SummaryOf(found->said, "acknowledged", found->digest)},
                  .about = {found}};
  telling.told.summary.set_manner(act.acknowledge().manner());
  TellAll(telling, found->audience, readers);
  TellAuthor(telling, {found->party});
  return absl::StatusCode::kOk;
}

const ModelNotification* VisibilityModel::FindNotification(const std::string& digest) const {
  for (const ModelNotification& notification : notifications_) {
    if (notification.digest == digest) {
      return &notification;
    }
  }
  return nullptr;
}

const ModelNotification* VisibilityModel::FindFor(const ModelOffice& office, const v1::Act& act,
                                                  bool with_all) const {
  const ModelNotification* const found = FindNotification(act.references(0).act_digest());
  if (found == nullptr || found->IsKeptFrom(office.party, office.type)) {
    return nullptr;
  }
  for (const std::string& ledger : Readable(office)) {
    const Told* const told = FindIn(ledger, found->digest);
    if (told != nullptr) {
      return told->act ? found : nullptr;
    }
    if (!with_all) {
      return nullptr;
    }
  }
  return nullptr;
}

std::string VisibilityModel::ThreadIn(const std::string& ledger,
                                      const ModelNotification& notification) const {
  // Follow-ups hang on the first alone.
  const Told* const about = notification.answers ? FindIn(ledger, notification.about) : nullptr;
  const std::string of_about =
      about == nullptr ? "" : ThreadIn(ledger, *FindNotification(notification.about));
  return of_about.empty() ? notification.about : of_about;
}

std::vector<std::string> VisibilityModel::Notifications(const std::string& ledger) const {
  std::vector<std::string> listed;
  for (const Told& told : Ledger(ledger)) {
    const ModelNotification* const sent = FindNotification(told.digest);
    if (sent == nullptr) {
      continue;
    }
    // One who is known by a commitment alone is known to whom that was opened.
    const std::string from = told.act                        ? sent->party
                             : !told.summary.party().empty() ? told.summary.party()
                                                             : told.commitment;
    listed.insert(listed.begin(),
                  fmt::format("{} from '{}' to {}, thread '{}', answers '{}'", ToHex(sent->digest),
                              from, told.openings, ToHex(ThreadIn(ledger, *sent)),
                              sent->answers ? ToHex(sent->about) : ""));
  }
  return listed;
}

bool ModelNotification::IsKeptFrom(std::string_view reader, int type) const {
  return party != reader && !filter.empty() && filter.count(type) == 0;
}

}  // namespace cbm::test
