#include "client/lookup.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "client/exit_code.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/ledger_id.h"
#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "core/evidence/encoded.h"
#include "core/rules/deadlines.h"
#include "core/rules/facts.h"
#include "core/rules/form.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kDigitsMin = 6;
constexpr size_t kEverything = static_cast<size_t>(-1);

// Those that are wanted, in the order in which the exchange took them.
template <typename IsWanted>
std::vector<v1::NotificationRecord> OldestFirst(
    const std::vector<v1::NotificationRecord>& notifications, IsWanted is_wanted) {
  std::vector<v1::NotificationRecord> wanted;
  std::copy_if(notifications.begin(), notifications.end(), std::back_inserter(wanted), is_wanted);
  std::stable_sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) {
    return TimeOf(a.time()) < TimeOf(b.time());
  });
  return wanted;
}

absl::Status NotThere(std::string_view name) {
  return absl::NotFoundError(fmt::format(
      "there is no act '{}' in your ledgers: cbm inbox and cbm sent list what there is; an act id "
      "or at least {} digits of a digest name one",
      CleanLine(name), kDigitsMin));
}

// Whether an entry's act is meant by `name`, in lower case.
bool IsMeant(const ReplicaRecord& record, std::string_view name) {
  if (record.act.has_value() && IsUuid(record.act->act.act_id()) &&
      FormatUuid(record.act->act.act_id()) == name) {
    return true;
  }
  return name.size() >= kDigitsMin && ToHex(record.entry.act_digest()).starts_with(name);
}

}  // namespace

absl::StatusOr<std::vector<v1::OfficeRecord>> ListOffices(const Replica& replica,
                                                          std::string_view party) {
  std::map<std::pair<std::string, std::string>, v1::OfficeRecord> offices;
  const std::string prefix = party.empty() ? std::string(rules::kOffices) : rules::OfficesOf(party);
  for (const LedgerReplica* const ledger : replica.Ledgers()) {
    CBM_ASSIGN_OR_RETURN(const std::vector<rules::Fact> facts,
                         ledger->ListFacts(prefix, "", rules::Direction::kAscending, kEverything));
    for (const rules::Fact& fact : facts) {
      v1::OfficeRecord office;
      if (!office.ParseFromString(fact.value)) {
        return absl::DataLossError("an office in the replica cannot be read");
      }
      std::pair<std::string, std::string> key(office.party(), office.office());
      offices.emplace(std::move(key), std::move(office));
    }
  }
  std::vector<v1::OfficeRecord> sorted;
  sorted.reserve(offices.size());
  for (auto& [key, office] : offices) {
    sorted.push_back(std::move(office));
  }
  return sorted;
}

absl::StatusOr<v1::CredentialRecord> OwnCredential(const Replica& replica, const Digest& credential,
                                                   const v1::CredentialRecord& said) {
  CBM_ASSIGN_OR_RETURN(std::optional<v1::CredentialRecord> shown,
                       rules::FindCredential(replica, credential));
  if (!shown.has_value()) {
    return said;
  }
  // Whether it is suspended or revoked may have changed since it was asked.
  const auto means = [](const v1::CredentialRecord& record) {
    v1::CredentialRecord lasting;
    lasting.set_credential(record.credential());
    lasting.set_party(record.party());
    lasting.set_office(record.office());
    lasting.set_type(record.type());
    *lasting.mutable_purposes() = record.purposes();
    *lasting.mutable_scopes() = record.scopes();
    *lasting.mutable_not_before() = record.not_before();
    *lasting.mutable_not_after() = record.not_after();
    return SerializeDeterministically(lasting);
  };
  if (means(*shown) != means(said)) {
    return absl::DataLossError(
        "what the exchange says of your credential is not what its ledgers show: tell its operator "
        "and the secretariat");
  }
  return *std::move(shown);
}

absl::StatusOr<std::vector<v1::NotificationRecord>> ListNotifications(const Replica& replica) {
  std::vector<v1::NotificationRecord> notifications;
  std::set<std::string> seen;
  for (const LedgerReplica* const ledger : replica.Ledgers()) {
    CBM_ASSIGN_OR_RETURN(
        const std::vector<rules::Fact> facts,
        ledger->ListFacts(rules::kNotifications, "", rules::Direction::kDescending, kEverything));
    for (const rules::Fact& fact : facts) {
      v1::NotificationRecord record;
      if (!record.ParseFromString(fact.value)) {
        return absl::DataLossError("a notification in the replica cannot be read");
      }
      if (seen.insert(record.act_digest()).second) {
        notifications.push_back(std::move(record));
      }
    }
  }
  std::stable_sort(notifications.begin(), notifications.end(), [](const auto& a, const auto& b) {
    return TimeOf(a.time()) > TimeOf(b.time());
  });
  return notifications;
}

