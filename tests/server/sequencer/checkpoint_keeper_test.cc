// The log never goes backwards: what was signed is written down first, and compared at the start.
// The file is looked at as text, since another program, or a person, may have to.

#include "server/sequencer/checkpoint_keeper.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/base64.h"
#include "core/evidence/origin.h"
#include "core/log/checkpoint.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/full_disk.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"
#include "tests/support/sync_count.h"
#include "tests/support/temporary_folder.h"

namespace cbm::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr uint32_t kEpoch = 3;

NoteSigningKey Key() {
  return NoteSigningKey::FromSeed(std::string(kEd25519SeedBytes, 'k')).value();
}

TreeHead HeadOf(uint64_t size, std::string_view root = "root") {
  return {.size = size, .root = Sha256(fmt::format("{} {}", root, size))};
}

class Keeper : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<CheckpointKeeper>> Open(const Store& store,
                                                         CheckpointKeeperOptions options = {}) {
    return CheckpointKeeper::Open(path_, store, kEpoch, Key(), options);
  }
  absl::StatusOr<std::unique_ptr<CheckpointKeeper>> Open() { return Open(world_.store()); }

  std::string Text() const { return folder_.Read("signed"); }
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    const std::string text = Text();
    for (size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
      lines.push_back(text.substr(begin, text.find('\n', begin) - begin));
    }
    return lines;
  }
  static std::string Line(const LedgerId& ledger, const TreeHead& head) {
    return fmt::format("{} {} {}", ledger.text(), head.size, ToBase64(BytesOf(head.root)));
  }

  static TreeHead Head(ServerWorld& world, const LedgerId& ledger) {
    return world.store().Heads()->at(ledger);
  }

  // Sends a notification to LV, and returns the head of EE's ledger then.
  TreeHead Grow(ServerWorld& world) {
    EXPECT_THAT(world.Take(world.Submit(ServerWorld::Of("EE"), {"LV"})), IsOk());
    return world.store().Heads()->at(ee_);
  }

  // What a note says, checked with the ledger's own key.
  absl::StatusOr<Checkpoint> Read(const std::string& note, const LedgerId& ledger) const {
    return OpenCheckpoint(note,
                          KeyOfLedger({.exchange_id = ServerWorld::Keys().document.exchange_id,
                                       .epoch = kEpoch,
                                       .public_key = Key().public_key()},
                                      ledger));
  }

  const LedgerId ee_ = LedgerId::State("EE");
  const LedgerId lv_ = LedgerId::State("LV");

  ServerWorld world_;
  TemporaryFolder folder_;
  const std::string path_ = folder_ / "signed";
};

TEST_F(Keeper, SignsWhatTheLedgersKeyVerifies) {
  const TreeHead head = Grow(world_);
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  const absl::StatusOr<std::string> note = (*keeper)->Sign(ee_, head);
  ASSERT_THAT(note, IsOk());
  const absl::StatusOr<Checkpoint> read = Read(*note, ee_);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->head, head);
  EXPECT_THAT(read->origin, testing::EndsWith("/3/state/EE"));
  EXPECT_THAT(Read(*note, lv_), Not(IsOk()));
}

TEST_F(Keeper, WritesDownWhatItSigns) {
  const TreeHead head = Grow(world_);
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  EXPECT_THAT(Text(), IsEmpty());
  ASSERT_THAT((*keeper)->Sign(ee_, head), IsOk());
  EXPECT_EQ(Text(), Line(ee_, head) + "\n");
}

TEST_F(Keeper, GivesTheSameNoteForTheSameHead) {
  const TreeHead head = Grow(world_);
  std::string note;
  {
    const auto keeper = Open();
    ASSERT_THAT(keeper, IsOk());
    note = (*keeper)->Sign(ee_, head).value();
    EXPECT_EQ(*(*keeper)->Sign(ee_, head), note);
    EXPECT_THAT(Lines(), SizeIs(1));
  }
  const auto again = Open();
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(*(*again)->Sign(ee_, head), note);
  EXPECT_THAT(Lines(), SizeIs(1));
}

