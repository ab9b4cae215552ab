#ifndef CBM_TESTS_SUPPORT_SERVED_EXCHANGE_H_
#define CBM_TESTS_SUPPORT_SERVED_EXCHANGE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/receipt.pb.h"
#include "core/base/mutex.h"
#include "core/crypto/trust_store.h"
#include "core/evidence/verify.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "server/config/config.h"
#include "server/ops/log.h"
#include "server/program/exchange_server.h"
#include "server/sequencer/checkpoint_keeper.h"
#include "server/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_exchange.h"
#include "tests/support/test_pki.h"

namespace cbm::test {

// No wait is ever as long: what lasts longer has failed.
inline constexpr absl::Duration kCallDeadline = absl::Seconds(30);

// An enrolled office, and all that it has.
struct TestOffice {
  std::string party;
  std::string name;
  Issued credential;

  LedgerId ledger() const { return LedgerId::OfParty(party, name); }
};

// An office to be enrolled.
struct OfficeToEnrol {
  std::string party;
  std::string name = "duty";
  v1::OfficeType type = v1::OFFICE_TYPE_DUTY;
  std::vector<v1::CredentialPurpose> purposes = {
      v1::CREDENTIAL_PURPOSE_CONNECT, v1::CREDENTIAL_PURPOSE_SIGN, v1::CREDENTIAL_PURPOSE_OPEN};
  std::vector<v1::Scope> scopes = {v1::SCOPE_READ, v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE};
  std::optional<IssueOptions> certificate = {};  // LongLived if it is not given.
};

// What is handed in, before its act is signed: good until a test spoils it.
struct Draft {
  v1::Act act;
  std::vector<v1::AddresseeOpening> openings;
  std::vector<v1::Content> contents;
};

class ServedExchange;

struct ServedOptions {
  v1::Genesis genesis = TestGenesis();
  LimitsConfig limits = {};
  GateConfig gate = {};
  GateObserver observer = nullptr;
  bool on_sqlite = false;
  // Puts another store before the real one, which outlives it. Null: none.
  std::function<std::unique_ptr<Store>(Store&)> store_in_front = nullptr;
  // Makes what the exchange takes its salts from. Null: one FakeRandom for it and for the drafts.
  std::function<std::unique_ptr<Random>(Clock&)> random = nullptr;
  // Founded as that one was and with the same enrolments, by the same bytes at the same times: what
  // is signed for one fits the other. `genesis` is not looked at then. Null: anew.
  const ServedExchange* like = nullptr;
};

// The whole server in this process, over mutual TLS on a free port: TestGenesis, and an office
// "duty" of EE, FI and LV each, enrolled by acts as any other. Time is a FakeClock; only the
// deadlines of calls go by the system's.
//
// Certificates are good for both clocks for decades. What every test needs and cannot be had stops
// the process. Not thread-safe.
class ServedExchange {
 public:
  // An enrolment as it was handed in, and when.
  struct Enrolment {
    absl::Time time;
    v1::PerformActRequest request;
  };

  explicit ServedExchange(const ServedOptions& options = {});

  // Drains.
  ~ServedExchange();

  // The office of that party: enrolled by the constructor or Enrol; "SECRETARIAT" has "main".
  const TestOffice& Office(std::string_view party, std::string_view name = "duty") const;

  // Enrols an office with a new certificate. First a minute passes, so that no rate stands in the
  // way.
  const TestOffice& Enrol(const OfficeToEnrol& office);

  // Has the office sign with this credential from now on, and connect anew by it: that it is
  // registered is the caller's to see to. What was lent of it before stays as it was.
  const TestOffice& Replace(const TestOffice& office, Issued credential);

  // All that were made, in their order.
  const std::vector<Enrolment>& enrolments() const { return enrolments_; }

  // Certificates by the authority that the server trusts, and nobody's until enrolled.
  Issued IssueCertificate(const IssueOptions& options = LongLived());

  // A revocation list in PEM of that authority, with this number.
  std::string IssueList(const std::vector<Certificate>& revoked, int number) const {
    return founded_->pki.IssueList(revoked, {.number = number});
  }

  // Long after this, and after the system's time.
  static IssueOptions LongLived();

  // The server's address, as host:port, and the authority that its certificate is by.
  const std::string& address() const { return address_; }
  std::string ca_pem() const { return founded_->pki.ca_pem(); }

  // A connection of its own, made at the first call.
  std::shared_ptr<grpc::Channel> Channel(const TestOffice& office) const;
  std::shared_ptr<grpc::Channel> Channel(const Issued& certificate) const;

  // The connection that Call makes its calls on.
  std::shared_ptr<grpc::Channel> KeptChannel(const TestOffice& office);

