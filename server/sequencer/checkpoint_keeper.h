#ifndef CBM_SERVER_SEQUENCER_CHECKPOINT_KEEPER_H_
#define CBM_SERVER_SEQUENCER_CHECKPOINT_KEEPER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/ledger_id.h"
#include "core/base/mutex.h"
#include "core/crypto/note_key.h"
#include "core/log/tree_head.h"
#include "server/store/store.h"

namespace cbm {

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
  // ledger and what to do. INVALID_ARGUMENT if the file is none of ours.
  static absl::StatusOr<std::unique_ptr<CheckpointKeeper>> Open(const std::string& path,
                                                                const Store& store, uint32_t epoch,
                                                                NoteSigningKey key);
  ~CheckpointKeeper();

  // The signed note of `ledger` at `head`, which must be durable. The same head gives the same
  // note; one that an answer overtook is signed too, since the larger one extends it.
  //
  // DATA_LOSS if it contradicts one of the same size. UNAVAILABLE if it cannot be written down.
  absl::StatusOr<std::string> Sign(const LedgerId& ledger, const TreeHead& head);

  // Makes what was written survive the loss of power. Called about once a second.
  absl::Status Sync();

 private:
  struct Last {
    TreeHead head;
    std::string note;  // Empty until it was signed in this process.
  };

  CheckpointKeeper(int file, std::string origin_prefix, NoteSigningKey key);

  const int file_;
  const std::string origin_prefix_;
  const NoteSigningKey key_;

  Mutex mutex_;
  std::map<LedgerId, Last> last_ ABSL_GUARDED_BY(mutex_);
  bool unsynced_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cbm

#endif  // CBM_SERVER_SEQUENCER_CHECKPOINT_KEEPER_H_
