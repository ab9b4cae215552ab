// What a caller is told when something fails, and what only the log knows.

#include "server/service/status.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"

namespace cbm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

class StatusTest : public testing::Test {
 protected:
  grpc::Status Answer(const absl::Status& status) { return ToGrpcStatus(status, "Method", log_); }

  test::FakeClock clock_;
  std::vector<std::string> lines_;
  Log log_{clock_, LogLevel::kInfo, [this](std::string_view line) {
             lines_.emplace_back(line);
             return true;
           }};
};

TEST_F(StatusTest, PassesOnWhatWasWrittenForTheCaller) {
  const grpc::Status answer = Answer(absl::NotFoundError("there is no such ledger"));
  EXPECT_EQ(answer.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(answer.error_message(), "there is no such ledger");
  EXPECT_THAT(answer.error_details(), IsEmpty());
  EXPECT_THAT(lines_, IsEmpty());
  EXPECT_TRUE(Answer(absl::OkStatus()).ok());
}

TEST_F(StatusTest, KeepsTheTextOfInternalErrorsToTheLogUnderAReference) {
  for (const absl::Status& status :
       {absl::InternalError("secret path"), absl::UnknownError("secret path")}) {
    lines_.clear();
    const grpc::Status answer = Answer(status);
    EXPECT_EQ(static_cast<int>(answer.error_code()), static_cast<int>(status.code()));
    EXPECT_THAT(answer.error_message(), MatchesRegex("internal error, reference [0-9A-F]{8}"));
    const std::string reference = answer.error_message().substr(26);
    EXPECT_THAT(lines_, ElementsAre(testing::AllOf(HasSubstr(reference), HasSubstr("secret path"),
                                                   HasSubstr("Method"))));
  }
}

TEST_F(StatusTest, LogsDataLossAsAnError) {
  EXPECT_EQ(
      Answer(absl::DataLossError("lost")).error_message(),
      "what the exchange keeps is damaged: lost; tell its operator, who finds more in its log");
  EXPECT_THAT(lines_, ElementsAre(testing::AllOf(HasSubstr("\"error\""), HasSubstr("data_loss"))));
}

// The details are parsed by the wire format alone, as a client's generated code would.
TEST_F(StatusTest, SaysWhenToComeAgain) {
  google::protobuf::Duration second;
  second.set_seconds(1);
  const std::string delay = second.SerializeAsString();
  google::protobuf::Any info;
  info.set_type_url("type.googleapis.com/google.rpc.RetryInfo");
  info.set_value(std::string("\x0A\x02", 2) + delay);
  const std::string packed = info.SerializeAsString();
  const auto details = [&](char code) {
    return std::string({'\x08', code, '\x12', '\x11'}) + "the queue is full" + "\x1A" +
           static_cast<char>(packed.size()) + packed;
  };
  EXPECT_EQ(Answer(absl::ResourceExhaustedError("the queue is full")).error_details(), details(8));
  EXPECT_EQ(Answer(absl::UnavailableError("the queue is full")).error_details(), details(14));
}

TEST_F(StatusTest, KeepsMessagesShortWithoutCuttingACharacter) {
  std::string text;
  while (text.size() < 5'000) {
    text += "…";
  }
  const std::string message = Answer(absl::InvalidArgumentError(text)).error_message();
  EXPECT_LE(message.size(), 2'048U);
  EXPECT_EQ(message.size() % 3, 0U);
  EXPECT_THAT(message, Not(IsEmpty()));
}

}  // namespace
}  // namespace cbm
