// How connections end: when nobody uses them, and when the exchange goes down. What was handed in
// by then is answered.

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "gmock/gmock.h"
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
using ::cbm::test::kCallDeadline;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::testing::AnyOf;

absl::Status Ask(const std::shared_ptr<grpc::Channel>& channel) {
  return CallOn(channel, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
      .status();
}

TEST(IdleConnection, IsEndedAfterItsLimitAndNotBefore) {
  LimitsConfig short_limits;
  short_limits.connection_idle_seconds = 1;
  ServedExchange impatient({.limits = short_limits});
  ServedExchange patient;
  const auto ended = impatient.Channel(impatient.Office("EE"));
  const auto kept = patient.Channel(patient.Office("EE"));
  ASSERT_THAT(Ask(kept), IsOk());  // First: it is idle for longer than the other.
  ASSERT_THAT(Ask(ended), IsOk());
  EXPECT_TRUE(ended->WaitForStateChange(
      GRPC_CHANNEL_READY,
      std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kCallDeadline)));
  EXPECT_NE(ended->GetState(/*try_to_connect=*/false), GRPC_CHANNEL_READY);
  EXPECT_EQ(kept->GetState(/*try_to_connect=*/false), GRPC_CHANNEL_READY);
  EXPECT_THAT(Ask(ended), IsOk()) << "it comes again with the next call";
}

class Drain : public testing::Test {
 protected:
  using Answer = absl::StatusOr<v1::PerformActResponse>;

  // Hands in an act from a thread of its own.
  std::thread Perform(const v1::PerformActRequest& request, Answer& answer) {
    return std::thread([this, request, &answer] {
      answer = CallOn(channel_, &v1::ActService::Stub::PerformAct, request);
    });
  }

  FaultyStore* store_ = nullptr;
  ServedExchange exchange_{{.store_in_front = [this](Store& behind) {
    auto in_front = std::make_unique<FaultyStore>(behind);
    store_ = in_front.get();
    return in_front;
  }}};
  const TestOffice& estonia_ = exchange_.Office("EE");
  const std::shared_ptr<grpc::Channel> channel_ = exchange_.Channel(estonia_);
  const uint64_t size_before_ = exchange_.Heads().at(LedgerId::State("EE")).size;
};

TEST_F(Drain, AnswersActsInFlightAndTakesNoNewCalls) {
  store_->gate.Shut();
  Answer first = absl::UnknownError("not answered");
  Answer second = absl::UnknownError("not answered");
  std::vector<std::thread> threads;
  threads.push_back(Perform(exchange_.MakeSubmit(estonia_, {"LV"}), first));
  store_->gate.AwaitSomebody();  // It is being written.
  threads.push_back(Perform(exchange_.MakeSubmit(estonia_, {"FI"}), second));
  threads.emplace_back([&] { exchange_.server().Drain(kCallDeadline); });
  // A new connection is refused from some moment on, and that moment comes while acts wait.
  const auto is_taken = [&] { return Ask(exchange_.Channel(estonia_)).ok(); };
  while (is_taken()) {
  }
  EXPECT_THAT(Ask(exchange_.Channel(estonia_)), HasCode(absl::StatusCode::kUnavailable));
  store_->gate.Open();
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(first, IsOk());
  // It came before the end, and is answered; or it met the end, as gRPC says with CANCELLED, or
  // came after it, and is nowhere.
  const uint64_t written = second.ok() ? 2 : 1;
  EXPECT_EQ(exchange_.Heads().at(LedgerId::State("EE")).size, size_before_ + written);
  EXPECT_THAT(second.status().code(), AnyOf(absl::StatusCode::kOk, absl::StatusCode::kCancelled,
                                            absl::StatusCode::kUnavailable));
}

TEST_F(Drain, CutsWhatIsNotAnsweredInItsTime) {
  store_->gate.Shut();
  Answer answer = absl::UnknownError("not answered");
  std::thread caller = Perform(exchange_.MakeSubmit(estonia_, {"LV"}), answer);
  store_->gate.AwaitSomebody();
  std::thread drainer([&] { exchange_.server().Drain(absl::ZeroDuration()); });
  caller.join();  // Though the store still hangs.
  EXPECT_FALSE(answer.ok());
  store_->gate.Open();
  drainer.join();
}

}  // namespace
}  // namespace cbm
