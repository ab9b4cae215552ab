#include "server/program/inspect.h"

#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/program/files.h"
#include "server/store/check.h"
#include "server/store/rebuild.h"

namespace cbm {

absl::StatusOr<bool> CheckExchange(const Config& config) {
  const absl::StatusOr<CheckReport> made = CheckStore(config.store.database);
  if (!made.ok()) {
    return WithDatabase(config.store.database, made.status());
  }
  const CheckReport& report = *made;
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