std::vector<v1::NotificationRecord> ThreadOf(
    const std::vector<v1::NotificationRecord>& notifications,
    const v1::NotificationRecord& record) {
  const std::string& first = record.thread().empty() ? record.act_digest() : record.thread();
  return OldestFirst(notifications, [&](const v1::NotificationRecord& each) {
    return each.act_digest() == first || each.thread() == first;
  });
}

std::vector<v1::NotificationRecord> RepliesTo(
    const std::vector<v1::NotificationRecord>& notifications,
    const v1::NotificationRecord& record) {
  return OldestFirst(notifications, [&](const v1::NotificationRecord& each) {
    return each.in_reply_to() == record.act_digest();
  });
}

absl::Time PresentOf(const Replica& replica, absl::Time now) {
  absl::Time last = absl::InfinitePast();
  for (const LedgerReplica* const ledger : replica.Ledgers()) {
    if (ledger->size() > 0) {
      last = std::max(last, TimeOf(ledger->records()[ledger->size() - 1].entry.time()));
    }
  }
  return rules::PresentAt(now, last);
}

absl::StatusOr<NotificationState> StateOf(const Replica& replica, std::string_view office,
                                          const v1::NotificationRecord& record, absl::Time now) {
  NotificationState state{
      .acknowledged = std::nullopt, .opened = false, .now = PresentOf(replica, now)};
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(record.act_digest()));
  const rules::LedgerView& own = replica.own();
  CBM_ASSIGN_OR_RETURN(const auto acknowledged, rules::FindRecord<google::protobuf::Timestamp>(
                                                    own, rules::AcknowledgedKey(digest)));
  if (acknowledged.has_value()) {
    state.acknowledged = TimeOf(*acknowledged);
  }
  CBM_ASSIGN_OR_RETURN(const auto opened, own.FindFact(rules::OpenedKey(record.ordinal(), office)));
  state.opened = opened.has_value() && record.ledger() == replica.own_id().text();
  CBM_ASSIGN_OR_RETURN(state.answered,
                       rules::FindRecord<v1::Delivery>(own, rules::AnsweredKey(digest)));
  const bool is_secretariat = replica.own_id() == LedgerId::Secretariat();
  const std::string_view party = is_secretariat ? kSecretariatParty : replica.own_id().state();
  if (record.from_party() == party) {
    state.deadlines = rules::DeadlinesOfAuthor(record);
  } else if (record.role() != v1::ENTRY_ROLE_HEADER && !party.empty() &&
             (!is_secretariat || record.audience() == kSecretariatParty)) {
    state.deadlines = rules::DeadlinesOf(
        record,
        {.state = std::string(party),
         .commitment = {},
         .acknowledged = state.acknowledged,
         .answered = state.answered.has_value() ? std::optional(TimeOf(state.answered->answered()))
                                                : std::nullopt});
  }
  return state;
}

absl::StatusOr<FoundEntry> FindAct(const Replica& replica, std::string_view name) {
  std::string wanted(name);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::map<std::string, FoundEntry> found;  // By the act's digest.
  for (const LedgerReplica* const ledger : replica.Ledgers()) {
    for (uint64_t i = 0; i < ledger->size(); ++i) {
      if (IsMeant(ledger->records()[i], wanted)) {
        found.try_emplace(ledger->records()[i].entry.act_digest(), FoundEntry{ledger, i});
      }
    }
  }
  if (found.empty()) {
    return NotThere(name);
  }
  if (found.size() > 1) {
    std::vector<std::string> digests;
    digests.reserve(found.size());
    for (const auto& [digest, entry] : found) {
      digests.push_back(ToHex(digest));
    }
    return UsageError(fmt::format("several acts are named '{}'; say which by its digest: {}",
                                  CleanLine(name), fmt::join(digests, ", ")));
  }
  return found.begin()->second;
}

absl::StatusOr<v1::NotificationRecord> FindNotification(const Replica& replica,
                                                        std::string_view name) {
  CBM_ASSIGN_OR_RETURN(const FoundEntry found, FindAct(replica, name));
  const rules::LedgerView& ledger = *found.ledger;
  CBM_ASSIGN_OR_RETURN(
      std::optional<v1::NotificationRecord> record,
      rules::FindRecord<v1::NotificationRecord>(ledger, rules::NotificationKey(found.ordinal)));
  if (!record.has_value()) {
    return absl::NotFoundError(
        fmt::format("the act '{}' is not one that sent a notification", CleanLine(name)));
  }
  return *std::move(record);
}

v1::Notification HeaderOf(const Replica& replica, const v1::Act& act) {
  if (const v1::Notification* const sent = rules::SentBy(act); sent != nullptr) {
    return *sent;
  }
  v1::Notification header;
  for (const v1::Reference& reference : act.references()) {
    const absl::StatusOr<Digest> digest = DigestFrom(reference.act_digest());
    const auto record = digest.ok() ? rules::FindNotification(replica, *digest) : digest.status();
    if (record.ok() && record->has_value() && header.context() != v1::CONTEXT_REAL) {
      header = (*record)->notification();
    }
  }
  return header;
}

}  // namespace cbm
