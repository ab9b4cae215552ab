#ifndef CBM_SERVER_STORE_SCHEMA_H_
#define CBM_SERVER_STORE_SCHEMA_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/sqlite.h"

namespace cbm {

// The tables, and how a connection to them is set up. schema.cc says what each is for.

// The registry's number: no name of a ledger leads to it.
inline constexpr int64_t kRegistry = 0;

// Makes a new, empty file that its owner alone can read, and its tables.
// ALREADY_EXISTS if there is a file.
absl::StatusOr<std::unique_ptr<Connection>> CreateDatabase(const std::string& path);

// Gives a closed database its place, durably. ALREADY_EXISTS if there is a file, which is left as
// it is.
absl::Status PlaceDatabase(const std::string& from, const std::string& path);

// Removes a closed database with the files that SQLite makes beside it, if it is there.
void RemoveDatabase(const std::string& path);

// Opens a database that CreateDatabase made. NOT_FOUND if there is none, FAILED_PRECONDITION if the
// file is not an exchange's, or of another version. DATA_LOSS if its tables are not ours, or cannot
// be read. The log stays as it is when the connection is closed: what a damaged one lacks would be
// lost for good.
absl::StatusOr<std::unique_ptr<Connection>> OpenDatabase(const std::string& path);

// What is kept once for the whole store.
inline constexpr std::string_view kMetaGenesis = "genesis";
inline constexpr std::string_view kMetaSignature = "genesis_signature";
inline constexpr std::string_view kMetaExchange = "exchange_id";
inline constexpr std::string_view kMetaTime = "genesis_time";  // Microseconds, in decimal.
inline constexpr std::string_view kMetaRegistry = "registry";  // How many facts, in decimal.

// DATA_LOSS if it is not there.
absl::StatusOr<std::string> ReadMeta(Connection& connection, std::string_view name);
absl::Status WriteMeta(Connection& connection, std::string_view name, std::string_view value);

// Writes down how many facts the registry has.
absl::Status WriteRegistrySize(Connection& connection);

// Rows of a name that is none of these, as the registry's may have become: nothing reads them.
absl::StatusOr<uint64_t> CountUnknownMeta(Connection& connection);
absl::Status RemoveUnknownMeta(Connection& connection);

// Makes a table anew, with no row in it and on new pages. Those of before are free only once all
// others are made anew too (VACUUM). In a transaction.
absl::Status RenewTable(Connection& connection, std::string_view name);

// Makes an empty temporary table of the same name and columns. Until it is dropped, the connection
// takes it for the one that is meant, unless that is called `main`'s.
absl::Status MakeTableAside(Connection& connection, std::string_view name);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_SCHEMA_H_
