// The evidence formats against bytes that another program made from docs/formats.md alone
// (tests/vectors/evidence/README.md).

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/hex.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/encoded.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "core/evidence/origin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::IsOk;
using ::nlohmann::json;
using ::testing::ElementsAre;

// Tests run in the root of the tree.
json Load(const std::string& name) {
  std::ifstream file("tests/vectors/evidence/" + name);
  return json::parse(file);
}

std::string Bytes(const json& hex) { return FromHex(hex.get<std::string>()).value(); }
std::string Text(const json& value) { return value.get<std::string>(); }
std::string Hex(const Digest& digest) { return ToHex(BytesOf(digest)); }

TEST(KnownAnswers, OfLabelledHashes) {
  const json known = Load("hashes.json");
  for (const json& one : known["addressee_commitments"]) {
    EXPECT_EQ(Hex(AddresseeCommitment(Bytes(one["salt"]), Text(one["state"]))), one["commitment"]);
  }
  for (const json& one : known["contents"]) {
    EXPECT_EQ(Hex(ContentDigest(Bytes(one["salt"]), Bytes(one["plaintext_hex"]))), one["digest"]);
  }
  for (const json& one : known["blobs"]) {
    EXPECT_EQ(Hex(BlobDigest(Bytes(one["bytes_hex"]))), one["digest"]);
  }
  for (const json& one : known["given"]) {
    std::vector<Digest> digests;
    for (const json& digest : one["digests"]) {
      digests.push_back(DigestFrom(Bytes(digest)).value());
    }
    EXPECT_EQ(ToHex(GivenDigest(digests)), one["given_digest"]);
  }
  for (const json& one : known["party_sets"]) {
    const std::string id = Bytes(one["consultation_id"]);
    EXPECT_EQ(Hex(PartySetDigest({.consultation_id = id,
                                  .parties = one["parties"].get<std::vector<std::string>>(),
                                  .invitees = one["invitees"].get<std::vector<std::string>>()})),
              one["digest"]);
  }
  for (const json& one : known["possessions"]) {
    EXPECT_EQ(ToHex(PossessionStatement(
                  {.exchange_id = Text(one["exchange_id"]),
                   .party = Text(one["party"]),
                   .office = Text(one["office"]),
                   .certificate = DigestFrom(Bytes(one["certificate_digest"])).value()})),
              one["statement_hex"]);
  }
}

TEST(KnownAnswers, OfAnActItsManifestAndItsAddressees) {
  const json known = Load("act.json");
  const auto act = EncodedAct::Accept(Bytes(known["act_hex"]), "a signature");
  ASSERT_THAT(act, IsOk());
  EXPECT_EQ(Hex(act->digest), known["act_digest"]);
  EXPECT_EQ(ToHex(SerializeDeterministically(act->act)), known["act_hex"]);
  const json& says = known["act"];
  EXPECT_EQ(act->act.party(), says["party"]);
  EXPECT_EQ(act->act.office(), says["office"]);
  EXPECT_EQ(static_cast<int>(act->act.kind_case()), says["kind"]);
  EXPECT_THAT(act->act.office_filter(), ElementsAre(2, 3));
  const v1::Notification& notification = act->act.submit().notification();
  EXPECT_EQ(notification.kind(), says["notification_kind"]);
  EXPECT_EQ(static_cast<int>(notification.precedence()), says["precedence"]);
  EXPECT_EQ(static_cast<int>(notification.context()), says["context"]);
  EXPECT_EQ(static_cast<int>(notification.marking()), says["marking"]);
  EXPECT_THAT(notification.measures(), ElementsAre("OSCE-5"));

  std::vector<v1::AddresseeOpening> openings;
  for (const json& one : known["openings"]) {
    v1::AddresseeOpening& opening = openings.emplace_back();
    opening.set_salt(Bytes(one["salt"]));
    opening.set_state(Text(one["state"]));
  }
  EXPECT_THAT(CheckOpenings(act->act.audience().commitments(), openings), IsOk());

  v1::OpenContent content;
  content.set_salt(Bytes(known["salt"]));
  content.set_plaintext(Bytes(known["manifest_hex"]));
  EXPECT_THAT(CheckOpenContent(content, act->act.manifest_digest()), IsOk());
  const auto manifest = ReadManifest(content.plaintext());
  ASSERT_THAT(manifest, IsOk());
  EXPECT_EQ(manifest->subject(), "Exercise Northern Lights");
  EXPECT_EQ(ToHex(WriteManifest(*manifest).value()), known["manifest_hex"]);
}

TEST(KnownAnswers, OfAnEntry) {
  const json known = Load("entry.json");
  const auto entry = EncodedEntry::Read(Bytes(known["entry_hex"]));
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(Hex(entry->leaf_hash), known["leaf_hash"]);
  EXPECT_EQ(ToHex(EncodedEntry::Create(entry->entry).value().bytes), known["entry_hex"]);
  const json& says = known["entry"];
  EXPECT_EQ(entry->entry.ledger(), says["ledger"]);
  EXPECT_EQ(entry->entry.ordinal(), says["ordinal"]);
  EXPECT_EQ(static_cast<int>(entry->entry.kind()), says["kind"]);
  EXPECT_EQ(static_cast<int>(entry->entry.role()), says["role"]);
  EXPECT_EQ(entry->entry.openings_size(), says["openings"]);
  EXPECT_EQ(ToHex(entry->entry.given_digest()), says["given_digest"]);
}

TEST(KnownAnswers, OfOriginsAndVerifierKeys) {
  const json known = Load("origins.json");
  const LogIdentity log{.exchange_id = Text(known["exchange_id"]),
                        .epoch = known["epoch"].get<uint32_t>(),
                        .public_key = Bytes(known["public_key"])};
  EXPECT_EQ(AnchorOrigin(log.exchange_id, log.epoch), known["anchor"]["origin"]);
  EXPECT_EQ(FormatVerifierKey(KeyOfAnchor(log)), known["anchor"]["verifier_key"]);
  const auto parsed = ParseAnchorKey(Text(known["anchor"]["verifier_key"]));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(*parsed, log);
  for (const json& one : known["ledgers"]) {
    const LedgerId ledger = LedgerId::Parse(Text(one["ledger"])).value();
    EXPECT_EQ(Origin(log.exchange_id, log.epoch, ledger), one["origin"]);
    EXPECT_EQ(FormatVerifierKey(KeyOfLedger(log, ledger)), one["verifier_key"]);
  }
}

}  // namespace
}  // namespace cbm
