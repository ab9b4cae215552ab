#include "server/store/contradictions.h"

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "core/base/status_macros.h"
#include "core/log/frontier.h"
#include "fmt/format.h"
#include "server/store/ledger_rows.h"

namespace cbm {
namespace {

// The root over the leaf hashes of a whole tile; nothing that a tile would have if they are not so
// many.
std::string RootOfTile(std::string_view hashes) {
  if (hashes.size() != kTileWidthMax * kDigestBytes) {
    return {};
  }
  Frontier frontier;
  for (; !hashes.empty(); hashes.remove_prefix(kDigestBytes)) {
    frontier.Append(*DigestFrom(hashes.substr(0, kDigestBytes)));
  }
  return std::string(BytesOf(frontier.Root()));
}

// The hash that the stored tile above has of the `index`-th of level 0; empty if it has none.
absl::StatusOr<std::string> StoredAbove(Connection& connection, int64_t ledger, uint64_t index) {
  Query query(connection,
              "SELECT hashes FROM main.tile WHERE ledger = ? AND level = 1 AND number = ?");
  query.Bind(ledger).Bind(index / kTileWidthMax);
  const absl::StatusOr<bool> found = query.Next();
  const size_t at = index % kTileWidthMax * kDigestBytes;
  if (absl::IsDataLoss(found.status())) {
    return std::string();
  }
  CBM_RETURN_IF_ERROR(found.status());
  return *found && query.Blob(0).size() >= at + kDigestBytes
             ? std::string(query.Blob(0).substr(at, kDigestBytes))
             : std::string();
}

absl::StatusOr<bool> IsStored(Connection& connection, int64_t ledger, uint64_t index,
                              std::string_view hashes) {
  Query query(connection,
              "SELECT hashes FROM main.tile WHERE ledger = ? AND level = 0 AND number = ?");
  query.Bind(ledger).Bind(index);
  const absl::StatusOr<bool> found = query.Next();
  if (absl::IsDataLoss(found.status())) {
    return false;
  }
  CBM_RETURN_IF_ERROR(found.status());
  return *found && query.Blob(0) == hashes;
}

// A tile of level 0, as a query of ledger, number and hashes shows it.
struct LeafTile {
  explicit LeafTile(const Query& row)
      : ledger(row.Integer(0)), index(row.Unsigned(1)), hashes(row.Blob(2)) {}

  const int64_t ledger;
  const uint64_t index;
  const std::string hashes;
};

absl::StatusOr<bool> IsConfirmedAbove(Connection& connection, const LeafTile& tile) {
  CBM_ASSIGN_OR_RETURN(const std::string above, StoredAbove(connection, tile.ledger, tile.index));
  return !above.empty() && above == RootOfTile(tile.hashes);
}

// For the operator; also of a ledger that has no name.
std::string TilesOf(Connection& connection, int64_t ledger) {
  const absl::StatusOr<LedgerId> id = LedgerOfNumber(connection, ledger);
  return fmt::format("{} tiles", id.ok() ? id->text() : fmt::format("ledger number {}", ledger));
}

absl::Status FindUnconfirmed(Connection& connection, const LedgerHeads& signed_heads,
                             std::vector<Finding>& findings) {
  Query query(connection,
              "SELECT ledger, number, hashes FROM temp.tile WHERE level = 0 ORDER BY 1, 2");
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return absl::OkStatus();
    }
    const LeafTile made(query);
    CBM_ASSIGN_OR_RETURN(const LedgerId ledger, LedgerOfNumber(connection, made.ledger));
    const auto covering = signed_heads.find(ledger);
    if (covering != signed_heads.end() && covering->second.size / kTileWidthMax > made.index) {
      continue;
    }
    CBM_ASSIGN_OR_RETURN(const bool stored,
                         IsStored(connection, made.ledger, made.index, made.hashes));
    CBM_ASSIGN_OR_RETURN(const bool above, IsConfirmedAbove(connection, made));
    if (!stored && !above) {
      findings.push_back(
          {.where = TilesOf(connection, made.ledger),
           .what = fmt::format("tile 0/{} is not that of the entries, and nothing that was signed "
                               "or stored tells which is right",
                               made.index)});
    }
  }
}

absl::Status FindMissingEntries(Connection& connection, std::vector<Finding>& findings) {
  Query query(connection,
              "SELECT ledger, number, hashes FROM main.tile AS kept WHERE level = 0 AND NOT EXISTS "
              "(SELECT 1 FROM temp.tile AS made WHERE kept.ledger = made.ledger AND "
              "kept.level = made.level AND kept.number = made.number)");
  while (true) {
    const absl::StatusOr<bool> found = query.Next();
    if (absl::IsDataLoss(found.status()) || (found.ok() && !*found)) {
      return absl::OkStatus();
    }
    CBM_RETURN_IF_ERROR(found.status());
    const LeafTile stored(query);
    CBM_ASSIGN_OR_RETURN(const bool above, IsConfirmedAbove(connection, stored));
    if (above) {
      findings.push_back(
          {.where = TilesOf(connection, stored.ledger),
           .what = fmt::format("tile 0/{} is of entries that are missing", stored.index)});
    }
  }
}

absl::Status FindMissingActs(Connection& connection, std::vector<Finding>& findings) {
  // Of a damaged page anything may be read.
  constexpr std::array kNamed = {
      "SELECT DISTINCT act FROM main.act_digest WHERE typeof(act) = 'integer' AND act > 0 AND act "
      "NOT IN (SELECT id FROM act)",
      "SELECT DISTINCT act FROM main.act_name WHERE typeof(act) = 'integer' AND act > 0 AND act "
      "NOT IN (SELECT id FROM act)",
      "SELECT DISTINCT act FROM main.entry WHERE typeof(act) = 'integer' AND act > 0 AND act "
      "NOT IN (SELECT id FROM act)",
  };
  std::map<int64_t, int> named;
  for (const char* const sql : kNamed) {
    Query query(connection, sql);
    absl::StatusOr<bool> found = query.Next();
    for (; found.ok() && *found; found = query.Next()) {
      if (++named[query.Integer(0)] == 2) {
        findings.push_back({.where = fmt::format("act {}", query.Integer(0)),
                            .what = "it is missing, and more than one index names it"});
      }
    }
    if (!found.ok() && !absl::IsDataLoss(found.status())) {
      return found.status();
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Finding>> FindContradictions(Connection& connection,
                                                        const LedgerHeads& signed_heads) {
  std::vector<Finding> findings;
  CBM_RETURN_IF_ERROR(FindUnconfirmed(connection, signed_heads, findings));
  CBM_RETURN_IF_ERROR(FindMissingEntries(connection, findings));
  CBM_RETURN_IF_ERROR(FindMissingActs(connection, findings));
  return findings;
}

}  // namespace cbm
