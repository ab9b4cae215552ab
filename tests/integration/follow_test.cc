// Following a ledger over gRPC: all of it, in order, once, with the checkpoint that proves it;
// never another's, never a content; and an end with a reason when the exchange goes down or the
// credential ends.
//
// What a follower holds is checked as a client checks it: the leaves that it was given must make
// the root that the exchange has signed.

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cbm/v1/ledger_service.grpc.pb.h"
#include "core/evidence/encoded.h"
#include "core/evidence/origin.h"
#include "core/log/checkpoint.h"
#include "core/log/merkle_hash.h"
#include "core/log/merkle_tree.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/following.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::Draft;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSubject = "Nobody who follows reads this";
constexpr int kRecordsMax = 100;  // Of an answer.

// A ledger's entries, from its first on, as they come in.
struct Held {
  MerkleTree tree;
  std::vector<std::string> entries;

  // Takes an answer that goes on where this stands.
  void Take(const v1::FollowResponse& answer) {
    for (const v1::LedgerRecord& record : answer.records()) {
      const absl::StatusOr<EncodedEntry> entry = EncodedEntry::Read(record.entry());
      ASSERT_THAT(entry, IsOk());
      EXPECT_EQ(entry->entry.ledger(), answer.cursor().ledger());
      EXPECT_EQ(entry->entry.ordinal(), entries.size());
      tree.Append(entry->leaf_hash);
      entries.push_back(record.entry());
    }
    EXPECT_EQ(answer.cursor().ordinal(), entries.size());
  }
};

class Follow : public testing::Test {
 protected:
  static LimitsConfig WithoutRates() {
    LimitsConfig limits;
    limits.state_acts_burst = 100'000;
    return limits;
  }

  void Notify(const std::string& state) {
    const Draft draft = exchange_.DraftSubmit(estonia_, {state}, kSubject);
    ASSERT_THAT(exchange_.Perform(estonia_, ServedExchange::Sign(estonia_, draft)), IsOk());
  }

  std::unique_ptr<Following> Begin(const TestOffice& office,
                                   const std::vector<v1::Cursor>& cursors) {
    return std::make_unique<Following>(exchange_.Channel(office), cursors);
  }
  std::unique_ptr<Following> BeginLatvia(uint64_t ordinal = 0) {
    return Begin(latvia_, {CursorOf("state/LV", ordinal)});
  }
  absl::Status Refusal(const std::vector<v1::Cursor>& cursors) {
    return Begin(latvia_, cursors)->Next().status();
  }

  // Takes answers until one reaches the ledger's head, and checks what is held against it.
  void CatchUp(Following& stream, Held& held) {
    absl::StatusOr<v1::FollowResponse> answer;
    do {
      answer = stream.Next();
      ASSERT_THAT(answer, IsOk());
      EXPECT_LE(answer->records_size(), kRecordsMax);
      held.Take(*answer);
    } while (answer->checkpoint().empty());
    const LedgerId ledger = LedgerId::Parse(answer->cursor().ledger()).value();
    const absl::StatusOr<Checkpoint> checkpoint =
        OpenCheckpoint(answer->checkpoint(), KeyOfLedger(exchange_.trust().log, ledger));
    ASSERT_THAT(checkpoint, IsOk());
    EXPECT_EQ(checkpoint->head, held.tree.Head());
  }

  ServedExchange exchange_{{.limits = WithoutRates()}};
  const TestOffice& estonia_ = exchange_.Office("EE");
  const TestOffice& latvia_ = exchange_.Office("LV");
};

TEST_F(Follow, CatchesUpThenGoesOnLive) {
  Notify("LV");
  Notify("LV");
  const auto stream = BeginLatvia();
  Held held;
  CatchUp(*stream, held);
  EXPECT_EQ(held.entries.size(), 3U);  // Its enrolment, too.
  for (size_t i = 0; i < 3; ++i) {
    Notify("LV");
    CatchUp(*stream, held);
    EXPECT_EQ(held.entries.size(), 4 + i);
  }
  EXPECT_THAT(stream->Cancel(), HasCode(absl::StatusCode::kCancelled));
}

TEST_F(Follow, IsWokenForItsOwnLedgerAlone) {
  const auto stream = BeginLatvia();
  Held held;
  CatchUp(*stream, held);
  Notify("FI");
  Notify("LV");
  const auto next = stream->Next();  // Of Finland's nothing came before it, not even an answer.
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->records_size(), 1);
  held.Take(*next);
}

TEST_F(Follow, GivesALongLedgerInAnswersOfABoundedSize) {
  constexpr int kMore = 20;
  for (int i = 0; i < kRecordsMax + kMore; ++i) {
    Notify("LV");
  }
  Held held;
  const auto stream = BeginLatvia();
  const auto first = stream->Next();
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->records_size(), kRecordsMax);
  EXPECT_EQ(first->checkpoint(), "");
  held.Take(*first);
  CatchUp(*stream, held);
  EXPECT_EQ(held.entries.size(), kRecordsMax + kMore + 1U);
}

