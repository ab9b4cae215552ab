#include "bench/exchange.h"

#include <fstream>
#include <sstream>
#include <thread>

#include "bench/require.h"
#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "core/base/clock.h"
#include "core/base/uuid.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/encoded.h"
#include "core/evidence/genesis.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/store/sqlite.h"
#include "tests/support/run_command.h"

namespace cbm::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr int kAnswerBytesMax = 64 * 1024 * 1024;

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteAll(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  Require(file.flush().good(), fmt::format("{} cannot be written", path.string()));
}

void RunToTheEnd(const std::vector<std::string>& arguments) {
  const test::CommandResult result = test::RunCommand(arguments);
  Require(result.exit_code == 0, result.errors);
}

v1::Notification NewNotification(v1::Marking marking) {
  v1::Notification notification;
  notification.set_kind("FRE");
  notification.set_precedence(v1::PRECEDENCE_URGENT);
  notification.set_context(v1::CONTEXT_TEST);
  notification.set_marking(marking);
  notification.add_measures("OSCE-3");
  notification.set_language("en");
  return notification;
}

}  // namespace

Authority::Authority() : pki_("Bench CA", Clock::System().Now()) {}

test::Issued Authority::IssueServer() {
  return pki_.Issue("Server", {.extended_key_usage = "serverAuth,clientAuth",
                               .alternative_name = "IP:127.0.0.1,DNS:localhost"});
}

test::Issued Authority::IssueClient() { return pki_.Issue("An office"); }

std::shared_ptr<grpc::Channel> Authority::Connect(const std::string& address,
                                                  const test::Issued& client) const {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ca_pem();
  options.pem_cert_chain = client.chain_pem;
  options.pem_private_key = client.key_pem;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
}

Exchange::Exchange(const std::filesystem::path& cbmd, const std::filesystem::path& data,
                   const std::filesystem::path& folder, Authority& authority,
                   const ExchangeOptions& options)
    : cbmd_(cbmd),
      folder_(folder),
      authority_(authority),
      secretariat_{
          .party = "SECRETARIAT", .credential = authority.IssueClient(), .channel = nullptr} {
  std::filesystem::create_directories(folder_);
  Found(data, options.raise_limits);
  Start();
  for (const v1::Member& member : genesis_.frameworks(0).members()) {
    if (member.membership() == v1::MEMBERSHIP_PARTICIPATING && offices_.size() < options.states) {
      Enrol(member.code());
    }
  }
  Require(offices_.size() == options.states, "the framework has fewer States");
}

void Exchange::Found(const std::filesystem::path& data, bool raise_limits) {
  const test::Issued server = authority_.IssueServer();
  WriteAll(folder_ / "ca.pem", authority_.ca_pem());
  WriteAll(folder_ / "server.pem", server.chain_pem);
  WriteAll(folder_ / "server.key", server.key_pem);
  std::filesystem::permissions(folder_ / "server.key", std::filesystem::perms::owner_read);
  WriteAll(folder_ / "secretariat.pem", secretariat_.credential.certificate_pem);
  std::string config = fmt::format(R"([exchange]
name = "bench"
frameworks = ["{0}/frameworks/osce.json"]
notification_kinds = "{0}/notification_kinds.json"
secretariat_certificate = "secretariat.pem"
genesis = "genesis.json"

[server]
listen = "127.0.0.1:0"
certificate = "server.pem"
key = "server.key"
client_ca = "ca.pem"
address_file = "address"

[store]
database = "exchange.db"
checkpoints = "checkpoints"

[log_key]
seed_file = "log.seed"

[log]
file = "cbmd.log"

[gate]
calls_burst = 100000000
calls_per_second = 100000000
window_updates_burst = 1000000
window_updates_per_second = 1000000
)",
                                   std::filesystem::absolute(data).string());
  if (raise_limits) {
    config += R"(
[limits]
state_acts_per_second = 10000
state_acts_burst = 100000
state_act_bytes_per_second = 1000000000
state_act_bytes_burst = 1000000000
state_reads_per_second = 1000000
state_reads_burst = 1000000
state_read_bytes_per_second = 10000000000
state_read_bytes_burst = 1000000000000
state_untaken_bytes_max = 1073741824
office_share_percent = 100
streams_per_office_max = 64
streams_per_state_max = 1024
)";
  }
  const std::filesystem::path file = folder_ / "cbmd.toml";
  WriteAll(file, config);
  RunToTheEnd({cbmd_.string(), "init", "--config", file.string()});
  const std::string genesis = ReadAll(folder_ / "genesis.json");
  const GenesisDocument document = Require(ReadGenesis(genesis));
  exchange_id_ = document.exchange_id;
  genesis_ = document.genesis;
  WriteAll(folder_ / "genesis.p7s", Require(SignDetached(secretariat_.credential.certificate,
                                                         *secretariat_.credential.key, genesis)));
  RunToTheEnd({cbmd_.string(), "init", "--config", file.string(), "--signature",
               (folder_ / "genesis.p7s").string()});
}

