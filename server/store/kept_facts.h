#ifndef CBM_SERVER_STORE_KEPT_FACTS_H_
#define CBM_SERVER_STORE_KEPT_FACTS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cbm {

// How a store keeps the value of a fact: behind its sum (sum.h), which is of the fact's place too.
// A bit of the disk can then make no other fact of it: an office's certificate is registered as its
// own or not read. What it was registered as stands in the entries.

// Where a fact stands: the ledger's number in this store, and its key there.
struct FactPlace {
  int64_t ledger = 0;
  std::string_view key;
};

// The kept form of a fact's value.
std::string KeepFact(const FactPlace& place, std::string_view value);

// The value that is kept at a place. DATA_LOSS if the sum does not fit.
absl::StatusOr<std::string> FactAt(std::string_view kept, const FactPlace& place);

// DATA_LOSS, with what mends it.
absl::Status DamagedFact();

}  // namespace cbm

#endif  // CBM_SERVER_STORE_KEPT_FACTS_H_
