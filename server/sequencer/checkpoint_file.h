#ifndef CBM_SERVER_SEQUENCER_CHECKPOINT_FILE_H_
#define CBM_SERVER_SEQUENCER_CHECKPOINT_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/ledger_id.h"
#include "core/log/tree_head.h"
#include "server/store/store.h"

namespace cbm {

// The file of last signed checkpoints: a line for each that was signed, `ledger size root`, of
// which the largest of each ledger counts.
//
// Not thread-safe, but Sync may be called beside Append.
class CheckpointFile {
 public:
  // The largest head of each ledger in the file at `path`; none if there is no file. A last line
  // without its end is left out: it was cut off while it was written, so its signature never left.
  //
  // INVALID_ARGUMENT names the line that is none of ours, or contradicts one before it. UNAVAILABLE
  // if there is something at `path` that cannot be read.
  static absl::StatusOr<LedgerHeads> Read(const std::string& path);

  // Puts a file with these heads at `path`, or where a link there leads to, durably and at once: at
  // any moment either it or what stood there before is there, whole. UNAVAILABLE if it cannot be
  // written: what stood there still does. DATA_LOSS if the disk refused to sync.
  static absl::StatusOr<std::unique_ptr<CheckpointFile>> Create(const std::string& path,
                                                                const LedgerHeads& heads);

  CheckpointFile(const CheckpointFile&) = delete;
  CheckpointFile& operator=(const CheckpointFile&) = delete;
  ~CheckpointFile();

  // Adds a line. UNAVAILABLE if it cannot be written: nothing of it is in the file then, or nothing
  // will ever be added again.
  absl::Status Append(const LedgerId& ledger, const TreeHead& head);

  // Makes what was added survive the loss of power. DATA_LOSS if the disk refused.
  absl::Status Sync();

  // Whether it is still the one at its path.
  bool IsInPlace() const;

  // How long it is, and how long it was when it was made.
  uint64_t bytes() const { return bytes_; }
  uint64_t bytes_at_first() const { return bytes_at_first_; }

 private:
  CheckpointFile(std::string path, int file, uint64_t bytes)
      : path_(std::move(path)), file_(file), bytes_at_first_(bytes), bytes_(bytes) {}

  const std::string path_;
  const int file_;
  const uint64_t bytes_at_first_;
  uint64_t bytes_;
  bool torn_ = false;  // Ends in half a line that could not be taken away.
};

}  // namespace cbm

#endif  // CBM_SERVER_SEQUENCER_CHECKPOINT_FILE_H_
