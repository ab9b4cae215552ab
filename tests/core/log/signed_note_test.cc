// Signed notes (C2SP signed-note): what a log says is only as good as the refusal of what it did
// not say. Keys come from fixed seeds; Ed25519 has no randomness, so every run signs the same.

#include "core/log/signed_note.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/base/base64.h"
#include "core/log/cosignature.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::testing::ElementsAre;

constexpr const char* kText = "first line\n\nthird line\n";
constexpr const char* kCheckpointText =
    "log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

NoteSigningKey KeyOf(char seed) { return *NoteSigningKey::FromSeed(std::string(32, seed)); }

VerifierKey VerifierOf(const std::string& name, char seed,
                       NoteAlgorithm algorithm = NoteAlgorithm::kEd25519) {
  return {.name = name, .algorithm = algorithm, .public_key = KeyOf(seed).public_key()};
}

SignedNote NoteSignedBy(const std::vector<std::pair<std::string, char>>& signers) {
  SignedNote note{.text = kText, .signatures = {}};
  for (const auto& [name, seed] : signers) {
    note.signatures.push_back(*SignNote(kText, name, KeyOf(seed)));
  }
  return note;
}

std::vector<std::string> NamesOf(const std::vector<NoteSigner>& signers) {
  std::vector<std::string> names;
  for (const NoteSigner& signer : signers) {
    names.push_back(signer.key.name);
  }
  return names;
}

absl::StatusOr<std::vector<NoteSigner>> Verify(const SignedNote& note,
                                               const std::vector<VerifierKey>& known) {
  return VerifyNote(note, known);
}

TEST(SignedNote, ReadsTheExampleOfTheSpecification) {
  const std::string text =
      "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
      "ed \xc3\xa8 subito sera.\n";
  const std::string note =
      text +
      "\n\xe2\x80\x94 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+"
      "EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
  const auto parsed = ParseSignedNote(note);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->text, text);
  ASSERT_EQ(parsed->signatures.size(), 1U);
  EXPECT_EQ(parsed->signatures[0].key_name, "quasimodo.example/salvatore");
  EXPECT_EQ(parsed->signatures[0].key_id, 0x367ba04bU);
  EXPECT_EQ(parsed->signatures[0].signature.size(), 64U);
  EXPECT_EQ(FormatSignedNote(*parsed), note);
}

TEST(SignedNote, ReadsWhatItWrote) {
  const SignedNote note = NoteSignedBy({{"a", 'a'}, {"b", 'b'}});
  const auto parsed = ParseSignedNote(FormatSignedNote(note));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->text, note.text);
  EXPECT_EQ(parsed->signatures, note.signatures);
}

TEST(SignedNote, NamesTheKnownKeysThatSignedIt) {
  const SignedNote note = NoteSignedBy({{"a", 'a'}, {"b", 'b'}, {"c", 'c'}});
  const auto signers = Verify(note, {VerifierOf("c", 'c'), VerifierOf("a", 'a')});
  ASSERT_THAT(signers, IsOk());
  EXPECT_THAT(NamesOf(*signers), ElementsAre("a", "c"));
  EXPECT_FALSE(signers->front().time.has_value());
}

TEST(SignedNote, CountsAKeyOnceHoweverOftenItSigned) {
  const auto signers = Verify(NoteSignedBy({{"a", 'a'}, {"a", 'a'}}), {VerifierOf("a", 'a')});
  ASSERT_THAT(signers, IsOk());
  EXPECT_EQ(signers->size(), 1U);
}

TEST(SignedNote, IsRefusedIfNoKnownKeySignedIt) {
  const auto lost = HasCode(absl::StatusCode::kDataLoss);
  const SignedNote note = NoteSignedBy({{"a", 'a'}});
  EXPECT_THAT(Verify(note, {}), lost);
  EXPECT_THAT(Verify(note, {VerifierOf("b", 'b')}), lost);
  EXPECT_THAT(Verify(note, {VerifierOf("a", 'b')}), lost);  // The name alone is not the key.
  EXPECT_THAT(Verify(note, {VerifierOf("b", 'a')}), lost);  // Nor is the key alone.
  EXPECT_THAT(Verify(note, {VerifierOf("a", 'a', NoteAlgorithm::kCosignature)}), lost);
}

TEST(SignedNote, IsRefusedOnceItsTextIsAltered) {
  SignedNote note = NoteSignedBy({{"a", 'a'}});
  for (size_t i = 0; i < note.text.size(); ++i) {
    note.text[i] = static_cast<char>(note.text[i] ^ 1);
    EXPECT_THAT(Verify(note, {VerifierOf("a", 'a')}), HasCode(absl::StatusCode::kDataLoss));
    note.text[i] = static_cast<char>(note.text[i] ^ 1);
  }
  note.text += "more\n";
  EXPECT_THAT(Verify(note, {VerifierOf("a", 'a')}), HasCode(absl::StatusCode::kDataLoss));
}

TEST(SignedNote, IsSpoiltByABadSignatureOfAKnownKey) {
  const std::vector<VerifierKey> known = {VerifierOf("a", 'a'), VerifierOf("b", 'b')};
  for (const size_t spoilt : {size_t{0}, size_t{1}}) {
    for (size_t i = 0; i < 64; ++i) {
      SignedNote note = NoteSignedBy({{"a", 'a'}, {"b", 'b'}});
      std::string& signature = note.signatures[spoilt].signature;
      signature[i] = static_cast<char>(signature[i] ^ 1);
      EXPECT_THAT(Verify(note, known), HasCode(absl::StatusCode::kDataLoss));
    }
  }
  SignedNote twice = NoteSignedBy({{"a", 'a'}, {"a", 'a'}});
  twice.signatures[1].signature.pop_back();
  EXPECT_THAT(Verify(twice, known), HasCode(absl::StatusCode::kDataLoss));
}

