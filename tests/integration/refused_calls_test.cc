// What the log says of calls that were not admitted: whose they were, and however many one office
// makes of them, those of the others too.

#include <chrono>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::testing::SizeIs;

class RefusedCalls : public testing::Test {
 protected:
  static LimitsConfig Limits() {
    LimitsConfig limits;
    limits.state_reads_per_second = 1;
    limits.state_reads_burst = 2;
    limits.office_share_percent = 50;
    return limits;
  }

  absl::Status Read(const TestOffice& office) {
    return exchange_.Call(office, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
        .status();
  }
  // Uses up the rate of an office, and is refused so often.
  void BeRefused(const TestOffice& office, int times) {
    EXPECT_THAT(Read(office), IsOk());
    for (int i = 0; i < times; ++i) {
      EXPECT_THAT(Read(office), HasCode(absl::StatusCode::kResourceExhausted));
    }
  }
  // The lines of calls with that code.
  std::vector<nlohmann::json> Lines(std::string_view code) const {
    std::vector<nlohmann::json> lines;
    std::istringstream text(exchange_.LogText());
    for (std::string one; std::getline(text, one);) {
      nlohmann::json line = nlohmann::json::parse(one);
      if (line["event"] == "call" && line["code"] == code) {
        lines.push_back(std::move(line));
      }
    }
    return lines;
  }
  static void ExpectNames(const nlohmann::json& line, std::string_view party) {
    EXPECT_EQ(line["party"], party);
    EXPECT_EQ(line["office"], "duty");
  }

  explicit RefusedCalls(const LimitsConfig& limits = Limits()) : exchange_({.limits = limits}) {}

  ServedExchange exchange_;
  const TestOffice& ee_ = exchange_.Office("EE");
  const TestOffice& lv_ = exchange_.Office("LV");
};

TEST_F(RefusedCalls, NameTheOfficeWhoseRateIsUsedUp) {
  BeRefused(ee_, 1);
  const auto lines = Lines("RESOURCE_EXHAUSTED");
  ASSERT_THAT(lines, SizeIs(1));
  ExpectNames(lines[0], "EE");
  EXPECT_EQ(lines[0]["method"], "GetExchange");
  EXPECT_EQ(lines[0]["lines_left_out"], 0);
}

TEST_F(RefusedCalls, NameTheOfficeWhoseStreamIsRefused) {
  BeRefused(ee_, 0);
  const auto stub = v1::LedgerService::NewStub(exchange_.Channel(ee_));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  EXPECT_EQ(stub->Follow(&context, v1::FollowRequest())->Finish().error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto lines = Lines("RESOURCE_EXHAUSTED");
  ASSERT_THAT(lines, SizeIs(1));
  ExpectNames(lines[0], "EE");
  EXPECT_EQ(lines[0]["method"], "Follow");
}

TEST_F(RefusedCalls, NameTheOfficeWhoseCredentialIsSuspended) {
  const TestOffice& secretariat = exchange_.Office("SECRETARIAT", "main");
  ASSERT_THAT(Read(ee_), IsOk());
  ASSERT_THAT(exchange_.Perform(secretariat, exchange_.MakeSuspend(secretariat, ee_)), IsOk());
  EXPECT_THAT(Read(ee_), HasCode(absl::StatusCode::kUnauthenticated));
  const auto lines = Lines("UNAUTHENTICATED");
  ASSERT_THAT(lines, SizeIs(1));
  ExpectNames(lines[0], "EE");
}

TEST_F(RefusedCalls, HaveSoManyLinesForEachOfficeAndSayHowManyWereLeftOut) {
  BeRefused(ee_, 130);
  EXPECT_THAT(Lines("RESOURCE_EXHAUSTED"), SizeIs(100));
  BeRefused(lv_, 1);
  auto lines = Lines("RESOURCE_EXHAUSTED");
  ASSERT_THAT(lines, SizeIs(101));
  ExpectNames(lines.back(), "LV");
  EXPECT_EQ(lines.back()["lines_left_out"], 0);

  exchange_.clock().Advance(absl::Milliseconds(150));
  EXPECT_THAT(Read(ee_), HasCode(absl::StatusCode::kResourceExhausted));
  lines = Lines("RESOURCE_EXHAUSTED");
  ASSERT_THAT(lines, SizeIs(102));
  ExpectNames(lines.back(), "EE");
  EXPECT_EQ(lines.back()["lines_left_out"], 30);
}

// Whoever took a key does not hide what the office does, nor the other way round.
TEST_F(RefusedCalls, HaveLinesApartForCredentialsThatAreNotActive) {
  const TestOffice& secretariat = exchange_.Office("SECRETARIAT", "main");
  BeRefused(ee_, 130);
  ASSERT_THAT(exchange_.Perform(secretariat, exchange_.MakeSuspend(secretariat, ee_)), IsOk());
  EXPECT_THAT(Read(ee_), HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(Lines("UNAUTHENTICATED"), SizeIs(1));
}

class TakenCalls : public RefusedCalls {
 protected:
  TakenCalls() : RefusedCalls(LimitsConfig()) {}
};

// How many they are is bounded by the rates.
TEST_F(TakenCalls, HaveALineEach) {
  BeRefused(ee_, 0);
  const size_t before = Lines("OK").size();
  for (int i = 0; i < 130; ++i) {
    EXPECT_THAT(Read(ee_), IsOk());
  }
  EXPECT_THAT(Lines("OK"), SizeIs(before + 130));
}

}  // namespace
}  // namespace cbm
