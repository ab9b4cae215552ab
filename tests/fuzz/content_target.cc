// What an act says: whatever is read can be written again, and reads the same.

#include "core/evidence/encoded.h"
#include "core/evidence/manifest.h"
#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {

std::vector<std::string> Seeds() {
  v1::Manifest manifest;
  manifest.set_subject("Платежи · Πληρωμές · გადახდები");
  manifest.set_body("What happened.\nTwo lines.");
  for (const char* const name : {"asked_of_recipient", "nature"}) {
    v1::Field& field = *manifest.add_fields();
    field.set_name(name);
    field.set_value("value");
  }
  v1::Translation& translation = *manifest.add_translations();
  translation.set_language("fr");
  translation.set_made_by("Service linguistique");
  translation.set_text("Ce qui s'est passé.");
  return {WriteManifest(manifest).value()};
}

void TestOne(std::string_view input) {
  const absl::StatusOr<v1::Manifest> manifest = ReadManifest(input);
  if (!manifest.ok()) {
    return;
  }
  const absl::StatusOr<std::string> written = WriteManifest(*manifest);
  Expect(written.ok(), "what is read can be written");
  const absl::StatusOr<v1::Manifest> again = ReadManifest(*written);
  Expect(again.ok(), "what is written can be read");
  Expect(SerializeDeterministically(*again) == SerializeDeterministically(*manifest),
         "it reads the same");
}

int Mutations() { return 50'000; }

}  // namespace cbm::fuzz
