// What the server answers about itself: the standard health service for whoever watches it, and no
// reflection, since the contract is published and a server need not tell it to whoever asks.

#include "cbm/v1/exchange_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::EntryOf;
using ::cbm::test::IsOk;
using ::cbm::test::ServedExchange;

TEST(Served, AnswersAnOfficeThatItEnrolled) {
  ServedExchange exchange;
  const auto about = exchange.Call(exchange.Office("EE"), &v1::ExchangeService::Stub::GetExchange,
                                   v1::GetExchangeRequest());
  ASSERT_THAT(about, IsOk());
  EXPECT_EQ(about->exchange_id(), exchange.exchange_id());
  EXPECT_EQ(about->caller().party(), "EE");
  EXPECT_THAT(exchange.LogText(), testing::HasSubstr("GetExchange"));
}

TEST(Served, TakesASubmitOnEitherStore) {
  for (const bool on_sqlite : {false, true}) {
    ServedExchange exchange({.on_sqlite = on_sqlite});
    const auto sent =
        exchange.Perform(exchange.Office("EE"), exchange.MakeSubmit(exchange.Office("EE"), {"LV"}));
    ASSERT_THAT(sent, IsOk());
    EXPECT_EQ(EntryOf(sent->receipt()).ledger(), "state/EE");
  }
}

}  // namespace
}  // namespace cbm
