#include "tests/support/server_world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "core/base/uuid.h"
#include "core/crypto/cms_signature.h"
#include "core/crypto/secret.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm::test {
namespace {

constexpr uint64_t kEntriesMax = 10'000;

void Require(const absl::Status& status, std::string_view what) {
  if (!status.ok()) {
    fmt::print(stderr, "a test's world is broken: {}: {}\n", what, status.ToString());
    std::abort();
  }
}

// The keys of all worlds.
struct Desks {
  Desks() {
    const Issued& first = exchange.secretariat;
    all.push_back({"SECRETARIAT", "main", v1::OFFICE_TYPE_SECRETARIAT,
                   Issued{.certificate = first.certificate,
                          .key = SigningKey::FromPem(SecretBytes(first.key_pem)).value(),
                          .certificate_pem = first.certificate_pem,
                          .chain_pem = first.chain_pem,
                          .key_pem = first.key_pem}});
    Add("EE", "duty");
    Add("EE", "policy", v1::OFFICE_TYPE_POLICY);
    Add("FI", "duty");
    Add("LV", "duty");
    Add("LV", "siem", v1::OFFICE_TYPE_INTEGRATION);
    Add("CHAIR", "2026", v1::OFFICE_TYPE_CHAIR);
    Add("AUDITOR", "audit", v1::OFFICE_TYPE_AUDITOR);
    Add("FI", "spare");
    Add("LV", "spare");
  }

  void Add(const std::string& party, const std::string& office,
           v1::OfficeType type = v1::OFFICE_TYPE_DUTY) {
    all.push_back({party, office, type, exchange.pki.Issue(fmt::format("{} {}", party, office))});
  }

  TestExchange exchange;
  std::vector<Desk> all;
};

const Desks& AllDesks() {
  static const auto* const kDesks = new Desks();
  return *kDesks;
}

}  // namespace

LedgerId Desk::ledger() const {
  return type == v1::OFFICE_TYPE_INTEGRATION ? LedgerId::Integration(party, office)
                                             : LedgerId::OfParty(party, office);
}

ServerWorld::ServerWorld() {
  store_ = MemoryStore::Create({.genesis = Keys().document.bytes,
                                .signature = Keys().signature,
                                .time = kTestStart - absl::Hours(1)},
                               random_)
               .value();
  for (const Desk& desk : AllDesks().all) {
    if (desk.party != kSecretariatParty && desk.office != "spare") {
      Require(Take(Enrol(desk)).status(), "enrolling");
    }
  }
}

const TestExchange& ServerWorld::Keys() { return AllDesks().exchange; }

const Desk& ServerWorld::Secretariat() { return AllDesks().all.front(); }

const Desk& ServerWorld::Of(std::string_view party, std::string_view office) {
  for (const Desk& desk : AllDesks().all) {
    if (desk.party == party && desk.office == office) {
      return desk;
    }
  }
  Require(absl::NotFoundError(fmt::format("{}/{}", party, office)), "no such desk");
  std::abort();
}

EncodedAct ServerWorld::Sign(const Desk& by, const v1::Act& act) {
  std::string bytes = SerializeDeterministically(act);
  std::string signature =
      SignDetached(by.credential.certificate, *by.credential.key, bytes).value();
  return EncodedAct::Accept(std::move(bytes), std::move(signature)).value();
}

v1::Act ServerWorld::NewAct(const Desk& by) {
  v1::Act act;
  act.set_purpose("cbm.v1/act");
  act.set_version(1);
  act.set_exchange_id(Keys().document.exchange_id);
  act.set_act_id(NewUuid(clock_.Now(), random_));
  act.set_party(by.party);
  act.set_office(by.office);
  act.set_signing_credential(std::string(BytesOf(by.fingerprint())));
  *act.mutable_author_time() = rules::ToTimestamp(clock_.Now());
  *act.mutable_valid_until() = rules::ToTimestamp(clock_.Now() + absl::Hours(24));
  act.mutable_audience()->mutable_own();
  return act;
}

HandedIn ServerWorld::Handed(const Desk& by, const v1::Act& act) const {
  return {.act = Sign(by, act),
          .openings = {},
          .contents = {},
          .ledger = by.ledger(),
          .party = by.party,
          .office = by.office,
          .carrying_credential = by.fingerprint(),
          .registers = std::nullopt};
}

