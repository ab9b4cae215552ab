#include "tests/fuzz/fuzzed_exchange.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "cbm/v1/ledger_service.grpc.pb.h"
#include "core/crypto/certificate.h"
#include "core/evidence/open_content.h"
#include "core/evidence/verify.h"
#include "core/rules/credentials.h"
#include "core/rules/decide.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/entries_api.h"
#include "tests/support/temporary_folder.h"

namespace cbm::fuzz {
namespace {

constexpr size_t kLogBytesShown = 2000;

struct OfficeName {
  std::string_view party;
  std::string_view office;
};

// Those of one party stand together; the first of each may consult if any may.
constexpr OfficeName kOffices[kOfficeCount] = {
    {"EE", "policy"},     {"EE", "duty"}, {"FI", "policy"}, {"FI", "duty"},
    {"LV", "policy"},     {"LV", "duty"}, {"LV", "siem"},   {"SECRETARIAT", "main"},
    {"AUDITOR", "audit"}, {"EE", "spare"}};

test::ServedOptions Options(const test::ServedExchange* like) {
  constexpr uint64_t kNoLimit = 1'000'000;
  test::ServedOptions options;
  options.limits.state_acts_per_second = 10'000;
  options.limits.state_acts_burst = 100'000;
  options.limits.state_emergency_acts_per_second = 1'000;
  options.limits.state_emergency_acts_burst = 10'000;
  options.gate.calls_per_second = kNoLimit;
  options.gate.calls_burst = kNoLimit;
  options.like = like;
  return options;
}

// The exchange that all others are like.
test::ServedExchange& Founder() {
  static auto* const founder = [] {
    auto* const founded = new test::ServedExchange(Options(nullptr));
    for (const char* const state : {"EE", "FI", "LV"}) {
      founded->Enrol({.party = state,
                      .name = "policy",
                      .type = v1::OFFICE_TYPE_POLICY,
                      .scopes = {v1::SCOPE_READ, v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE,
                                 v1::SCOPE_CONSULT, v1::SCOPE_DIRECTORY}});
    }
    founded->Enrol({.party = "LV",
                    .name = "siem",
                    .type = v1::OFFICE_TYPE_INTEGRATION,
                    .scopes = {v1::SCOPE_READ, v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE}});
    founded->Enrol({.party = "AUDITOR",
                    .name = "audit",
                    .type = v1::OFFICE_TYPE_AUDITOR,
                    .scopes = {v1::SCOPE_READ}});
    founded->Enrol({.party = "EE", .name = "spare"});
    return founded;
  }();
  return *founder;
}

LedgerId LedgerOf(const test::TestOffice& office) {
  return office.name == "siem" ? LedgerId::Integration(office.party, office.name)
                               : LedgerId::OfParty(office.party, office.name);
}

// Who may read a ledger has a replica of it that never was on a disk.
Replica NewReplica(const LedgerId& own) {
  static const auto* const folder = new test::TemporaryFolder();
  Replica replica = Replica::Open(folder->path(),
                                  {.exchange = Founder().store().exchange(),
                                   .genesis = Founder().genesis(),
                                   .log = Founder().trust().log},
                                  own)
                        .value();
  replica.StopKeeping();
  return replica;
}

// Ends the process, and says of what, if `status` is not OK.
void ExpectOk(const absl::Status& status, const char* promise) {
  if (!status.ok()) {
    fmt::print(stderr, "{}\n", status.ToString());
  }
  Expect(status.ok(), promise);
}

// What the exchange tells that office. Both must outlive it.
test::EntriesApi EntriesFor(test::ServedExchange& exchange, const test::TestOffice& office) {
  return test::EntriesApi([&exchange, &office](const v1::ListEntriesRequest& request) {
    return exchange.Call(office, &v1::LedgerService::Stub::ListEntries, request);
  });
}

// What all know once the offices are enrolled: the same in every exchange that is like the first.
const std::map<LedgerId, Replica>& FirstReplicas(test::ServedExchange& first) {
  static const auto* const replicas = [&first] {
    auto* const made = new std::map<LedgerId, Replica>();
    for (const OfficeName& name : kOffices) {
      const test::TestOffice& office = first.Office(name.party, name.office);
      const auto [found, is_new] = made->emplace(LedgerOf(office), NewReplica(LedgerOf(office)));
      if (is_new) {
        test::EntriesApi entries = EntriesFor(first, office);
        ExpectOk(found->second.Sync(entries), "what was enrolled is believed");
      }
    }
    return made;
  }();
  return *replicas;
}

// Whether an act may take out of use the credential that signed it or carried it.
bool TakesOutOfUse(const v1::Act& act) {
  return act.has_suspend_credential() || act.has_revoke_credential();
}

// Refusals that nothing but the rules gives.
bool IsOfRules(absl::StatusCode code) {
  return code == absl::StatusCode::kFailedPrecondition || code == absl::StatusCode::kNotFound ||
         code == absl::StatusCode::kAborted;
}

bool IsFailure(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return true;
    default:
      return false;
  }
}

}  // namespace