// Two answers may sign in another order than they were committed in.
TEST_F(Keeper, SignsAHeadThatWasOvertakenAndRemembersTheLarger) {
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(9)), IsOk());
  const absl::StatusOr<std::string> overtaken = (*keeper)->Sign(ee_, HeadOf(8));
  ASSERT_THAT(overtaken, IsOk());
  EXPECT_EQ(Read(*overtaken, ee_)->head, HeadOf(8));
  EXPECT_THAT(Lines(), SizeIs(1));
  EXPECT_THAT((*keeper)->Sign(ee_, HeadOf(9, "another")), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(Keeper, NeverContradictsItself) {
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(9)), IsOk());
  EXPECT_THAT((*keeper)->Sign(ee_, HeadOf(9, "another")), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Lines(), SizeIs(1));
  // Of another ledger it is no contradiction.
  EXPECT_THAT((*keeper)->Sign(lv_, HeadOf(9, "another")), IsOk());
}

TEST_F(Keeper, NeverContradictsWhatWasSignedBeforeTheStart) {
  const TreeHead head = Grow(world_);
  ASSERT_THAT((*Open())->Sign(ee_, head), IsOk());
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  EXPECT_THAT((*keeper)->Sign(ee_, HeadOf(head.size, "another")),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(Keeper, SignsAnEmptyLedgerWithoutALine) {
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  const TreeHead empty{.size = 0, .root = Sha256("")};
  EXPECT_THAT((*keeper)->Sign(LedgerId::State("SE"), empty), IsOk());
  EXPECT_THAT(Text(), IsEmpty());
}

TEST_F(Keeper, TakesAStoreThatHasGrown) {
  const TreeHead head = Grow(world_);
  ASSERT_THAT((*Open())->Sign(ee_, head), IsOk());
  Grow(world_);
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(Keeper, RefusesAStoreThatIsBehind) {
  const TreeHead head = Grow(world_);
  ASSERT_THAT((*Open())->Sign(ee_, head), IsOk());
  const std::string text = Text();
  ServerWorld older;
  const absl::Status refused = Open(older.store()).status();
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("state/EE"), HasSubstr("Put the newest database back"),
                    HasSubstr("cbmd rebuild mends")));
  EXPECT_EQ(Text(), text);
}

// As many entries, but others.
TEST_F(Keeper, RefusesAStoreThatContradicts) {
  ASSERT_THAT((*Open())->Sign(ee_, Grow(world_)), IsOk());
  const std::string text = Text();
  ServerWorld other;
  EXPECT_THAT(other.Take(other.Submit(ServerWorld::Of("EE"), {"FI"})), IsOk());
  ASSERT_EQ(Head(other, ee_).size, Head(world_, ee_).size);
  const absl::Status refused = Open(other.store()).status();
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("state/EE"));
  EXPECT_EQ(Text(), text);
}