TEST(SignedNote, IsNotSpoiltByUnknownKeysThatShareNameOrId) {
  SignedNote note = NoteSignedBy({{"a", 'a'}});
  const KeyId id = note.signatures[0].key_id;
  note.signatures.push_back({.key_name = "a", .key_id = id + 1, .signature = "junk"});
  note.signatures.push_back({.key_name = "b", .key_id = id, .signature = std::string(2420, 'j')});
  EXPECT_THAT(Verify(note, {VerifierOf("a", 'a')}), IsOk());
  note.signatures.push_back({.key_name = "a", .key_id = id, .signature = "junk"});
  EXPECT_THAT(Verify(note, {VerifierOf("a", 'a')}), HasCode(absl::StatusCode::kDataLoss));
}

TEST(SignedNote, IsNotJudgedByKeysThatCannotBeToldApart) {
  EXPECT_THAT(Verify(NoteSignedBy({{"a", 'a'}}), {VerifierOf("a", 'a'), VerifierOf("a", 'a')}),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(SignedNote, TellsWhenAWitnessCosigned) {
  const absl::Time time = absl::FromUnixSeconds(1'679'315'147);
  SignedNote note{.text = kCheckpointText, .signatures = {}};
  note.signatures.push_back(*SignNote(kCheckpointText, "log.example", KeyOf('l')));
  note.signatures.push_back(*CosignNote(kCheckpointText, "w.example", time, KeyOf('w')));
  const VerifierKey witness = VerifierOf("w.example", 'w', NoteAlgorithm::kCosignature);

  const auto signers = Verify(note, {VerifierOf("log.example", 'l'), witness});
  ASSERT_THAT(signers, IsOk());
  EXPECT_THAT(NamesOf(*signers), ElementsAre("log.example", "w.example"));
  EXPECT_EQ(signers->back().time, time);

  note.signatures[1].signature[7] ^= 1;  // The time's last byte.
  EXPECT_THAT(Verify(note, {witness}), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Verify(note, {VerifierOf("log.example", 'l')}), IsOk());
}

TEST(SignedNote, IsNotMadeOfWhatANoteMustNotHold) {
  const auto refused = HasCode(absl::StatusCode::kInvalidArgument);
  for (const std::string_view text : {"", "no newline", "tab\t\n", "\xff\n"}) {
    EXPECT_THAT(SignNote(text, "a", KeyOf('a')), refused);
  }
  for (const std::string_view name : {"", "a b", "a+b", "a\n"}) {
    EXPECT_THAT(SignNote(kText, name, KeyOf('a')), refused);
    EXPECT_THAT(CosignNote(kCheckpointText, name, absl::UnixEpoch(), KeyOf('a')), refused);
  }
  EXPECT_THAT(CosignNote(kText, "a", absl::UnixEpoch(), KeyOf('a')), refused);
}

TEST(SignedNote, RefusesWhatIsMalformed) {
  const std::string mark = "\xe2\x80\x94 ";
  const std::string good = "text\n\n" + mark + "a " + ToBase64("idid+signature") + "\n";
  ASSERT_THAT(ParseSignedNote(good), IsOk());
  for (const std::string& note : {
           std::string(),
           std::string("\n"),
           std::string("\n\n"),
           std::string("text\n"),
           std::string("text\n\n"),
           good.substr(0, good.size() - 1),
           good + "\n",
           good + "junk\n",
           "\n" + mark + "a " + ToBase64("idid+signature") + "\n",
           "text\n" + mark + "a " + ToBase64("idid+signature") + "\n",
           "text\n\n- a " + ToBase64("idid+signature") + "\n",
           "text\n\n" + mark + ToBase64("idid+signature") + "\n",
           "text\n\n" + mark + "a\n",
           "text\n\n" + mark + "a \n",
           "text\n\n" + mark + "a  " + ToBase64("idid+signature") + "\n",
           "text\n\n" + mark + " " + ToBase64("idid+signature") + "\n",
           "text\n\n" + mark + "a+b " + ToBase64("idid+signature") + "\n",
           "text\n\n" + mark + "a " + ToBase64("idid+signature") + " \n",
           "text\n\n" + mark + "a " + ToBase64("idid") + "\n",
           "text\n\n" + mark + "a !!!!\n",
           "text\r\n\n" + mark + "a " + ToBase64("idid+signature") + "\n",
           "te\xfft\n\n" + mark + "a " + ToBase64("idid+signature") + "\n",
       }) {
    SCOPED_TRACE(note);
    EXPECT_THAT(ParseSignedNote(note), HasCode(absl::StatusCode::kInvalidArgument));
  }
}

TEST(SignedNote, HasBounds) {
  const std::string line =
      FormatSignedNote(NoteSignedBy({{"a", 'a'}})).substr(std::string(kText).size() + 1);
  std::string note = std::string(kText) + "\n";
  for (size_t i = 0; i < kNoteSignaturesMax; ++i) {
    note += line;
  }
  EXPECT_THAT(ParseSignedNote(note), IsOk());
  EXPECT_THAT(ParseSignedNote(note + line), HasCode(absl::StatusCode::kInvalidArgument));

  const std::string end = "\n\n" + line;
  EXPECT_THAT(ParseSignedNote(std::string(kNoteBytesMax - end.size(), 'x') + end), IsOk());
  EXPECT_THAT(ParseSignedNote(std::string(kNoteBytesMax - end.size() + 1, 'x') + end),
              HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cbm
