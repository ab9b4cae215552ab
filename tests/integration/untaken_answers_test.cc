// Who asks and takes nothing: HTTP/2 lets a client keep answers waiting in the server's memory. How
// much of it a State may have is bounded, and given back when it goes.

#include <memory>
#include <string>
#include <thread>

#include "cbm/v1/exchange_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/raw_calls.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls_client.h"

namespace cbm::test {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kGetExchange = "/cbm.v1.ExchangeService/GetExchange";
constexpr uint8_t kSettings = 4;

class Untaken : public testing::Test {
 protected:
  static ServedOptions Options() {
    ServedOptions options;
    options.limits.state_untaken_bytes_max = 40'000;  // Half of it of one office: three answers.
    return options;
  }

  absl::Status Ask(const TestOffice& office) {
    return exchange_.Call(office, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
        .status();
  }

  ServedExchange exchange_{Options()};
  const TestOffice& estonia_ = exchange_.Office("EE");
};

TEST_F(Untaken, AnswersAreBoundedForTheStateAndGivenBack) {
  ASSERT_THAT(Ask(estonia_), IsOk());
  // SETTINGS_INITIAL_WINDOW_SIZE is 0: no answer may be sent (RFC 9113, section 6.5.2).
  const std::string hello =
      std::string(kHttp2Preface) + FrameOn(0, kSettings, 0, std::string_view("\0\4\0\0\0\0", 6));
  auto stalled = std::make_unique<TlsClient>(
      exchange_.address(), TlsOffer{.version = kTls13, .certificate = &estonia_.credential});
  ASSERT_TRUE(stalled->Write(hello));
  // One that comes while others are still on their way may be refused itself.
  absl::Status refused;
  for (uint8_t stream = 1; stream < 250 && (refused = Ask(estonia_)).ok(); stream += 2) {
    ASSERT_TRUE(stalled->Write(CallOf(stream, kGetExchange, "")));
  }
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("read those first"));
  EXPECT_THAT(Ask(exchange_.Office("LV")), IsOk()) << "another State";
  stalled.reset();
  while (!Ask(estonia_).ok()) {
    std::this_thread::yield();
  }
}

}  // namespace
}  // namespace cbm::test