TEST_F(Keeper, ComparesTheLargestHeadOfEachLedger) {
  const TreeHead first = Grow(world_);
  const TreeHead second = Grow(world_);
  const std::string good = Line(ee_, second) + "\n" + Line(ee_, first) + "\n";
  folder_.Write("signed", good);
  EXPECT_THAT(Open(), IsOk());
  EXPECT_EQ(Text(), Line(ee_, second) + "\n");
  folder_.Write("signed", good + Line(lv_, HeadOf(1'000)) + "\n");
  EXPECT_THAT(Open(), HasCode(absl::StatusCode::kDataLoss));
}

// Cut off while it was written: its signature never left.
TEST_F(Keeper, IgnoresALastLineThatWasCutOff) {
  const TreeHead head = Grow(world_);
  const std::string whole = Line(ee_, head) + "\n";
  const std::string next = Line(ee_, HeadOf(1'000));
  for (size_t length = 0; length <= next.size(); ++length) {
    folder_.Write("signed", whole + next.substr(0, length));
    EXPECT_THAT(Open(), IsOk()) << length;
    EXPECT_EQ(Text(), whole) << length;
  }
}

TEST_F(Keeper, RefusesAFileOfAnotherKindAndSaysWhere) {
  const std::string good = Line(ee_, Grow(world_));
  for (const std::string& bad : std::vector<std::string>{
           "", "state/EE", "state/EE 1", good + " more", "state/ee 1 " + good.substr(11),
           "state/EE one " + good.substr(11), "state/EE -1 " + good.substr(11), "state/EE 1 AAAA",
           "state/EE 1 !", std::string(300, '\0'), "-----BEGIN CERTIFICATE-----",
           Line(ee_, HeadOf(Head(world_, ee_).size, "another"))}) {
    const std::string text = good + "\n" + bad + "\n" + good + "\n";
    folder_.Write("signed", text);
    const absl::Status refused = Open().status();
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument)) << bad;
    EXPECT_THAT(std::string(refused.message()), StartsWith(path_ + ":2 ")) << bad;
    EXPECT_EQ(Text(), text) << bad;
  }
}

// What cannot be read might say anything: it is not the same as nothing.
TEST_F(Keeper, RefusesAFileThatCannotBeRead) {
  std::filesystem::create_symlink("signed", path_);  // Names itself.
  EXPECT_THAT(Open(), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_THAT(Open(), HasCode(absl::StatusCode::kUnavailable));
}

// Left behind by a crash while a short file was being made: the long one still stands.
TEST_F(Keeper, TakesNothingFromAShortFileThatWasNotFinished) {
  const std::string whole = Line(ee_, Grow(world_)) + "\n";
  folder_.Write("signed", whole);
  folder_.Write("signed.new", "half a li");
  EXPECT_THAT(Open(), IsOk());
  EXPECT_EQ(Text(), whole);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(Keeper, NeedsAFolderThatItCanWrite) {
  EXPECT_THAT(CheckpointKeeper::Open(folder_ / "missing/signed", world_.store(), kEpoch, Key()),
              HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(Keeper, LetsNoSignatureOutThatItCannotWriteDown) {
  const TreeHead first = Grow(world_);
  const TreeHead second = Grow(world_);
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  ASSERT_THAT((*keeper)->Sign(ee_, first), IsOk());
  const std::string text = Text();
  {
    const FullDisk full(text.size());
    EXPECT_THAT((*keeper)->Sign(ee_, second), HasCode(absl::StatusCode::kUnavailable));
    EXPECT_THAT((*keeper)->Sign(ee_, first), IsOk());  // It stands there.
  }
  EXPECT_EQ(Text(), text);
  EXPECT_THAT((*keeper)->Sign(ee_, second), IsOk());
  EXPECT_EQ(Text(), text + Line(ee_, second) + "\n");
}

// A disk takes half a line: what follows must not be glued to it.
TEST_F(Keeper, LeavesNoHalfLineWhenTheDiskIsFull) {
  const TreeHead first = Grow(world_);
  const TreeHead second = Grow(world_);
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  ASSERT_THAT((*keeper)->Sign(ee_, first), IsOk());
  {
    const FullDisk full(Text().size() + 20);
    EXPECT_THAT((*keeper)->Sign(ee_, second), HasCode(absl::StatusCode::kUnavailable));
  }
  ASSERT_THAT((*keeper)->Sign(ee_, second), IsOk());
  EXPECT_THAT(Open(), IsOk());
  EXPECT_EQ(Text(), Line(ee_, second) + "\n");
}

TEST_F(Keeper, HasWhatItSignedOnDiskOnceItIsSynced) {
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  for (uint64_t size = 1; size < 4; ++size) {
    ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(size)), IsOk());
    const uint64_t before = test::SyncsOf(path_);
    ASSERT_THAT((*keeper)->Sync(), IsOk());
    EXPECT_EQ(test::SyncsOf(path_), before + 1);
    ASSERT_THAT((*keeper)->Sync(), IsOk());
    EXPECT_EQ(test::SyncsOf(path_), before + 1) << "there was nothing new";
  }
}

TEST_F(Keeper, SyncsWhetherOrNotThereIsSomethingNew) {
  const auto keeper = Open();
  ASSERT_THAT(keeper, IsOk());
  EXPECT_THAT((*keeper)->Sync(), IsOk());
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(1)), IsOk());
  EXPECT_THAT((*keeper)->Sync(), IsOk());
  EXPECT_EQ(Text(), Line(ee_, HeadOf(1)) + "\n");
}

// Else what is signed from then on would be written where nobody reads it again.
TEST_F(Keeper, PutsItsFileBackThatSomebodyTookAwayOrReplaced) {
  const auto keeper = Open(world_.store());
  ASSERT_THAT(keeper, IsOk());
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(1)), IsOk());
  ASSERT_THAT((*keeper)->Sync(), IsOk());
  std::filesystem::remove(path_);
  ASSERT_THAT((*keeper)->Sync(), IsOk());
  EXPECT_EQ(Text(), Line(ee_, HeadOf(1)) + "\n");
  std::ofstream(path_ + ".old") << "";
  std::filesystem::rename(path_ + ".old", path_);
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(2)), IsOk());
  ASSERT_THAT((*keeper)->Sync(), IsOk());
  EXPECT_EQ(Text(), Line(ee_, HeadOf(2)) + "\n");
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(3)), IsOk());
  EXPECT_THAT(Lines(), SizeIs(2));
}

