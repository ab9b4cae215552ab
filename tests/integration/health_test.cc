// What the server answers about itself: who calls, the standard health service for whoever watches
// it, and no reflection, since the contract is published and need not be told to whoever asks.

#include <future>
#include <string>

#include "cbm/v1/exchange_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::ServedExchange;
using ::google::protobuf::Empty;

// grpc.health.v1.HealthCheckResponse.ServingStatus, as others know it.
constexpr uint64_t kServing = 1;

// Calls a method by its name; its messages are known by their fields' numbers alone.
absl::StatusOr<Empty> CallByName(ServedExchange& exchange, const std::string& method,
                                 const Empty& request = {}) {
  grpc::TemplatedGenericStub<Empty, Empty> stub(exchange.Channel(exchange.Office("EE")));
  grpc::ClientContext context;
  test::SetDeadline(context);
  Empty response;
  std::promise<grpc::Status> ended;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &response,
                 [&ended](grpc::Status status) { ended.set_value(std::move(status)); });
  const absl::Status status = test::ToStatus(ended.get_future().get());
  return status.ok() ? absl::StatusOr<Empty>(response) : status;
}

TEST(Exchange, TellsWhoTheCallerIs) {
  ServedExchange exchange;
  const auto about = exchange.Call(exchange.Office("EE"), &v1::ExchangeService::Stub::GetExchange,
                                   v1::GetExchangeRequest());
  ASSERT_THAT(about, IsOk());
  EXPECT_EQ(about->exchange_id(), exchange.exchange_id());
  EXPECT_EQ(about->caller().party(), "EE");
  EXPECT_EQ(about->caller().office(), "duty");
  EXPECT_THAT(about->ledgers(), testing::ElementsAre("state/EE", "ALL/OSCE", "ALL/UN"));
}

TEST(Health, IsServing) {
  ServedExchange exchange;
  const auto health = CallByName(exchange, "/grpc.health.v1.Health/Check");
  ASSERT_THAT(health, IsOk());
  const google::protobuf::UnknownFieldSet& fields =
      Empty::GetReflection()->GetUnknownFields(*health);
  ASSERT_EQ(fields.field_count(), 1);
  EXPECT_EQ(fields.field(0).number(), 1);
  EXPECT_EQ(fields.field(0).varint(), kServing);
}

TEST(Health, KnowsNoServiceThatIsNotThere) {
  ServedExchange exchange;
  Empty request;
  Empty::GetReflection()->MutableUnknownFields(&request)->AddLengthDelimited(1, "cbm.v1.Nothing");
  EXPECT_THAT(CallByName(exchange, "/grpc.health.v1.Health/Check", request),
              HasCode(absl::StatusCode::kNotFound));
}

TEST(Health, IsAskedForAndNotWatched) {
  ServedExchange exchange;
  EXPECT_THAT(CallByName(exchange, "/grpc.health.v1.Health/Watch"),
              HasCode(absl::StatusCode::kUnimplemented));
}

TEST(Reflection, IsOff) {
  ServedExchange exchange;
  ASSERT_THAT(CallByName(exchange, "/cbm.v1.ExchangeService/GetExchange"), IsOk());
  for (const std::string version : {"v1", "v1alpha"}) {
    EXPECT_THAT(CallByName(exchange, "/grpc.reflection." + version +
                                         ".ServerReflection/ServerReflectionInfo"),
                HasCode(absl::StatusCode::kUnimplemented));
  }
}

TEST(Exchange, HasNoMethodThatTheContractDoesNotHave) {
  ServedExchange exchange;
  EXPECT_THAT(CallByName(exchange, "/cbm.v1.ExchangeService/NoSuchMethod"),
              HasCode(absl::StatusCode::kUnimplemented));
}

}  // namespace
}  // namespace cbm
