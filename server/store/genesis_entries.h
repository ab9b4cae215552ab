#ifndef CBM_SERVER_STORE_GENESIS_ENTRIES_H_
#define CBM_SERVER_STORE_GENESIS_ENTRIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/evidence/encoded.h"
#include "core/rules/exchange.h"

namespace cbm {

// What a store is founded on.
struct Founding {
  std::string genesis;    // The document, as it was signed.
  std::string signature;  // The secretariat's, of it.
  absl::Time time;        // Of the first entries.
};

// What follows from it, the same for every engine.
struct Foundation {
  rules::Exchange exchange;
  Digest genesis_digest;
  std::vector<EncodedEntry> entries;  // Entry 0 of every ALL ledger.
};

// What a document says, without entries. INVALID_ARGUMENT if it cannot be an exchange's.
absl::StatusOr<Foundation> ReadFoundation(std::string genesis);

// The same, with the entries that begin its ALL ledgers. Does not verify the signature.
absl::StatusOr<Foundation> Found(const Founding& founding, Random& random);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_GENESIS_ENTRIES_H_