TEST_F(Keeper, WritesWhereALinkLeadsAndLeavesTheLink) {
  const std::string elsewhere = folder_ / "elsewhere";
  std::ofstream(elsewhere) << "";
  std::filesystem::create_symlink(elsewhere, path_);
  const auto keeper = Open(world_.store());
  ASSERT_THAT(keeper, IsOk());
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(1)), IsOk());
  ASSERT_THAT((*keeper)->Sync(), IsOk());
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_FALSE(std::filesystem::is_symlink(elsewhere));
  EXPECT_EQ(Text(), Line(ee_, HeadOf(1)) + "\n");
}

TEST_F(Keeper, MakesAShortFileOfALongOne) {
  constexpr uint64_t kBytesMax = 500;
  const auto keeper = Open(world_.store(), {.file_bytes_max = kBytesMax});
  ASSERT_THAT(keeper, IsOk());
  ASSERT_THAT((*keeper)->Sign(lv_, HeadOf(1)), IsOk());
  uint64_t size = 0;
  while (Text().size() <= kBytesMax) {
    ASSERT_THAT((*keeper)->Sync(), IsOk());
    ASSERT_THAT(Lines(), SizeIs(size + 1));  // Not before it is long.
    ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(++size)), IsOk());
  }
  ASSERT_THAT((*keeper)->Sync(), IsOk());
  EXPECT_EQ(Text(), Line(ee_, HeadOf(size)) + "\n" + Line(lv_, HeadOf(1)) + "\n");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
  // It goes on in the new file, and knows what stood in the old one.
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(size + 1)), IsOk());
  EXPECT_THAT(Lines(), SizeIs(3));
  EXPECT_THAT((*keeper)->Sign(ee_, HeadOf(size + 1, "another")),
              HasCode(absl::StatusCode::kDataLoss));
}

// With many ledgers the shortest file is long: it is not made anew each second.
TEST_F(Keeper, MakesNoShortFileUnlessItIsHalfAsLong) {
  const auto keeper = Open(world_.store(), {.file_bytes_max = 0});
  ASSERT_THAT(keeper, IsOk());
  ASSERT_THAT((*keeper)->Sign(lv_, HeadOf(1)), IsOk());
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(1)), IsOk());
  ASSERT_THAT((*keeper)->Sync(), IsOk());
  for (uint64_t size = 2; size <= 3; ++size) {
    ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(size)), IsOk());
    ASSERT_THAT((*keeper)->Sync(), IsOk());
    EXPECT_THAT(Lines(), SizeIs(size + 1));
  }
  ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(4)), IsOk());
  ASSERT_THAT((*keeper)->Sync(), IsOk());
  EXPECT_THAT(Lines(), SizeIs(2));
}

TEST_F(Keeper, KeepsTheLongFileWhileThereIsNoRoomForAShortOne) {
  const auto keeper = Open(world_.store(), {.file_bytes_max = 100});
  ASSERT_THAT(keeper, IsOk());
  for (uint64_t size = 1; size <= 5; ++size) {
    ASSERT_THAT((*keeper)->Sign(ee_, HeadOf(size)), IsOk());
  }
  const std::string text = Text();
  {
    const FullDisk full(10);
    EXPECT_THAT((*keeper)->Sync(), IsOk());
  }
  EXPECT_EQ(Text(), text);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
  EXPECT_THAT((*keeper)->Sign(ee_, HeadOf(6)), IsOk());
  ASSERT_THAT((*keeper)->Sync(), IsOk());
  EXPECT_EQ(Text(), Line(ee_, HeadOf(6)) + "\n");
}

TEST_F(Keeper, LosesNothingWhenManySignWhileItMakesShortFiles) {
  constexpr uint64_t kHeads = 200;
  const auto keeper = Open(world_.store(), {.file_bytes_max = 100});
  ASSERT_THAT(keeper, IsOk());
  const std::vector<std::string> states = {"EE", "FI", "LV", "SE"};
  std::vector<std::thread> threads;
  for (const std::string& state : states) {
    threads.emplace_back([&] {
      for (uint64_t size = 1; size <= kHeads; ++size) {
        EXPECT_THAT((*keeper)->Sign(LedgerId::State(state), HeadOf(size)), IsOk());
        if (size % 16 == 0) {
          EXPECT_THAT((*keeper)->Sync(), IsOk());
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const auto heads = CheckpointFile::Read(path_);
  ASSERT_THAT(heads, IsOk());
  EXPECT_THAT(*heads, SizeIs(states.size()));
  for (const auto& [ledger, head] : *heads) {
    EXPECT_EQ(head, HeadOf(kHeads)) << ledger.text();
  }
}

}  // namespace
}  // namespace cbm::test
