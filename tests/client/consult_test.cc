// What people type and read of consultations: words in letters of either case.

#include "client/command/consult.h"

#include <string>

#include "client/exit_code.h"
#include "client/output/consultation.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::IsOk;
using ::testing::HasSubstr;

TEST(ConsultWords, AreReadAsTheyAreShown) {
  for (int i = 1; i <= v1::AnswerKind_MAX; ++i) {
    const auto answer = static_cast<v1::AnswerKind>(i);
    ASSERT_THAT(AnswerNamed(NameOf(answer)), IsOk());
    EXPECT_EQ(*AnswerNamed(NameOf(answer)), answer);
  }
  for (int i = 1; i <= v1::ConsultationLevel_MAX; ++i) {
    const auto level = static_cast<v1::ConsultationLevel>(i);
    ASSERT_THAT(LevelNamed(NameOf(level)), IsOk());
    EXPECT_EQ(*LevelNamed(NameOf(level)), level);
  }
  for (int i = 1; i <= v1::ConsultationFormat_MAX; ++i) {
    const auto format = static_cast<v1::ConsultationFormat>(i);
    ASSERT_THAT(FormatNamed(NameOf(format)), IsOk());
    EXPECT_EQ(*FormatNamed(NameOf(format)), format);
  }
  EXPECT_EQ(*AnswerNamed("Other-Time"), v1::ANSWER_KIND_OTHER_TIME);
}

TEST(ConsultWords, ThatAreNoneAreAUsageErrorWhichListsThem) {
  const absl::Status status = AnswerNamed("perhaps").status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
  EXPECT_THAT(MessageOf(status), HasSubstr("accept, decline, other_time, refer"));
  EXPECT_EQ(ExitCodeOf(LevelNamed("").status()), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(FormatNamed("chess").status()), ExitCode::kUsage);
}

TEST(ConsultWords, OfALaterVersionAreShownAsUnknown) {
  EXPECT_EQ(NameOf(static_cast<v1::AnswerKind>(99)), "?");
  EXPECT_EQ(NameOf(static_cast<v1::Standing>(99)), "?");
}

TEST(ConsultationJson, HasNoControlCharactersOfOthers) {
  v1::ConsultationRecord record;
  record.mutable_state()->set_state("agreed\x1b[31m");
  record.mutable_state()->add_parties(
      "E\x07"
      "E");
  const std::string json = FormatJson(ConsultationJson(record));
  EXPECT_EQ(json.find("\\u001b"), std::string::npos);
  EXPECT_EQ(json.find("\\u0007"), std::string::npos);
  EXPECT_THAT(json, HasSubstr("\"EE\""));
}

}  // namespace
}  // namespace cbm
