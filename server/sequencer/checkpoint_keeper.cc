#include "server/sequencer/checkpoint_keeper.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>

#include "core/base/base64.h"
#include "core/base/decimal.h"
#include "core/base/status_macros.h"
#include "core/log/checkpoint.h"
#include "core/log/tiles.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// The file: a line for each checkpoint signed, `ledger size root`, the last of each ledger counts.
std::string FormatLine(const LedgerId& ledger, const TreeHead& head) {
  return fmt::format("{} {} {}\n", ledger.text(), head.size, ToBase64(BytesOf(head.root)));
}

absl::Status ParseLine(const std::string& line, std::map<LedgerId, TreeHead>& heads) {
  std::istringstream words(line);
  std::string ledger;
  std::string size;
  std::string root;
  std::string more;
  words >> ledger >> size >> root;
  CBM_ASSIGN_OR_RETURN(const LedgerId id, LedgerId::Parse(ledger));
  CBM_ASSIGN_OR_RETURN(const uint64_t leaves, FromDecimal(size));
  CBM_ASSIGN_OR_RETURN(const std::string bytes, FromBase64(root));
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(bytes));
  if (words >> more) {
    return absl::InvalidArgumentError("more than three words");
  }
  TreeHead& last = heads[id];
  if (leaves >= last.size) {
    last = {.size = leaves, .root = digest};
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<LedgerId, TreeHead>> ReadFile(const std::string& path) {
  std::map<LedgerId, TreeHead> heads;
  std::ifstream file(path, std::ios::binary);
  std::string line;
  int number = 0;
  while (std::getline(file, line)) {
    ++number;
    if (file.eof()) {
      break;  // Without its newline: cut off while it was written, so its signature never left.
    }
    if (const absl::Status good = ParseLine(line, heads); !good.ok()) {
      return absl::InvalidArgumentError(fmt::format(
          "{}:{} is no line of last signed checkpoints; name the file that this exchange "
          "wrote, or restore it",
          path, number));
    }
  }
  return heads;
}

absl::Status CheckExtends(const Store& store, const LedgerId& ledger, const TreeHead& signed_head) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot, store.Read(ledger));
  CBM_ASSIGN_OR_RETURN(const TreeHead head, snapshot->Head(ledger));
  std::string problem;
  if (head.size < signed_head.size) {
    problem = fmt::format("has {} entries, but {} were signed", head.size, signed_head.size);
  } else {
    CBM_ASSIGN_OR_RETURN(const std::unique_ptr<TileSource> tiles, snapshot->Tiles(ledger));
    CBM_ASSIGN_OR_RETURN(const Digest root, RootAt(*tiles, signed_head.size));
    if (root != signed_head.root) {
      problem = fmt::format("differs from the {} entries that were signed", signed_head.size);
    }
  }
  if (problem.empty()) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      fmt::format("the database is not the one that was last served: ledger {} {}. Put the newest "
                  "database back; do not serve this one",
                  ledger.text(), problem));
}

absl::Status WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return absl::UnavailableError("the last signed checkpoint cannot be written down");
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Replaces the file by one with a line for each ledger, durably.
absl::Status Compact(const std::string& path, const std::map<LedgerId, TreeHead>& heads) {
  const std::string fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) {
    return absl::UnavailableError(fmt::format("cannot write {}", fresh));
  }
  std::string text;
  for (const auto& [ledger, head] : heads) {
    text += FormatLine(ledger, head);
  }
  absl::Status written = WriteAll(file, text);
  if (written.ok() && ::fsync(file) != 0) {
    written = absl::UnavailableError(fmt::format("cannot sync {}", fresh));
  }
  ::close(file);
  if (written.ok() && ::rename(fresh.c_str(), path.c_str()) != 0) {
    written = absl::UnavailableError(fmt::format("cannot replace {}", path));
  }
  return written;
}

}  // namespace

CheckpointKeeper::CheckpointKeeper(int file, std::string origin_prefix, NoteSigningKey key)
    : file_(file), origin_prefix_(std::move(origin_prefix)), key_(std::move(key)) {}

CheckpointKeeper::~CheckpointKeeper() { ::close(file_); }

absl::StatusOr<std::unique_ptr<CheckpointKeeper>> CheckpointKeeper::Open(const std::string& path,
                                                                         const Store& store,
                                                                         uint32_t epoch,
                                                                         NoteSigningKey key) {
  CBM_ASSIGN_OR_RETURN(const auto heads, ReadFile(path));
  for (const auto& [ledger, head] : heads) {
    CBM_RETURN_IF_ERROR(CheckExtends(store, ledger, head));
  }
  CBM_RETURN_IF_ERROR(Compact(path, heads));
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) {
    return absl::UnavailableError(fmt::format("cannot open {}", path));
  }
  std::unique_ptr<CheckpointKeeper> keeper(new CheckpointKeeper(
      file, fmt::format("{}/{}", store.exchange().id(), epoch), std::move(key)));
  const MutexLock lock(keeper->mutex_);
  for (const auto& [ledger, head] : heads) {
    keeper->last_[ledger] = Last{.head = head, .note = ""};
  }
  return keeper;
}

absl::StatusOr<std::string> CheckpointKeeper::Sign(const LedgerId& ledger, const TreeHead& head) {
  const MutexLock lock(mutex_);
  Last& last = last_[ledger];
  if (last.head == head && !last.note.empty()) {
    return last.note;
  }
  if (last.head.size == head.size && last.head.size > 0 && last.head.root != head.root) {
    return absl::DataLossError("a checkpoint would contradict one that was signed");
  }
  if (head.size > last.head.size) {
    CBM_RETURN_IF_ERROR(WriteAll(file_, FormatLine(ledger, head)));
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
  {
    const MutexLock lock(mutex_);
    if (!unsynced_) {
      return absl::OkStatus();
    }
    unsynced_ = false;
  }
  if (::fdatasync(file_) != 0) {
    return absl::DataLossError("the last signed checkpoints cannot be made durable");
  }
  return absl::OkStatus();
}

}  // namespace cbm
