#include "server/program/inspect.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/status_macros.h"
#include "core/evidence/genesis.h"
#include "fmt/format.h"
#include "server/program/files.h"
#include "server/program/log_key.h"
#include "server/sequencer/checkpoint_file.h"
#include "server/sequencer/checkpoint_keeper.h"
#include "server/store/check.h"
#include "server/store/rebuild.h"
#include "server/store/sqlite_store.h"

namespace cbm {
namespace {

// Holds the database against the checkpoints that were signed, since an older one fits itself.
// Fails if it cannot be opened.
absl::Status HoldAgainstSigned(const StoreConfig& config, std::vector<Finding>& findings) {
  if (::access(config.checkpoints.c_str(), F_OK) != 0) {
    fmt::print("{} is not there: whether the database is the newest was not checked\n",
               config.checkpoints);
    return absl::OkStatus();
  }
  const absl::StatusOr<LedgerHeads> signed_heads = CheckpointFile::Read(config.checkpoints);
  if (!signed_heads.ok()) {
    findings.push_back(
        {.where = "checkpoints", .what = std::string(signed_heads.status().message())});
    return absl::OkStatus();
  }
  const absl::StatusOr<std::unique_ptr<SqliteStore>> store =
      SqliteStore::OpenToRead(config.database);
  if (!store.ok()) {
    return WithDatabase(config.database, store.status());
  }
  for (const auto& [ledger, head] : *signed_heads) {
    if (const absl::Status extends = CheckExtends(**store, ledger, head); !extends.ok()) {
      findings.push_back({.where = ledger.text(), .what = std::string(extends.message())});
    }
  }
  return absl::OkStatus();
}

std::string Describe(const RebuildReport& report) {
  return fmt::format("{} were different and {} followed from no entry", report.different,
                     report.unfounded);
}

// Facts follow from entries: of entries that are damaged, nothing is said.
absl::Status CheckFacts(const std::string& database, CheckReport& check) {
  std::vector<Finding>& findings = check.findings;
  if (!findings.empty()) {
    return absl::OkStatus();
  }
  if (check.fact_pages_are_damaged) {
    findings.push_back({.where = "facts",
                        .what = "their pages in the file, or free ones, are damaged: cbmd rebuild "
                                "makes them anew"});
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(const RebuildReport report, CompareFacts(database));
  if (!report.identical()) {
    findings.push_back({.where = "facts",
                        .what = fmt::format("of {}, {}: cbmd rebuild makes them anew", report.facts,
                                            Describe(report))});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> CheckExchange(const Config& config) {
  absl::StatusOr<CheckReport> made = CheckStore(config.store.database);
  if (!made.ok()) {
    return WithDatabase(config.store.database, made.status());
  }
  CheckReport& report = *made;
  if (const absl::Status facts = CheckFacts(config.store.database, report); !facts.ok()) {
    return WithDatabase(config.store.database, facts);
  }
  if (const absl::Status held = HoldAgainstSigned(config.store, report.findings); !held.ok()) {
    report.findings.push_back({.where = "database", .what = std::string(held.message())});
  }
  for (const Finding& finding : report.findings) {
    fmt::print("{}: {}\n", finding.where, Printable(finding.what));
  }
  uint64_t entries = 0;
  for (const auto& [ledger, head] : report.heads) {
    entries += head.size;
  }
  fmt::print("{} ledgers, {} entries: {}\n", report.heads.size(), entries,
             report.findings.empty() ? "nothing is wrong"
                                     : fmt::format("{} findings", report.findings.size()));
  return report.findings.empty();
}

absl::StatusOr<bool> RebuildExchange(const Config& config) {
  CBM_ASSIGN_OR_RETURN(const FileLock lock, LockFile(config.store.database));
  std::vector<Finding> findings;
  CBM_RETURN_IF_ERROR(HoldAgainstSigned(config.store, findings));
  if (!findings.empty()) {
    return absl::DataLossError(
        fmt::format("nothing was changed: {}: {}", findings.front().where, findings.front().what));
  }
  const absl::StatusOr<RebuildReport> made = RebuildFacts(config.store.database);
  if (!made.ok()) {
    return WithDatabase(config.store.database, made.status());
  }
  fmt::print("{} facts made anew: {}\n", made->facts,
             made->identical() ? "identical" : Describe(*made) + "; mended");
  return made->identical();
}

absl::Status PrintLogKey(const Config& config) {
  const absl::StatusOr<GenesisDocument> genesis = ReadGenesisOf(config.store.database);
  if (!genesis.ok()) {
    return WithDatabase(config.store.database, genesis.status());
  }
  fmt::print("{}", DescribeExchange(*genesis));
  return absl::OkStatus();
}

}  // namespace cbm
