#include "server/store/wal_checkpointer.h"

#include <string>
#include <utility>

#include "server/store/wal_file.h"

namespace cbm {
namespace {

// Since the last checkpoint: 16 MiB. A page that changes with every commit is then moved once for
// many of them.
constexpr int kPagesWorthwhile = 4'000;
// A passive checkpoint never gets to the log's end while commits go on; from here on they wait for
// one, so that the log begins anew.
constexpr int kPagesMany = 4 * kPagesWorthwhile;
// With some more for what is committed while it begins anew.
constexpr uint64_t kFileBytes = uint64_t{kPagesMany + kPagesWorthwhile} * 4'120;
constexpr uint64_t kStepBytes = uint64_t{4} << 20;  // Commits wait for one step at most.

}  // namespace

WalCheckpointer::WalCheckpointer(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)), thread_([this] { Run(); }) {}

WalCheckpointer::~WalCheckpointer() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void WalCheckpointer::Watch(Connection& writer) {
  sqlite3_wal_hook(
      writer.handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<WalCheckpointer*>(self)->Noticed(pages);
        return SQLITE_OK;
      },
      this);
}

void WalCheckpointer::Truncate() {
  const MutexLock lock(mutex_);
  truncate_ = true;
  pages_ = kPagesMany;
  changed_.NotifyOne();
}

void WalCheckpointer::Noticed(int pages) {
  const MutexLock lock(mutex_);
  if (pages < moved_) {
    moved_ = 0;  // The log began anew.
  }
  if (pages - moved_ >= kPagesWorthwhile || truncate_) {
    moved_ = pages;
    pages_ = pages;
    changed_.NotifyOne();
  }
}

void WalCheckpointer::Run() {
  Lengthen();
  while (true) {
    int pages = 0;
    bool truncate = false;
    bool stopping = false;
    {
      const MutexLock lock(mutex_);
      while (pages_ == 0 && !stopping_) {
        changed_.Wait(mutex_);
      }
      pages = std::exchange(pages_, 0);
      truncate = std::exchange(truncate_, false);
      stopping = stopping_;
    }
    if (truncate && !Checkpoint(SQLITE_CHECKPOINT_TRUNCATE)) {
      // A reader was in the way: again after the next commit.
      const MutexLock lock(mutex_);
      truncate_ = true;
    }
    if (stopping) {
      return;
    }
    if (truncate) {
      Lengthen();
    } else {
      Checkpoint(pages < kPagesMany ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART);
    }
  }
}

void WalCheckpointer::Lengthen() {
  const std::string path = std::string(sqlite3_db_filename(connection_->handle(), "main")) + "-wal";
  bool more = true;
  while (more) {
    {
      const MutexLock lock(mutex_);
      if (stopping_) {
        return;
      }
    }
    if (!connection_->Execute("BEGIN IMMEDIATE").ok()) {
      return;  // Only slower.
    }
    more = LengthenWal(path, kFileBytes, kStepBytes);
    if (!connection_->Execute("ROLLBACK").ok()) {
      failed_ = true;
      return;
    }
    SyncWal(path);
  }
}

bool WalCheckpointer::Checkpoint(int mode) {
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, nullptr, nullptr);
  if (SqliteStatus(code).code() == absl::StatusCode::kDataLoss) {
    failed_ = true;
  }
  return code == SQLITE_OK;
}

}  // namespace cbm