// Each answer is held until its reader takes it, and a State has many streams.
TEST_F(Follow, GivesLongEntriesInAnswersOfABoundedSize) {
  constexpr size_t kBytesMax = size_t{128} * 1024;
  const auto notify = [&] {
    Draft draft = exchange_.DraftSubmit(estonia_, {"LV"}, kSubject);
    v1::Notification& notification = *draft.act.mutable_submit()->mutable_notification();
    std::set<std::string> measures;
    for (int i = 1; i <= 16; ++i) {
      measures.insert({fmt::format("OSCE-{}", i), fmt::format("UN-{}", i)});
    }
    notification.mutable_measures()->Assign(measures.begin(), measures.end());
    return exchange_.Perform(estonia_, ServedExchange::Sign(estonia_, draft)).status();
  };
  for (int i = 0; i < kRecordsMax; ++i) {
    ASSERT_THAT(notify(), IsOk());
  }
  const auto stream = BeginLatvia();
  Held held;
  const auto first = stream->Next();
  ASSERT_THAT(first, IsOk());
  EXPECT_LT(first->records_size(), kRecordsMax);
  EXPECT_LE(first->ByteSizeLong(), kBytesMax + 1024);  // With the cursor.
  held.Take(*first);
  CatchUp(*stream, held);
  EXPECT_EQ(held.entries.size(), kRecordsMax + 1U);
}

TEST_F(Follow, ResumesAnywhereWithNothingMissingAndNothingTwice) {
  for (int i = 0; i < 5; ++i) {
    Notify("LV");
  }
  Held all;
  CatchUp(*BeginLatvia(), all);
  for (size_t from = 0; from <= all.entries.size(); ++from) {
    SCOPED_TRACE(from);
    const auto stream = BeginLatvia(from);
    const auto answer = stream->Next();
    ASSERT_THAT(answer, IsOk());
    EXPECT_NE(answer->checkpoint(), "");
    EXPECT_EQ(answer->cursor().ordinal(), all.entries.size());
    std::vector<std::string> rest;
    for (const v1::LedgerRecord& record : answer->records()) {
      rest.push_back(record.entry());
    }
    EXPECT_EQ(rest, std::vector<std::string>(all.entries.begin() + static_cast<ptrdiff_t>(from),
                                             all.entries.end()));
  }
}

TEST_F(Follow, ResumesAfterTheConnectionBrokeWhileItWasLive) {
  Held held;
  auto stream = BeginLatvia();
  CatchUp(*stream, held);
  ASSERT_THAT(stream->Cancel(), HasCode(absl::StatusCode::kCancelled));
  Notify("LV");  // Missed.
  stream = BeginLatvia(held.entries.size());
  CatchUp(*stream, held);
  Notify("LV");
  CatchUp(*stream, held);
  EXPECT_EQ(held.entries.size(), 3U);
}

TEST_F(Follow, TakesSeveralLedgersInOneStream) {
  const auto stream = Begin(latvia_, {CursorOf("state/LV"), CursorOf("ALL/OSCE")});
  std::map<std::string, Held> held;
  for (int i = 0; i < 2; ++i) {
    const auto answer = stream->Next();
    ASSERT_THAT(answer, IsOk());
    held[answer->cursor().ledger()].Take(*answer);
  }
  EXPECT_EQ(held["state/LV"].entries.size(), 1U);
  EXPECT_EQ(held["ALL/OSCE"].entries.size(), 4U);  // The genesis entry, and three enrolments.
  exchange_.Enrol({.party = "SE"});
  const auto enrolment = stream->Next();
  ASSERT_THAT(enrolment, IsOk());
  EXPECT_EQ(enrolment->cursor().ledger(), "ALL/OSCE");
  held["ALL/OSCE"].Take(*enrolment);
}

TEST_F(Follow, NeverGivesContents) {
  Notify("LV");
  const auto stream = BeginLatvia();
  const auto answer = stream->Next();
  ASSERT_THAT(answer, IsOk());
  const v1::LedgerRecord& record = answer->records(answer->records_size() - 1);
  EXPECT_FALSE(record.act().empty());
  EXPECT_EQ(record.given_size(), 1);  // Its digest.
  EXPECT_THAT(answer->SerializeAsString(), Not(HasSubstr(std::string(kSubject))));
}

TEST_F(Follow, RefusesACursorOfAnotherEpoch) {
  for (const uint32_t epoch : {0U, kFirstEpoch + 1}) {
    const absl::Status refused = Refusal({CursorOf("state/LV", 0, epoch)});
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kOutOfRange));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("epoch"));
  }
}

