#ifndef CBM_SERVER_STORE_DERIVED_TABLES_H_
#define CBM_SERVER_STORE_DERIVED_TABLES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/sqlite.h"

namespace cbm {

// The tables that follow from the others, the truth: by what acts are found, where entries stand,
// the trees, and the facts.
//
// They are made anew aside: as temporary tables of the same names, which the connection then reads
// wherever a table is not said to be `main`'s. So whatever reads rows (ledger_rows.h) says what
// follows from the truth alone, whatever became of the tables that are stored.
enum class DerivedTable { kDigests, kNames, kEntries, kTiles, kFacts };

inline constexpr std::array kDerivedTables = {DerivedTable::kDigests, DerivedTable::kNames,
                                              DerivedTable::kEntries, DerivedTable::kTiles,
                                              DerivedTable::kFacts};

// How a stored table differs from the one that was made anew.
struct Difference {
  uint64_t made = 0;        // Rows, as made anew.
  uint64_t different = 0;   // Of these, stored otherwise, or not at all.
  uint64_t unfounded = 0;   // Rows that are stored, but follow from nothing.
  bool is_damaged = false;  // Its pages in the file are. None of its rows is believed.

  bool identical() const { return different == 0 && unfounded == 0 && !is_damaged; }
};

// How all of them do.
struct Differences {
  std::array<Difference, kDerivedTables.size()> tables;
  bool file_is_damaged = false;  // Its pages are: those of a table here, or such as are of none.

  Difference& operator[](DerivedTable table) { return tables[static_cast<size_t>(table)]; }
  const Difference& operator[](DerivedTable table) const {
    return tables[static_cast<size_t>(table)];
  }
  bool identical() const;
  // Whether mending leaves pages over, so that the file has to be written anew (VACUUM).
  bool NeedNewFile() const;
};

// For the operator: "facts".
std::string_view NameOf(DerivedTable table);

// Whether what a PRAGMA integrity_check says is that all is well. Also false if the file is too
// damaged for it.
absl::StatusOr<bool> ArePagesSound(Connection& connection, std::string_view check);

// Makes all of them aside, empty, in place of any that stood there.
absl::Status MakeTablesAside(Connection& connection);
absl::Status DropTablesAside(Connection& connection);

// Fills those of acts and entries. What cannot be read, and what another has the place of, is left
// out; entries of acts whose own cannot be read stand where the stored table has them, so that a
// check says which. DATA_LOSS if the truth's pages are damaged: as much as could be read is there.
absl::Status IndexAside(Connection& connection);

// Holds what is stored against what was made aside. `may_be_damaged`: its pages are looked at.
absl::StatusOr<Difference> CompareAside(Connection& connection, DerivedTable table,
                                        bool may_be_damaged);

// Puts what was made aside in the place of what is stored. In a transaction.
absl::Status ReplaceByAside(Connection& connection, DerivedTable table);

// Makes a stored table empty, on new pages: nothing of the old ones is read. As RenewTable.
absl::Status Renew(Connection& connection, DerivedTable table);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_DERIVED_TABLES_H_