HandedIn ServerWorld::Notification(const Desk& by, v1::Act act,
                                   std::vector<v1::AddresseeOpening> openings) {
  v1::Notification& notification = *act.mutable_submit()->mutable_notification();
  notification.set_kind("INC");
  notification.set_precedence(v1::PRECEDENCE_URGENT);
  notification.set_context(v1::CONTEXT_TEST);
  notification.set_marking(v1::MARKING_AMBER);
  notification.add_measures("OSCE-3");
  notification.set_language("en");
  // Nobody reads it here: what is handed in to the sequencer was checked before.
  NamedContent content;
  v1::OpenContent& open = *content.content.mutable_open();
  open.set_salt(random_.Bytes(32));
  open.set_plaintext("a manifest");
  content.digest = ContentDigest(open.salt(), open.plaintext());
  act.set_manifest_digest(std::string(BytesOf(content.digest)));
  HandedIn handed = Handed(by, act);
  handed.openings = std::move(openings);
  handed.contents.push_back(std::move(content));
  return handed;
}

HandedIn ServerWorld::Submit(const Desk& by, const std::vector<std::string>& states) {
  v1::Act act = NewAct(by);
  Addressees addressees = MakeAddressees(states, v1::LIST_VISIBILITY_HIDDEN, random_).value();
  *act.mutable_audience()->mutable_commitments() = std::move(addressees.commitments);
  return Notification(by, std::move(act), std::move(addressees.openings));
}

HandedIn ServerWorld::SubmitToAll(const Desk& by, std::string_view framework) {
  v1::Act act = NewAct(by);
  act.mutable_audience()->mutable_all()->set_framework(std::string(framework));
  return Notification(by, std::move(act), {});
}

HandedIn ServerWorld::Open(const Desk& by, const std::vector<Digest>& notifications) {
  v1::Act act = NewAct(by);
  act.mutable_open()->set_manner(v1::OPEN_MANNER_BY_HAND);
  for (const Digest& notification : notifications) {
    v1::Reference& reference = *act.add_references();
    reference.set_act_digest(std::string(BytesOf(notification)));
    reference.set_record_version(1);
  }
  return Handed(by, act);
}

HandedIn ServerWorld::Acknowledge(const Desk& by, const Digest& notification) {
  return Changed(by, Open(by, {notification}), [](v1::Act& act) {
    act.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
  });
}

HandedIn ServerWorld::Enrol(const Desk& office, const Registering& registering) {
  v1::Act act = NewAct(Secretariat());
  v1::Enrol& enrol = *act.mutable_enrol();
  enrol.set_party(office.party);
  enrol.set_office(office.office);
  enrol.set_type(office.type);
  v1::Credential& credential = *enrol.mutable_credential();
  credential.set_certificate(office.credential.certificate.der());
  for (const v1::CredentialPurpose purpose : registering.purposes) {
    credential.add_purposes(purpose);
  }
  for (const v1::Scope scope :
       {v1::SCOPE_READ, v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE, v1::SCOPE_DIRECTORY}) {
    credential.add_scopes(scope);
  }
  const std::string statement = PossessionStatement({.exchange_id = act.exchange_id(),
                                                     .party = office.party,
                                                     .office = office.office,
                                                     .certificate = office.fingerprint()});
  enrol.set_possession(
      SignDetached(office.credential.certificate, *office.credential.key, statement).value());
  HandedIn handed = Handed(Secretariat(), act);
  handed.registers = {.not_before = registering.not_before, .not_after = registering.not_after};
  return handed;
}

HandedIn ServerWorld::Grant(const Desk& by, std::string_view integration, v1::Marking ceiling) {
  v1::Act act = NewAct(by);
  v1::GrantIntegration& grant = *act.mutable_grant_integration();
  grant.set_office(std::string(integration));
  grant.set_reading(v1::INTEGRATION_READING_NOTIFICATIONS);
  grant.set_ceiling(ceiling);
  return Handed(by, act);
}

namespace {

v1::CredentialName NameOf(const Desk& of) {
  v1::CredentialName name;
  name.set_party(of.party);
  name.set_office(of.office);
  name.set_credential(std::string(BytesOf(of.fingerprint())));
  return name;
}

}  // namespace

