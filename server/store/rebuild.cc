#include "server/store/rebuild.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/store/check.h"
#include "server/store/schema.h"

namespace cbm {
namespace {

constexpr absl::Duration kWriterWait = absl::Seconds(1);

absl::Status RequireNone(const std::vector<Finding>& findings) {
  return findings.empty()
             ? absl::OkStatus()
             : absl::DataLossError(fmt::format(
                   "what indices, trees and facts are made from is damaged, or may be, and nothing "
                   "was changed: {}: {} ({} findings; cbmd check lists them)",
                   findings.front().where, findings.front().what, findings.size()));
}

// What is stored in the tables as they now stand, of which some may be empty.
absl::StatusOr<Differences> Compare(Connection& connection, const LedgerHeads& signed_heads) {
  CBM_ASSIGN_OR_RETURN(const CheckReport report,
                       CheckRows(connection, signed_heads, Witnesses::kAreGone));
  CBM_RETURN_IF_ERROR(RequireNone(report.findings));
  return report.differences;
}

absl::Status Mend(Connection& connection, const Differences& differences,
                  const LedgerHeads& signed_heads) {
  // Before anything reads them: once SQLite has met a damaged page, it writes no more in the
  // transaction.
  for (const DerivedTable table : kDerivedTables) {
    if (differences[table].is_damaged) {
      CBM_RETURN_IF_ERROR(Renew(connection, table));
    }
  }
  CBM_ASSIGN_OR_RETURN(const Differences left, Compare(connection, signed_heads));
  for (const DerivedTable table : kDerivedTables) {
    if (!left[table].identical()) {
      CBM_RETURN_IF_ERROR(ReplaceByAside(connection, table));
    }
  }
  CBM_RETURN_IF_ERROR(RemoveUnknownMeta(connection));
  CBM_RETURN_IF_ERROR(WriteRegistrySize(connection));
  // If the file's free pages are damaged too, what was written may be where something else was.
  CBM_ASSIGN_OR_RETURN(const Differences none, Compare(connection, signed_heads));
  return std::all_of(none.tables.begin(), none.tables.end(),
                     [](const Difference& table) { return table.identical(); })
             ? absl::OkStatus()
             : absl::DataLossError(
                   "the file is so damaged that it cannot be written to, and nothing was changed");
}

}  // namespace

absl::StatusOr<Differences> RebuildStore(const std::string& path, const LedgerHeads& signed_heads) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, OpenToCheck(path));
  connection->SetBusyTimeout(kWriterWait);
  // Whatever fails, closing the connection undoes all. From here on nobody else writes.
  CBM_RETURN_IF_ERROR(connection->Execute("BEGIN IMMEDIATE"));
  CBM_ASSIGN_OR_RETURN(const CheckReport report, CheckStore(path, signed_heads));
  CBM_RETURN_IF_ERROR(RequireNone(report.findings));
  const Differences& differences = report.differences;
  if (differences.identical()) {
    return differences;
  }
  CBM_RETURN_IF_ERROR(Mend(*connection, differences, signed_heads));
  CBM_RETURN_IF_ERROR(DropTablesAside(*connection));
  CBM_RETURN_IF_ERROR(connection->Execute("COMMIT"));
  if (differences.NeedNewFile()) {
    CBM_RETURN_IF_ERROR(connection->Execute("VACUUM"));
  }
  connection->SetLogKept(false);
  return differences;
}

}  // namespace cbm
