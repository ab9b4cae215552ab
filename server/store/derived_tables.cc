#include "server/store/derived_tables.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/status_macros.h"
#include "core/evidence/encoded.h"
#include "fmt/format.h"
#include "server/store/kept_entries.h"
#include "server/store/ledger_rows.h"
#include "server/store/schema.h"

namespace cbm {
namespace {

struct Shape {
  const char* table;
  const char* name;      // For the operator.
  const char* same_key;  // Of a row that is stored and one that was made anew.
  const char* value;     // The column beside the key.
};

constexpr const char* kSamePlace = "kept.ledger = made.ledger AND kept.ordinal = made.ordinal";
constexpr const char* kSameTile =
    "kept.ledger = made.ledger AND kept.level = made.level AND kept.number = made.number";
constexpr const char* kSameFact = "kept.ledger = made.ledger AND kept.key = made.key";

// By DerivedTable.
constexpr std::array<Shape, kDerivedTables.size()> kShapes = {
    Shape{"act_digest", "digests of acts", "kept.digest = made.digest", "act"},
    Shape{"act_name", "ids of acts", "kept.name = made.name", "act"},
    Shape{"entry", "places of entries", kSamePlace, "act"},
    Shape{"tile", "tiles of trees", kSameTile, "hashes"},
    Shape{"fact", "facts", kSameFact, "value"},
};

// As a connection keeps statements by their text, this lasts as long as any.
struct Statements {
  explicit Statements(const Shape& shape)
      : check_pages(fmt::format("PRAGMA main.integrity_check({})", shape.table)),
        count(fmt::format("SELECT count(*) FROM temp.{}", shape.table)),
        count_different(
            fmt::format("SELECT count(*) FROM temp.{0} AS made WHERE NOT EXISTS (SELECT "
                        "1 FROM main.{0} AS kept WHERE {1} AND kept.{2} = made.{2})",
                        shape.table, shape.same_key, shape.value)),
        count_unfounded(fmt::format("SELECT count(*) FROM main.{0} AS kept WHERE NOT EXISTS "
                                    "(SELECT 1 FROM temp.{0} AS made WHERE {1})",
                                    shape.table, shape.same_key)) {}

  const std::string check_pages;
  const std::string count;
  const std::string count_different;
  const std::string count_unfounded;
};

const Shape& ShapeOf(DerivedTable table) { return kShapes[static_cast<size_t>(table)]; }

const Statements& StatementsOf(DerivedTable table) {
  static const auto* const kAll = [] {
    auto* const all = new std::vector<Statements>;
    for (const Shape& shape : kShapes) {
      all->emplace_back(shape);
    }
    return all;
  }();
  return (*kAll)[static_cast<size_t>(table)];
}

absl::StatusOr<uint64_t> Count(Connection& connection, std::string_view sql) {
  Query query(connection, sql);
  CBM_RETURN_IF_ERROR(query.Next().status());
  return query.Unsigned(0);
}

absl::Status IndexActs(Connection& connection) {
  Query query(connection, "SELECT id, bytes, signature FROM act ORDER BY id");
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return absl::OkStatus();
    }
    const absl::StatusOr<EncodedAct> act =
        EncodedAct::Read(std::string(query.Blob(1)), std::string(query.Blob(2)));
    if (!act.ok()) {
      continue;
    }
    CBM_RETURN_IF_ERROR(
        Query(connection, "INSERT OR IGNORE INTO temp.act_digest(digest, act) VALUES(?, ?)")
            .Bind(BytesOf(act->digest))
            .Bind(query.Integer(0))
            .Run());
    const std::string name = NameKey(
        {.party = act->act.party(), .office = act->act.office(), .act_id = act->act.act_id()});
    CBM_RETURN_IF_ERROR(
        Query(connection, "INSERT OR IGNORE INTO temp.act_name(name, act) VALUES(?, ?)")
            .Bind(name)
            .Bind(query.Integer(0))
            .Run());
  }
}

