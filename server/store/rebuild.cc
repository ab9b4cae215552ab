#include "server/store/rebuild.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/projection.h"
#include "fmt/format.h"
#include "server/store/check.h"
#include "server/store/genesis_entries.h"
#include "server/store/ledger_rows.h"
#include "server/store/schema.h"

namespace cbm {
namespace {

constexpr absl::Duration kWriterWait = absl::Seconds(1);

absl::StatusOr<EncodedAct> ReadAct(Connection& connection, int64_t act) {
  Query query(connection, "SELECT bytes, signature FROM act WHERE id = ?");
  query.Bind(act);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return absl::DataLossError("an act is missing");
  }
  return EncodedAct::Read(std::string(query.Blob(0)), std::string(query.Blob(1)));
}

absl::Status ProjectLedgers(Connection& connection, const rules::Exchange& exchange) {
  Query query(connection,
              "SELECT entry.ledger, entry.ordinal, entry.act, act_entries.bytes, ledger.beginning "
              "FROM entry LEFT JOIN act_entries ON act_entries.act = entry.act "
              "LEFT JOIN ledger ON ledger.id = entry.ledger ORDER BY entry.ledger, entry.ordinal");
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return absl::OkStatus();
    }
    CBM_ASSIGN_OR_RETURN(
        std::string bytes,
        EntryAt(query.Blob(3), {.ledger = query.Integer(0), .ordinal = query.Unsigned(1)},
                query.Blob(4)));
    CBM_ASSIGN_OR_RETURN(const EncodedEntry entry, EncodedEntry::Read(std::move(bytes)));
    std::optional<EncodedAct> act;
    if (query.Integer(2) != kNoAct && !entry.entry.has_summary()) {
      CBM_ASSIGN_OR_RETURN(act, ReadAct(connection, query.Integer(2)));
    }
    RowFactTable facts(connection, query.Integer(0), FactsOf::kRebuild);
    CBM_RETURN_IF_ERROR(
        rules::Project(exchange, entry.entry, act.has_value() ? &act->act : nullptr, facts));
  }
}

absl::Status ProjectRegistry(Connection& connection, const Foundation& foundation) {
  RowFactTable registry(connection, kRegistry, FactsOf::kRebuild);
  CBM_RETURN_IF_ERROR(rules::ProjectGenesis(foundation.exchange, registry));
  Query query(connection, "SELECT id, bytes, signature FROM act ORDER BY id");
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return absl::OkStatus();
    }
    CBM_ASSIGN_OR_RETURN(const std::vector<Place> places, ReadPlaces(connection, query.Integer(0)));
    CBM_ASSIGN_OR_RETURN(const EncodedEntry own,
                         ReadEntryRow(connection, places.front().ledger, places.front().ordinal));
    if (own.entry.role() == v1::ENTRY_ROLE_OWN) {
      CBM_ASSIGN_OR_RETURN(const EncodedAct act, EncodedAct::Read(std::string(query.Blob(1)),
                                                                  std::string(query.Blob(2))));
      CBM_RETURN_IF_ERROR(
          rules::ProjectRegistry(foundation.exchange, own.entry, act.act, registry));
    }
  }
}

absl::StatusOr<uint64_t> Count(Connection& connection, std::string_view sql) {
  Query query(connection, sql);
  CBM_RETURN_IF_ERROR(query.Next().status());
  return query.Unsigned(0);
}

absl::StatusOr<RebuildReport> Compare(Connection& connection) {
  RebuildReport report;
  CBM_ASSIGN_OR_RETURN(report.facts, Count(connection, "SELECT count(*) FROM rebuilt_fact"));
  CBM_ASSIGN_OR_RETURN(
      report.different,
      Count(connection,
            "SELECT count(*) FROM rebuilt_fact AS made WHERE NOT EXISTS (SELECT 1 FROM fact WHERE "
            "fact.ledger = made.ledger AND fact.key = made.key AND fact.value = made.value)"));
  CBM_ASSIGN_OR_RETURN(
      report.unfounded,
      Count(connection,
            "SELECT count(*) FROM fact WHERE NOT EXISTS (SELECT 1 FROM rebuilt_fact AS made WHERE "
            "fact.ledger = made.ledger AND fact.key = made.key)"));
  CBM_ASSIGN_OR_RETURN(const uint64_t registry,
                       Count(connection, "SELECT count(*) FROM rebuilt_fact WHERE ledger = 0"));
  const absl::StatusOr<std::string> written = ReadMeta(connection, kMetaRegistry);
  if (!written.ok() || *written != fmt::format("{}", registry)) {
    ++report.different;
  }
  return report;
}

