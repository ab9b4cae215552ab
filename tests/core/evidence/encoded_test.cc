// Acts as they come in: the bytes that were signed have one meaning and one form, or they are
// refused. What would pass a careless parser is written byte by byte.

#include "core/evidence/encoded.h"

#include <string>
#include <string_view>

#include "core/log/merkle_hash.h"
#include "gmock/gmock.h"
#include "google/protobuf/stubs/logging.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;

v1::Act SomeAct() {
  v1::Act act;
  act.set_purpose("cbm.v1/act");
  act.set_version(1);
  act.mutable_author_time()->set_seconds(1'773'180'000);
  act.mutable_audience()->mutable_commitments()->add_commitments("c");
  act.add_office_filter(v1::OFFICE_TYPE_TECHNICAL);
  act.add_references()->set_act_digest("r");
  act.mutable_submit()->mutable_notification()->set_precedence(v1::PRECEDENCE_ROUTINE);
  return act;
}

absl::StatusOr<EncodedAct> Accept(const v1::Act& act) {
  return EncodedAct::Accept(SerializeDeterministically(act), "signature");
}

// A field with a length: its tag has one byte.
std::string Field(int number, std::string_view bytes) {
  std::string field;
  field += static_cast<char>((number << 3) | 2);
  field += static_cast<char>(bytes.size());
  return field.append(bytes);
}

TEST(EncodedAct, KeepsTheBytesAndDigestsThem) {
  const std::string bytes = SerializeDeterministically(SomeAct());
  const auto act = EncodedAct::Accept(bytes, "signature");
  ASSERT_THAT(act, IsOk());
  EXPECT_EQ(act->bytes, bytes);
  EXPECT_EQ(act->signature, "signature");
  EXPECT_EQ(act->digest, Sha256(bytes));
  EXPECT_EQ(act->signature_digest, Sha256("signature"));
  EXPECT_EQ(act->act.purpose(), "cbm.v1/act");
}

TEST(EncodedAct, IsRefusedBeyondItsBounds) {
  v1::Act act = SomeAct();
  act.set_manifest_digest(std::string(kActBytesMax, 'x'));
  EXPECT_THAT(Accept(act), HasCode(kInvalid));
  act.clear_manifest_digest();
  const size_t rest = kActBytesMax - SerializeDeterministically(act).size() - 3;
  act.set_manifest_digest(std::string(rest, 'x'));
  EXPECT_EQ(SerializeDeterministically(act).size(), kActBytesMax);
  EXPECT_THAT(Accept(act), IsOk());
  const std::string bytes = SerializeDeterministically(SomeAct());
  EXPECT_THAT(EncodedAct::Accept(bytes, std::string(kSignatureBytesMax, 'x')), IsOk());
  EXPECT_THAT(EncodedAct::Accept(bytes, std::string(kSignatureBytesMax + 1, 'x')),
              HasCode(kInvalid));
  EXPECT_THAT(EncodedAct::Read(bytes, std::string(kSignatureBytesMax + 1, 'x')),
              HasCode(kDataLoss));
  EXPECT_THAT(EncodedAct::Read(std::string(kActBytesMax + 1, 'x'), ""), HasCode(kDataLoss));
}

TEST(EncodedAct, IsRefusedIfItDoesNotParse) {
  const google::protobuf::LogSilencer quiet;
  const std::string bytes = SerializeDeterministically(SomeAct());
  EXPECT_THAT(EncodedAct::Accept(bytes.substr(0, bytes.size() - 1), ""), HasCode(kInvalid));
  EXPECT_THAT(EncodedAct::Read(bytes.substr(0, bytes.size() - 1), ""), HasCode(kDataLoss));
  EXPECT_THAT(EncodedAct::Accept(Field(5, "\xFF"), ""), HasCode(kInvalid));  // Not UTF-8.
}

TEST(EncodedAct, IsRefusedWithAnUnknownFieldAtAnyDepth) {
  const std::string unknown = Field(15, "new");
  const std::string bytes = SerializeDeterministically(SomeAct());
  for (const std::string& altered : {
           bytes + unknown,                                // In the act.
           Field(8, unknown),                              // In a time.
           Field(10, Field(1, unknown)),                   // In the audience's commitments.
           Field(12, unknown),                             // In a repeated message.
           Field(12, Field(1, "r")) + Field(12, unknown),  // In the second of them.
       }) {
    EXPECT_THAT(EncodedAct::Accept(altered, ""), HasCode(kInvalid));
    const auto read = EncodedAct::Read(altered, "");
    ASSERT_THAT(read, IsOk());
    EXPECT_TRUE(HasUnknownParts(read->act));
    EXPECT_EQ(read->bytes, altered);
  }
  EXPECT_FALSE(HasUnknownParts(SomeAct()));
}

TEST(EncodedAct, IsRefusedWithAnEnumValueThatIsNotKnown) {
  v1::Act act = SomeAct();
  act.mutable_submit()->mutable_notification()->set_precedence(static_cast<v1::Precedence>(99));
  EXPECT_THAT(Accept(act), HasCode(kInvalid));
  EXPECT_TRUE(HasUnknownParts(act));
  act = SomeAct();
  act.add_office_filter(static_cast<v1::OfficeType>(99));
  EXPECT_THAT(Accept(act), HasCode(kInvalid));
  EXPECT_TRUE(HasUnknownParts(act));
  act = SomeAct();
  act.mutable_enrol()->mutable_credential()->add_scopes(static_cast<v1::Scope>(-1));
  EXPECT_THAT(Accept(act), HasCode(kInvalid));
}

TEST(EncodedAct, IsRefusedInAnyFormButTheDeterministicOne) {
  const std::string purpose = Field(1, "cbm.v1/act");
  const std::string version("\x10\x01", 2);
  EXPECT_THAT(EncodedAct::Accept(purpose + version, ""), IsOk());
  const std::string cases[] = {
      version + purpose,                           // Another order.
      purpose + purpose + version,                 // A field twice.
      purpose + std::string("\x10\x81\x00", 3),    // A number longer than need be.
      purpose + std::string("\x10\x00", 2),        // A default spelled out.
      Field(5, ""),                                // An empty text spelled out.
      Field(10, Field(5, "") + Field(2, "")),      // Two of a oneof.
      Field(10, "") + Field(10, Field(5, "")),     // A message in two parts.
      std::string("\x58\x02", 2),                  // A list that is not packed.
      std::string("\x5A\x01\x02\x5A\x01\x03", 6),  // A packed list in two parts.
  };
  for (const std::string& bytes : cases) {
    EXPECT_THAT(EncodedAct::Read(bytes, ""), IsOk());
    EXPECT_THAT(EncodedAct::Accept(bytes, ""), HasCode(kInvalid)) << testing::PrintToString(bytes);
  }
}

TEST(EncodedAct, IsOfTheKindThatItHasAndOfNoOther) {
  constexpr auto kOfALaterVersion = static_cast<v1::ActKind>(139);
  v1::Act act = SomeAct();
  EXPECT_TRUE(MayBeOfKind(act, v1::ACT_KIND_SUBMIT));
  for (const v1::ActKind other : {v1::ACT_KIND_OPEN, v1::ACT_KIND_UNSPECIFIED, kOfALaterVersion}) {
    EXPECT_FALSE(MayBeOfKind(act, other)) << other;
  }
  act.clear_kind();  // What is left of a kind that is not known here.
  EXPECT_TRUE(MayBeOfKind(act, kOfALaterVersion));
  for (const v1::ActKind known : {v1::ACT_KIND_SUBMIT, v1::ACT_KIND_UNSPECIFIED}) {
    EXPECT_FALSE(MayBeOfKind(act, known)) << known;
  }
}

TEST(EncodedEntry, IsHashedAsALeaf) {
  v1::Entry made;
  made.set_purpose("cbm.v1/entry");
  made.set_ordinal(7);
  const auto entry = EncodedEntry::Create(made);
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->leaf_hash, LeafHash(entry->bytes));
  const auto read = EncodedEntry::Read(entry->bytes);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->leaf_hash, entry->leaf_hash);
  EXPECT_EQ(read->entry.ordinal(), 7U);
}

TEST(EncodedEntry, HasABound) {
  v1::Entry made;
  made.set_salt(std::string(kEntryBytesMax - 5, 'x'));  // Two bytes of tag and three of length.
  const auto largest = EncodedEntry::Create(made);
  ASSERT_THAT(largest, IsOk());
  EXPECT_THAT(EncodedEntry::Read(largest->bytes), IsOk());
  made.set_salt(std::string(kEntryBytesMax, 'x'));
  EXPECT_THAT(EncodedEntry::Create(made), HasCode(absl::StatusCode::kInternal));
  EXPECT_THAT(EncodedEntry::Read(std::string(kEntryBytesMax + 1, 'x')), HasCode(kDataLoss));
  EXPECT_THAT(EncodedEntry::Read("\x0A"), HasCode(kDataLoss));
}

}  // namespace
}  // namespace cbm
