#include "tests/support/served_exchange.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "cbm/v1/content.pb.h"
#include "core/base/uuid.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/encoded.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "core/evidence/origin.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/gate/tls_context.h"
#include "server/store/memory_store.h"
#include "server/store/sqlite_store.h"

namespace cbm::test {
namespace {

constexpr absl::Duration kDrainWithin = absl::Seconds(5);
constexpr int kAnswerBytesMax = 16 * 1024 * 1024;

void Require(const absl::Status& status) {
  if (!status.ok()) {
    static_cast<void>(std::fputs((status.ToString() + "\n").c_str(), stderr));
    std::abort();
  }
}

template <typename T>
T Required(absl::StatusOr<T> result) {
  Require(result.status());
  return *std::move(result);
}

std::unique_ptr<Store> NewStore(const TestExchange& founded, const std::string& file,
                                bool on_sqlite, FakeClock& clock, Random& random) {
  const Founding founding{
      .genesis = founded.document.bytes, .signature = founded.signature, .time = clock.Now()};
  if (on_sqlite) {
    return Required(SqliteStore::Init(file, founding, random));
  }
  return Required(MemoryStore::Create(founding, random));
}

NoteSigningKey LogKey() {
  return Required(NoteSigningKey::FromSeed(std::string(kEd25519SeedBytes, 'k')));
}

ServerIdentity IdentityOf(TestPki& pki) {
  IssueOptions options = ServedExchange::LongLived();
  options.extended_key_usage = "serverAuth";
  options.alternative_name = "IP:127.0.0.1,DNS:localhost";
  const Issued server = pki.Issue("Exchange", options);
  return {.certificate = server.chain_pem, .key = server.key_pem, .client_ca = pki.ca_pem()};
}

}  // namespace

IssueOptions ServedExchange::LongLived() {
  IssueOptions options;
  options.not_after = kTestStart + absl::Hours(24 * 365 * 50);
  return options;
}

ServedExchange::ServedExchange(const ServedOptions& options)
    : act_validity_(std::min(absl::Hours(24),
                             absl::Hours(static_cast<int64_t>(options.limits.valid_hours_max)))),
      founded_(options.like == nullptr
                   ? std::make_shared<TestExchange>(options.genesis, LongLived())
                   : options.like->founded_),
      authorities_(Required(TrustStore::FromPem(founded_->pki.ca_pem()))),
      random_of_exchange_(options.random == nullptr ? nullptr : options.random(clock_)),
      log_(clock_, LogLevel::kDebug, [this](std::string_view line) {
        const MutexLock lock(log_mutex_);
        log_text_ += line;
        return true;
      }) {
  Random& random = random_of_exchange_ == nullptr ? random_ : *random_of_exchange_;
  store_ = NewStore(*founded_, folder_ / "exchange.db", options.on_sqlite, clock_, random);
  if (options.store_in_front != nullptr) {
    store_in_front_ = options.store_in_front(*store_);
  }
  checkpoints_ =
      Required(CheckpointKeeper::Open(folder_ / "checkpoints", *store_, kFirstEpoch, LogKey()));
  Store& served = store_in_front_ == nullptr ? *store_ : *store_in_front_;
  server_ = std::make_unique<ExchangeServer>(
      ExchangeParts{.store = served,
                    .checkpoints = *checkpoints_,
                    .clock = clock_,
                    .random = random,
                    .log = log_,
                    .log_key = FormatVerifierKey(KeyOfAnchor(trust().log))},
      options.limits, [](const absl::Status& status) { Require(status); });
  address_ = Required(server_->Listen({.listen = "127.0.0.1:0",
                                       .identity = IdentityOf(founded_->pki),
                                       .gate = options.gate,
                                       .observer = options.observer}));
  if (options.like != nullptr) {
    EnrolAs(*options.like);
    return;
  }
  Issued& secretariat = founded_->secretariat;
  Add({.party = std::string(kSecretariatParty),
       .name = std::string(kSecretariatOffice),
       .credential = std::move(secretariat)});
  for (const std::string_view state : {"EE", "FI", "LV"}) {
    Enrol({.party = std::string(state)});
  }
}

ServedExchange::~ServedExchange() {
  channels_.clear();
  server_->Drain(kDrainWithin);
}

const TestOffice& ServedExchange::Office(std::string_view party, std::string_view name) const {
  const auto found = offices_.find(
      fmt::format("{}/{}", party, party == kSecretariatParty ? kSecretariatOffice : name));
  if (found == offices_.end()) {
    Require(absl::NotFoundError(fmt::format("no office {}/{}", party, name)));
  }
  return *found->second;
}

const TestOffice& ServedExchange::Enrol(const OfficeToEnrol& office) {
  clock_.Advance(absl::Minutes(1));
  const TestOffice& secretariat = Office(kSecretariatParty);
  TestOffice enrolled{.party = office.party,
                      .name = office.name,
                      .credential = IssueCertificate(office.certificate.value_or(LongLived()))};
  const absl::Time now = clock_.Now();
  enrolments_.push_back(
      {.time = now,
       .request = Sign(secretariat, DraftEnrol(secretariat, office, enrolled.credential))});
  Require(Perform(secretariat, enrolments_.back().request).status());
  return Add(std::move(enrolled));
}

Draft ServedExchange::DraftEnrol(const TestOffice& author, const OfficeToEnrol& office,
                                 const Issued& credential) {
  const Certificate& certificate = credential.certificate;
  Draft draft = DraftOwn(author);
  v1::Enrol& enrol = *draft.act.mutable_enrol();
  enrol.set_party(office.party);
  enrol.set_office(office.name);
  enrol.set_type(office.type);
  enrol.mutable_credential()->set_certificate(certificate.der());
  enrol.mutable_credential()->mutable_purposes()->Assign(office.purposes.begin(),
                                                         office.purposes.end());
  enrol.mutable_credential()->mutable_scopes()->Assign(office.scopes.begin(), office.scopes.end());
  enrol.set_possession(Possession(office.party, office.name, credential));
  return draft;
}

void ServedExchange::EnrolAs(const ServedExchange& other) {
  offices_ = other.offices_;
  for (const Enrolment& enrolment : other.enrolments_) {
    clock_.Set(enrolment.time);
    Require(Perform(Office(kSecretariatParty), enrolment.request).status());
    enrolments_.push_back(enrolment);
  }
}

const TestOffice& ServedExchange::Add(TestOffice office) {
  auto& added = offices_[fmt::format("{}/{}", office.party, office.name)];
  added = std::make_shared<const TestOffice>(std::move(office));
  return *added;
}

const TestOffice& ServedExchange::Replace(const TestOffice& office, Issued credential) {
  const std::string key = office.party + "/" + office.name;
  replaced_.push_back(offices_.at(key));
  channels_.erase(key);
  return Add({.party = office.party, .name = office.name, .credential = std::move(credential)});
}

Issued ServedExchange::IssueCertificate(const IssueOptions& options) {
  return founded_->pki.Issue("An office", options);
}

std::shared_ptr<grpc::Channel> ServedExchange::Channel(const TestOffice& office) const {
  return Channel(office.credential);
}

std::shared_ptr<grpc::Channel> ServedExchange::Channel(const Issued& certificate) const {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ca_pem();
  options.pem_cert_chain = certificate.chain_pem;
  options.pem_private_key = certificate.key_pem;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // No connection is shared.
  return grpc::CreateCustomChannel(address_, grpc::SslCredentials(options), arguments);
}

std::shared_ptr<grpc::Channel> ServedExchange::KeptChannel(const TestOffice& office) {
  std::shared_ptr<grpc::Channel>& channel = channels_[office.party + "/" + office.name];
  if (channel == nullptr) {
    channel = Channel(office);
  }
  return channel;
}

v1::Act ServedExchange::NewAct(const TestOffice& author) {
  const absl::Time now = clock_.Now();
  v1::Act act;
  act.set_purpose("cbm.v1/act");
  act.set_version(1);
  act.set_exchange_id(exchange_id());
  act.set_act_id(NewUuid(now, random_));
  act.set_party(author.party);
  act.set_office(author.name);
  act.set_signing_credential(std::string(BytesOf(author.credential.certificate.fingerprint())));
  *act.mutable_author_time() = rules::ToTimestamp(now);
  *act.mutable_valid_until() = rules::ToTimestamp(now + act_validity_);
  return act;
}

Draft ServedExchange::DraftSubmit(const TestOffice& author, const std::vector<std::string>& states,
                                  std::string_view subject) {
  Draft draft{.act = NewAct(author), .openings = {}, .contents = {}};
  v1::Notification& notification = *draft.act.mutable_submit()->mutable_notification();
  notification.set_kind(states.empty() ? "FRE" : "INC");
  notification.set_precedence(v1::PRECEDENCE_URGENT);
  notification.set_context(v1::CONTEXT_TEST);
  notification.set_marking(v1::MARKING_AMBER);
  notification.add_measures("OSCE-3");
  notification.set_language("en");
  if (states.empty()) {
    draft.act.mutable_audience()->mutable_secretariat();
  } else {
    Addressees addressees = Required(MakeAddressees(states, v1::LIST_VISIBILITY_HIDDEN, random_));
    *draft.act.mutable_audience()->mutable_commitments() = std::move(addressees.commitments);
    draft.openings = std::move(addressees.openings);
  }
  v1::Manifest manifest;
  manifest.set_subject(std::string(subject));
  manifest.set_body("What happened.");
  SetManifest(manifest, draft);
  return draft;
}

void ServedExchange::SetManifest(const v1::Manifest& manifest, Draft& draft) {
  draft.contents.clear();
  v1::OpenContent& content = *draft.contents.emplace_back().mutable_open();
  content = MakeOpenContent(Required(WriteManifest(manifest)), random_);
  draft.act.set_manifest_digest(
      std::string(BytesOf(ContentDigest(content.salt(), content.plaintext()))));
}

void ServedExchange::SetManifestWithAnnex(Draft& draft) {
  v1::Content annex;
  *annex.mutable_open() = MakeOpenContent("An annex", random_);
  v1::Manifest manifest;
  manifest.set_subject("With an annex");
  manifest.set_body("What happened.");
  v1::ListedContent& listed = *manifest.add_contents();
  listed.set_digest(
      std::string(BytesOf(ContentDigest(annex.open().salt(), annex.open().plaintext()))));
  listed.set_name("annex.txt");
  listed.set_media_type("text/plain");
  listed.set_size(annex.open().plaintext().size());
  v1::Translation& translation = *manifest.add_translations();
  translation.set_language("fr");
  translation.set_made_by("a test");
  translation.set_text("Ce qui s'est passé.");
  SetManifest(manifest, draft);
  draft.contents.push_back(std::move(annex));
}

v1::PerformActRequest ServedExchange::Sign(const TestOffice& signer, const Draft& draft) {
  v1::PerformActRequest request;
  v1::SignedAct& signed_act = *request.mutable_signed_act();
  signed_act.set_act(SerializeDeterministically(draft.act));
  signed_act.set_signature(Required(
      SignDetached(signer.credential.certificate, *signer.credential.key, signed_act.act())));
  request.mutable_addressees()->Assign(draft.openings.begin(), draft.openings.end());
  request.mutable_contents()->Assign(draft.contents.begin(), draft.contents.end());
  return request;
}

v1::PerformActRequest ServedExchange::MakeSubmit(const TestOffice& author,
                                                 const std::vector<std::string>& states) {
  return Sign(author, DraftSubmit(author, states));
}

v1::PerformActRequest ServedExchange::MakeOpen(const TestOffice& author,
                                               const Digest& notification) {
  Draft draft = DraftOwn(author);
  draft.act.mutable_open()->set_manner(v1::OPEN_MANNER_BY_HAND);
  v1::Reference& reference = *draft.act.add_references();
  reference.set_act_digest(std::string(BytesOf(notification)));
  reference.set_record_version(1);
  return Sign(author, draft);
}

v1::PerformActRequest ServedExchange::MakeAcknowledge(const TestOffice& author,
                                                      const Digest& notification) {
  Draft draft = DraftOwn(author);
  draft.act.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
  v1::Reference& reference = *draft.act.add_references();
  reference.set_act_digest(std::string(BytesOf(notification)));
  reference.set_record_version(1);
  return Sign(author, draft);
}

v1::PerformActRequest ServedExchange::MakeGrant(const TestOffice& author,
                                                std::string_view integration, v1::Marking ceiling) {
  Draft draft = DraftOwn(author);
  v1::GrantIntegration& grant = *draft.act.mutable_grant_integration();
  grant.set_office(std::string(integration));
  grant.set_reading(v1::INTEGRATION_READING_NOTIFICATIONS);
  grant.set_ceiling(ceiling);
  return Sign(author, draft);
}

Draft ServedExchange::DraftOwn(const TestOffice& author) {
  Draft draft{.act = NewAct(author), .openings = {}, .contents = {}};
  draft.act.mutable_audience()->mutable_own();
  return draft;
}

std::string ServedExchange::Possession(std::string_view party, std::string_view office,
                                       const Issued& credential) const {
  const Certificate& certificate = credential.certificate;
  return Required(SignDetached(certificate, *credential.key,
                               PossessionStatement({.exchange_id = exchange_id(),
                                                    .party = party,
                                                    .office = office,
                                                    .certificate = certificate.fingerprint()})));
}

namespace {

v1::CredentialName NameOf(const TestOffice& of) {
  v1::CredentialName name;
  name.set_party(of.party);
  name.set_office(of.name);
  name.set_credential(std::string(BytesOf(of.credential.certificate.fingerprint())));
  return name;
}

}  // namespace

v1::PerformActRequest ServedExchange::MakeSuspend(const TestOffice& author, const TestOffice& of) {
  Draft draft = DraftOwn(author);
  *draft.act.mutable_suspend_credential()->mutable_of() = NameOf(of);
  draft.act.mutable_suspend_credential()->set_reason(v1::CREDENTIAL_REASON_KEY_LOST);
  return Sign(author, draft);
}

v1::PerformActRequest ServedExchange::MakeRestore(const TestOffice& author, const TestOffice& of) {
  Draft draft = DraftOwn(author);
  *draft.act.mutable_restore_credential()->mutable_of() = NameOf(of);
  return Sign(author, draft);
}

v1::PerformActRequest ServedExchange::MakeRevoke(const TestOffice& author, const TestOffice& of) {
  Draft draft = DraftOwn(author);
  *draft.act.mutable_revoke_credential()->mutable_of() = NameOf(of);
  draft.act.mutable_revoke_credential()->set_reason(v1::CREDENTIAL_REASON_KEY_COMPROMISED);
  return Sign(author, draft);
}

v1::PerformActRequest ServedExchange::MakeRenew(const TestOffice& author, const Issued& next) {
  Draft draft = DraftOwn(author);
  draft.act.mutable_renew_credential()->set_certificate(next.certificate.der());
  draft.act.mutable_renew_credential()->set_possession(Possession(author.party, author.name, next));
  return Sign(author, draft);
}

absl::StatusOr<v1::PerformActResponse> ServedExchange::Perform(
    const TestOffice& carrier, const v1::PerformActRequest& request) {
  return Call(carrier, &v1::ActService::Stub::PerformAct, request);
}

Trust ServedExchange::trust() const {
  return {.log = {.exchange_id = exchange_id(),
                  .epoch = kFirstEpoch,
                  .public_key = founded_->document.genesis.log_key()},
          .genesis = founded_->document.genesis,
          .authorities = authorities_};
}

std::string ServedExchange::LogText() const {
  const MutexLock lock(log_mutex_);
  return log_text_;
}

Digest DigestOf(const v1::PerformActRequest& request) { return Sha256(request.signed_act().act()); }

v1::Entry EntryOf(const v1::Receipt& receipt) {
  v1::Entry entry;
  if (receipt.evidence().empty() || !entry.ParseFromString(receipt.evidence(0).entry())) {
    Require(absl::DataLossError("a receipt without an entry"));
  }
  return entry;
}

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoSeconds(kCallDeadline));
}

absl::Status ToStatus(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

}  // namespace cbm::test
