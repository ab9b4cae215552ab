#include "server/store/places.h"

#include "absl/status/status.h"

namespace cbm {
namespace {

constexpr unsigned kBits = 7;
constexpr unsigned kMore = 1U << kBits;

void Put(uint64_t number, std::string& bytes) {
  for (; number >= kMore; number >>= kBits) {
    bytes.push_back(static_cast<char>((number % kMore) | kMore));
  }
  bytes.push_back(static_cast<char>(number));
}

// False if the bytes end within a number, or it is too large.
bool Take(std::string_view& bytes, uint64_t& number) {
  number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += kBits) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<uint64_t>(byte % kMore) << shift;
    if (byte < kMore) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string EncodePlaces(const std::vector<Place>& places) {
  std::string bytes;
  for (const Place& place : places) {
    Put(static_cast<uint64_t>(place.ledger), bytes);
    Put(place.ordinal, bytes);
  }
  return bytes;
}

absl::StatusOr<std::vector<Place>> DecodePlaces(std::string_view bytes) {
  std::vector<Place> places;
  do {
    uint64_t ledger = 0;
    uint64_t ordinal = 0;
    if (!Take(bytes, ledger) || !Take(bytes, ordinal)) {
      return absl::DataLossError("the places of an act cannot be read");
    }
    places.push_back({.ledger = static_cast<int64_t>(ledger), .ordinal = ordinal});
  } while (!bytes.empty());
  return places;
}

}  // namespace cbm