void Exchange::Start() {
  std::filesystem::remove(folder_ / "address");
  server_ = std::make_unique<Process>(std::vector<std::string>{cbmd_.string(), "serve", "--config",
                                                               (folder_ / "cbmd.toml").string()},
                                      folder_ / "cbmd.out");
  const absl::Time end = Clock::System().Now() + kPatience;
  while (!std::filesystem::exists(folder_ / "address") || ReadAll(folder_ / "address").empty()) {
    server_->RequireRunning();
    Require(Clock::System().Now() < end, "cbmd does not say where it listens");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  address_ = ReadAll(folder_ / "address");
  address_ = address_.substr(0, address_.find('\n'));
  secretariat_.channel = authority_.Connect(address_, secretariat_.credential);
  for (Office& office : offices_) {
    office.channel = authority_.Connect(address_, office.credential);
  }
}

absl::Duration Exchange::Restart() {
  server_->Stop();
  const absl::Time begun = Clock::System().Now();
  Start();
  v1::ExchangeService::Stub stub(secretariat_.channel);
  const std::unique_ptr<grpc::ClientContext> context = NewContext();
  context->set_wait_for_ready(true);
  v1::GetExchangeResponse response;
  const grpc::Status status = stub.GetExchange(context.get(), v1::GetExchangeRequest(), &response);
  Require(status.ok(), status.error_message());
  return Clock::System().Now() - begun;
}

void Exchange::Enrol(const std::string& party) {
  Office office{.party = party, .credential = authority_.IssueClient(), .channel = nullptr};
  office.channel = authority_.Connect(address_, office.credential);
  v1::Act act = NewAct(secretariat_);
  act.set_office("main");
  act.mutable_audience()->mutable_own();
  v1::Enrol& enrol = *act.mutable_enrol();
  enrol.set_party(party);
  enrol.set_office("duty");
  enrol.set_type(v1::OFFICE_TYPE_DUTY);
  v1::Credential& credential = *enrol.mutable_credential();
  credential.set_certificate(office.credential.certificate.der());
  for (const auto purpose :
       {v1::CREDENTIAL_PURPOSE_CONNECT, v1::CREDENTIAL_PURPOSE_SIGN, v1::CREDENTIAL_PURPOSE_OPEN}) {
    credential.add_purposes(purpose);
  }
  for (const auto scope : {v1::SCOPE_READ, v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE}) {
    credential.add_scopes(scope);
  }
  enrol.set_possession(Require(SignDetached(
      office.credential.certificate, *office.credential.key,
      PossessionStatement({.exchange_id = exchange_id_,
                           .party = party,
                           .office = "duty",
                           .certificate = office.credential.certificate.fingerprint()}))));
  v1::ActService::Stub stub(secretariat_.channel);
  v1::PerformActResponse response;
  const grpc::Status status =
      stub.PerformAct(NewContext().get(), Sign(secretariat_, act), &response);
  Require(status.ok(), status.error_message());
  offices_.push_back(std::move(office));
}

v1::Act Exchange::NewAct(const Office& author) {
  const absl::Time now = Clock::System().Now();
  v1::Act act;
  act.set_purpose("cbm.v1/act");
  act.set_version(1);
  act.set_exchange_id(exchange_id_);
  act.set_act_id(NewUuid(now, random_));
  act.set_party(author.party);
  act.set_office("duty");
  act.set_signing_credential(std::string(BytesOf(author.credential.certificate.fingerprint())));
  *act.mutable_author_time() = rules::ToTimestamp(now);
  *act.mutable_valid_until() = rules::ToTimestamp(now + absl::Hours(24));
  return act;
}

v1::PerformActRequest Exchange::Sign(const Office& signer, const v1::Act& act) {
  v1::PerformActRequest request;
  v1::SignedAct& signed_act = *request.mutable_signed_act();
  signed_act.set_act(SerializeDeterministically(act));
  signed_act.set_signature(Require(
      SignDetached(signer.credential.certificate, *signer.credential.key, signed_act.act())));
  payload_bytes_ += signed_act.act().size() + signed_act.signature().size();
  return request;
}

void Exchange::Say(size_t body_bytes, v1::Act& act, v1::PerformActRequest& request) {
  v1::Manifest manifest;
  manifest.set_subject("Payment clearing disturbed");
  manifest.set_body(std::string(body_bytes, 'x'));
  v1::OpenContent& content = *request.add_contents()->mutable_open();
  content = MakeOpenContent(Require(WriteManifest(manifest)), random_);
  act.set_manifest_digest(std::string(BytesOf(ContentDigest(content.salt(), content.plaintext()))));
  payload_bytes_ += content.salt().size() + content.plaintext().size();
}

v1::PerformActRequest Exchange::MakeSubmit(const Office& author, const std::string& to,
                                           size_t body_bytes) {
  v1::Act act = NewAct(author);
  *act.mutable_submit()->mutable_notification() = NewNotification(v1::MARKING_AMBER);
  v1::PerformActRequest said;
  Say(body_bytes, act, said);
  Addressees addressees = Require(MakeAddressees({to}, v1::LIST_VISIBILITY_HIDDEN, random_));
  *act.mutable_audience()->mutable_commitments() = std::move(addressees.commitments);
  v1::PerformActRequest request = Sign(author, act);
  request.mutable_addressees()->Assign(addressees.openings.begin(), addressees.openings.end());
  *request.mutable_contents() = std::move(*said.mutable_contents());
  return request;
}

v1::PerformActRequest Exchange::MakeSubmitToAll() {
  v1::Act act = NewAct(offices_.front());
  *act.mutable_submit()->mutable_notification() = NewNotification(v1::MARKING_GREEN);
  act.mutable_audience()->mutable_all()->set_framework("OSCE");
  v1::PerformActRequest said;
  Say(1024, act, said);
  v1::PerformActRequest request = Sign(offices_.front(), act);
  *request.mutable_contents() = std::move(*said.mutable_contents());
  return request;
}

std::vector<Lane> Exchange::MakeSubmits(size_t authors, size_t count, size_t body_bytes,
                                        size_t first) {
  Require(first + authors <= offices_.size(), "there are fewer States");
  std::vector<Lane> lanes;
  for (size_t i = 0; i < authors; ++i) {
    lanes.push_back({.channel = offices_[first + i].channel, .requests = {}});
  }
  for (size_t i = 0; i < count; ++i) {
    const size_t lane = i % authors;
    const Office& author = offices_[first + lane];
    const std::string& to = offices_[(first + lane + 1) % offices_.size()].party;
    lanes[lane].requests.push_back(
        ToBuffer(MakeSubmit(author, to, body_bytes).SerializeAsString()));
  }
  return lanes;
}

uint64_t Exchange::DatabaseBytes() const {
  const auto connection = Require(Connection::Open(folder_ / "exchange.db"));
  Query query(*connection,
              "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  Require(Require(query.Next()), "the database has no size");
  return query.Unsigned(0);
}

uint64_t Exchange::LogBytes() const {
  return std::filesystem::file_size(folder_ / "exchange.db-wal");
}

}  // namespace cbm::bench
