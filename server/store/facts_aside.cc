#include "server/store/facts_aside.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/projection.h"
#include "server/store/genesis_entries.h"
#include "server/store/ledger_rows.h"
#include "server/store/schema.h"

namespace cbm {
namespace {

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
    RowFactTable facts(connection, query.Integer(0));
    CBM_RETURN_IF_ERROR(
        rules::Project(exchange, entry.entry, act.has_value() ? &act->act : nullptr, facts));
  }
}

absl::Status ProjectRegistry(Connection& connection, const Foundation& foundation) {
  RowFactTable registry(connection, kRegistry);
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

}  // namespace

absl::Status ProjectAside(Connection& connection) {
  CBM_ASSIGN_OR_RETURN(std::string genesis, ReadMeta(connection, kMetaGenesis));
  CBM_ASSIGN_OR_RETURN(const Foundation foundation, ReadFoundation(std::move(genesis)));
  CBM_RETURN_IF_ERROR(ProjectLedgers(connection, foundation.exchange));
  return ProjectRegistry(connection, foundation);
}

}  // namespace cbm
