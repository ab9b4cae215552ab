// A request that is longer than any may be: gRPC's own clients are told which bound it was and what
// to do, and nothing else happens to them. The gate refuses it before gRPC keeps any of it; what it
// does byte by byte is in tests/server/gate/long_request_test.cc.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "core/base/mutex.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
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
using ::cbm::test::TestOffice;

constexpr size_t kBytesMax = size_t{2} << 20U;

// Exactly so long, by a field that nobody knows.
template <typename Message>
Message OfBytes(size_t bytes, Message message) {
  std::string* const padding =
      message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(5'000);
  while (message.ByteSizeLong() < bytes) {
    padding->append(std::max<size_t>(1, (bytes - message.ByteSizeLong()) / 2), 'x');
  }
  EXPECT_EQ(message.ByteSizeLong(), bytes);
  return message;
}

class LongRequest : public testing::Test {
 protected:
  absl::Status Perform(const v1::PerformActRequest& request) {
    return CallOn(channel_, &v1::ActService::Stub::PerformAct, request).status();
  }
  v1::PerformActRequest Submit() { return exchange_.MakeSubmit(estonia_, {"LV"}); }

  static void ExpectRefused(const absl::Status& status, size_t bytes) {
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(
        std::string(status.message()),
        fmt::format("the request has {} bytes; at most 2097152 are taken: shorten it", bytes));
  }

  size_t events() const {
    const MutexLock lock(mutex_);
    return events_;
  }

  FaultyStore* store_ = nullptr;
  mutable Mutex mutex_;
  size_t events_ ABSL_GUARDED_BY(mutex_) = 0;
  ServedExchange exchange_{{.observer =
                                [this](const GateEvent&) {
                                  const MutexLock lock(mutex_);
                                  ++events_;
                                },
                            .store_in_front =
                                [this](Store& behind) {
                                  auto in_front = std::make_unique<FaultyStore>(behind);
                                  store_ = in_front.get();
                                  return in_front;
                                }}};
  const TestOffice& estonia_ = exchange_.Office("EE");
  const std::shared_ptr<grpc::Channel> channel_ = exchange_.Channel(estonia_);
};

// An act is under way over the same connection all the while, and is answered after them.
TEST_F(LongRequest, IsRefusedAloneHoweverLongItIs) {
  store_->gate.Shut();
  absl::Status first = absl::UnknownError("not answered");
  std::thread caller([&, request = Submit()] { first = Perform(request); });
  store_->gate.AwaitSomebody();
  const v1::PerformActRequest submit = Submit();
  for (const size_t bytes : {kBytesMax + 1, size_t{2'700'000}, size_t{5'000'000}, kBytesMax * 20}) {
    ExpectRefused(Perform(OfBytes(bytes, submit)), bytes);
  }
  ExpectRefused(CallOn(channel_, &v1::ExchangeService::Stub::GetExchange,
                       OfBytes(kBytesMax + 1, v1::GetExchangeRequest()))
                    .status(),
                kBytesMax + 1);
  store_->gate.Open();
  caller.join();
  EXPECT_THAT(first, IsOk());
  EXPECT_EQ(events(), 0U) << "no session was ended";
}

TEST_F(LongRequest, IsRefusedAloneAlsoAmongOthersOfItsKind) {
  const v1::PerformActRequest submit = Submit();
  std::vector<absl::Status> outcomes(8);
  std::vector<std::thread> callers;
  for (absl::Status& outcome : outcomes) {
    callers.emplace_back([&, request = OfBytes(3 * kBytesMax, submit)] {
      for (int i = 0; i < 3; ++i) {
        outcome = Perform(request);
      }
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  for (const absl::Status& outcome : outcomes) {
    ExpectRefused(outcome, 3 * kBytesMax);
  }
  EXPECT_THAT(Perform(Submit()), IsOk());
  EXPECT_EQ(events(), 0U);
}

}  // namespace
}  // namespace cbm
