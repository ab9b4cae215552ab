#include "core/log/tile_path.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "core/base/decimal.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kPrefix = "tile/";
constexpr std::string_view kPartial = ".p/";
constexpr unsigned kLevelMax = 63;
constexpr size_t kTextMax = 64;  // The longest path has 45 characters.
constexpr uint64_t kGroup = 1000;

absl::Status Refused() {
  return absl::InvalidArgumentError("not a tile path such as tile/0/x001/x234/067.p/5");
}

std::string FormatIndex(uint64_t index) {
  std::string text = fmt::format("{:03}", index % kGroup);
  while (index >= kGroup) {
    index /= kGroup;
    text = fmt::format("x{:03}/{}", index % kGroup, text);
  }
  return text;
}

// The number in groups of three digits, `x` before all but the last. That it is written as
// FormatIndex writes it is for the caller to compare.
std::optional<uint64_t> ReadIndex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits += c;
    }
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const absl::StatusOr<uint64_t> index = FromDecimal(digits);
  return index.ok() ? std::optional<uint64_t>(*index) : std::nullopt;
}

}  // namespace

std::string FormatTilePath(const TilePath& path) {
  std::string text = fmt::format("{}{}/{}", kPrefix, path.tile.level, FormatIndex(path.tile.index));
  if (path.width < kTileWidthMax) {
    text += fmt::format("{}{}", kPartial, path.width);
  }
  return text;
}

absl::StatusOr<TilePath> ParseTilePath(std::string_view text) {
  if (text.size() > kTextMax || !text.starts_with(kPrefix)) {
    return Refused();
  }
  std::string_view rest = text.substr(kPrefix.size());
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) {
    return Refused();
  }
  CBM_ASSIGN_OR_RETURN(const uint64_t level, FromDecimal(rest.substr(0, slash)));
  rest.remove_prefix(slash + 1);
  uint64_t width = kTileWidthMax;
  if (const size_t partial = rest.find(kPartial); partial != std::string_view::npos) {
    CBM_ASSIGN_OR_RETURN(width, FromDecimal(rest.substr(partial + kPartial.size())));
    rest = rest.substr(0, partial);
  }
  const std::optional<uint64_t> index = ReadIndex(rest);
  if (level > kLevelMax || width == 0 || width > kTileWidthMax || !index.has_value()) {
    return Refused();
  }
  TilePath path{.tile = {.level = static_cast<unsigned>(level), .index = *index},
                .width = static_cast<unsigned>(width)};
  if (FormatTilePath(path) != text) {
    return Refused();
  }
  return path;
}

}  // namespace cbm
