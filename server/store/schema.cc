#include "server/store/schema.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>

#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr int64_t kApplicationId = 0x63626d31;  // "cbm1"
constexpr int64_t kSchemaVersion = 5;
constexpr absl::Duration kBusyTimeout = absl::Seconds(5);
constexpr std::string_view kCreate = "CREATE TABLE ";

// Each commit writes whole pages: what is taken together stands together, in the order of taking,
// and what stands by ledger is small. What follows from the rest, and is made anew by rebuild, is
// in derived_tables.h.
constexpr const char* kTables = R"sql(
PRAGMA application_id = 0x63626d31;
PRAGMA user_version = 5;
-- What is kept once.
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
-- Ledgers have small numbers; 0 is the registry, which has no name. What their entries begin with.
CREATE TABLE ledger(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, beginning BLOB NOT NULL);
-- An act in the order of taking: its time in microseconds.
CREATE TABLE act(id INTEGER PRIMARY KEY, time INTEGER NOT NULL, bytes BLOB NOT NULL,
                 signature BLOB NOT NULL);
-- The truth: the entries of each act (kept_entries.h), the author's own first. Those that begin
-- ALL ledgers have no act, and stand at 0.
CREATE TABLE act_entries(act INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE act_digest(digest BLOB PRIMARY KEY, act INTEGER NOT NULL) WITHOUT ROWID;
-- By the time in the act id, then by party, office and act id, digested.
CREATE TABLE act_name(name BLOB PRIMARY KEY, act INTEGER NOT NULL) WITHOUT ROWID;
-- Whose an entry is.
CREATE TABLE entry(ledger INTEGER NOT NULL, ordinal INTEGER NOT NULL, act INTEGER NOT NULL,
                   PRIMARY KEY(ledger, ordinal)) WITHOUT ROWID;
-- The trees, as core/log/tiles.h wants them kept.
CREATE TABLE tile(ledger INTEGER NOT NULL, level INTEGER NOT NULL, number INTEGER NOT NULL,
                  hashes BLOB NOT NULL, PRIMARY KEY(ledger, level, number)) WITHOUT ROWID;
-- The contents of an act: 32 times its id and the content's place. Erased ones have no bytes.
CREATE TABLE content(id INTEGER PRIMARY KEY, digest BLOB NOT NULL, bytes BLOB);
CREATE TABLE cut(ledger INTEGER NOT NULL, act INTEGER NOT NULL,
                 PRIMARY KEY(ledger, act)) WITHOUT ROWID;
-- What is true for who asks, as it follows from the entries (kept_facts.h).
CREATE TABLE fact(ledger INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
                  PRIMARY KEY(ledger, key)) WITHOUT ROWID;
)sql";

// A connection's own settings. Erased contents are overwritten in the file.
constexpr const char* kSettings = R"sql(
PRAGMA foreign_keys = OFF;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA wal_autocheckpoint = 0;
PRAGMA journal_size_limit = 100000000;
)sql";

absl::StatusOr<int64_t> ReadInteger(Connection& connection, std::string_view sql) {
  Query query(connection, sql);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.Integer(0) : 0;
}

// Whether a file begins as SQLite's do; also if it cannot be read: then using it says so. What a
// damaged disk says of a good file must not look like this.
//
// Read through SQLite: if this process closed a descriptor of its own, it would lose its locks on
// the file, and the next program to close the database would remove the log that this one commits
// to.
bool MayBeDatabase(Connection& connection) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_FILE_POINTER,
                           static_cast<void*>(&file)) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr) {
    return true;
  }
  std::array<char, kMagic.size()> first{};
  const int code = file->pMethods->xRead(file, first.data(), static_cast<int>(first.size()), 0);
  const bool was_read = code == SQLITE_OK || code == SQLITE_IOERR_SHORT_READ;
  return !was_read || std::string_view(first.data(), first.size()) == kMagic;
}

// Whether the tables are those that CreateDatabase makes, by the text that SQLite keeps of each.
// What reads them then finds its columns, and a statement that fails is not the file's fault.
absl::Status CheckTables(Connection& connection) {
  const std::string_view made = kTables;
  size_t expected = 0;
  for (size_t at = made.find(kCreate); at != std::string_view::npos;
       at = made.find(kCreate, at + 1)) {
    ++expected;
  }
  Query query(connection, "SELECT CAST(sql AS BLOB) FROM sqlite_schema WHERE sql NOT NULL");
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      break;
    }
    expected -= made.find(std::string(query.Blob(0)) + ";") != std::string_view::npos ? 1U : 0U;
  }
  return expected == 0 ? absl::OkStatus()
                       : absl::DataLossError("the store's tables are not those of an exchange");
}

// What makes a table, without `CREATE TABLE `.
std::string DefinitionOf(std::string_view name) {
  const std::string_view made = kTables;
  const size_t begin = made.find(fmt::format("CREATE TABLE {}(", name)) + kCreate.size();
  return std::string(made.substr(begin, made.find(';', begin) - begin));
}

