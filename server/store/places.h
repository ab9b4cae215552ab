#ifndef CBM_SERVER_STORE_PLACES_H_
#define CBM_SERVER_STORE_PLACES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace cbm {

// Where an entry stands: the ledger's number in this store, and the ordinal.
struct Place {
  int64_t ledger = 0;
  uint64_t ordinal = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

// The places of an act's entries, the author's own first: numbers of seven bits a byte, least
// first, two for each place.
std::string EncodePlaces(const std::vector<Place>& places);

// DATA_LOSS if the bytes are cut short or there is no place.
absl::StatusOr<std::vector<Place>> DecodePlaces(std::string_view bytes);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_PLACES_H_