TEST_F(Follow, RefusesACursorBeyondTheLedger) {
  const absl::Status refused = Refusal({CursorOf("state/LV", 2)});
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("stands at 2, and state/LV has 1 entries"));
}

TEST_F(Follow, AnswersForAForeignLedgerAsForOneThatDoesNotExist) {
  const absl::Status unknown = Refusal({CursorOf("state/ZZ")});
  EXPECT_THAT(unknown, HasCode(absl::StatusCode::kNotFound));
  for (const std::string_view ledger :
       {"state/EE", "state/SE", "secretariat", "auditor", "integration/LV-siem", "chair/2026",
        "ALL/NONE", "", "state/lv", "nonsense"}) {
    EXPECT_EQ(Refusal({CursorOf(ledger)}), unknown) << ledger;
    // Nor does a cursor that would be wrong anyway tell them apart.
    EXPECT_EQ(Refusal({CursorOf(ledger, 1'000'000, 9)}), unknown) << ledger;
    EXPECT_EQ(Refusal({CursorOf("state/LV"), CursorOf(ledger)}), unknown) << ledger;
  }
}

TEST_F(Follow, TakesOneToEightLedgersEachOnce) {
  for (const auto& cursors :
       {std::vector<v1::Cursor>(), std::vector<v1::Cursor>(9, CursorOf("state/LV")),
        std::vector<v1::Cursor>(2, CursorOf("state/LV"))}) {
    const absl::Status refused = Refusal(cursors);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("cursors"));
  }
}

TEST_F(Follow, IsForCredentialsThatMayRead) {
  const TestOffice& blind =
      exchange_.Enrol({.party = "LV", .name = "blind", .scopes = {v1::SCOPE_RELEASE}});
  EXPECT_THAT(Begin(blind, {CursorOf("state/LV")})->Next(),
              HasCode(absl::StatusCode::kPermissionDenied));
}

TEST_F(Follow, IsToldToComeAgainWhenTheExchangeGoesDown) {
  const auto one = BeginLatvia();
  const auto other = Begin(estonia_, {CursorOf("state/EE")});
  ASSERT_THAT(one->Next(), IsOk());
  ASSERT_THAT(other->Next(), IsOk());
  exchange_.server().Drain(test::kCallDeadline);
  for (const auto& stream : {one.get(), other.get()}) {
    const absl::Status end = stream->Next().status();
    EXPECT_THAT(end, HasCode(absl::StatusCode::kUnavailable));
    EXPECT_THAT(std::string(end.message()), HasSubstr("come again"));
  }
  EXPECT_THAT(BeginLatvia()->Next(), HasCode(absl::StatusCode::kUnavailable));
}

// The clock stands just before the end when a stream begins: a larger step could find an answer
// under way, and cut it as too slow.
class FollowToTheEnd : public Follow {
 protected:
  static test::IssueOptions ASecondEarlier() {
    test::IssueOptions options = ServedExchange::LongLived();
    *options.not_after -= absl::Seconds(1);
    return options;
  }

  const TestOffice& ending_ =
      exchange_.Enrol({.party = "LV", .name = "ending", .certificate = ASecondEarlier()});
  const absl::Time end_ = ending_.credential.certificate.not_after();
};

TEST_F(FollowToTheEnd, IsCutWhenItsCredentialEnds) {
  exchange_.clock().Set(end_ - absl::Milliseconds(1));
  const auto ending = Begin(ending_, {CursorOf("state/LV")});
  const auto lasting = BeginLatvia();
  Held held;
  CatchUp(*ending, held);
  Held lasting_held;
  CatchUp(*lasting, lasting_held);

  exchange_.server().Tick();
  Notify("LV");
  CatchUp(*ending, held);  // Nothing but the new entry: it goes on.
  CatchUp(*lasting, lasting_held);

  exchange_.clock().Set(end_);
  exchange_.server().Tick();
  const absl::Status cut = ending->Next().status();
  EXPECT_THAT(cut, HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(std::string(cut.message()), HasSubstr("LV/ending ended at"));

  Notify("LV");
  CatchUp(*lasting, lasting_held);
}

TEST_F(FollowToTheEnd, IsGivenNoEntryOnceItsCredentialHasEnded) {
  exchange_.clock().Set(end_ - absl::Milliseconds(1));
  const auto ending = Begin(ending_, {CursorOf("state/LV")});
  Held held;
  CatchUp(*ending, held);
  exchange_.clock().Set(end_);
  Notify("LV");  // Before anybody looked at the clock.
  EXPECT_THAT(ending->Next(), HasCode(absl::StatusCode::kUnauthenticated));
}

}  // namespace
}  // namespace cbm
