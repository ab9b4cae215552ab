#ifndef CBM_SERVER_SEQUENCER_CHECKPOINT_KEEPER_H_
#define CBM_SERVER_SEQUENCER_CHECKPOINT_KEEPER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/ledger_id.h"
#include "core/base/mutex.h"
#include "core/crypto/note_key.h"
#include "core/log/tree_head.h"
#include "server/sequencer/checkpoint_file.h"
#include "server/store/store.h"

namespace cbm {

struct CheckpointKeeperOptions {
  // How long the file may grow before Sync makes a short one of it; at least twice as long as it is
  // with one line for each ledger.
  uint64_t file_bytes_max = uint64_t{1} << 20;
};

// Signs checkpoints, and sees to it that the log never goes backwards: each is written down outside
// the database before its signature leaves, so that a server whose database is behind what was
// signed refuses to start.
//
// Thread-safe.
class CheckpointKeeper {
 public:
  // Opens the file of last signed checkpoints at `path`, or makes it, and compares: every head in
  // it must be one that `store` extends.
  //
  // DATA_LOSS if the store is behind, or contradicts, what was signed: the message says which
  // ledger and what to do. INVALID_ARGUMENT if the file is none of ours: the message says which
  // line. UNAVAILABLE if it cannot be read or written. Whatever is refused is left as it is.
  static absl::StatusOr<std::unique_ptr<CheckpointKeeper>> Open(
      const std::string& path, const Store& store, uint32_t epoch, NoteSigningKey key,
      CheckpointKeeperOptions options = {});

  // The signed note of `ledger` at `head`, which must be durable. The same head gives the same
  // note; one that an answer overtook is signed too, since the larger one extends it.
  //
  // DATA_LOSS if it contradicts one of the same size, or Sync has failed. UNAVAILABLE if it cannot
  // be written down.
  absl::StatusOr<std::string> Sign(const LedgerId& ledger, const TreeHead& head);

  // Makes what was written survive the loss of power, and keeps the file short, and in its place if
  // somebody took it away or put another there. Called about once a second.
  //
  // DATA_LOSS if the disk refused: nothing is signed any more.
  absl::Status Sync();

 private:
  struct Last {
    TreeHead head;
    std::string note;  // Empty until it was signed in this process.
  };

  CheckpointKeeper(std::string path, std::string origin_prefix, NoteSigningKey key,
                   CheckpointKeeperOptions options);

  // Replaces the file by one with a line for each ledger.
  absl::Status Compact() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const std::string origin_prefix_;
  const NoteSigningKey key_;
  const CheckpointKeeperOptions options_;

  Mutex mutex_;
  // Shared with a Sync under way, which holds no lock.
  std::shared_ptr<CheckpointFile> file_ ABSL_GUARDED_BY(mutex_);
  std::map<LedgerId, Last> last_ ABSL_GUARDED_BY(mutex_);
  bool unsynced_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status disk_ ABSL_GUARDED_BY(mutex_);  // Why nothing is signed any more, if so.
};

}  // namespace cbm

#endif  // CBM_SERVER_SEQUENCER_CHECKPOINT_KEEPER_H_
