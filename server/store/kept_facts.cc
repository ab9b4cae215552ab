#include "server/store/kept_facts.h"

#include <optional>

#include "server/store/sum.h"

namespace cbm {
namespace {

uint64_t Number(const FactPlace& place) {
  return PlaceOf(static_cast<uint64_t>(place.ledger), place.key);
}

}  // namespace

std::string KeepFact(const FactPlace& place, std::string_view value) {
  return WithSum(value, Number(place));
}

absl::StatusOr<std::string> FactAt(std::string_view kept, const FactPlace& place) {
  const std::optional<std::string_view> value = WithoutSum(kept, Number(place));
  return value.has_value() ? absl::StatusOr<std::string>(std::string(*value)) : DamagedFact();
}

absl::Status DamagedFact() {
  return absl::DataLossError(
      "a fact, which answers queries, is not as it was kept: cbmd rebuild makes facts anew");
}

}  // namespace cbm
