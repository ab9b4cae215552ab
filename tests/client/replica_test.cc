// The replica: what an exchange says must be proven before it is kept. The exchange here signs
// whatever it is told to; each test makes it lie in one way.

#include "client/replica.h"

#include <filesystem>
#include <utility>

#include "client/exit_code.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/delimited_message_util.h"
#include "tests/client/fake_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::FakeExchange;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::kOwn;
using ::cbm::test::kTestStart;
using ::cbm::test::ReplicaTest;
using ::cbm::test::TemporaryFolder;

TEST_F(ReplicaTest, KeepsWhatIsProvenAndReadsItAgain) {
  AddGood(5);
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  ASSERT_THAT(replica->Sync(api_), IsOk());
  EXPECT_EQ(replica->own().size(), 5U);
  AddGood(3);
  auto again = Open();
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->own().size(), 5U);
  EXPECT_EQ(again->own().tree().Head(), replica->own().tree().Head());
  ASSERT_THAT(again->Sync(api_), IsOk());
  EXPECT_EQ(again->own().size(), 8U);
  EXPECT_EQ(again->CheckpointOf(kOwn)->head, api_.trees[kOwn].Head());
}

TEST_F(ReplicaTest, KnowsWhoActsWithACredentialThatIsAsFreshAsCanBe) {
  AddGood(1);
  int office = 0;
  api_.before_list = [&](const LedgerId& ledger) {
    if (ledger == kOwn) {
      const std::string name = "duty-" + std::to_string(++office);
      const Issued fresh = api_.founded.pki.Issue(name);
      api_.AddToAll(api_.Enrolment("EE", name, fresh));
      const EncodedAct act = api_.Sign("EE", name, fresh, [](v1::Act& made) {
        made.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
        made.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
      });
      api_.Add(kOwn, {}, &act);
    }
    return absl::OkStatus();
  };
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  EXPECT_THAT(replica->Sync(api_), IsOk());
  EXPECT_THAT(replica->Sync(api_), IsOk());
  EXPECT_GE(replica->own().size(), 3U);
}

