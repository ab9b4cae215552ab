// The server's log: what an operator, and perhaps an inquiry, reads of what happened. Every line
// must be one JSON object whatever was put into it, since texts from outside (a peer's address, a
// certificate's subject) end up there; so these tests parse each line with a stock parser.

#include "server/ops/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/ops/version.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"

namespace cbm {
namespace {

using ::cbm::test::FakeClock;
using ::cbm::test::HasCode;
using ::cbm::test::TemporaryFolder;
using ::nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class LogTest : public testing::Test {
 protected:
  LogSink Keep() {
    return [this](std::string_view line) {
      lines_.emplace_back(line);
      return true;
    };
  }

  // The one line that was written.
  const std::string& Line() {
    EXPECT_EQ(lines_.size(), 1U);
    return lines_.at(0);
  }

  // What a value reads as, once written and parsed.
  std::string Read(std::string_view text) {
    lines_.clear();
    Log(clock_, LogLevel::kInfo, Keep()).Info("event", {{"text", text}});
    return json::parse(Line()).at("text").get<std::string>();
  }

  FakeClock clock_{absl::FromUnixMicros(1'773'180'000'000'042)};
  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOneObjectALineInTheOrderGiven) {
  Log log(clock_, LogLevel::kInfo, Keep());
  log.Info("call", {{"method", "PerformAct"},
                    {"micros", -5},
                    {"bytes", std::numeric_limits<uint64_t>::max()},
                    {"ok", true}});
  EXPECT_EQ(Line(), R"({"time":"2026-03-10T22:00:00.000042Z","level":"info","event":"call",)"
                    R"("method":"PerformAct","micros":-5,"bytes":18446744073709551615,"ok":true})"
                    "\n");
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
  Log log(clock_, LogLevel::kWarning, Keep());
  log.Debug("a");
  log.Info("b");
  log.Warning("c");
  log.Error("d");
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_THAT(lines_[0], HasSubstr(R"("level":"warning","event":"c"})"));
  EXPECT_THAT(lines_[1], HasSubstr(R"("level":"error","event":"d"})"));
}

TEST_F(LogTest, KnowsItsLevelsByName) {
  EXPECT_EQ(FindLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(FindLogLevel("error"), LogLevel::kError);
  EXPECT_EQ(FindLogLevel("INFO"), std::nullopt);
}

TEST_F(LogTest, KeepsEveryCharacterOfEveryScript) {
  for (const std::string text :
       {"", "Zürich", "Ελλάδα", "საქართველო", "Հայաստան", "𝛀 \"\\/\n\r\t"}) {
    EXPECT_EQ(Read(text), text);
  }
}

TEST_F(LogTest, LetsNothingActOnTheTerminalThatShowsIt) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string text(1, static_cast<char>(c));
    EXPECT_EQ(Read(text), text);
    EXPECT_EQ(Line().find(text), c == '\n' ? Line().size() - 1 : std::string::npos) << c;
  }
  for (const std::string text :
       {"\x7F", "\u009B", "\u061C", "\u200F", "\u2028", "\u202E", "\u2066", "\uFEFF"}) {
    EXPECT_EQ(Read(text), text);
    EXPECT_THAT(Line(), Not(HasSubstr(text)));
  }
}

TEST_F(LogTest, ReplacesEachByteThatIsNotUtf8) {
  const std::string bad = "\uFFFD";
  EXPECT_EQ(Read("a\xFFz"), "a" + bad + "z");
  EXPECT_EQ(Read("\xC3"), bad);                      // Cut.
  EXPECT_EQ(Read("\xE2\x82z"), bad + bad + "z");     // Cut by another character.
  EXPECT_EQ(Read("\xC0\xAF"), bad + bad);            // Longer than need be.
  EXPECT_EQ(Read("\xE0\x80\xAF"), bad + bad + bad);  // The same.
  EXPECT_EQ(Read("\xF0\x80\x80\xAF"), bad + bad + bad + bad);
  EXPECT_EQ(Read("\xED\xA0\x80"), bad + bad + bad);            // A surrogate.
  EXPECT_EQ(Read("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // Beyond Unicode.
  EXPECT_EQ(Read("\x80"), bad);                                // A continuation of nothing.
}

TEST_F(LogTest, CutsALongTextBetweenCharactersAndSaysSo) {
  for (const size_t length : {kLogTextBytesMax - 2, kLogTextBytesMax - 1, 10 * kLogTextBytesMax}) {
    SCOPED_TRACE(length);
    const std::string text(length, 'x');
    const bool fits = length + 2 <= kLogTextBytesMax;
    EXPECT_EQ(Read(text), text.substr(0, kLogTextBytesMax - 2));
    EXPECT_EQ(json::parse(Line()).contains("truncated"), !fits);
  }
  std::string euros;
  for (int i = 0; i < 1000; ++i) {
    euros += "€";
  }
  const std::string kept = Read(euros);
  EXPECT_EQ(kept, euros.substr(0, kept.size()));
  EXPECT_EQ(kept.size(), (kLogTextBytesMax - 2) / 3 * 3);
}

TEST_F(LogTest, NeverWritesALongerLineThanItsBound) {
  for (size_t last = 0; last < kLogTextBytesMax; ++last) {
    lines_.clear();
    const std::string big(kLogTextBytesMax - 2, 'x');
    const std::string rest(last, 'y');
    Log(clock_, LogLevel::kInfo, Keep())
        .Info("event", {{"a", big}, {"b", big}, {"c", big}, {"d", rest}, {"e", 1}});
    ASSERT_LE(Line().size(), kLogLineBytesMax);
    const json line = json::parse(Line());
    ASSERT_NE(line.contains("truncated"), line.contains("e")) << last;
    ASSERT_THAT(Line(), EndsWith("}\n"));
  }
}

TEST_F(LogTest, WritesALineWithASingleWrite) {
  std::array<int, 2> ends{};
  // A packet pipe keeps the bounds of writes.
  ASSERT_EQ(pipe2(ends.data(), O_DIRECT | O_CLOEXEC), 0);
  Log log(clock_, LogLevel::kInfo, DescriptorSink(ends[1]));
  const std::string big(kLogTextBytesMax, 'x');
  log.Info("event", {{"a", big}, {"b", big}, {"c", big}});
  log.Info("next");
  std::array<char, 2 * kLogLineBytesMax> read_back{};
  const ssize_t size = read(ends[0], read_back.data(), read_back.size());
  ASSERT_GT(size, 3000);
  const std::string line(read_back.data(), static_cast<size_t>(size));
  EXPECT_THAT(line, EndsWith("}\n"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  close(ends[0]);
  close(ends[1]);
}

// As a terminal that was stopped, or a service manager whose own disk is full. Were a line to wait,
// this test would not end.
TEST_F(LogTest, HoldsNobodyUpWhoseReaderStops) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  constexpr int kRoom = 8192;  // Two pages: a pipe counts as full once each is begun.
  ASSERT_EQ(fcntl(ends[1], F_SETPIPE_SZ, kRoom), kRoom);
  Log log(clock_, LogLevel::kInfo, DescriptorSink(ends[1], absl::ZeroDuration()));
  const std::string half(kLogTextBytesMax, 'x');
  while (log.lines_lost() == 0) {
    log.Info("event", {{"a", half}});
  }
  log.Info("lost");
  EXPECT_EQ(log.lines_lost(), 2U);

  std::array<char, kRoom> unread{};
  ASSERT_GT(read(ends[0], unread.data(), unread.size()), 0);
  log.Info("kept");
  log.Info("next");
  std::string text(kLogLineBytesMax, '\0');
  text.resize(static_cast<size_t>(read(ends[0], text.data(), text.size())));
  EXPECT_EQ(json::parse(text.substr(0, text.find('\n'))).at("lines_lost"), 2);
  EXPECT_THAT(text.substr(text.find('\n')), Not(HasSubstr("lines_lost")));
  EXPECT_EQ(log.lines_lost(), 2U);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(LogTest, KeepsLinesOfSeveralThreadsWhole) {
  const TemporaryFolder folder;
  auto sink = FileSink(folder / "log");
  ASSERT_THAT(sink, test::IsOk());
  Log log(clock_, LogLevel::kInfo, *sink);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&log, thread] {
      const std::string text(static_cast<size_t>(200 * thread), 'x');
      for (int i = 0; i < 100; ++i) {
        log.Info("event", {{"thread", thread}, {"text", text}});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::istringstream text(folder.Read("log"));
  int lines = 0;
  for (std::string line; std::getline(text, line); ++lines) {
    EXPECT_TRUE(json::accept(line)) << line;
  }
  EXPECT_EQ(lines, 400);
  EXPECT_EQ(log.lines_lost(), 0U);
}

TEST_F(LogTest, AppendsToAFileThatIsThere) {
  const TemporaryFolder folder;
  folder.Write("log", "before\n");
  auto sink = FileSink(folder / "log");
  ASSERT_THAT(sink, test::IsOk());
  Log(clock_, LogLevel::kInfo, *sink).Info("start");
  EXPECT_THAT(folder.Read("log"), testing::StartsWith("before\n{"));
}

TEST_F(LogTest, RefusesAFileThatCannotBeOpened) {
  const TemporaryFolder folder;
  EXPECT_THAT(FileSink(folder / "no/log"), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(LogTest, CountsWhatWasNotKeptAndGoesOn) {
  Log refused(clock_, LogLevel::kInfo, [](std::string_view) { return false; });
  refused.Info("a");
  EXPECT_EQ(refused.lines_lost(), 1U);

  Log thrown(clock_, LogLevel::kInfo,
             [](std::string_view) -> bool { throw std::runtime_error("full"); });
  thrown.Error("a");
  EXPECT_EQ(thrown.lines_lost(), 1U);

  Log closed(clock_, LogLevel::kInfo, DescriptorSink(-1));
  closed.Error("a");
  EXPECT_EQ(closed.lines_lost(), 1U);
}

TEST(Version, IsThreeNumbers) {
  EXPECT_THAT(std::string(kVersion), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace cbm
