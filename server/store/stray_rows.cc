#include "server/store/stray_rows.h"

#include <array>
#include <cstdint>
#include <string>

#include "core/base/ledger_id.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/store/ledger_rows.h"

namespace cbm {
namespace {

constexpr int64_t kOfEachMax = 1000;

static_assert(kContentsOfAct == 32 && kNoAct == 0);

std::string ContentOfAct(Connection& /*connection*/, const Query& row) {
  return fmt::format("content {} of act {}", row.Integer(1), row.Integer(0));
}

std::string Act(Connection& /*connection*/, const Query& row) {
  return fmt::format("act {}", row.Integer(0));
}

std::string CutOfAct(Connection& /*connection*/, const Query& row) {
  return fmt::format("cut of act {} from ledger number {}", row.Integer(0), row.Integer(1));
}

std::string Ledger(Connection& connection, const Query& row) {
  const absl::StatusOr<LedgerId> id = LedgerOfNumber(connection, row.Integer(0));
  return id.ok() ? id->text() : fmt::format("ledger number {}", row.Integer(0));
}

struct Kind {
  const char* sql;  // Two numbers of each such row, up to so many.
  std::string (*where)(Connection& connection, const Query& row);
  const char* what;
};

constexpr std::array kKinds = {
    Kind{"SELECT id / 32, id % 32 FROM content WHERE NOT EXISTS "
         "(SELECT 1 FROM act WHERE act.id = content.id / 32) LIMIT ?",
         ContentOfAct,
         "its act is missing: nobody is given it, nothing erases it, and an act that gets its "
         "number cannot be taken"},
    Kind{"SELECT id / 32, id % 32 FROM content AS one WHERE id % 32 != 0 AND NOT EXISTS "
         "(SELECT 1 FROM content WHERE content.id = one.id - 1) LIMIT ?",
         ContentOfAct, "the one before it is missing"},
    Kind{"SELECT act, 0 FROM act_entries WHERE act != 0 AND NOT EXISTS "
         "(SELECT 1 FROM act WHERE act.id = act_entries.act) LIMIT ?",
         Act, "it is missing, and entries of it are there"},
    Kind{"SELECT act, ledger FROM cut WHERE NOT EXISTS (SELECT 1 FROM act WHERE act.id = cut.act) "
         "OR NOT EXISTS (SELECT 1 FROM ledger WHERE ledger.id = cut.ledger) LIMIT ?",
         CutOfAct, "one of the two is missing: what was cut may be given again"},
    Kind{"SELECT id, 0 FROM ledger WHERE NOT EXISTS "
         "(SELECT 1 FROM entry WHERE entry.ledger = ledger.id) AND NOT EXISTS "
         "(SELECT 1 FROM cut WHERE cut.ledger = ledger.id) LIMIT ?",
         Ledger, "it has no entry, with which every ledger begins"},
};

absl::Status Find(Connection& connection, const Kind& kind, std::vector<Finding>& findings) {
  Query query(connection, kind.sql);
  query.Bind(kOfEachMax);
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return absl::OkStatus();
    }
    findings.push_back({.where = kind.where(connection, query), .what = kind.what});
  }
}

}  // namespace

absl::StatusOr<std::vector<Finding>> FindStrayRows(Connection& connection) {
  std::vector<Finding> findings;
  for (const Kind& kind : kKinds) {
    CBM_RETURN_IF_ERROR(Find(connection, kind, findings));
  }
  return findings;
}

}  // namespace cbm
