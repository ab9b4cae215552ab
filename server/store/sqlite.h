#ifndef CBM_SERVER_STORE_SQLITE_H_
#define CBM_SERVER_STORE_SQLITE_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cbm {

// What a result code of SQLite means for a caller: UNAVAILABLE if it is busy or full, UNKNOWN if it
// is full once all is written and it cannot be told whether that counts, DATA_LOSS if file or disk
// are damaged, else INTERNAL. The text has the code, and neither path nor SQL.
absl::Status SqliteStatus(int code);

// A connection to a database, with its prepared statements. Used by one thread at a time.
class Connection {
 public:
  // Opens a file that exists, to read and write. NOT_FOUND if it does not open.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path);

  // Executes statements without parameters or results.
  absl::Status Execute(const char* sql);

  // Gives back what its cache holds and no transaction needs.
  void EmptyCache();

  // Whether the log stays as it is if this is the last connection to be closed; else it is emptied
  // into the database, and removed, as at first.
  void SetLogKept(bool kept);

  // How long a statement waits for a lock that another connection holds.
  void SetBusyTimeout(absl::Duration timeout);

  sqlite3* handle() const { return database_.get(); }

 private:
  friend class Query;

  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  explicit Connection(std::unique_ptr<sqlite3, Close> database) : database_(std::move(database)) {}

  // The statement of `sql`, prepared once; null if it cannot be.
  sqlite3_stmt* Prepare(std::string_view sql);

  std::unique_ptr<sqlite3, Close> database_;
  std::unordered_map<std::string_view, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

// One run of a prepared statement. Values are bound alone, never put into the text. What is bound
// must outlive the run. The same statement must not be run twice at a time.
//
//   Query query(connection, "SELECT ... WHERE key = ?");  // A literal: it is kept.
//   query.Bind(key);
//   CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
class Query {
 public:
  Query(Connection& connection, std::string_view sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Binds the next parameter.
  Query& Bind(int64_t value);
  Query& Bind(uint64_t value) { return Bind(static_cast<int64_t>(value)); }
  Query& Bind(std::string_view blob);
  Query& BindText(std::string_view text);
  Query& BindNull();

  // Goes to the next row. Whether there is one.
  absl::StatusOr<bool> Next();
  // Runs a statement that has no rows.
  absl::Status Run();

  // Columns of the row, from 0. Views last until the next call.
  int64_t Integer(int column) const;
  uint64_t Unsigned(int column) const { return static_cast<uint64_t>(Integer(column)); }
  std::string_view Blob(int column) const;
  bool IsNull(int column) const;

 private:
  sqlite3_stmt* const statement_;
  int code_;  // The first failure.
  int bound_ = 0;
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_SQLITE_H_
