// What the exchange takes of many requests: rates of a State and its offices, the queue of acts,
// and streams. Whoever is refused is told when to come again, loses nothing by it, and costs nobody
// else anything.

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "tests/support/faulty_store.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::CallOn;
using ::cbm::test::FaultyStore;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::ServedExchange;
using ::cbm::test::SetDeadline;
using ::cbm::test::TestOffice;
using ::testing::HasSubstr;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

// How long the details of a refusal say to wait: those of google.rpc.Status with a RetryInfo, which
// have no generated code here. None if they say nothing.
std::optional<absl::Duration> RetryDelayOf(const grpc::Status& status) {
  google::protobuf::Empty details;
  if (!details.ParseFromString(status.error_details())) {
    return std::nullopt;
  }
  const google::protobuf::UnknownFieldSet& fields =
      google::protobuf::Empty::GetReflection()->GetUnknownFields(details);
  for (int i = 0; i < fields.field_count(); ++i) {
    google::protobuf::Any any;
    google::protobuf::Empty info;
    if (fields.field(i).number() != 3 || !any.ParseFromString(fields.field(i).length_delimited()) ||
        any.type_url() != "type.googleapis.com/google.rpc.RetryInfo" ||
        !info.ParseFromString(any.value())) {
      continue;
    }
    google::protobuf::Duration delay;
    const google::protobuf::UnknownFieldSet& of_info =
        google::protobuf::Empty::GetReflection()->GetUnknownFields(info);
    if (of_info.field_count() == 1 && of_info.field(0).number() == 1 &&
        delay.ParseFromString(of_info.field(0).length_delimited())) {
      return absl::Seconds(delay.seconds()) + absl::Nanoseconds(delay.nanos());
    }
  }
  return std::nullopt;
}

// ---- Rates ----

class Rates : public testing::Test {
 protected:
  static LimitsConfig Limits() {
    LimitsConfig limits;
    limits.state_acts_per_second = 2;
    limits.state_acts_burst = 4;
    limits.state_reads_per_second = 4;
    limits.state_reads_burst = 6;
    limits.state_emergency_acts_per_second = 1;
    limits.state_emergency_acts_burst = 2;
    limits.office_share_percent = 50;
    return limits;
  }

