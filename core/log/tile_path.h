#ifndef CBM_CORE_LOG_TILE_PATH_H_
#define CBM_CORE_LOG_TILE_PATH_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/log/tiles.h"

namespace cbm {

// Where C2SP tlog-tiles puts a tile under a log's prefix: `tile/0/x001/x234/067` if it is full,
// `tile/0/x001/x234/067.p/5` if it has 5 hashes.
struct TilePath {
  TileId tile;
  unsigned width = kTileWidthMax;  // 1 to 256.
};

// Precondition: the width is in bounds and the level at most 63.
std::string FormatTilePath(const TilePath& path);

// INVALID_ARGUMENT unless `text` is what FormatTilePath gives.
absl::StatusOr<TilePath> ParseTilePath(std::string_view text);

}  // namespace cbm

#endif  // CBM_CORE_LOG_TILE_PATH_H_
