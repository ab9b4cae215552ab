// The outbox: what was typed must be there again after any stop, byte for byte.

#include "client/outbox.h"

#include "client/exit_code.h"
#include "core/base/uuid.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_random.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

using ::cbm::test::FakeRandom;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::kTestStart;
using ::cbm::test::TemporaryFolder;

v1::PerformActRequest MakeRequest(absl::Time time, FakeRandom& random) {
  v1::Act act;
  act.set_act_id(NewUuid(time, random));
  v1::PerformActRequest request;
  request.mutable_signed_act()->set_act(SerializeDeterministically(act));
  request.mutable_signed_act()->set_signature("signature");
  request.add_contents()->mutable_open()->set_plaintext("what was typed");
  return request;
}

TEST(Outbox, IsEmptyBeforeAnythingWasKept) {
  const TemporaryFolder folder;
  const auto items = Outbox(folder.path() / "outbox").List();
  ASSERT_THAT(items, IsOk());
  EXPECT_TRUE(items->empty());
}

TEST(Outbox, IsNotEmptyWhereItCannotBeRead) {
  const TemporaryFolder folder;
  const Outbox outbox(folder.Write("outbox", "a file where the folder should be"));
  EXPECT_EQ(ExitCodeOf(outbox.List().status()), ExitCode::kFailedHere);
  EXPECT_EQ(ExitCodeOf(outbox.Find("0").status()), ExitCode::kFailedHere);
  EXPECT_EQ(ExitCodeOf(outbox.ListTexts().status()), ExitCode::kFailedHere);
}

TEST(Outbox, KeepsTheBytesThatWereSigned) {
  const TemporaryFolder folder;
  FakeRandom random;
  const Outbox outbox(folder.path() / "outbox");
  const v1::PerformActRequest request = MakeRequest(kTestStart, random);
  ASSERT_THAT(outbox.Put(request), IsOk());
  const auto items = Outbox(folder.path() / "outbox").List();
  ASSERT_THAT(items, IsOk());
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(items->front().request.SerializeAsString(), request.SerializeAsString());
}

TEST(Outbox, ListsTheOldestFirstAndFindsByTheBeginning) {
  const TemporaryFolder folder;
  FakeRandom random;
  const Outbox outbox(folder.path() / "outbox");
  const v1::PerformActRequest later = MakeRequest(kTestStart + absl::Hours(1), random);
  const v1::PerformActRequest earlier = MakeRequest(kTestStart, random);
  ASSERT_THAT(outbox.Put(later), IsOk());
  ASSERT_THAT(outbox.Put(earlier), IsOk());
  const auto items = outbox.List();
  ASSERT_THAT(items, IsOk());
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ(items->front().act.bytes, earlier.signed_act().act());
  EXPECT_THAT(outbox.Find(items->front().act_id.substr(0, 13)), IsOk());
  EXPECT_EQ(ExitCodeOf(outbox.Find("0").status()), ExitCode::kUsage);
  EXPECT_THAT(outbox.Find("ffff"), HasCode(absl::StatusCode::kNotFound));
}

TEST(Outbox, ForgetsWhatWasRemoved) {
  const TemporaryFolder folder;
  FakeRandom random;
  const Outbox outbox(folder.path() / "outbox");
  ASSERT_THAT(outbox.Put(MakeRequest(kTestStart, random)), IsOk());
  ASSERT_THAT(outbox.Remove(outbox.List()->front().act_id), IsOk());
  EXPECT_TRUE(outbox.List()->empty());
}

TEST(Outbox, SaysThatADamagedFileIsNoAct) {
  const TemporaryFolder folder;
  folder.Write("bad.act", "\xFF\xFF nonsense");
  EXPECT_EQ(ExitCodeOf(Outbox(folder.path()).List().status()), ExitCode::kFailedHere);
}

}  // namespace
}  // namespace cbm
