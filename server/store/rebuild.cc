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

// Changes with each commit of another connection.
absl::StatusOr<int64_t> ReadVersion(Connection& connection) {
  Query query(connection, "PRAGMA data_version");
  CBM_RETURN_IF_ERROR(query.Next().status());
  return query.Integer(0);
}

// Puts what stands aside in the place of what is stored otherwise.
absl::Status Replace(Connection& connection, const Differences& differences) {
  // Before anything reads them: once SQLite has met a damaged page, it writes no more in the
  // transaction.
  for (const DerivedTable table : kDerivedTables) {
    if (differences[table].is_damaged) {
      CBM_RETURN_IF_ERROR(Renew(connection, table));
    }
  }
  for (const DerivedTable table : kDerivedTables) {
    if (!differences[table].identical()) {
      CBM_RETURN_IF_ERROR(ReplaceByAside(connection, table));
    }
  }
  CBM_RETURN_IF_ERROR(RemoveUnknownMeta(connection));
  return WriteRegistrySize(connection);
}

// If the file's free pages are damaged too, what was written may be where something else was.
absl::Status CheckReplaced(Connection& connection, const LedgerHeads& signed_heads) {
  CBM_ASSIGN_OR_RETURN(const CheckReport report,
                       CheckRows(connection, signed_heads, Witnesses::kAreGone));
  CBM_RETURN_IF_ERROR(RequireNone(report.findings));
  const auto& tables = report.differences.tables;
  return std::all_of(tables.begin(), tables.end(),
                     [](const Difference& table) { return table.identical(); })
             ? absl::OkStatus()
             : absl::DataLossError(
                   "the file is so damaged that it cannot be written to, and nothing was changed");
}

}  // namespace

absl::StatusOr<Differences> RebuildStore(const std::string& path, const LedgerHeads& signed_heads) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, OpenToCheck(path));
  connection->SetBusyTimeout(kWriterWait);
  CBM_RETURN_IF_ERROR(connection->Execute("BEGIN IMMEDIATE; ROLLBACK"));  // Whether another writes.
  CBM_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(*connection));
  // Not in the transaction: see CheckRows.
  CBM_ASSIGN_OR_RETURN(const CheckReport report,
                       CheckRows(*connection, signed_heads, Witnesses::kAreHeard));
  CBM_RETURN_IF_ERROR(RequireNone(report.findings));
  const Differences& differences = report.differences;
  if (differences.identical()) {
    return differences;
  }
  // Whatever fails, closing the connection undoes all. From here on nobody else writes.
  CBM_RETURN_IF_ERROR(connection->Execute("BEGIN IMMEDIATE"));
  CBM_ASSIGN_OR_RETURN(const int64_t version_now, ReadVersion(*connection));
  if (version_now != version) {
    return absl::UnavailableError("another program wrote the store meanwhile");
  }
  CBM_RETURN_IF_ERROR(Replace(*connection, differences));
  CBM_RETURN_IF_ERROR(CheckReplaced(*connection, signed_heads));
  CBM_RETURN_IF_ERROR(DropTablesAside(*connection));
  CBM_RETURN_IF_ERROR(connection->Execute("COMMIT"));
  if (differences.NeedNewFile()) {
    CBM_RETURN_IF_ERROR(connection->Execute("VACUUM"));
  }
  connection->SetLogKept(false);
  return differences;
}

}  // namespace cbm
