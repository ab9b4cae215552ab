// Checkpoints (C2SP tlog-checkpoint): what the exchange signs, and what convicts it if it lies.

#include "core/log/checkpoint.h"

#include <string>

#include "absl/status/status.h"
#include "core/base/base64.h"
#include "core/log/merkle_hash.h"
#include "core/log/signed_note.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr const char* kRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
constexpr const char* kText =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

NoteSigningKey KeyOf(char seed) { return *NoteSigningKey::FromSeed(std::string(32, seed)); }

VerifierKey VerifierOf(const std::string& name, char seed) {
  return {.name = name, .public_key = KeyOf(seed).public_key()};
}

Checkpoint Example() {
  return {.origin = "example.com/behind-the-sofa",
          .head = {.size = 20852163, .root = *DigestFrom(*FromBase64(kRoot))}};
}

// `text` as a note signed by a key, whatever it says.
std::string Sign(const std::string& text, const std::string& name, char seed) {
  return FormatSignedNote({.text = text, .signatures = {*SignNote(text, name, KeyOf(seed))}});
}

TEST(Checkpoint, IsWrittenAndReadAsTheSpecificationHasIt) {
  EXPECT_EQ(FormatCheckpoint(Example()), kText);
  const auto parsed = ParseCheckpoint(kText);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(*parsed, Example());
}

TEST(Checkpoint, MayBeOfTheEmptyTreeAndOfTheLargest) {
  for (const TreeHead& head :
       {TreeHead{.size = 0, .root = EmptyRoot()}, TreeHead{.size = UINT64_MAX, .root = {}}}) {
    const Checkpoint checkpoint{.origin = "a", .head = head};
    ASSERT_THAT(ParseCheckpoint(FormatCheckpoint(checkpoint)), IsOk());
    EXPECT_EQ(*ParseCheckpoint(FormatCheckpoint(checkpoint)), checkpoint);
  }
}

TEST(Checkpoint, MayHaveFurtherLinesWhichSayNothing) {
  const auto parsed = ParseCheckpoint(std::string(kText) + "one\ntwo\n");
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(*parsed, Example());
}

TEST(Checkpoint, RefusesWhatIsMalformed) {
  const std::string root = kRoot;
  for (const std::string& text : {std::string(),
                                  std::string("\n"),
                                  std::string("a\n"),
                                  std::string("a\n1\n"),
                                  "a\n1\n" + root,
                                  "\n1\n" + root + "\n",
                                  "a\n\n" + root + "\n",
                                  std::string("a\n1\n\n"),
                                  "a\n01\n" + root + "\n",
                                  "a\n-1\n" + root + "\n",
                                  "a\n+1\n" + root + "\n",
                                  "a\n1 \n" + root + "\n",
                                  "a\n0x1\n" + root + "\n",
                                  "a\none\n" + root + "\n",
                                  "a\n18446744073709551616\n" + root + "\n",
                                  "a\n1\n" + root + " \n",
                                  "a\n1\n" + root.substr(4) + "\n",
                                  "a\n1\nAAAA" + root + "\n",
                                  "a\n1\n!" + root.substr(1) + "\n",
                                  "a\n0\n" + root + "\n",
                                  std::string(kText) + "\n",
                                  std::string(kText) + "one\n\ntwo\n",
                                  std::string(kText) + "one",
                                  "a\r\n1\n" + root + "\n",
                                  "\xff\n1\n" + root + "\n"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseCheckpoint(text), HasCode(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(ParseCheckpoint(std::string(kText) + std::string(kNoteBytesMax, 'x') + "\n"),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(Checkpoint, IsOpenedWithTheKeyThatSignedIt) {
  const auto note = SignCheckpoint(Example(), KeyOf('l'));
  ASSERT_THAT(note, IsOk());
  const auto opened = OpenCheckpoint(*note, VerifierOf(Example().origin, 'l'));
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(*opened, Example());
}

TEST(Checkpoint, IsNotOpenedWithAnotherKeyOrName) {
  const std::string note = *SignCheckpoint(Example(), KeyOf('l'));
  EXPECT_THAT(OpenCheckpoint(note, VerifierOf(Example().origin, 'x')),
              HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenCheckpoint(note, VerifierOf("example.com/another", 'l')),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST(Checkpoint, IsNotOpenedUnderAnotherLogsOrigin) {
  EXPECT_THAT(OpenCheckpoint(Sign(kText, "example.com/another", 'l'),
                             VerifierOf("example.com/another", 'l')),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST(Checkpoint, IsNotOpenedOnceAnyByteIsAltered) {
  std::string note = *SignCheckpoint(Example(), KeyOf('l'));
  for (char& byte : note) {
    byte = static_cast<char>(byte ^ 1);
    EXPECT_THAT(OpenCheckpoint(note, VerifierOf(Example().origin, 'l')),
                HasCode(absl::StatusCode::kDataLoss));
    byte = static_cast<char>(byte ^ 1);
  }
}

TEST(Checkpoint, IsNotOpenedIfTheLogSignedSomethingElse) {
  const VerifierKey key = VerifierOf("a", 'l');
  EXPECT_THAT(OpenCheckpoint("", key), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenCheckpoint("a\n", key), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenCheckpoint(Sign("a\n", "a", 'l'), key), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenCheckpoint(Sign("a\n1\n\n", "a", 'l'), key),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST(Checkpoint, IsNotSignedForAnOriginThatNamesNoKey) {
  for (const std::string origin : {"", "a b", "a+b", "a\nb"}) {
    EXPECT_THAT(SignCheckpoint({.origin = origin, .head = Example().head}, KeyOf('l')),
                HasCode(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace cbm