// Facts follow from entries that are as they were written, or not at all. Whether they need new
// pages.
absl::StatusOr<bool> RequireSound(Connection& connection) {
  CBM_ASSIGN_OR_RETURN(const CheckReport report, CheckRows(connection));
  if (report.findings.empty()) {
    return report.fact_pages_are_damaged;
  }
  return absl::DataLossError(fmt::format(
      "what facts are made from is damaged, and nothing was changed: {}: {} ({} "
      "findings; cbmd check lists them)",
      report.findings.front().where, report.findings.front().what, report.findings.size()));
}

absl::StatusOr<RebuildReport> MakeAside(Connection& connection) {
  CBM_ASSIGN_OR_RETURN(std::string genesis, ReadMeta(connection, kMetaGenesis));
  CBM_ASSIGN_OR_RETURN(const Foundation foundation, ReadFoundation(std::move(genesis)));
  CBM_RETURN_IF_ERROR(connection.Execute(
      "CREATE TEMP TABLE rebuilt_fact(ledger INTEGER NOT NULL, key BLOB NOT NULL, "
      "value BLOB NOT NULL, PRIMARY KEY(ledger, key)) WITHOUT ROWID"));
  CBM_RETURN_IF_ERROR(ProjectLedgers(connection, foundation.exchange));
  CBM_RETURN_IF_ERROR(ProjectRegistry(connection, foundation));
  return Compare(connection);
}

// What all facts need beside the store while they are made is kept on its disk, in its folder.
void KeepTemporaryFilesBeside(const std::string& path) {
  const std::string folder = std::filesystem::absolute(path).parent_path();
  sqlite3_free(sqlite3_temp_directory);
  sqlite3_temp_directory = sqlite3_mprintf("%s", folder.c_str());
}

absl::StatusOr<std::unique_ptr<Connection>> OpenToRebuild(const std::string& path) {
  KeepTemporaryFilesBeside(path);
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, OpenDatabase(path));
  connection->SetBusyTimeout(kWriterWait);
  CBM_RETURN_IF_ERROR(connection->Execute("PRAGMA temp_store = FILE"));  // May be large.
  return connection;
}

}  // namespace

absl::StatusOr<RebuildReport> CompareFacts(const std::string& path) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, OpenToRebuild(path));
  CBM_RETURN_IF_ERROR(connection->Execute("BEGIN"));  // All of it as it stands at one instant.
  return MakeAside(*connection);
}

absl::StatusOr<RebuildReport> RebuildFacts(const std::string& path) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, OpenToRebuild(path));
  // Whatever fails, closing the connection undoes all.
  CBM_RETURN_IF_ERROR(connection->Execute("BEGIN IMMEDIATE"));
  CBM_ASSIGN_OR_RETURN(const bool needs_pages, RequireSound(*connection));
  if (needs_pages) {
    CBM_RETURN_IF_ERROR(RenewFactTable(*connection));
  }
  CBM_ASSIGN_OR_RETURN(const RebuildReport report, MakeAside(*connection));
  if (!report.identical()) {
    CBM_RETURN_IF_ERROR(connection->Execute("DELETE FROM fact"));
    CBM_RETURN_IF_ERROR(connection->Execute(
        "INSERT INTO fact(ledger, key, value) SELECT ledger, key, value FROM rebuilt_fact"));
    CBM_RETURN_IF_ERROR(WriteRegistrySize(*connection));
  }
  CBM_RETURN_IF_ERROR(connection->Execute("COMMIT"));
  if (needs_pages) {
    CBM_RETURN_IF_ERROR(connection->Execute("DROP TABLE temp.rebuilt_fact"));
    CBM_RETURN_IF_ERROR(connection->Execute("VACUUM"));
  }
  connection->SetLogKept(report.identical());
  return report;
}

}  // namespace cbm