HandedIn ServerWorld::Suspend(const Desk& by, const Desk& of) {
  v1::Act act = NewAct(by);
  *act.mutable_suspend_credential()->mutable_of() = NameOf(of);
  act.mutable_suspend_credential()->set_reason(v1::CREDENTIAL_REASON_KEY_LOST);
  return Handed(by, act);
}

HandedIn ServerWorld::Restore(const Desk& by, const Desk& of) {
  v1::Act act = NewAct(by);
  *act.mutable_restore_credential()->mutable_of() = NameOf(of);
  return Handed(by, act);
}

HandedIn ServerWorld::Revoke(const Desk& by, const Desk& of) {
  v1::Act act = NewAct(by);
  *act.mutable_revoke_credential()->mutable_of() = NameOf(of);
  act.mutable_revoke_credential()->set_reason(v1::CREDENTIAL_REASON_KEY_COMPROMISED);
  return Handed(by, act);
}

HandedIn ServerWorld::Renew(const Desk& by, const Desk& next) {
  v1::Act act = NewAct(by);
  const Certificate& certificate = next.credential.certificate;
  act.mutable_renew_credential()->set_certificate(certificate.der());
  act.mutable_renew_credential()->set_possession(
      SignDetached(certificate, *next.credential.key,
                   PossessionStatement({.exchange_id = act.exchange_id(),
                                        .party = by.party,
                                        .office = by.office,
                                        .certificate = next.fingerprint()}))
          .value());
  HandedIn handed = Handed(by, act);
  handed.registers = {.not_before = kTestStart - absl::Hours(24),
                      .not_after = kTestStart + absl::Hours(24 * 365)};
  return handed;
}

HandedIn ServerWorld::CarriedBy(const Desk& carrier, HandedIn act) {
  act.ledger = carrier.ledger();
  act.party = carrier.party;
  act.carrying_credential = carrier.fingerprint();
  return act;
}

absl::StatusOr<Taken> ServerWorld::Take(HandedIn act) { return TakeInto(*store_, std::move(act)); }

absl::StatusOr<Taken> ServerWorld::TakeInto(Store& store, HandedIn act) {
  Answers answers;
  Sequencer sequencer(store, clock_, random_, {});
  Require(sequencer.HandIn(std::move(act), answers.For("it")), "handing in");
  sequencer.Stop();
  return answers.Of("it");
}

std::map<std::string, uint64_t> ServerWorld::Sizes() const {
  std::map<std::string, uint64_t> sizes;
  const LedgerHeads heads = store_->Heads().value();
  for (const auto& [ledger, head] : heads) {
    sizes[ledger.text()] = head.size;
  }
  return sizes;
}

std::vector<EncodedEntry> ServerWorld::EntriesOf(const LedgerId& ledger, uint64_t from) const {
  // Of an ALL ledger as the secretariat reads it, who reads them all.
  const auto snapshot = store_->Read(ledger.is_all() ? LedgerId::Secretariat() : ledger).value();
  const std::vector<v1::LedgerRecord> records =
      snapshot->Records(ledger, from, kEntriesMax, size_t{1} << 30).value();
  std::vector<EncodedEntry> entries;
  for (const v1::LedgerRecord& record : records) {
    entries.push_back(EncodedEntry::Read(record.entry()).value());
  }
  return entries;
}

Answer Answers::For(std::string name) {
  return [this, name = std::move(name)](absl::StatusOr<Taken> taken) {
    const MutexLock lock(mutex_);
    given_.emplace_back(name, std::move(taken));
  };
}

size_t Answers::Count(std::string_view name) const {
  const MutexLock lock(mutex_);
  return static_cast<size_t>(std::count_if(given_.begin(), given_.end(),
                                           [&](const auto& one) { return one.first == name; }));
}

absl::StatusOr<Taken> Answers::Of(std::string_view name) const {
  Require(Count(name) == 1
              ? absl::OkStatus()
              : absl::InternalError(fmt::format("{} answers to {}", Count(name), name)),
          "an act is answered once");
  const MutexLock lock(mutex_);
  return std::find_if(given_.begin(), given_.end(),
                      [&](const auto& one) { return one.first == name; })
      ->second;
}

std::vector<std::string> Answers::Order() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> order;
  for (const auto& [name, taken] : given_) {
    order.push_back(name);
  }
  return order;
}

}  // namespace cbm::test
