#ifndef CBM_CORE_EVIDENCE_VERIFY_ENTRY_H_
#define CBM_CORE_EVIDENCE_VERIFY_ENTRY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/entry.pb.h"
#include "core/base/ledger_id.h"
#include "core/evidence/encoded.h"
#include "core/log/checkpoint.h"
#include "core/log/verifier_key.h"

namespace cbm {

// Checks entries by themselves. Every failure is DATA_LOSS, with a sentence that says what did not
// convince.

// OK if an entry says that it is one of cbm.v1, version 1, of this exchange, and why its ledger has
// it.
absl::Status CheckEntry(const v1::Entry& entry, std::string_view exchange_id);

// When the exchange took the act: an instant of the years 1970 to 9999, whose nanoseconds are less
// than a second.
absl::StatusOr<absl::Time> TimeOfEntry(const v1::Entry& entry);

// An entry that is in a ledger, whatever its act.
struct VerifiedEntry {
  EncodedEntry entry;
  absl::Time time;
  LedgerId ledger;
  Checkpoint checkpoint;
};

// For who has nothing but the key of one ledger: verifies that these bytes are an entry of the
// exchange and the ledger that the key's name tells (Origin), and stand there at their ordinal.
// `key` has to be a log's: a cosigner's does not say what is in a ledger. Which act it is of, and
// who signed that, is not asked; what was refused is in a ledger too.
absl::StatusOr<VerifiedEntry> VerifyEntryAlone(std::string bytes, std::string_view proof,
                                               const VerifierKey& key);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_VERIFY_ENTRY_H_