  // Acts in good shape, to be sent now. A submit to nobody goes to the secretariat.
  v1::Act NewAct(const TestOffice& author);
  Draft DraftSubmit(const TestOffice& author, const std::vector<std::string>& states,
                    std::string_view subject = "A test");
  // Has the draft say this instead.
  void SetManifest(const v1::Manifest& manifest, Draft& draft);
  // The same, with an annex and a translation.
  void SetManifestWithAnnex(Draft& draft);
  static v1::PerformActRequest Sign(const TestOffice& signer, const Draft& draft);
  v1::PerformActRequest MakeSubmit(const TestOffice& author,
                                   const std::vector<std::string>& states);
  v1::PerformActRequest MakeOpen(const TestOffice& author, const Digest& notification);
  v1::PerformActRequest MakeAcknowledge(const TestOffice& author, const Digest& notification);
  // Of an office with this certificate; by the secretariat it is what Enrol performs.
  Draft DraftEnrol(const TestOffice& author, const OfficeToEnrol& office, const Issued& credential);
  v1::PerformActRequest MakeGrant(const TestOffice& author, std::string_view integration,
                                  v1::Marking ceiling);

  // Of the credential that an office has.
  v1::PerformActRequest MakeSuspend(const TestOffice& author, const TestOffice& of);
  v1::PerformActRequest MakeRestore(const TestOffice& author, const TestOffice& of);
  v1::PerformActRequest MakeRevoke(const TestOffice& author, const TestOffice& of);
  v1::PerformActRequest MakeRenew(const TestOffice& author, const Issued& next);

  // Calls on the office's own connection.
  absl::StatusOr<v1::PerformActResponse> Perform(const TestOffice& carrier,
                                                 const v1::PerformActRequest& request);
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(const TestOffice& office,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request);

  // Every ledger's size and root: equal before and after means that nothing was written.
  LedgerHeads Heads() const { return store_->Heads().value(); }

  // What a holder of the genesis document and the log's key trusts.
  Trust trust() const;

  const std::string& exchange_id() const { return founded_->document.exchange_id; }
  const GenesisDocument& genesis() const { return founded_->document; }
  Store& store() { return *store_; }
  FakeClock& clock() { return clock_; }
  FakeRandom& random() { return random_; }
  ExchangeServer& server() { return *server_; }
  std::string LogText() const;

 private:
  Draft DraftOwn(const TestOffice& author);
  // The office's own signature that the credential may be registered to it.
  std::string Possession(std::string_view party, std::string_view office,
                         const Issued& credential) const;
  const TestOffice& Add(TestOffice office);
  void EnrolAs(const ServedExchange& other);

  const absl::Duration act_validity_;
  std::shared_ptr<TestExchange> founded_;  // Shared by exchanges that are alike.
  TrustStore authorities_;
  TemporaryFolder folder_;
  FakeClock clock_;
  FakeRandom random_{20'260'310};
  const std::unique_ptr<Random> random_of_exchange_;  // Null: random_.
  mutable Mutex log_mutex_;
  std::string log_text_ ABSL_GUARDED_BY(log_mutex_);
  Log log_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Store> store_in_front_;  // Null without one.
  std::unique_ptr<CheckpointKeeper> checkpoints_;
  std::unique_ptr<ExchangeServer> server_;
  std::string address_;
  // By "EE/duty"; shared by exchanges that are alike.
  std::map<std::string, std::shared_ptr<const TestOffice>> offices_;
  std::vector<std::shared_ptr<const TestOffice>> replaced_;
  std::vector<Enrolment> enrolments_;
  // By the same; shared, because gRPC's stubs keep them too.
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
};

// The digest that an act is known by.
Digest DigestOf(const v1::PerformActRequest& request);

// The entry in the first evidence of a receipt; stops the process if there is none.
v1::Entry EntryOf(const v1::Receipt& receipt);

// Ends kCallDeadline from now, by the system's clock.
void SetDeadline(grpc::ClientContext& context);

absl::Status ToStatus(const grpc::Status& status);

// ---------------------------------------------------------------------------------------------------

// A unary call on `channel`, with a deadline.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> CallOn(const std::shared_ptr<grpc::Channel>& channel,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
  Stub stub(channel);
  grpc::ClientContext context;
  SetDeadline(context);
  Response response;
  const absl::Status status = ToStatus((stub.*method)(&context, request, &response));
  if (!status.ok()) {
    return status;
  }
  return response;
}

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> ServedExchange::Call(const TestOffice& office,
                                              grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                           const Request&,
                                                                           Response*),
                                              const Request& request) {
  return CallOn(KeptChannel(office), method, request);
}

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_SERVED_EXCHANGE_H_
