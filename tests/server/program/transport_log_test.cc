// gRPC writes a line for each call that it does not understand, so that whoever sends such calls
// would fill the disk.

#include "server/program/transport_log.h"

#include <chrono>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"

namespace cbm::test {
namespace {

using ::testing::SizeIs;

constexpr SteadyTime kStart = SteadyTime() + std::chrono::hours(1);

TEST(TransportLog, IsBoundedAndSaysHowManyLinesWereLeftOut) {
  FakeClock clock(kTestStart);
  std::vector<std::string> lines;
  Log log(clock, LogLevel::kInfo, [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  TransportLog transport(log);
  for (int i = 0; i < 1'000; ++i) {
    transport.Write("Error parsing metadata", kStart);
  }
  EXPECT_THAT(lines, SizeIs(100));
  transport.Write("something else", kStart + std::chrono::milliseconds(101));
  ASSERT_THAT(lines, SizeIs(101));
  const auto line = nlohmann::json::parse(lines.back());
  EXPECT_EQ(line["event"], "transport");
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["reason"], "something else");
  EXPECT_EQ(line["lines_left_out"], 900);
}

}  // namespace
}  // namespace cbm::test
