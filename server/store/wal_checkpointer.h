#ifndef CBM_SERVER_STORE_WAL_CHECKPOINTER_H_
#define CBM_SERVER_STORE_WAL_CHECKPOINTER_H_

#include <atomic>
#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "core/base/mutex.h"
#include "server/store/sqlite.h"

namespace cbm {

// Moves what was committed from SQLite's write-ahead log into the database, on a thread of its own,
// so that no commit waits for it; and keeps the log's file as long as it gets (wal_file.h).
//
// Thread-safe.
class WalCheckpointer {
 public:
  // `connection` is for its thread alone.
  explicit WalCheckpointer(std::unique_ptr<Connection> connection);
  ~WalCheckpointer();

  // Watches the commits of `writer`, which must end before this does.
  void Watch(Connection& writer);

  // What was committed so far is to leave nothing behind in the log: something was erased. Done on
  // the thread, as soon as no reader is in the way, at the latest when this ends.
  void Truncate();

  // Whether file or disk failed: then nothing more may be promised.
  bool failed() const { return failed_; }

 private:
  void Noticed(int pages);
  void Run();
  // SQLite's mode of checkpoint; whether it was done.
  bool Checkpoint(int mode);
  void Lengthen();

  const std::unique_ptr<Connection> connection_;
  std::atomic<bool> failed_ = false;

  Mutex mutex_;
  Condition changed_;
  int pages_ ABSL_GUARDED_BY(mutex_) = 0;  // In the log, if that is worth a checkpoint.
  int moved_ ABSL_GUARDED_BY(mutex_) = 0;  // How many it had when the last one was asked for.
  bool truncate_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_WAL_CHECKPOINTER_H_
