// Cosignatures v1 (C2SP tlog-cosignature): a witness's word at a time. The message is spelled out
// here once more, as the specification prints it.

#include "core/log/cosignature.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr const char* kText =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const absl::Time kTime = absl::FromUnixSeconds(1'679'315'147);

NoteSigningKey Key() { return *NoteSigningKey::FromSeed(std::string(32, 'w')); }

TEST(Cosignature, IsTheTimeAndASignatureOfTheMessageInTheSpecification) {
  const auto cosignature = Cosign(kText, kTime, Key());
  ASSERT_THAT(cosignature, IsOk());
  EXPECT_EQ(*cosignature, std::string("\x00\x00\x00\x00\x64\x18\x50\xcb", 8) +
                              Key().Sign("cosignature/v1\ntime 1679315147\n" + std::string(kText)));
}

TEST(Cosignature, TellsItsTime) {
  for (const absl::Time time : {absl::UnixEpoch(), kTime, absl::FromUnixSeconds(INT64_MAX)}) {
    const auto cosignature = Cosign(kText, time, Key());
    ASSERT_THAT(cosignature, IsOk());
    const auto opened = OpenCosignature(kText, *cosignature, Key().public_key());
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ(*opened, time);
  }
}

TEST(Cosignature, CoversExtensionLines) {
  const std::string extended = std::string(kText) + "extension\n";
  const auto cosignature = Cosign(extended, kTime, Key());
  ASSERT_THAT(cosignature, IsOk());
  EXPECT_THAT(OpenCosignature(extended, *cosignature, Key().public_key()), IsOk());
  EXPECT_THAT(OpenCosignature(kText, *cosignature, Key().public_key()),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST(Cosignature, IsRefusedOnceAnyByteIsAltered) {
  std::string cosignature = *Cosign(kText, kTime, Key());
  for (char& byte : cosignature) {
    byte = static_cast<char>(byte ^ 1);
    EXPECT_THAT(OpenCosignature(kText, cosignature, Key().public_key()),
                HasCode(absl::StatusCode::kDataLoss));
    byte = static_cast<char>(byte ^ 1);
  }
  EXPECT_THAT(OpenCosignature(kText, cosignature, Key().public_key()), IsOk());
}

TEST(Cosignature, IsRefusedOfOtherLengthOrKeyOrText) {
  const auto lost = HasCode(absl::StatusCode::kDataLoss);
  const std::string cosignature = *Cosign(kText, kTime, Key());
  EXPECT_THAT(OpenCosignature(kText, cosignature + "x", Key().public_key()), lost);
  EXPECT_THAT(OpenCosignature(kText, cosignature.substr(1), Key().public_key()), lost);
  EXPECT_THAT(OpenCosignature(kText, "", Key().public_key()), lost);
  EXPECT_THAT(OpenCosignature(kText, cosignature, std::string(32, 'k')), lost);
  EXPECT_THAT(OpenCosignature("other\n", cosignature, Key().public_key()), lost);
  EXPECT_THAT(OpenCosignature(kText, Key().Sign(kText), Key().public_key()), lost);
}

TEST(Cosignature, IsRefusedWithATimeThatNoClockShows) {
  const std::string text = "cosignature/v1\ntime 9223372036854775808\n" + std::string(kText);
  const std::string cosignature = std::string("\x80\0\0\0\0\0\0\0", 8) + Key().Sign(text);
  EXPECT_THAT(OpenCosignature(kText, cosignature, Key().public_key()),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST(Cosignature, IsGivenToCheckpointsAndTrueTimesAlone) {
  const auto refused = HasCode(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Cosign("not a checkpoint\n", kTime, Key()), refused);
  EXPECT_THAT(Cosign(kText, absl::FromUnixSeconds(-1), Key()), refused);
  EXPECT_THAT(Cosign(kText, absl::InfiniteFuture(), Key()), refused);
  EXPECT_THAT(Cosign(kText, absl::InfinitePast(), Key()), refused);
}

}  // namespace
}  // namespace cbm
