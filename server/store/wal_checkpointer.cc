#include "server/store/wal_checkpointer.h"

#include <utility>

namespace cbm {
namespace {

constexpr int kPagesWorthwhile = 1000;  // 4 MiB.
// A passive checkpoint never gets to the log's end while commits go on; from here on they wait for
// one, so that the log begins anew.
constexpr int kPagesMany = 16 * kPagesWorthwhile;

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

void WalCheckpointer::Noticed(int pages) {
  if (pages < kPagesWorthwhile) {
    return;
  }
  const MutexLock lock(mutex_);
  pages_ = pages;
  changed_.NotifyOne();
}

void WalCheckpointer::Run() {
  while (true) {
    int pages = 0;
    {
      const MutexLock lock(mutex_);
      while (pages_ == 0 && !stopping_) {
        changed_.Wait(mutex_);
      }
      if (stopping_) {
        return;
      }
      pages = std::exchange(pages_, 0);
    }
    const int mode = pages < kPagesMany ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
    const int code =
        sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, nullptr, nullptr);
    if (SqliteStatus(code).code() == absl::StatusCode::kDataLoss) {
      failed_ = true;
    }
  }
}

}  // namespace cbm