absl::Status IndexEntries(Connection& connection) {
  Query query(connection, "SELECT act, bytes FROM act_entries ORDER BY act");
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return absl::OkStatus();
    }
    const absl::StatusOr<std::vector<Place>> places = PlacesOf(query.Blob(1));
    if (!places.ok()) {
      continue;
    }
    for (const Place& place : *places) {
      CBM_RETURN_IF_ERROR(
          Query(connection,
                "INSERT OR IGNORE INTO temp.entry(ledger, ordinal, act) VALUES(?, ?, ?)")
              .Bind(place.ledger)
              .Bind(place.ordinal)
              .Bind(query.Integer(0))
              .Run());
    }
  }
}

}  // namespace

bool Differences::identical() const {
  return !file_is_damaged &&
         std::all_of(tables.begin(), tables.end(),
                     [](const Difference& difference) { return difference.identical(); });
}

bool Differences::NeedNewFile() const {
  return file_is_damaged ||
         std::any_of(tables.begin(), tables.end(),
                     [](const Difference& difference) { return difference.is_damaged; });
}

std::string_view NameOf(DerivedTable table) { return ShapeOf(table).name; }

absl::StatusOr<bool> ArePagesSound(Connection& connection, std::string_view check) {
  Query query(connection, check);
  const absl::StatusOr<bool> said = query.Next();
  if (absl::IsDataLoss(said.status())) {
    return false;
  }
  CBM_RETURN_IF_ERROR(said.status());
  return *said && query.Blob(0) == "ok";
}

absl::Status MakeTablesAside(Connection& connection) {
  CBM_RETURN_IF_ERROR(DropTablesAside(connection));
  for (const Shape& shape : kShapes) {
    CBM_RETURN_IF_ERROR(MakeTableAside(connection, shape.table));
  }
  return absl::OkStatus();
}

absl::Status DropTablesAside(Connection& connection) {
  for (const Shape& shape : kShapes) {
    CBM_RETURN_IF_ERROR(
        connection.Execute(fmt::format("DROP TABLE IF EXISTS temp.{}", shape.table).c_str()));
  }
  return absl::OkStatus();
}

absl::Status IndexAside(Connection& connection) {
  const absl::Status acts = IndexActs(connection);
  const absl::Status entries = IndexEntries(connection);
  const absl::Status unread = connection.Execute(
      "INSERT OR IGNORE INTO temp.entry SELECT ledger, ordinal, act FROM main.entry "
      "WHERE act IN (SELECT id FROM act EXCEPT SELECT act FROM temp.entry)");
  CBM_RETURN_IF_ERROR(acts);
  CBM_RETURN_IF_ERROR(entries);
  return absl::IsDataLoss(unread) ? absl::OkStatus() : unread;
}

absl::StatusOr<Difference> CompareAside(Connection& connection, DerivedTable table,
                                        bool may_be_damaged) {
  const Statements& statements = StatementsOf(table);
  Difference difference;
  CBM_ASSIGN_OR_RETURN(difference.made, Count(connection, statements.count));
  if (may_be_damaged) {
    CBM_ASSIGN_OR_RETURN(const bool sound, ArePagesSound(connection, statements.check_pages));
    difference.is_damaged = !sound;
  }
  if (!difference.is_damaged) {
    const absl::StatusOr<uint64_t> different = Count(connection, statements.count_different);
    const absl::StatusOr<uint64_t> unfounded = Count(connection, statements.count_unfounded);
    for (const absl::Status& counted : {different.status(), unfounded.status()}) {
      difference.is_damaged |= absl::IsDataLoss(counted);
      if (!counted.ok() && !absl::IsDataLoss(counted)) {
        return counted;
      }
    }
    if (!difference.is_damaged) {
      difference.different = *different;
      difference.unfounded = *unfounded;
      return difference;
    }
  }
  difference.different = difference.made;
  return difference;
}

absl::Status ReplaceByAside(Connection& connection, DerivedTable table) {
  return connection.Execute(
      fmt::format("DELETE FROM main.{0}; INSERT INTO main.{0} SELECT * FROM temp.{0}",
                  ShapeOf(table).table)
          .c_str());
}

absl::Status Renew(Connection& connection, DerivedTable table) {
  return RenewTable(connection, ShapeOf(table).table);
}

}  // namespace cbm
