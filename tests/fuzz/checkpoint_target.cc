// A signed checkpoint: it has one form, and opens only as it was signed.

#include "core/crypto/digest.h"
#include "core/log/checkpoint.h"
#include "core/log/signed_note.h"
#include "core/log/verifier_key.h"
#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {
namespace {

constexpr char kOrigin[] = "test/0011223344556677/1/state/EE";

struct World {
  NoteSigningKey key = NoteSigningKey::FromSeed(std::string(kEd25519SeedBytes, 'k')).value();
  Checkpoint checkpoint{.origin = kOrigin, .head = {.size = 4'711, .root = Sha256("root")}};
  std::string note = SignCheckpoint(checkpoint, key).value();
  VerifierKey verifier{.name = kOrigin, .public_key = key.public_key()};
};

World& TheWorld() {
  static auto* const world = new World();
  return *world;
}

}  // namespace

std::vector<std::string> Seeds() { return {TheWorld().note}; }

void TestOne(std::string_view input) {
  const World& world = TheWorld();
  const absl::StatusOr<SignedNote> note = ParseSignedNote(input);
  if (note.ok()) {
    Expect(FormatSignedNote(*note) == input, "a note has one form");
    const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(note->text);
    Expect(!checkpoint.ok() || !checkpoint->origin.empty(), "a checkpoint has an origin");
  }
  const absl::StatusOr<Checkpoint> opened = OpenCheckpoint(input, world.verifier);
  if (opened.ok()) {
    Expect(opened->head == world.checkpoint.head, "no other head opens");
  }
}

int Mutations() { return 40'000; }

}  // namespace cbm::fuzz