  absl::Status Act(const TestOffice& office) {
    return exchange_.Perform(office, exchange_.MakeSubmit(office, {})).status();
  }
  absl::Status Read(const TestOffice& office) {
    return exchange_.Call(office, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
        .status();
  }

  // That `call` is let through so often, and no more.
  template <typename Call>
  void ExpectTakes(int count, const TestOffice& office, Call call, const std::string& words) {
    for (int i = 0; i < count; ++i) {
      EXPECT_THAT(call(office), IsOk()) << i;
    }
    const absl::Status refused = call(office);
    EXPECT_THAT(refused, HasCode(kExhausted));
    EXPECT_THAT(std::string(refused.message()), HasSubstr(words));
  }
  void ExpectTakesActs(int count, const TestOffice& office, const std::string& words) {
    ExpectTakes(
        count, office, [this](const TestOffice& of) { return Act(of); }, words);
  }
  void ExpectTakesReads(int count, const TestOffice& office, const std::string& words) {
    ExpectTakes(
        count, office, [this](const TestOffice& of) { return Read(of); }, words);
  }

  ServedExchange exchange_{{.limits = Limits()}};
  const TestOffice& duty_ = exchange_.Office("EE");
  const TestOffice& policy_ = exchange_.Enrol({.party = "EE", .name = "policy"});
  const TestOffice& third_ = exchange_.Enrol({.party = "EE", .name = "third"});
};

TEST_F(Rates, OfActsAreAnOfficesShareOfItsState) {
  ExpectTakesActs(2, duty_, "your office's rate is used up: at most 1 calls a second, 2 at once");
  ExpectTakesActs(2, policy_, "your party's rate is used up: at most 2 calls a second, 4 at once");
  ExpectTakesActs(0, third_, "your party's rate");
  ExpectTakesActs(2, exchange_.Office("LV"), "your office's rate");
}

// Refused by the rules, which have no drafts yet: so it was let through.
TEST_F(Rates, LeaveAnEmergencyAnAllowanceOfItsOwn) {
  const auto emergency = [&] {
    test::Draft draft = exchange_.DraftSubmit(duty_, {});
    draft.act.mutable_submit()->mutable_notification()->set_precedence(v1::PRECEDENCE_EMERGENCY);
    return exchange_.Perform(duty_, exchange_.Sign(duty_, draft)).status();
  };
  ExpectTakesActs(2, duty_, "your office's rate");
  EXPECT_THAT(emergency(), HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(emergency(), HasCode(kExhausted));
  ExpectTakesActs(0, duty_, "your office's rate");
}

TEST_F(Rates, OfActsComeBackWithTime) {
  ExpectTakesActs(2, duty_, "your office's rate");
  exchange_.clock().Advance(absl::Seconds(1));
  ExpectTakesActs(1, duty_, "your office's rate");
  exchange_.clock().Advance(absl::Hours(24));
  ExpectTakesActs(2, duty_, "your office's rate");
}

TEST_F(Rates, OfReadsAreAnOfficesShareOfItsState) {
  ExpectTakesReads(3, duty_, "your office's rate is used up: at most 2 calls a second, 3 at once");
  ExpectTakesReads(3, policy_, "your party's rate is used up: at most 4 calls a second, 6 at once");
  ExpectTakesReads(3, exchange_.Office("LV"), "your office's rate");
  exchange_.clock().Advance(absl::Seconds(1));
  ExpectTakesReads(2, duty_, "your office's rate");
}

TEST_F(Rates, OfReadsAndOfActsAreApart) {
  ExpectTakesReads(3, duty_, "your office's rate");
  ExpectTakesActs(2, duty_, "your office's rate");
}

TEST_F(Rates, CountAFollowAsARead) {
  ExpectTakesReads(3, duty_, "your office's rate");
  v1::LedgerService::Stub stub(exchange_.Channel(duty_));
  grpc::ClientContext context;
  SetDeadline(context);
  v1::FollowRequest request;
  request.add_cursors()->set_ledger("state/EE");
  const auto stream = stub.Follow(&context, request);
  v1::FollowResponse answer;
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_EQ(stream->Finish().error_code(), grpc::RESOURCE_EXHAUSTED);
}

TEST(RatesOfBytes, CountWhatIsSentAndWhatIsAnswered) {
  LimitsConfig limits;
  limits.state_act_bytes_per_second = 1'000;
  limits.state_act_bytes_burst = 6'000;
  limits.state_read_bytes_per_second = 1'000;
  limits.state_read_bytes_burst = 1'000;
  ServedExchange exchange({.limits = limits});
  const TestOffice& duty = exchange.Office("EE");
  const auto act = [&] {
    return exchange.Perform(duty, exchange.MakeSubmit(duty, {"LV"})).status();
  };
  const auto read = [&] {
    return exchange.Call(duty, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
        .status();
  };
  int acts = 0;
  absl::Status refused = act();
  while (refused.ok() && acts < 10) {
    ++acts;
    refused = act();
  }
  EXPECT_THAT(acts, testing::AllOf(testing::Ge(1), testing::Le(5)));
  EXPECT_THAT(refused, HasCode(kExhausted));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("bytes a second"));

  EXPECT_THAT(read(), IsOk());
  refused = read();
  EXPECT_THAT(refused, HasCode(kExhausted));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("bytes a second"));
  exchange.clock().Advance(absl::Minutes(1));
  EXPECT_THAT(act(), IsOk());
  EXPECT_THAT(read(), IsOk());
}

TEST_F(Rates, SayToComeAgainInASecondAndLeaveNothingBehind) {
  ExpectTakesActs(2, duty_, "your office's rate");
  const LedgerHeads before = exchange_.Heads();
  const v1::PerformActRequest request = exchange_.MakeSubmit(duty_, {"LV"});
  v1::ActService::Stub stub(exchange_.Channel(duty_));
  grpc::ClientContext context;
  SetDeadline(context);
  v1::PerformActResponse response;
  const grpc::Status refused = stub.PerformAct(&context, request, &response);
  EXPECT_EQ(refused.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(RetryDelayOf(refused), absl::Seconds(1));
  EXPECT_EQ(exchange_.Heads(), before);
  exchange_.clock().Advance(*RetryDelayOf(refused));
  EXPECT_THAT(exchange_.Perform(duty_, request), IsOk());
}

// ---- The queue ----

TEST(Queue, TakesAsManyActsAsItMayAndRefusesTheNext) {
  FaultyStore* store = nullptr;
  LimitsConfig limits;
  limits.queue_acts_max = 1;
  ServedExchange exchange({.limits = limits, .store_in_front = [&store](Store& behind) {
                             auto in_front = std::make_unique<FaultyStore>(behind);
                             store = in_front.get();
                             return in_front;
                           }});
  const TestOffice& estonia = exchange.Office("EE");
  const auto channel = exchange.Channel(estonia);
  const auto send = [&channel](const v1::PerformActRequest& request, grpc::Status& status) {
    v1::ActService::Stub stub(channel);
    grpc::ClientContext context;
    SetDeadline(context);
    v1::PerformActResponse response;
    status = stub.PerformAct(&context, request, &response);
  };
  store->gate.Shut();
  grpc::Status first;
  const v1::PerformActRequest first_request = exchange.MakeSubmit(estonia, {"LV"});
  std::thread first_sender([&] { send(first_request, first); });
  store->gate.AwaitSomebody();  // The first act has left the queue.

  // Of two more one waits, and the other is answered while nothing can be written.
  const std::vector<v1::PerformActRequest> requests = {exchange.MakeSubmit(estonia, {"LV"}),
                                                       exchange.MakeSubmit(estonia, {"LV"})};
  std::vector<grpc::Status> statuses(requests.size());
  std::promise<size_t> answered;
  std::atomic<bool> any = false;
  std::vector<std::thread> senders;
  for (size_t i = 0; i < requests.size(); ++i) {
    senders.emplace_back([&, i] {
      send(requests[i], statuses[i]);
      if (!any.exchange(true)) {
        answered.set_value(i);
      }
    });
  }
  const size_t refused = answered.get_future().get();
  EXPECT_EQ(statuses[refused].error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(statuses[refused].error_message(), HasSubstr("more waiting than it takes"));
  EXPECT_EQ(RetryDelayOf(statuses[refused]), absl::Seconds(1));
  store->gate.Open();
  first_sender.join();
  for (std::thread& sender : senders) {
    sender.join();
  }
  EXPECT_TRUE(first.ok()) << first.error_message();
  EXPECT_TRUE(statuses[1 - refused].ok()) << statuses[1 - refused].error_message();

  // What was refused was not written, and is taken when it comes again.
  const uint64_t size = exchange.Heads().at(LedgerId::State("EE")).size;
  ASSERT_THAT(exchange.Perform(estonia, requests[refused]), IsOk());
  EXPECT_EQ(exchange.Heads().at(LedgerId::State("EE")).size, size + 1);
}

// ---- Streams ----

// One that an office follows, begun.
class OpenStream {
 public:
  OpenStream(const ServedExchange& exchange, const TestOffice& office)
      : stub_(exchange.Channel(office)) {
    SetDeadline(context_);
    v1::FollowRequest request;
    v1::Cursor& cursor = *request.add_cursors();
    cursor.set_ledger(office.ledger().text());
    cursor.set_epoch(kFirstEpoch);
    stream_ = stub_.Follow(&context_, request);
    v1::FollowResponse answer;
    is_served_ = stream_->Read(&answer);
  }
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;
  ~OpenStream() { static_cast<void>(Cancel()); }

  bool is_served() const { return is_served_; }
  absl::Status Cancel() {
    if (stream_ == nullptr) {
      return absl::OkStatus();
    }
    context_.TryCancel();
    const absl::Status ended = test::ToStatus(stream_->Finish());
    stream_ = nullptr;
    return ended;
  }
  // Why it was not served.
  absl::Status Refusal() {
    const absl::Status refusal = test::ToStatus(stream_->Finish());
    stream_ = nullptr;
    return refusal;
  }

 private:
  v1::LedgerService::Stub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::FollowResponse>> stream_;
  bool is_served_ = false;
};

TEST(Streams, AreFourForEachOffice) {
  ServedExchange exchange;
  const TestOffice& duty = exchange.Office("EE");
  const TestOffice& policy = exchange.Enrol({.party = "EE", .name = "policy"});
  std::vector<std::unique_ptr<OpenStream>> streams;
  while (streams.size() < 4) {
    streams.push_back(std::make_unique<OpenStream>(exchange, duty));
    ASSERT_TRUE(streams.back()->is_served());
  }
  OpenStream fifth(exchange, duty);
  ASSERT_FALSE(fifth.is_served());
  const absl::Status refusal = fifth.Refusal();
  EXPECT_THAT(refusal, HasCode(kExhausted));
  EXPECT_EQ(std::string(refusal.message()),
            "your office has as many streams as it may: 4; end one first");
  EXPECT_TRUE(OpenStream(exchange, policy).is_served());
  EXPECT_TRUE(OpenStream(exchange, exchange.Office("LV")).is_served());
}

TEST(Streams, MakeRoomWhenTheyEnd) {
  LimitsConfig limits;
  limits.streams_per_office_max = 1;
  limits.state_reads_burst = 1'000'000;
  ServedExchange exchange({.limits = limits});
  const TestOffice& estonia = exchange.Office("EE");
  OpenStream one(exchange, estonia);
  ASSERT_TRUE(one.is_served());
  ASSERT_FALSE(OpenStream(exchange, estonia).is_served());
  EXPECT_THAT(one.Cancel(), HasCode(absl::StatusCode::kCancelled));
  constexpr int kAttemptsMax = 2'000;  // The server learns of it a little later than this.
  bool is_served = false;
  for (int attempt = 0; attempt < kAttemptsMax && !is_served; ++attempt) {
    is_served = OpenStream(exchange, estonia).is_served();
  }
  EXPECT_TRUE(is_served);
}

}  // namespace
}  // namespace cbm
