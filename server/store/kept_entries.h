#ifndef CBM_SERVER_STORE_KEPT_ENTRIES_H_
#define CBM_SERVER_STORE_KEPT_ENTRIES_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/ledger_id.h"

namespace cbm {

// How a store keeps the entries of one act: together, what several of them say once, and without
// what their places say of them.
//
// What is kept stands behind its sum (sum.h). Whoever reads it looks at that first: it finds what
// chance did, but not who alters both. Against that stand the trees, and what was signed of them.

// Where an entry stands: the ledger's number in this store, and the ordinal.
struct Place {
  int64_t ledger = 0;
  uint64_t ordinal = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

// The kept form of what all entries of a ledger begin with: their purpose, version, exchange and
// ledger.
std::string KeepBeginning(std::string_view exchange_id, const LedgerId& ledger);

// An entry's bytes, its place, and what its ledger's entries begin with, in its kept form.
struct PlacedEntry {
  Place place;
  std::string_view beginning;
  std::string_view bytes;
};

// The kept form of the entries of one act, in their order. INTERNAL if there is none, or if they
// cannot be had again from it byte by byte: one does not begin as its ledger's entries do, and then
// with the ordinal of its place if that is not 0; it does not consist of fields, or has more bytes
// than an entry may; two stand at one place.
absl::StatusOr<std::string> KeepEntries(std::span<const PlacedEntry> entries);

// The places of kept entries, in their order; at least one. DATA_LOSS if the sum does not fit, or
// they cannot be read.
absl::StatusOr<std::vector<Place>> PlacesOf(std::string_view kept);

// The bytes of the kept entry at a place, whose ledger's entries begin so. DATA_LOSS if there is
// none, the sum of either does not fit, or they cannot be read.
absl::StatusOr<std::string> EntryAt(std::string_view kept, const Place& place,
                                    std::string_view beginning);

// Whether an entry has the field of this number, without parsing it; also false of bytes that end
// before.
bool HasField(std::string_view entry, int number);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_KEPT_ENTRIES_H_