FuzzedExchange::FuzzedExchange()
    : served_(Options(&Founder())), replicas_(FirstReplicas(served_)), away_(replicas_) {
  served_.clock().Advance(absl::Minutes(1));
}

const test::TestOffice& FuzzedExchange::Office(uint8_t number) const {
  const OfficeName& name = kOffices[number % kOfficeCount];
  return served_.Office(name.party, name.office);
}

const test::Issued& FuzzedExchange::Spare(uint8_t number) {
  static const auto* const kSpare = [] {
    auto* const spares = new std::vector<test::Issued>();
    for (uint8_t i = 0; i < kSpareCount; ++i) {
      spares->push_back(Founder().IssueCertificate());
    }
    return spares;
  }();
  return (*kSpare)[number % kSpareCount];
}

const Replica& FuzzedExchange::ReplicaOf(const test::TestOffice& office) const {
  return replicas_.at(LedgerOf(office));
}

FuzzedExchange::Answer FuzzedExchange::Send(const test::TestOffice& carrier,
                                            const std::string& request) {
  grpc::GenericStub stub(served_.KeptChannel(carrier));
  grpc::ClientContext context;
  test::SetDeadline(context);
  const grpc::Slice slice(request);
  const grpc::ByteBuffer bytes(&slice, 1);
  grpc::ByteBuffer response;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(&context, "/cbm.v1.ActService/PerformAct", bytes, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool good = false;
  Expect(queue.Next(&tag, &good), "a call ends");
  Answer answer{.status = test::ToStatus(status), .response = {}};
  if (status.ok()) {
    grpc::ProtoBufferReader reader(&response);
    Expect(answer.response.ParseFromZeroCopyStream(&reader), "an answer can be read");
  }
  return answer;
}

bool FuzzedExchange::HandIn(const test::TestOffice& carrier, const std::string& request,
                            Reach& reach) {
  const LedgerHeads before = served_.Heads();
  const Answer answer = Send(carrier, request);
  v1::PerformActRequest handed_in;
  v1::Act act;
  const bool reads =
      handed_in.ParseFromString(request) && act.ParseFromString(handed_in.signed_act().act());
  reach.Count(reads ? act.kind_case() : v1::Act::KIND_NOT_SET, answer.status.code());
  if (IsFailure(answer.status.code())) {
    const std::string log = served_.LogText();
    fmt::print(stderr, "{}\n{}\n", act.ShortDebugString(),
               log.substr(log.size() - std::min(log.size(), kLogBytesShown)));
    ExpectOk(answer.status, "nothing makes the exchange fail");
  }
  if (!answer.status.ok()) {
    Expect(served_.Heads() == before, "what is refused leaves nothing behind");
    CheckRefused(carrier, request, answer);
    Expect(served_.Heads() == before, "what is refused again leaves nothing behind");
    return false;
  }
  Expect(reads, "what is taken can be read");
  CheckTaken(carrier, request, handed_in, answer.response.receipt());
  SyncAll(before);
  return true;
}

void FuzzedExchange::CheckRefused(const test::TestOffice& carrier, const std::string& request,
                                  const Answer& answer) {
  const Answer again = Send(carrier, request);
  if (again.status != answer.status) {
    fmt::print(stderr, "{}\n{}\n", answer.status.ToString(), again.status.ToString());
    Expect(false, "the same again is refused the same");
  }
  v1::PerformActRequest handed_in;
  if (!IsOfRules(answer.status.code()) || !handed_in.ParseFromString(request)) {
    return;
  }
  const absl::StatusOr<absl::Status> verdict = AskReplica(handed_in);
  if (verdict.ok() && *verdict != answer.status) {
    fmt::print(stderr, "exchange: {}\nreplica: {}\n", answer.status.ToString(),
               verdict->ToString());
    Expect(false, "who asks a replica before is refused for the same reason");
  }
}

void FuzzedExchange::CheckTaken(const test::TestOffice& carrier, const std::string& request,
                                const v1::PerformActRequest& handed_in,
                                const v1::Receipt& receipt) {
  const absl::StatusOr<EncodedAct> act =
      EncodedAct::Read(handed_in.signed_act().act(), handed_in.signed_act().signature());
  ExpectOk(act.status(), "what is taken is an act");
  CheckReceipt(*act, receipt);
  const absl::StatusOr<absl::Status> verdict = AskReplica(handed_in);
  ExpectOk(verdict.status(), "of what is taken a replica can be asked");
  ExpectOk(*verdict, "what is taken, a replica says is taken");
  const LedgerHeads before = served_.Heads();
  const Answer again = Send(carrier, request);
  Expect(served_.Heads() == before, "what is taken is taken once");
  if (again.status.ok()) {
    Expect(again.response.receipt().evidence(0).entry() == receipt.evidence(0).entry(),
           "the same again is answered by the same entry");
  } else if (!TakesOutOfUse(act->act) || !absl::IsUnauthenticated(again.status)) {
    ExpectOk(again.status, "the same again is taken the same");
  }
  Note(*act, handed_in);
}

void FuzzedExchange::CheckReceipt(const EncodedAct& act, const v1::Receipt& receipt) const {
  Registrations proven;
  for (uint8_t number = 0; number < kOfficeCount; ++number) {
    const test::TestOffice& office = Office(number);
    proven.emplace(office.credential.certificate.fingerprint(),
                   Registration{.party = office.party,
                                .office = office.name,
                                .certificate = office.credential.certificate,
                                .may_enrol = true,
                                .registered = absl::InfinitePast()});
  }
  const absl::StatusOr<VerifiedReceipt> verified = VerifyReceipt(receipt, served_.trust(), proven);
  ExpectOk(verified.status(), "a receipt verifies");
  Expect(verified->evidence.act.digest == act.digest, "a receipt is of the act");
  Expect(verified->evidence.entry.entry.role() == v1::ENTRY_ROLE_OWN,
         "a receipt is of the author's own entry");
}

absl::StatusOr<absl::Status> FuzzedExchange::AskReplica(const v1::PerformActRequest& handed_in) {
  const absl::StatusOr<EncodedAct> act =
      EncodedAct::Read(handed_in.signed_act().act(), handed_in.signed_act().signature());
  if (!act.ok()) {
    return act.status();
  }
  const absl::StatusOr<Digest> credential = DigestFrom(act->act.signing_credential());
  if (!credential.ok()) {
    return credential.status();
  }
  for (uint8_t number = 0; number < kOfficeCount; ++number) {
    const test::TestOffice& office = Office(number);
    if (office.credential.certificate.fingerprint() != *credential) {
      continue;
    }
    const Replica& replica = ReplicaOf(office);
    const auto contents = CheckContents(act->act, handed_in.contents());
    auto signer = rules::FindCredential(replica, *credential);
    if (!contents.ok() || !signer.ok() || !signer->has_value()) {
      break;
    }
    std::optional<rules::Validity> registers;
    if (const auto certificate = Certificate::FromDer(rules::CertificateRegisteredBy(act->act));
        certificate.ok()) {
      registers = {.not_before = certificate->not_before(), .not_after = certificate->not_after()};
    }
    const std::vector<v1::AddresseeOpening> openings(handed_in.addressees().begin(),
                                                     handed_in.addressees().end());
    const auto decision = rules::Decide(replica,
                                        {.act = act->act,
                                         .act_digest = act->digest,
                                         .openings = openings,
                                         .contents = *contents,
                                         .signer = **signer,
                                         .registers = registers},
                                        served_.clock().Now());
    ExpectOk(decision.status(), "a replica can decide");
    return decision->verdict;
  }
  return absl::NotFoundError("the replica cannot be asked");
}

void FuzzedExchange::SyncAll(const LedgerHeads& before) {
  const LedgerHeads now = served_.Heads();
  for (auto& [own, replica] : replicas_) {
    const std::vector<const LedgerReplica*> ledgers = replica.Ledgers();
    const bool changed = std::any_of(ledgers.begin(), ledgers.end(), [&](const auto* ledger) {
      const auto head = now.find(ledger->id());
      const auto old = before.find(ledger->id());
      return head != now.end() && (old == before.end() || old->second != head->second);
    });
    if (changed) {
      Sync(own, replica);
    }
  }
}

void FuzzedExchange::TellWhoWasAway() {
  for (auto& [own, replica] : away_) {
    Sync(own, replica);
  }
}

// By any office of the party whose credential is still in use.
void FuzzedExchange::Sync(const LedgerId& own, Replica& replica) {
  absl::Status synced = absl::UnauthenticatedError("the party has no office");
  for (uint8_t number = 0; number < kOfficeCount && absl::IsUnauthenticated(synced); ++number) {
    const test::TestOffice& office = Office(number);
    if (LedgerOf(office) == own) {
      test::EntriesApi entries = EntriesFor(served_, office);
      synced = replica.Sync(entries);
    }
  }
  if (!absl::IsUnauthenticated(synced)) {
    ExpectOk(synced, "what is taken is believed by all that are told");
  }
}

void FuzzedExchange::Note(const EncodedAct& act, const v1::PerformActRequest& handed_in) {
  taken_.emplace_back(BytesOf(act.digest));
  Sent sent{.digest = taken_.back(), .act = act.act, .states = {}};
  for (const v1::AddresseeOpening& opening : handed_in.addressees()) {
    sent.states.push_back(opening.state());
  }
  if (act.act.has_submit() || act.act.has_reply()) {
    sent_.push_back(std::move(sent));
  } else if (act.act.has_consultation_request()) {
    requests_.push_back(std::move(sent));
  }
}

}  // namespace cbm::fuzz
