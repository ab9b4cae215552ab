// A client that replays a ledger of the real sequencer takes every entry, and finds the facts that
// the server has: for each kind of reader.

#include "client/ledger_replica.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::HasSubstr;

// All families of facts: of a new one whose letter is missing here nothing is compared.
constexpr std::string_view kFamilies[] = {"A", "C", "D", "G", "K", "N", "O", "R", "S"};
constexpr size_t kFactsMax = 10'000;

class Replayed : public ::testing::Test {
 protected:
  Digest Take(const HandedIn& act) {
    EXPECT_THAT(world_.Take(act), IsOk());
    return act.act.digest;
  }

  std::vector<v1::LedgerRecord> RecordsOf(const LedgerId& ledger) {
    return Reader(ledger)->Records(ledger, 0, 1'000, size_t{1} << 30).value();
  }

  // The secretariat reads every ALL ledger.
  std::unique_ptr<const Snapshot> Reader(const LedgerId& ledger) {
    return world_.store().Read(ledger.is_all() ? LedgerId::Secretariat() : ledger).value();
  }

  LedgerReplica Empty(const LedgerId& ledger) {
    return {world_.store().exchange(), ServerWorld::Keys().document.digest, ledger};
  }

  FindCredentialFn Registry() {
    return [this](const Digest& credential,
                  absl::Time time) -> absl::StatusOr<std::optional<v1::CredentialRecord>> {
      const std::optional<std::string> bytes = world_.store().FindCredential(credential).value();
      v1::CredentialRecord record;
      if (!bytes.has_value() || !record.ParseFromString(*bytes)) {
        return std::nullopt;
      }
      if (rules::FromTimestamp(record.suspended().time()) >= time) {
        record.clear_suspended();
      }
      return record;
    };
  }

  const Desk& ee_ = ServerWorld::Of("EE");
  const Desk& lv_ = ServerWorld::Of("LV");
  const Desk& fi_ = ServerWorld::Of("FI");
  const Desk& siem_ = ServerWorld::Of("LV", "siem");

  ServerWorld world_;
};

TEST_F(Replayed, GivesTheFactsOfTheServer) {
  Take(world_.Grant(lv_, "siem", v1::MARKING_AMBER));
  std::vector<Digest> sent;
  for (int i = 0; i < 4; ++i) {
    sent.push_back(Take(world_.Submit(ee_, {"LV", "FI"})));
  }
  const Digest to_all = Take(world_.SubmitToAll(ee_));
  Take(world_.Open(lv_, {sent[0], sent[1], sent[2]}));  // Three entries in EE's ledger.
  Take(world_.Open(siem_, {sent[3], sent[0]}));
  Take(world_.Open(fi_, {sent[1]}));
  Take(world_.Acknowledge(siem_, sent[0]));
  Take(world_.Acknowledge(lv_, to_all));
  Take(world_.Acknowledge(fi_, to_all));
  Take(world_.Submit(siem_, {"EE"}));
  Take(world_.Renew(fi_, ServerWorld::Spare("FI")));
  const Desk& first = ServerWorld::Secretariat();
  const Issued& spare = ServerWorld::Spare("LV").credential;
  const Desk next{.party = first.party,
                  .office = first.office,
                  .type = first.type,
                  .credential = {.certificate = spare.certificate,
                                 .key = SigningKey::FromPem(SecretBytes(spare.key_pem)).value(),
                                 .certificate_pem = spare.certificate_pem,
                                 .chain_pem = spare.chain_pem,
                                 .key_pem = spare.key_pem}};
  Take(world_.Renew(first, next));
  Take(world_.Suspend(next, first));  // Which the genesis document registers.
  for (const LedgerId& ledger :
       {LedgerId::State("EE"), LedgerId::State("LV"), LedgerId::State("FI"), siem_.ledger(),
        LedgerId::Secretariat(), LedgerId::Auditor(), LedgerId::Chair("2026"),
        LedgerId::All("OSCE"), LedgerId::All("UN")}) {
    SCOPED_TRACE(ledger.text());
    LedgerReplica replica = Empty(ledger);
    for (const v1::LedgerRecord& record : RecordsOf(ledger)) {
      ASSERT_THAT(replica.Append(record, Registry()), IsOk());
    }
    const auto reader = Reader(ledger);
    EXPECT_EQ(replica.tree().Head(), *reader->Head(ledger));
    const rules::LedgerView& server = ledger.is_all() ? *reader->All(ledger.name()) : reader->own();
    for (const std::string_view family : kFamilies) {
      SCOPED_TRACE(family);
      const auto list = [&](const rules::LedgerView& view) {
        std::vector<std::pair<std::string, std::string>> facts;
        const std::vector<rules::Fact> listed =
            view.ListFacts(family, "", rules::Direction::kAscending, kFactsMax).value();
        for (const rules::Fact& fact : listed) {
          facts.emplace_back(fact.key, fact.value);
        }
        return facts;
      };
      EXPECT_EQ(list(replica), list(server));
    }
  }
}

// Times rise strictly from act to act: what one act wrote has one time, and two acts never do.
TEST_F(Replayed, RefusesTwoActsOfOneTime) {
  for (int i = 0; i < 2; ++i) {
    Take(world_.Submit(ee_, {"LV"}));
  }
  std::vector<v1::LedgerRecord> records = RecordsOf(LedgerId::State("EE"));
  v1::LedgerRecord& last = records.back();
  v1::Entry entry;
  ASSERT_TRUE(entry.ParseFromString(last.entry()));
  v1::Entry before;
  ASSERT_TRUE(before.ParseFromString(records[records.size() - 2].entry()));
  *entry.mutable_time() = before.time();
  last.set_entry(SerializeDeterministically(entry));
  LedgerReplica replica = Empty(LedgerId::State("EE"));
  for (const v1::LedgerRecord& record : records) {
    const absl::Status added = replica.Append(record, Registry());
    if (&record == &last) {
      EXPECT_THAT(added, HasCode(absl::StatusCode::kDataLoss));
      EXPECT_THAT(std::string(added.message()), HasSubstr("time"));
    } else {
      ASSERT_THAT(added, IsOk());
    }
  }
}

}  // namespace
}  // namespace cbm::test
