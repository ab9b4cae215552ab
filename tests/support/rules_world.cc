#include "tests/support/rules_world.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/base/uuid.h"
#include "core/rules/decide.h"
#include "core/rules/facts.h"
#include "core/rules/projection.h"
#include "fmt/format.h"
#include "tests/support/fake_random.h"
#include "tests/support/test_exchange.h"

namespace cbm::test {
namespace {

constexpr absl::Time kStart = absl::FromUnixSeconds(1'772'355'600);  // 2026-03-01 09:00 UTC.

void Require(const absl::Status& status) {
  if (!status.ok()) {
    fmt::print(stderr, "a test's world is broken: {}\n", status.ToString());
    std::abort();
  }
}

class WorldView final : public rules::View {
 public:
  WorldView(const rules::Exchange& exchange, LedgerId own,
            std::map<LedgerId, MemoryLedger>& ledgers)
      : exchange_(exchange), own_id_(std::move(own)), ledgers_(ledgers) {}

  const rules::Exchange& exchange() const override { return exchange_; }
  const LedgerId& own_id() const override { return own_id_; }
  const rules::LedgerView& own() const override { return ledgers_[own_id_]; }
  const rules::LedgerView* All(std::string_view framework) const override {
    const std::vector<LedgerId> mine = exchange_.AllLedgersOf(own_id_);
    const auto found = std::find(mine.begin(), mine.end(), LedgerId::All(framework));
    return found == mine.end() ? nullptr : &ledgers_[*found];
  }

 private:
  const rules::Exchange& exchange_;
  const LedgerId own_id_;
  std::map<LedgerId, MemoryLedger>& ledgers_;
};

Digest DigestOf(const v1::Act& act) { return Sha256(act.SerializeAsString()); }

std::string RoleName(v1::EntryRole role) {
  switch (role) {
    case v1::ENTRY_ROLE_OWN:
      return "own";
    case v1::ENTRY_ROLE_ADDRESSED:
      return "addressed";
    case v1::ENTRY_ROLE_INFORMED:
      return "informed";
    case v1::ENTRY_ROLE_HEADER:
      return "header";
    default:
      return "?";
  }
}

}  // namespace

absl::StatusOr<std::optional<std::string>> MemoryLedger::FindFact(std::string_view key) const {
  const auto found = facts_.find(key);
  return found == facts_.end() ? std::optional<std::string>() : found->second;
}

absl::StatusOr<std::vector<rules::Fact>> MemoryLedger::ListFacts(std::string_view prefix,
                                                                 std::string_view from,
                                                                 rules::Direction direction,
                                                                 size_t limit) const {
  std::vector<rules::Fact> facts;
  for (const auto& [key, value] : facts_) {
    if (key.starts_with(prefix)) {
      facts.push_back({.key = key, .value = value});
    }
  }
  if (direction == rules::Direction::kDescending) {
    std::reverse(facts.begin(), facts.end());
  }
  if (!from.empty()) {
    std::erase_if(facts, [&](const rules::Fact& fact) {
      return direction == rules::Direction::kAscending ? fact.key <= from : fact.key >= from;
    });
  }
  facts.resize(std::min(facts.size(), limit));
  return facts;
}

absl::StatusOr<std::optional<uint64_t>> MemoryLedger::FindEntry(const Digest& act) const {
  for (const v1::Entry& entry : entries_) {
    if (entry.act_digest() == BytesOf(act)) {
      return entry.ordinal();
    }
  }
  return std::optional<uint64_t>();
}

absl::StatusOr<std::optional<std::string>> MemoryLedger::Find(std::string_view key) const {
  return FindFact(key);
}

absl::Status MemoryLedger::Put(std::string_view key, std::string_view value) {
  facts_.insert_or_assign(std::string(key), std::string(value));
  return absl::OkStatus();
}

void MemoryLedger::Append(v1::Entry entry) { entries_.push_back(std::move(entry)); }

v1::Genesis RulesGenesis() {
  v1::Genesis genesis = TestGenesis();
  genesis.set_log_key(std::string(32, 'k'));
  genesis.set_secretariat_certificate("certificate of SECRETARIAT-main");
  const auto join = [&](int framework, std::string_view code, v1::Membership membership) {
    v1::Framework& of = *genesis.mutable_frameworks(framework);
    for (const v1::Member& member : of.members()) {
      if (member.code() == code) {
        return;
      }
    }
    v1::Member& member = *of.add_members();
    member.set_code(std::string(code));
    member.set_name(fmt::format("State {}", code));
    member.set_membership(membership);
    member.set_protocol_order(static_cast<uint32_t>(of.members_size()));
  };
  join(0, "KR", v1::MEMBERSHIP_PARTNER);
  join(1, "JP", v1::MEMBERSHIP_PARTICIPATING);
  join(1, "SE", v1::MEMBERSHIP_PARTICIPATING);
  v1::NotificationKind& kind = *genesis.add_notification_kinds();
  kind.set_kind("CON");
  kind.set_name("Consolidated annual submission");
  kind.add_audiences("NAMED");
  for (const std::string_view precedence : {"ROUTINE", "URGENT"}) {
    kind.add_precedences(std::string(precedence));
  }
  return genesis;
}

RulesWorld::RulesWorld()
    : exchange_(rules::Exchange::Create(
                    RulesGenesis(), "test/" + std::string(64, '0'),
                    {.not_before = kStart, .not_after = kStart + absl::Hours(24 * 365)})
                    .value()),
      now_(kStart) {
  for (const std::string_view framework : {"OSCE", "UN"}) {
    const LedgerId all = LedgerId::All(framework);
    v1::Entry entry = rules::GenesisEntry(exchange_, framework, Sha256("genesis"));
    Ledger(all).Append(entry);
    Require(rules::Project(exchange_, entry, nullptr, Ledger(all)));
  }
  Require(rules::ProjectGenesis(exchange_, registry_));
  const Digest first = Sha256(exchange_.genesis().secretariat_certificate());
  signers_["SECRETARIAT-main"] =
      *rules::FindRecord<v1::CredentialRecord>(static_cast<const rules::FactTable&>(registry_),
                                               rules::CredentialKey(first))
           .value();
  for (const std::string_view state : {"EE", "FI", "JP", "LV", "SE"}) {
    Enrol({.party = std::string(state), .office = "duty"});
  }
}

std::unique_ptr<const rules::View> RulesWorld::ViewOf(const LedgerId& ledger) {
  return std::make_unique<WorldView>(exchange_, ledger, ledgers_);
}

std::map<std::string, size_t> RulesWorld::Sizes() const {
  std::map<std::string, size_t> sizes;
  for (const auto& [id, ledger] : ledgers_) {
    if (!ledger.entries().empty()) {
      sizes[id.text()] = ledger.entries().size();
    }
  }
  return sizes;
}

rules::Decision RulesWorld::Decide(const Attempt& attempt) {
  const Digest digest = DigestOf(attempt.act);
  const std::unique_ptr<const rules::View> view = ViewOf(LedgerOf(attempt.signer));
  absl::StatusOr<rules::Decision> decision = rules::Decide(*view,
                                                           {.act = attempt.act,
                                                            .act_digest = digest,
                                                            .openings = attempt.openings,
                                                            .contents = attempt.contents,
                                                            .signer = attempt.signer,
                                                            .registers = attempt.registers},
                                                           now_);
  Require(decision.status());
  return *std::move(decision);
}

Performed RulesWorld::Perform(const Attempt& attempt) {
  Performed performed = {
      .decision = Decide(attempt), .passed_on = {}, .act_digest = DigestOf(attempt.act)};
  for (const rules::NewEntry& entry : performed.decision.entries) {
    if (entry.ledger.is_state()) {
      auto more = rules::Distribute(*ViewOf(entry.ledger), attempt.act, entry);
      Require(more.status());
      performed.passed_on.insert(performed.passed_on.end(), more->begin(), more->end());
    }
  }
  for (const std::vector<rules::NewEntry>* const entries :
       {&performed.passed_on, &performed.decision.entries}) {
    for (const rules::NewEntry& entry : *entries) {
      Write(entry, &attempt.act, performed.act_digest);
    }
  }
  if (attempt.act.has_consultation_request() && performed.decision.verdict.ok() &&
      !consultation_.has_value()) {
    consultation_ = std::string(BytesOf(performed.act_digest));
  }
  now_ += absl::Seconds(1);
  return performed;
}

void RulesWorld::Write(const rules::NewEntry& made, const v1::Act* act, const Digest& digest) {
  MemoryLedger& ledger = Ledger(made.ledger);
  v1::Entry entry = made.entry;
  entry.set_ledger(made.ledger.text());
  entry.set_ordinal(ledger.entries().size());
  *entry.mutable_time() = rules::ToTimestamp(now_);
  entry.set_act_digest(std::string(BytesOf(digest)));
  if (made.gives_contents) {
    entry.set_given_digest(std::string(kDigestBytes, 'g'));
  }
  ledger.Append(entry);
  Require(rules::Project(exchange_, entry, entry.has_summary() ? nullptr : act, ledger));
  if (entry.role() == v1::ENTRY_ROLE_OWN) {
    Require(rules::ProjectRegistry(exchange_, entry, *act, registry_));
  }
}

const v1::CredentialRecord& RulesWorld::Signer(std::string_view party,
                                               std::string_view office) const {
  return signers_.at(fmt::format("{}-{}", party, office));
}

const v1::CredentialRecord& RulesWorld::Enrol(const NewOffice& office) {
  const Attempt attempt = EnrolOffice(office);
  Require(Perform(attempt).decision.verdict);
  const Digest credential = Sha256(attempt.act.enrol().credential().certificate());
  return signers_[fmt::format("{}-{}", office.party, office.office)] =
             *rules::FindRecord<v1::CredentialRecord>(
                  static_cast<const rules::FactTable&>(registry_), rules::CredentialKey(credential))
                  .value();
}

Attempt RulesWorld::NewAct(const v1::CredentialRecord& signer) const {
  Attempt attempt;
  attempt.signer = signer;
  v1::Act& act = attempt.act;
  act.set_purpose("cbm.v1/act");
  act.set_version(1);
  act.set_exchange_id(exchange_.id());
  FakeRandom random(std::hash<std::string>()(signer.credential()));
  act.set_act_id(NewUuid(now_, random));
  act.set_party(signer.party());
  act.set_office(signer.office());
  act.set_signing_credential(signer.credential());
  *act.mutable_author_time() = rules::ToTimestamp(now_);
  *act.mutable_valid_until() = rules::ToTimestamp(now_ + absl::Hours(24));
  act.mutable_audience()->mutable_own();
  return attempt;
}

Attempt RulesWorld::Submit(const v1::CredentialRecord& signer) const {
  Attempt attempt = NewAct(signer);
  v1::Notification& notification = *attempt.act.mutable_submit()->mutable_notification();
  notification.set_kind("INC");
  notification.set_precedence(v1::PRECEDENCE_URGENT);
  notification.set_context(v1::CONTEXT_TEST);
  notification.set_marking(v1::MARKING_AMBER);
  notification.add_measures("OSCE-3");
  notification.set_language("en");
  attempt.contents = {Sha256("manifest"), Sha256("body")};
  attempt.act.set_manifest_digest(std::string(BytesOf(attempt.contents.front())));
  return attempt;
}

Attempt RulesWorld::ToNamed(const v1::CredentialRecord& signer,
                            const std::vector<std::string>& states, v1::ListVisibility list) const {
  Attempt attempt = Submit(signer);
  std::vector<std::string> sorted = states;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> commitments;
  for (const std::string& state : sorted) {
    v1::AddresseeOpening opening;
    opening.set_state(state);
    opening.set_salt(std::string(BytesOf(Sha256({"salt of ", state}))));
    commitments.push_back(ExpectedCommitment(opening));
    attempt.openings.push_back(std::move(opening));
  }
  while (commitments.size() < 8) {
    commitments.emplace_back(BytesOf(Sha256(fmt::format("filler {}", commitments.size()))));
  }
  std::sort(commitments.begin(), commitments.end());
  v1::AddresseeCommitments& to = *attempt.act.mutable_audience()->mutable_commitments();
  to.mutable_commitments()->Assign(commitments.begin(), commitments.end());
  to.set_list(list);
  return attempt;
}

Attempt RulesWorld::ToAll(const v1::CredentialRecord& signer, std::string_view framework) const {
  Attempt attempt = Submit(signer);
  attempt.act.mutable_audience()->mutable_all()->set_framework(std::string(framework));
  v1::Notification& notification = *attempt.act.mutable_submit()->mutable_notification();
  notification.set_measures(0, fmt::format("{}-3", framework));
  return attempt;
}

Attempt RulesWorld::ToSecretariat(const v1::CredentialRecord& signer) const {
  Attempt attempt = Submit(signer);
  attempt.act.mutable_audience()->mutable_secretariat();
  attempt.act.mutable_submit()->mutable_notification()->set_kind("FRE");
  return attempt;
}

Attempt RulesWorld::Open(const v1::CredentialRecord& signer,
                         const std::vector<Digest>& notifications) const {
  Attempt attempt = NewAct(signer);
  attempt.act.mutable_open()->set_manner(v1::OPEN_MANNER_BY_HAND);
  for (const Digest& notification : notifications) {
    v1::Reference& reference = *attempt.act.add_references();
    reference.set_act_digest(std::string(BytesOf(notification)));
    reference.set_record_version(1);
  }
  return attempt;
}

Attempt RulesWorld::Acknowledge(const v1::CredentialRecord& signer,
                                const Digest& notification) const {
  Attempt attempt = Open(signer, {notification});
  attempt.act.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
  return attempt;
}

Attempt RulesWorld::FollowUp(const v1::CredentialRecord& signer,
                             const std::vector<std::string>& states, const Digest& first,
                             v1::FollowUp follow_up) const {
  Attempt attempt = ToNamed(signer, states);
  attempt.act.mutable_submit()->set_follow_up(follow_up);
  v1::Reference& reference = *attempt.act.add_references();
  reference.set_act_digest(std::string(BytesOf(first)));
  reference.set_record_version(1);
  return attempt;
}

Attempt RulesWorld::Reply(const v1::CredentialRecord& signer,
                          const std::vector<std::string>& states, const Digest& notification,
                          v1::ReplyOutcome outcome) const {
  Attempt attempt = ToNamed(signer, states);
  const v1::Notification sent = attempt.act.submit().notification();
  v1::Reply& reply = *attempt.act.mutable_reply();
  *reply.mutable_notification() = sent;
  reply.mutable_notification()->set_kind("RSP");
  reply.set_outcome(outcome);
  reply.set_quotes(v1::QUOTING_QUOTES);
  v1::Reference& reference = *attempt.act.add_references();
  reference.set_act_digest(std::string(BytesOf(notification)));
  reference.set_record_version(1);
  return attempt;
}

Attempt RulesWorld::EnrolOffice(const NewOffice& office) const {
  Attempt attempt = NewAct(Secretariat());
  v1::Enrol& enrol = *attempt.act.mutable_enrol();
  enrol.set_party(office.party);
  enrol.set_office(office.office);
  enrol.set_type(office.type);
  v1::Credential& credential = *enrol.mutable_credential();
  credential.set_certificate(fmt::format("certificate of {}-{}", office.party, office.office));
  for (const auto purpose :
       {v1::CREDENTIAL_PURPOSE_CONNECT, v1::CREDENTIAL_PURPOSE_SIGN, v1::CREDENTIAL_PURPOSE_OPEN}) {
    credential.add_purposes(purpose);
  }
  for (const v1::Scope scope : office.scopes) {
    credential.add_scopes(scope);
  }
  enrol.set_possession("signature of the new credential");
  attempt.registers = {.not_before = now_, .not_after = now_ + absl::Hours(24 * 365)};
  return attempt;
}

Attempt RulesWorld::Grant(const v1::CredentialRecord& signer, std::string_view office,
                          v1::Marking ceiling, v1::IntegrationReading reading) const {
  Attempt attempt = NewAct(signer);
  v1::GrantIntegration& grant = *attempt.act.mutable_grant_integration();
  grant.set_office(std::string(office));
  grant.set_reading(reading);
  grant.set_ceiling(ceiling);
  return attempt;
}

namespace {

v1::CredentialName NameOf(const v1::CredentialRecord& credential) {
  v1::CredentialName name;
  name.set_party(credential.party());
  name.set_office(credential.office());
  name.set_credential(credential.credential());
  return name;
}

}  // namespace

Attempt RulesWorld::Suspend(const v1::CredentialRecord& signer,
                            const v1::CredentialRecord& of) const {
  Attempt attempt = NewAct(signer);
  *attempt.act.mutable_suspend_credential()->mutable_of() = NameOf(of);
  attempt.act.mutable_suspend_credential()->set_reason(v1::CREDENTIAL_REASON_KEY_LOST);
  return attempt;
}

Attempt RulesWorld::Restore(const v1::CredentialRecord& signer,
                            const v1::CredentialRecord& of) const {
  Attempt attempt = NewAct(signer);
  *attempt.act.mutable_restore_credential()->mutable_of() = NameOf(of);
  return attempt;
}

Attempt RulesWorld::Revoke(const v1::CredentialRecord& signer,
                           const v1::CredentialRecord& of) const {
  Attempt attempt = NewAct(signer);
  *attempt.act.mutable_revoke_credential()->mutable_of() = NameOf(of);
  attempt.act.mutable_revoke_credential()->set_reason(v1::CREDENTIAL_REASON_KEY_COMPROMISED);
  return attempt;
}

Attempt RulesWorld::Renew(const v1::CredentialRecord& signer,
                          const std::string& certificate) const {
  Attempt attempt = NewAct(signer);
  v1::RenewCredential& renewal = *attempt.act.mutable_renew_credential();
  renewal.set_certificate(certificate);
  renewal.set_possession("signature of the new credential");
  attempt.registers = {.not_before = now_, .not_after = now_ + absl::Hours(24 * 365)};
  return attempt;
}

v1::CredentialRecord RulesWorld::Registered(std::string_view certificate) const {
  return *rules::FindRecord<v1::CredentialRecord>(static_cast<const rules::FactTable&>(registry_),
                                                  rules::CredentialKey(Sha256(certificate)))
              .value();
}

LedgerId LedgerOf(const v1::CredentialRecord& author) {
  return author.type() == v1::OFFICE_TYPE_INTEGRATION
             ? LedgerId::Integration(author.party(), author.office())
             : LedgerId::OfParty(author.party(), author.office());
}

std::vector<std::string> ToldBy(const std::vector<rules::NewEntry>& entries) {
  std::vector<std::string> told;
  for (const rules::NewEntry& entry : entries) {
    told.push_back(fmt::format("{} {} {}", entry.ledger.text(), RoleName(entry.entry.role()),
                               entry.entry.has_summary() ? "summary" : "act"));
  }
  std::sort(told.begin(), told.end());
  return told;
}

std::string Written(const rules::Decision& decision) {
  std::string text = decision.verdict.ToString();
  for (const rules::NewEntry& entry : decision.entries) {
    text += fmt::format("\n{} {} '{}' {}", entry.ledger.text(), entry.gives_contents,
                        entry.delivered_to, entry.entry.DebugString());
  }
  return text;
}

const rules::NewEntry& OnlyEntry(const rules::Decision& decision, const LedgerId& ledger) {
  const rules::NewEntry* found = nullptr;
  for (const rules::NewEntry& entry : decision.entries) {
    if (entry.ledger == ledger) {
      Require(found == nullptr ? absl::OkStatus() : absl::InternalError("a ledger has two"));
      found = &entry;
    }
  }
  Require(found != nullptr ? absl::OkStatus()
                           : absl::InternalError("no entry for " + ledger.text()));
  return *found;
}

v1::NotificationRecord NotificationIn(const rules::LedgerView& ledger, const Digest& act) {
  return rules::FindNotification(ledger, act).value().value();
}

std::string ExpectedCommitment(const v1::AddresseeOpening& opening) {
  return std::string(BytesOf(Sha256("cbm.v1/addressee" + opening.salt() + opening.state())));
}

}  // namespace cbm::test
