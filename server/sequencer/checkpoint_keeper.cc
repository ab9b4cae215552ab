#include "server/sequencer/checkpoint_keeper.h"

#include <utility>

#include "core/base/status_macros.h"
#include "core/log/checkpoint.h"
#include "core/log/tiles.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// How a ledger's tree differs from what was signed of it; empty if it does not.
absl::StatusOr<std::string> FindProblem(const Store& store, const LedgerId& ledger,
                                        const TreeHead& signed_head) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot, store.Read(ledger));
  CBM_ASSIGN_OR_RETURN(const TreeHead head, snapshot->Head(ledger));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<TileSource> tiles, snapshot->Tiles(ledger));
  return DifferenceFrom(signed_head, *tiles, head.size);
}

// Whether `store` extends a head that was signed. DATA_LOSS says which ledger does not and what to
// do.
absl::Status CheckExtends(const Store& store, const LedgerId& ledger, const TreeHead& signed_head) {
  absl::StatusOr<std::string> found = FindProblem(store, ledger, signed_head);
  const bool unreadable = absl::IsDataLoss(found.status());
  if (!found.ok() && !unreadable) {
    return found.status();
  }
  const std::string problem =
      unreadable ? fmt::format("cannot be read: {}", std::string(found.status().message()))
                 : *std::move(found);
  if (problem.empty()) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      fmt::format("the database is not the one that was last served: ledger {} {}. Put the newest "
                  "database back, unless cbmd check says that cbmd rebuild mends this one",
                  ledger.text(), problem));
}

}  // namespace

CheckpointKeeper::CheckpointKeeper(std::string path, std::string origin_prefix, NoteSigningKey key,
                                   CheckpointKeeperOptions options)
    : path_(std::move(path)),
      origin_prefix_(std::move(origin_prefix)),
      key_(std::move(key)),
      options_(options) {}

absl::StatusOr<std::unique_ptr<CheckpointKeeper>> CheckpointKeeper::Open(
    const std::string& path, const Store& store, uint32_t epoch, NoteSigningKey key,
    CheckpointKeeperOptions options) {
  CBM_ASSIGN_OR_RETURN(const LedgerHeads heads, CheckpointFile::Read(path));
  for (const auto& [ledger, head] : heads) {
    CBM_RETURN_IF_ERROR(CheckExtends(store, ledger, head));
  }
  std::unique_ptr<CheckpointKeeper> keeper(new CheckpointKeeper(
      path, fmt::format("{}/{}", store.exchange().id(), epoch), std::move(key), options));
  const MutexLock lock(keeper->mutex_);
  CBM_ASSIGN_OR_RETURN(keeper->file_, CheckpointFile::Create(path, heads));
  for (const auto& [ledger, head] : heads) {
    keeper->last_[ledger] = Last{.head = head, .note = ""};
  }
  return keeper;
}

absl::StatusOr<std::string> CheckpointKeeper::Sign(const LedgerId& ledger, const TreeHead& head) {
  const MutexLock lock(mutex_);
  CBM_RETURN_IF_ERROR(disk_);
  Last& last = last_[ledger];
  if (last.head == head && !last.note.empty()) {
    return last.note;
  }
  if (last.head.size == head.size && last.head.size > 0 && last.head.root != head.root) {
    return absl::DataLossError("a checkpoint would contradict one that was signed");
  }
  if (head.size > last.head.size) {
    CBM_RETURN_IF_ERROR(file_->Append(ledger, head));
    unsynced_ = true;
  }
  CBM_ASSIGN_OR_RETURN(
      std::string note,
      SignCheckpoint({.origin = fmt::format("{}/{}", origin_prefix_, ledger.text()), .head = head},
                     key_));
  if (head.size >= last.head.size) {
    last = Last{.head = head, .note = note};
  }
  return note;
}

absl::Status CheckpointKeeper::Sync() {
  std::shared_ptr<CheckpointFile> file;
  {
    const MutexLock lock(mutex_);
    CBM_RETURN_IF_ERROR(disk_);
    if (!file_->IsInPlace()) {
      return Compact();
    }
    if (!unsynced_) {
      return absl::OkStatus();
    }
    if (file_->bytes() > options_.file_bytes_max && file_->bytes() > 2 * file_->bytes_at_first()) {
      return Compact();
    }
    unsynced_ = false;
    file = file_;
  }
  absl::Status synced = file->Sync();
  if (!synced.ok()) {
    const MutexLock lock(mutex_);
    disk_ = synced;
  }
  return synced;
}

absl::Status CheckpointKeeper::Compact() {
  LedgerHeads heads;
  for (const auto& [ledger, last] : last_) {
    if (last.head.size > 0) {
      heads.emplace(ledger, last.head);
    }
  }
  absl::StatusOr<std::unique_ptr<CheckpointFile>> fresh = CheckpointFile::Create(path_, heads);
  if (fresh.ok()) {
    file_ = *std::move(fresh);
    unsynced_ = false;
    return absl::OkStatus();
  }
  // No room for a second file: the one that there is does, until there is.
  disk_ = fresh.status().code() == absl::StatusCode::kUnavailable ? file_->Sync() : fresh.status();
  unsynced_ = false;
  return disk_;
}

}  // namespace cbm
