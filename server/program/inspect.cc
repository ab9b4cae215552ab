#include "server/program/inspect.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/program/files.h"
#include "server/sequencer/checkpoint_file.h"
#include "server/sequencer/checkpoint_keeper.h"
#include "server/store/check.h"
#include "server/store/rebuild.h"
#include "server/store/sqlite_store.h"

namespace cbm {

namespace {

// Holds the database against the checkpoints that were signed, since an older one fits itself.
absl::Status HoldAgainstSigned(const StoreConfig& config, std::vector<Finding>& findings) {
  if (::access(config.checkpoints.c_str(), F_OK) != 0) {
    fmt::print("{} is not there: whether the database is the newest was not checked\n",
               config.checkpoints);
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(const LedgerHeads signed_heads, CheckpointFile::Read(config.checkpoints));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteStore> store,
                       SqliteStore::Open(config.database));
  for (const auto& [ledger, head] : signed_heads) {
    if (const absl::Status extends = CheckExtends(*store, ledger, head); !extends.ok()) {
      findings.push_back({.where = ledger.text(), .what = std::string(extends.message())});
    }
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
  CBM_RETURN_IF_ERROR(HoldAgainstSigned(config.store, report.findings));
  for (const Finding& finding : report.findings) {
    fmt::print("{}: {}\n", finding.where, finding.what);
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
  const absl::StatusOr<RebuildReport> made = RebuildFacts(config.store.database);
  if (!made.ok()) {
    return WithDatabase(config.store.database, made.status());
  }
  const RebuildReport& report = *made;
  fmt::print("{} facts made anew: {}\n", report.facts,
             report.identical() ? "identical"
                                : fmt::format("{} were different and {} followed from no entry",
                                              report.different, report.unfounded));
  return report.identical();
}

}  // namespace cbm