TEST_F(ReplicaTest, AsksNothingMoreOfAnExchangeThatDoesNotAnswer) {
  int asked = 0;
  api_.before_list = [&](const LedgerId& ledger) {
    ++asked;
    return ledger == kOwn ? absl::OkStatus() : absl::UnavailableError("the network is away");
  };
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  EXPECT_THAT(replica->Sync(api_), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(asked, 2);
}

TEST_F(ReplicaTest, SyncsTheOtherLedgersIfOneIsInDoubt) {
  AddGood(2);
  api_.ledgers[kOwn][1].mutable_entry()->back() ^= 1;
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  EXPECT_THAT(replica->Sync(api_), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_EQ(replica->own().size(), 0U);
  EXPECT_EQ(replica->All("OSCE")->tree().Head(), api_.trees[LedgerId::All("OSCE")].Head());
  EXPECT_EQ(replica->All("UN")->tree().Head(), api_.trees[LedgerId::All("UN")].Head());
}

// A file system that takes nothing has damaged nothing.
TEST_F(ReplicaTest, DoesNotAdviseToRemoveWhatItCannotWrite) {
  AddGood(2);
  {
    auto replica = Open();
    ASSERT_THAT(replica, IsOk());
    ASSERT_THAT(replica->Sync(api_), IsOk());
  }
  const std::filesystem::path log = folder_.path() / "replica" / "state-LV.log";
  ASSERT_TRUE(std::filesystem::exists(log));
  std::filesystem::remove(log);
  std::filesystem::create_directory(log);
  const absl::Status opened = Open().status();
  EXPECT_THAT(opened, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(opened.message()), ::testing::Not(::testing::HasSubstr("remove")));
}

TEST_F(ReplicaTest, RefusesAnAlteredEntry) {
  AddGood(3);
  api_.ledgers[kOwn][1].mutable_entry()->back() ^= 1;
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesAnotherAct) {
  AddGood(3);
  const EncodedAct other = api_.Acknowledgement();
  api_.ledgers[kOwn][1].set_act(other.bytes);
  api_.ledgers[kOwn][1].set_signature(other.signature);
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesAnActThatIsKeptBack) {
  AddGood(3);
  api_.ledgers[kOwn][1].clear_act();
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesAGap) {
  AddGood(3);
  api_.ledgers[kOwn].erase(api_.ledgers[kOwn].begin() + 1);
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesATruncatedAnswer) {
  AddGood(5);
  api_.given_max = 4;
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesACheckpointOfAnotherKey) {
  AddGood(2);
  const NoteSigningKey other =
      NoteSigningKey::FromSeed(std::string(kEd25519SeedBytes, 'z')).value();
  api_.notes[kOwn] =
      SignCheckpoint(
          {.origin = KeyOfLedger(api_.log(), kOwn).name, .head = api_.trees[kOwn].Head()}, other)
          .value();
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesACheckpointOfAnotherLedger) {
  AddGood(2);
  api_.notes[kOwn] = api_.NoteOf(LedgerId::All("OSCE"));
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesAnEntryOfAnotherExchangeOrLedger) {
  AddGood(1);
  const EncodedAct act = api_.Acknowledgement();
  v1::Entry entry;
  entry.set_ledger("state/EE");
  api_.Add(kOwn, entry, &act);
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesAnActOfAStrangerThatTheExchangeSignedFor) {
  const Issued stranger = api_.founded.pki.Issue("Stranger");
  const EncodedAct act = api_.Sign("EE", "duty", stranger, [](v1::Act& made) {
    made.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
    made.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
  });
  api_.Add(kOwn, {}, &act);
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesAnActThatSpeaksForAnotherParty) {
  const EncodedAct act = api_.Sign("EE", "duty", api_.founded.secretariat, [](v1::Act& made) {
    made.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
    made.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
  });
  api_.Add(kOwn, {}, &act);
  ExpectRefused();
}

TEST_F(ReplicaTest, TakesANotificationThatWasAddressedToItsReader) {
  v1::Entry entry;
  const EncodedAct act = api_.Notification(*entry.add_openings());
  api_.Add(kOwn, entry, &act);
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  EXPECT_THAT(replica->Sync(api_), IsOk());
}

TEST_F(ReplicaTest, RefusesANotificationThatWasAddressedToAnother) {
  v1::AddresseeOpening opening;
  const EncodedAct act = api_.Notification(opening);
  api_.Add(kOwn, {}, &act);
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesAnActOfAnotherAsItsOwn) {
  v1::Entry entry;
  entry.set_role(v1::ENTRY_ROLE_OWN);
  const EncodedAct act = api_.Notification(*entry.add_openings());
  api_.Add(kOwn, entry, &act);
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesANotificationByNameInTheLedgerOfAll) {
  v1::Entry entry;
  const EncodedAct act = api_.Notification(*entry.add_openings());
  api_.Add(LedgerId::All("OSCE"), entry, &act);
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

// What a State says counts as said by it only where its signed act is shown.
TEST_F(ReplicaTest, RefusesTheExchangesWordForAnActThatItHasToShow) {
  for (const v1::ActKind kind : {v1::ACT_KIND_SUBMIT, v1::ACT_KIND_ACKNOWLEDGE, v1::ACT_KIND_ENROL,
                                 v1::ACT_KIND_GRANT_INTEGRATION}) {
    SCOPED_TRACE(v1::ActKind_Name(kind));
    FakeExchange api;
    v1::Entry entry;
    entry.set_kind(kind);
    entry.set_role(v1::ENTRY_ROLE_INFORMED);
    entry.set_act_digest(std::string(kDigestBytes, 'y'));
    entry.set_signature_digest(std::string(kDigestBytes, 'z'));
    entry.mutable_summary()->set_party("EE");
    api.Add(kOwn, entry, nullptr);
    const TemporaryFolder folder;
    auto replica = Replica::Open(
        folder.path() / "replica",
        {.exchange = api.exchange, .genesis = api.founded.document, .log = api.log()}, kOwn);
    ASSERT_THAT(replica, IsOk());
    EXPECT_THAT(replica->Sync(api), HasCode(absl::StatusCode::kDataLoss));
  }
}

TEST_F(ReplicaTest, RefusesAnEnrolmentByAnotherState) {
  const Issued forged = api_.founded.pki.Issue("LV duty");
  api_.AddToAll(api_.Sign("EE", "duty", api_.office(), [&](v1::Act& act) {
    *act.mutable_enrol() = api_.EnrolOf("LV", "duty", forged);
  }));
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

TEST_F(ReplicaTest, RefusesAnEnrolmentThatItsCredentialDidNotProve) {
  const Issued enrolled = api_.founded.pki.Issue("LV duty");
  api_.AddToAll(api_.Enrolment("LV", "duty", enrolled, [&](v1::Enrol& enrol) {
    enrol.set_possession(api_.EnrolOf("LV", "policy", enrolled).possession());
  }));
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

TEST_F(ReplicaTest, RefusesAnEnrolmentWithoutProofOfPossession) {
  const Issued enrolled = api_.founded.pki.Issue("LV duty");
  api_.AddToAll(
      api_.Enrolment("LV", "duty", enrolled, [](v1::Enrol& enrol) { enrol.clear_possession(); }));
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

TEST_F(ReplicaTest, RefusesAnActByACredentialThatMayNotSign) {
  const Issued connects = api_.founded.pki.Issue("EE policy");
  api_.AddToAll(api_.Enrolment("EE", "policy", connects, [](v1::Enrol& enrol) {
    enrol.mutable_credential()->clear_purposes();
    enrol.mutable_credential()->add_purposes(v1::CREDENTIAL_PURPOSE_CONNECT);
  }));
  const EncodedAct act = api_.Sign("EE", "policy", connects, [](v1::Act& made) {
    made.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
    made.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
  });
  api_.Add(kOwn, {}, &act);
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesAnActThatIsOlderThanItsCredentialsEnrolment) {
  const Issued later = api_.founded.pki.Issue("EE policy");
  const EncodedAct act = api_.Sign("EE", "policy", later, [](v1::Act& made) {
    made.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
    made.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
  });
  api_.Add(kOwn, {}, &act);
  api_.AddToAll(api_.Enrolment("EE", "policy", later));
  ExpectRefused();
}

TEST_F(ReplicaTest, RefusesAnExchangeThatGoesBackOnItsWord) {
  AddGood(3);
  const std::string before = api_.NoteOf(kOwn);
  AddGood(2);
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  ASSERT_THAT(replica->Sync(api_), IsOk());
  api_.notes[kOwn] = before;
  EXPECT_THAT(replica->Sync(api_), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(ReplicaTest, RefusesItsOwnFilesOnceTheyAreAltered) {
  AddGood(3);
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  ASSERT_THAT(replica->Sync(api_), IsOk());
  std::string bytes = folder_.Read("replica/state-LV.log");
  ASSERT_FALSE(bytes.empty());
  bytes[bytes.size() / 2] ^= 1;
  folder_.Write("replica/state-LV.log", bytes);
  EXPECT_THAT(Open(), HasCode(absl::StatusCode::kDataLoss));
}

// By a version that did not hold the first entry to the genesis document.
TEST_F(ReplicaTest, NamesTheEntryThatAnEarlierVersionTook) {
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  ASSERT_THAT(replica->Sync(api_), IsOk());
  const LedgerId osce = LedgerId::All("OSCE");
  api_.Change(osce, 0, [](v1::Entry& entry) { entry.mutable_effect()->add_states("XX"); });
  std::string records;
  {
    google::protobuf::io::StringOutputStream stream(&records);
    for (const v1::LedgerRecord& record : api_.ledgers[osce]) {
      google::protobuf::util::SerializeDelimitedToZeroCopyStream(record, &stream);
    }
  }
  folder_.Write("replica/ALL-OSCE.log", records);
  folder_.Write("replica/ALL-OSCE.checkpoint", api_.NoteOf(osce));
  const absl::Status refused = Open().status();
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(std::string(refused.message()),
              ::testing::HasSubstr("an earlier version took what this one does not: entry 0 of "
                                   "ALL/OSCE is refused"));
}

// As on a disk that fails, or in a folder that may not be searched.
TEST_F(ReplicaTest, NamesAFileThatItCannotLookAt) {
  AddGood(1);
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  ASSERT_THAT(replica->Sync(api_), IsOk());
  for (const std::string name : {"state-LV.log", "state-LV.checkpoint"}) {
    const std::filesystem::path file = folder_.path() / "replica" / name;
    std::filesystem::remove(file);
    std::filesystem::create_symlink(name, file);  // Leads to itself.
    const absl::Status refused = Open().status();
    EXPECT_EQ(ExitCodeOf(refused), ExitCode::kFailedHere) << refused;
    EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr(name));
  }
}

TEST_F(ReplicaTest, ForgetsWhatACrashLeftBehindTheCheckpoint) {
  AddGood(3);
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  ASSERT_THAT(replica->Sync(api_), IsOk());
  const std::string bytes = folder_.Read("replica/state-LV.log");
  folder_.Write("replica/state-LV.log", bytes + "torn");
  auto again = Open();
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->own().size(), 3U);
  EXPECT_EQ(folder_.Read("replica/state-LV.log"), bytes);
}

TEST_F(ReplicaTest, TakesFollowedRecordsOnlyUpToTheirCheckpoint) {
  AddGood(2);
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  ASSERT_THAT(replica->Sync(api_), IsOk());
  AddGood(2);
  const std::vector<v1::LedgerRecord>& all = api_.ledgers[kOwn];
  const std::vector<v1::LedgerRecord> part(all.begin() + 2, all.begin() + 3);
  EXPECT_THAT(replica->Take(kOwn, part, api_.NoteOf(kOwn)), HasCode(absl::StatusCode::kDataLoss));
  const std::vector<v1::LedgerRecord> whole(all.begin() + 2, all.end());
  EXPECT_THAT(replica->Take(kOwn, whole, api_.NoteOf(kOwn)), IsOk());
  EXPECT_EQ(replica->own().size(), 4U);
}

}  // namespace
}  // namespace cbm
