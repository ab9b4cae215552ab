// Pages: how many they hold, and the tokens that lead from one to the next.

#include "server/service/paging.h"

#include <string>

#include "cbm/v1/notification_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr std::string_view kKey("N\0\0\0\0\0\0\0\7", 9);

v1::ListNotificationsRequest Request() {
  v1::ListNotificationsRequest request;
  request.set_ledger("state/EE");
  request.add_kinds("INC");
  return request;
}

Digest Filters() { return FiltersOf(LedgerId::State("EE"), Request()); }

TEST(PageSize, IsTheDefaultForZeroAndLoweredToTheMost) {
  EXPECT_EQ(PageSize(0, {}).value(), 50U);
  EXPECT_EQ(PageSize(1, {}).value(), 1U);
  EXPECT_EQ(PageSize(200, {}).value(), 200U);
  EXPECT_EQ(PageSize(201, {}).value(), 200U);
  EXPECT_EQ(PageSize(2'147'483'647, {}).value(), 200U);
}

TEST(PageSize, IsNeverNegative) {
  EXPECT_THAT(PageSize(-1, {}), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(PageToken, LeadsBackToItsKey) {
  EXPECT_EQ(ReadPageToken(Filters(), MakePageToken(Filters(), kKey)).value(), kKey);
}

TEST(PageToken, MeansTheFirstPageIfEmpty) { EXPECT_EQ(ReadPageToken(Filters(), "").value(), ""); }

TEST(PageToken, DoesNotCareForTheSizeOfThePage) {
  v1::ListNotificationsRequest next = Request();
  next.set_page_size(7);
  next.set_page_token(MakePageToken(Filters(), kKey));
  EXPECT_THAT(ReadPageToken(FiltersOf(LedgerId::State("EE"), next), next.page_token()), IsOk());
}

TEST(PageToken, IsRefusedForOtherFilters) {
  const std::string token = MakePageToken(Filters(), kKey);
  v1::ListNotificationsRequest other = Request();
  other.add_kinds("FRE");
  EXPECT_THAT(ReadPageToken(FiltersOf(LedgerId::State("EE"), other), token),
              HasCode(absl::StatusCode::kInvalidArgument));
  other = Request();
  other.set_ledger("ALL/OSCE");
  EXPECT_THAT(ReadPageToken(FiltersOf(LedgerId::State("EE"), other), token),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(PageToken, IsRefusedToAnotherReader) {
  EXPECT_THAT(
      ReadPageToken(FiltersOf(LedgerId::State("LV"), Request()), MakePageToken(Filters(), kKey)),
      HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(PageToken, IsRefusedOnceAnyCharacterIsAlteredOrMissing) {
  const std::string token = MakePageToken(Filters(), kKey);
  for (size_t i = 0; i < token.size(); ++i) {
    SCOPED_TRACE(i);
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_THAT(ReadPageToken(Filters(), altered), HasCode(absl::StatusCode::kInvalidArgument));
    if (i > 0) {
      EXPECT_THAT(ReadPageToken(Filters(), token.substr(0, i)),
                  HasCode(absl::StatusCode::kInvalidArgument));
    }
  }
  EXPECT_THAT(ReadPageToken(Filters(), token + "AAAA"),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(ReadDigest, NamesTheFieldThatIsNoDigest) {
  const auto read = ReadDigest("act_digest", "short");
  EXPECT_THAT(read, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(read.status().message().find("act_digest") != absl::string_view::npos);
  EXPECT_THAT(ReadDigest("act_digest", std::string(32, 'x')), IsOk());
}

}  // namespace
}  // namespace cbm