void BindMetaNames(Query& query) {
  for (const std::string_view name :
       {kMetaGenesis, kMetaSignature, kMetaExchange, kMetaTime, kMetaRegistry}) {
    query.BindText(name);
  }
}

absl::Status Set(Connection& connection) {
  connection.SetBusyTimeout(kBusyTimeout);
  return connection.Execute(kSettings);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> CreateDatabase(const std::string& path) {
  // Made by hand, so that only one of two can make it; closed before SQLite knows of it.
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) {
    return errno == EEXIST ? absl::AlreadyExistsError("there is a file in the store's place")
                           : absl::FailedPreconditionError("the store's file cannot be made");
  }
  close(file);
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(path));
  CBM_RETURN_IF_ERROR(Set(*connection));
  CBM_RETURN_IF_ERROR(connection->Execute("PRAGMA journal_mode = WAL"));
  CBM_RETURN_IF_ERROR(connection->Execute("BEGIN IMMEDIATE"));
  CBM_RETURN_IF_ERROR(connection->Execute(kTables));
  CBM_RETURN_IF_ERROR(connection->Execute("COMMIT"));
  return connection;
}

absl::Status PlaceDatabase(const std::string& from, const std::string& path) {
  if (link(from.c_str(), path.c_str()) != 0) {  // Unlike a rename, it replaces nothing.
    return errno == EEXIST ? absl::AlreadyExistsError("there is a file in the store's place")
                           : absl::FailedPreconditionError("the store's file cannot be made");
  }
  const std::string folder = std::filesystem::path(path).parent_path();
  const int file = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = file >= 0 && fsync(file) == 0;
  if (file >= 0) {
    close(file);
  }
  return synced ? absl::OkStatus() : absl::DataLossError("the store's folder cannot be synced");
}

void RemoveDatabase(const std::string& path) {
  for (const std::string_view ending : {"", "-journal", "-wal", "-shm"}) {
    unlink((path + std::string(ending)).c_str());
  }
}

absl::StatusOr<std::unique_ptr<Connection>> OpenDatabase(const std::string& path) {
  const auto foreign = [] {
    return absl::FailedPreconditionError("the file is not the store of an exchange");
  };
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(path));
  connection->SetLogKept(true);
  if (!MayBeDatabase(*connection)) {
    return foreign();
  }
  CBM_RETURN_IF_ERROR(Set(*connection));
  CBM_ASSIGN_OR_RETURN(const int64_t application,
                       ReadInteger(*connection, "PRAGMA application_id"));
  if (application != kApplicationId) {
    return foreign();
  }
  CBM_ASSIGN_OR_RETURN(const int64_t version, ReadInteger(*connection, "PRAGMA user_version"));
  if (version != kSchemaVersion) {
    return absl::FailedPreconditionError("the store is of another version of this program");
  }
  CBM_RETURN_IF_ERROR(CheckTables(*connection));
  return connection;
}

absl::StatusOr<std::string> ReadMeta(Connection& connection, std::string_view name) {
  Query query(connection, "SELECT value FROM meta WHERE name = ?");
  query.BindText(name);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return absl::DataLossError("the store lacks what it was founded on");
  }
  return std::string(query.Blob(0));
}

absl::Status WriteMeta(Connection& connection, std::string_view name, std::string_view value) {
  Query query(connection, "INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)");
  return query.BindText(name).Bind(value).Run();
}

absl::Status WriteRegistrySize(Connection& connection) {
  Query query(connection, "SELECT count(*) FROM fact WHERE ledger = ?");
  query.Bind(kRegistry);
  CBM_RETURN_IF_ERROR(query.Next().status());
  return WriteMeta(connection, kMetaRegistry, fmt::format("{}", query.Integer(0)));
}

absl::StatusOr<uint64_t> CountUnknownMeta(Connection& connection) {
  Query query(connection, "SELECT count(*) FROM meta WHERE name NOT IN (?, ?, ?, ?, ?)");
  BindMetaNames(query);
  CBM_RETURN_IF_ERROR(query.Next().status());
  return query.Unsigned(0);
}

absl::Status RemoveUnknownMeta(Connection& connection) {
  Query query(connection, "DELETE FROM meta WHERE name NOT IN (?, ?, ?, ?, ?)");
  BindMetaNames(query);
  return query.Run();
}

absl::Status RenewTable(Connection& connection, std::string_view name) {
  // Not dropped: to find its pages, and call them free, would believe what they say.
  CBM_RETURN_IF_ERROR(connection.Execute("PRAGMA writable_schema = ON"));
  CBM_RETURN_IF_ERROR(connection.Execute(
      fmt::format("DELETE FROM main.sqlite_schema WHERE name = '{}'", name).c_str()));
  CBM_RETURN_IF_ERROR(connection.Execute("PRAGMA writable_schema = RESET"));
  return connection.Execute(fmt::format("{}{}", kCreate, DefinitionOf(name)).c_str());
}

absl::Status MakeTableAside(Connection& connection, std::string_view name) {
  return connection.Execute(fmt::format("CREATE TEMP TABLE {}", DefinitionOf(name)).c_str());
}

}  // namespace cbm
