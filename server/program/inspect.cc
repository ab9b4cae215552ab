#include "server/program/inspect.h"

#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/evidence/genesis.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "server/program/files.h"
#include "server/program/log_key.h"
#include "server/sequencer/checkpoint_file.h"
#include "server/store/check.h"
#include "server/store/rebuild.h"

namespace cbm {
namespace {

// The last signed checkpoints, which an older database contradicts. None, and a finding, if the
// file cannot be read.
LedgerHeads ReadSigned(const std::string& path, std::vector<Finding>& findings) {
  if (::access(path.c_str(), F_OK) != 0) {
    fmt::print("{} is not there: whether the database is the newest was not checked\n", path);
    return {};
  }
  absl::StatusOr<LedgerHeads> heads = CheckpointFile::Read(path);
  if (!heads.ok()) {
    findings.push_back({.where = "checkpoints", .what = std::string(heads.status().message())});
    return {};
  }
  return *std::move(heads);
}

std::string Describe(const Difference& difference) {
  return difference.is_damaged
             ? "their pages in the file are damaged"
             : fmt::format("of {}, {} were different and {} followed from nothing", difference.made,
                           difference.different, difference.unfounded);
}

// A line for each table that is not as it must be; how many.
size_t Print(const Differences& differences, std::string_view remedy) {
  size_t printed = 0;
  for (const DerivedTable table : kDerivedTables) {
    if (!differences[table].identical()) {
      ++printed;
      fmt::print("{}: {}{}\n", NameOf(table), Describe(differences[table]), remedy);
    }
  }
  if (printed == 0 && differences.file_is_damaged) {
    ++printed;
    fmt::print("database: free pages of the file are damaged{}\n", remedy);
  }
  return printed;
}

}  // namespace

absl::StatusOr<bool> CheckExchange(const Config& config) {
  std::vector<Finding> findings;
  const LedgerHeads signed_heads = ReadSigned(config.store.checkpoints, findings);
  const absl::StatusOr<CheckReport> report = CheckStore(config.store.database, signed_heads);
  if (!report.ok()) {
    return WithDatabase(config.store.database, report.status());
  }
  findings.insert(findings.begin(), report->findings.begin(), report->findings.end());
  for (const Finding& finding : findings) {
    fmt::print("{}: {}\n", finding.where, Printable(finding.what));
  }
  const size_t mendable =
      report->findings.empty() ? Print(report->differences, ": cbmd rebuild makes them anew") : 0;
  uint64_t entries = 0;
  for (const auto& [ledger, head] : report->heads) {
    entries += head.size;
  }
  std::string_view remedy;
  if (!report->findings.empty()) {
    remedy = "; cbmd rebuild mends none of this: put the newest copy back";
  } else if (mendable > 0 && findings.empty()) {
    remedy = "; cbmd rebuild mends all of this";
  }
  const size_t found = findings.size() + mendable;
  fmt::print("{} ledgers, {} entries: {}{}\n", report->heads.size(), entries,
             found == 0 ? "nothing is wrong" : fmt::format("{} findings", found), remedy);
  return found == 0;
}

absl::StatusOr<bool> RebuildExchange(const Config& config) {
  CBM_ASSIGN_OR_RETURN(const FileLock lock, LockFile(config.store.database));
  std::vector<Finding> findings;
  const LedgerHeads signed_heads = ReadSigned(config.store.checkpoints, findings);
  if (!findings.empty()) {
    return absl::DataLossError(
        fmt::format("nothing was changed: {}: {}", findings.front().where, findings.front().what));
  }
  const absl::StatusOr<Differences> before = RebuildStore(config.store.database, signed_heads);
  if (!before.ok()) {
    return WithDatabase(config.store.database, before.status());
  }
  std::vector<std::string> made;
  made.reserve(kDerivedTables.size());
  for (const DerivedTable table : kDerivedTables) {
    made.push_back(fmt::format("{} {}", (*before)[table].made, NameOf(table)));
  }
  Print(*before, "; mended");
  fmt::print("{} made anew: {}\n", fmt::join(made, ", "),
             before->identical() ? "identical" : "mended");
  return before->identical();
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
