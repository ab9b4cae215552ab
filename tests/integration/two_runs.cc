#include "tests/integration/two_runs.h"

#include <utility>

#include "core/crypto/digest.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm::test {
namespace {

constexpr std::string_view kPerformAct = "ActService/PerformAct";

// So little that the rates of offices are used up by a few.
LimitsConfig FewActs() {
  LimitsConfig limits;
  limits.state_acts_per_second = 1;
  limits.state_acts_burst = 20;
  limits.state_reads_burst = 400;
  limits.page_size_default = 3;
  return limits;
}

// A function of the clock's instant.
class RandomOfInstant final : public Random {
 public:
  explicit RandomOfInstant(Clock& clock) : clock_(clock) {}

  std::string Bytes(size_t size) override {
    std::string bytes;
    while (bytes.size() < size) {
      bytes +=
          BytesOf(Sha256(fmt::format("{}/{}", absl::ToUnixMicros(clock_.Now()), bytes.size())));
    }
    bytes.resize(size);
    return bytes;
  }

 private:
  Clock& clock_;
};

std::unique_ptr<Random> MakeRandomOfInstant(Clock& clock) {
  return std::make_unique<RandomOfInstant>(clock);
}

}  // namespace

std::unique_ptr<FollowedTwice::Stream> FollowedTwice::Open(ServedExchange& exchange,
                                                           const TestOffice& reader,
                                                           const LedgerId& ledger) {
  auto stream = std::make_unique<Stream>();
  SetDeadline(stream->context);
  v1::FollowRequest request;
  v1::Cursor& cursor = *request.add_cursors();
  cursor.set_ledger(ledger.text());
  cursor.set_epoch(kFirstEpoch);
  stream->stub = v1::LedgerService::NewStub(exchange.KeptChannel(reader));
  stream->reader = stream->stub->Follow(&stream->context, request);
  return stream;
}

FollowedTwice::FollowedTwice(ServedExchange& quiet, ServedExchange& busy, const TestOffice& reader,
                             const LedgerId& ledger)
    : ledger_(ledger), quiet_(Open(quiet, reader, ledger)), busy_(Open(busy, reader, ledger)) {}

FollowedTwice::~FollowedTwice() {
  for (const auto& stream : {quiet_.get(), busy_.get()}) {
    stream->context.TryCancel();
    static_cast<void>(stream->reader->Finish());
  }
}

void FollowedTwice::ExpectSameNext() {
  v1::FollowResponse of_quiet;
  v1::FollowResponse of_busy;
  ASSERT_TRUE(quiet_->reader->Read(&of_quiet)) << ledger_.text();
  ASSERT_TRUE(busy_->reader->Read(&of_busy)) << ledger_.text();
  EXPECT_EQ(of_quiet.SerializeAsString(), of_busy.SerializeAsString()) << ledger_.text();
}

TwoRuns::TwoRuns()
    : busy_(std::make_unique<ServedExchange>(
          ServedOptions{.limits = FewActs(), .random = MakeRandomOfInstant})) {
  for (const char* const state : {"LT", "SE"}) {
    busy_->Enrol({.party = state});
  }
  for (const char* const state : {"EE", "FI", "LT", "LV", "SE"}) {
    busy_->Enrol({.party = state,
                  .name = "policy",
                  .type = v1::OFFICE_TYPE_POLICY,
                  .scopes = {v1::SCOPE_READ, v1::SCOPE_CONSULT}});
  }
  for (const char* const state : {"FI", "LV"}) {
    busy_->Enrol({.party = state, .name = "admin", .scopes = {v1::SCOPE_DIRECTORY}});
    busy_->Enrol({.party = state, .name = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  }
  busy_->Enrol({.party = "AUDITOR", .name = "audit", .type = v1::OFFICE_TYPE_AUDITOR});
  quiet_ = std::make_unique<ServedExchange>(
      ServedOptions{.limits = FewActs(), .random = MakeRandomOfInstant, .like = busy_.get()});
  now_ = busy_->clock().Now();
}

ServedExchange& TwoRuns::NextInstant() {
  now_ += absl::Seconds(10);
  quiet_->clock().Set(now_);
  busy_->clock().Set(now_);
  return *busy_;
}

TwoRuns::Answers TwoRuns::InBoth(const TestOffice& carrier, const v1::PerformActRequest& quiet,
                                 const v1::PerformActRequest& busy) {
  NextInstant();
  const LedgerHeads before = quiet_->Heads();
  Answers answers{.quiet = Ask(quiet_->KeptChannel(carrier), kPerformAct, quiet),
                  .busy = Ask(busy_->KeptChannel(carrier), kPerformAct, busy)};
  LedgerHeads after = quiet_->Heads();
  for (const auto& followed : followed_) {
    const auto found = before.find(followed->ledger());
    if (found == before.end() || found->second != after.at(followed->ledger())) {
      followed->ExpectSameNext();
    }
  }
  return answers;
}

Answer TwoRuns::InBusy(const TestOffice& carrier, const v1::PerformActRequest& request) {
  busy_->clock().Advance(absl::Milliseconds(10));
  return Ask(busy_->KeptChannel(carrier), kPerformAct, request);
}

void TwoRuns::Follow(const TestOffice& reader, const LedgerId& ledger) {
  followed_.push_back(std::make_unique<FollowedTwice>(*quiet_, *busy_, reader, ledger));
  followed_.back()->ExpectSameNext();
}

Answer TwoRuns::ExpectSame(const TestOffice& caller, std::string_view method,
                           const google::protobuf::Message& request) {
  NextInstant();
  SCOPED_TRACE(
      fmt::format("{}/{}: {} {}", caller.party, caller.name, method, request.ShortDebugString()));
  Answer answer = Ask(quiet_->KeptChannel(caller), method, request);
  EXPECT_EQ(answer, Ask(busy_->KeptChannel(caller), method, request));
  return answer;
}

void TwoRuns::ExpectSameAct(const TestOffice& carrier, const v1::PerformActRequest& request) {
  const Answers answers = InBoth(carrier, request);
  EXPECT_EQ(answers.quiet, answers.busy);
}

}  // namespace cbm::test
