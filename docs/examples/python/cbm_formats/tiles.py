"""Tiles (C2SP tlog-tiles): a log cut into pieces that never change once they are full."""

from cbm_formats.digests import DIGEST_BYTES, leaf_hash
from cbm_formats.merkle import root_of
from cbm_formats.refused import require

TILE_WIDTH = 256
_LENGTH_BYTES = 2


def tile_path(level, index, width=TILE_WIDTH):
    """For instance tile/0/x001/x234/067, with .p/5 behind it for a tile of five hashes."""
    return f"tile/{level}/{_path_of(index, width)}"


def bundle_path(index, width=TILE_WIDTH):
    return f"tile/entries/{_path_of(index, width)}"


def _path_of(index, width):
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups) + ("" if width == TILE_WIDTH else f".p/{width}")


def tiles_of(leaves):
    """Every tile of a log with these leaf hashes: (level, index) and its bytes."""
    level, hashes = 0, list(leaves)
    while hashes:
        for index in range(0, len(hashes), TILE_WIDTH):
            yield (level, index // TILE_WIDTH), b"".join(hashes[index:index + TILE_WIDTH])
        # A hash of the next level is the root of a full tile of this one.
        full = len(hashes) // TILE_WIDTH * TILE_WIDTH
        hashes = [root_of(hashes[at:at + TILE_WIDTH]) for at in range(0, full, TILE_WIDTH)]
        level += 1


def hashes_in(tile):
    require(0 < len(tile) <= TILE_WIDTH * DIGEST_BYTES and len(tile) % DIGEST_BYTES == 0,
            "a tile holds 1 to 256 hashes of 32 bytes")
    return [tile[at:at + DIGEST_BYTES] for at in range(0, len(tile), DIGEST_BYTES)]


def entries_in(bundle):
    """The entries of a bundle: each behind its length in two bytes."""
    entries, at = [], 0
    while at < len(bundle):
        start = at + _LENGTH_BYTES
        length = int.from_bytes(bundle[at:start], "big")
        require(start <= len(bundle) and length <= len(bundle) - start, "a bundle ends within an entry")
        entries.append(bundle[start:start + length])
        at = start + length
    require(len(entries) <= TILE_WIDTH, "a bundle holds at most 256 entries")
    return entries


def check_bundle(bundle, tile):
    """The entries of a bundle are the leaves of the tile of level 0 that has its index."""
    require([leaf_hash(entry) for entry in entries_in(bundle)] == hashes_in(tile),
            "the entries are not the leaves of the tile")
