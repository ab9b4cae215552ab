#include "server/store/sqlite.h"

#include <utility>

#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/store/store_errors.h"

namespace cbm {

absl::Status SqliteStatus(int code) {
  if (code == SQLITE_IOERR_SHMSIZE) {
    // The index of the log, which nothing durable stands in, can grow no more. It does so behind
    // the log: what a commit wrote there is found by the next process, unless another is written
    // over it.
    return absl::UnknownError("the store has no room left");
  }
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return absl::OkStatus();
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Busy();
    case SQLITE_FULL:
      return absl::UnavailableError("the store has no room left");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return absl::UnavailableError(
          "the store's files cannot be opened to write: mend their rights, or those of their "
          "folder "
          "or disk");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(fmt::format("the store's file is damaged (code {})", code));
    case SQLITE_IOERR:
      return absl::DataLossError(
          fmt::format("the store's disk failed, or is full (code {})", code));
    default:
      return absl::InternalError(fmt::format("the store failed (code {})", code));
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<sqlite3, Close> database(opened);
  if (code != SQLITE_OK) {
    return absl::NotFoundError("there is no store there, or it cannot be opened");
  }
  return std::unique_ptr<Connection>(new Connection(std::move(database)));
}

absl::Status Connection::Execute(const char* sql) {
  return SqliteStatus(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr));
}

void Connection::EmptyCache() { sqlite3_db_release_memory(database_.get()); }

void Connection::SetLogKept(bool kept) {
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, kept ? 1 : 0, nullptr);
}

void Connection::SetBusyTimeout(absl::Duration timeout) {
  sqlite3_busy_timeout(database_.get(), static_cast<int>(absl::ToInt64Milliseconds(timeout)));
}

sqlite3_stmt* Connection::Prepare(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) {
    return found->second.get();
  }
  sqlite3_stmt* prepared = nullptr;
  sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                     SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (prepared != nullptr) {
    statements_.emplace(sql, prepared);
  }
  return prepared;
}

Query::Query(Connection& connection, std::string_view sql)
    : statement_(connection.Prepare(sql)),
      code_(statement_ != nullptr ? SQLITE_OK : sqlite3_extended_errcode(connection.handle())) {}

Query::~Query() {
  if (statement_ != nullptr) {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
}

Query& Query::Bind(int64_t value) {
  if (code_ == SQLITE_OK) {
    code_ = sqlite3_bind_int64(statement_, ++bound_, value);
  }
  return *this;
}

Query& Query::Bind(std::string_view blob) {
  if (code_ == SQLITE_OK) {
    ++bound_;
    // Of no bytes, the pointer may be null, which would bind NULL.
    code_ = blob.empty()
                ? sqlite3_bind_zeroblob(statement_, bound_, 0)
                : sqlite3_bind_blob64(statement_, bound_, blob.data(), blob.size(), SQLITE_STATIC);
  }
  return *this;
}

Query& Query::BindText(std::string_view text) {
  if (code_ == SQLITE_OK) {
    code_ = sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_STATIC,
                                SQLITE_UTF8);
  }
  return *this;
}

Query& Query::BindNull() {
  if (code_ == SQLITE_OK) {
    code_ = sqlite3_bind_null(statement_, ++bound_);
  }
  return *this;
}

absl::StatusOr<bool> Query::Next() {
  if (code_ == SQLITE_OK) {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
      return code == SQLITE_ROW;
    }
    code_ = code;
  }
  return SqliteStatus(code_);
}

absl::Status Query::Run() { return Next().status(); }

int64_t Query::Integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Query::Blob(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

bool Query::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

}  // namespace cbm
