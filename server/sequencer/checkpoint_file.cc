#include "server/sequencer/checkpoint_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>

#include "core/base/base64.h"
#include "core/base/decimal.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kReadBytes = size_t{64} * 1024;

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int file) : file_(file) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (file_ >= 0) {
      ::close(file_);
    }
  }
  int get() const { return file_; }
  int Release() {
    const int file = file_;
    file_ = -1;
    return file;
  }

 private:
  int file_;
};

std::string FormatLine(const LedgerId& ledger, const TreeHead& head) {
  return fmt::format("{} {} {}\n", ledger.text(), head.size, ToBase64(BytesOf(head.root)));
}

absl::Status ParseLine(const std::string& line, LedgerHeads& heads) {
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
  const TreeHead head{.size = leaves, .root = digest};
  TreeHead& last = heads.emplace(id, head).first->second;
  if (leaves == last.size && digest != last.root) {
    return absl::InvalidArgumentError("two heads of one size");
  }
  if (leaves > last.size) {
    last = head;
  }
  return absl::OkStatus();
}

// What stands at `path`; nothing if there is no file.
absl::StatusOr<std::string> ReadAll(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return errno == ENOENT
               ? absl::StatusOr<std::string>("")
               : absl::UnavailableError(fmt::format("there is a {}, but it cannot be read", path));
  }
  std::string text;
  std::array<char, kReadBytes> buffer{};
  while (true) {
    const ssize_t read = ::read(file.get(), buffer.data(), buffer.size());
    if (read < 0 && errno == EINTR) {
      continue;
    }
    if (read < 0) {
      return absl::UnavailableError(fmt::format("{} cannot be read", path));
    }
    if (read == 0) {
      return text;
    }
    text.append(buffer.data(), static_cast<size_t>(read));
  }
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

absl::Status SyncFolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const Descriptor file(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return file.get() >= 0 && ::fsync(file.get()) == 0
             ? absl::OkStatus()
             : absl::DataLossError("the folder of the last signed checkpoints cannot be synced");
}

}  // namespace

absl::StatusOr<LedgerHeads> CheckpointFile::Read(const std::string& path) {
  CBM_ASSIGN_OR_RETURN(const std::string text, ReadAll(path));
  LedgerHeads heads;
  int number = 0;
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    ++number;
    if (!ParseLine(text.substr(begin, end - begin), heads).ok()) {
      return absl::InvalidArgumentError(fmt::format(
          "{}:{} is no line of last signed checkpoints; name the file that this exchange "
          "wrote, or restore it",
          path, number));
    }
    begin = end + 1;
  }
  return heads;
}

absl::StatusOr<std::unique_ptr<CheckpointFile>> CheckpointFile::Create(const std::string& link,
                                                                       const LedgerHeads& heads) {
  std::error_code unresolved;
  const std::string resolved = std::filesystem::canonical(link, unresolved);
  const std::string path = unresolved ? link : resolved;  // There may be no file yet.
  const std::string fresh = path + ".new";
  Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (file.get() < 0) {
    return absl::UnavailableError(fmt::format("cannot write {}", fresh));
  }
  std::string text;
  for (const auto& [ledger, head] : heads) {
    text += FormatLine(ledger, head);
  }
  if (!WriteAll(file.get(), text).ok()) {
    ::unlink(fresh.c_str());
    return absl::UnavailableError(
        fmt::format("{} cannot be written: is its disk full? Make room, then start again", fresh));
  }
  if (::fsync(file.get()) != 0) {
    return absl::DataLossError(fmt::format("cannot sync {}", fresh));
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    ::unlink(fresh.c_str());
    return absl::UnavailableError(fmt::format("cannot replace {}", path));
  }
  CBM_RETURN_IF_ERROR(SyncFolderOf(path));
  return std::unique_ptr<CheckpointFile>(new CheckpointFile(path, file.Release(), text.size()));
}

CheckpointFile::~CheckpointFile() { ::close(file_); }

absl::Status CheckpointFile::Append(const LedgerId& ledger, const TreeHead& head) {
  if (torn_) {
    return absl::UnavailableError("the last signed checkpoint cannot be written down");
  }
  const std::string line = FormatLine(ledger, head);
  if (const absl::Status written = WriteAll(file_, line); !written.ok()) {
    // A line after half a line would be read as none of ours.
    torn_ = ::ftruncate(file_, static_cast<off_t>(bytes_)) != 0;
    return written;
  }
  bytes_ += line.size();
  return absl::OkStatus();
}

bool CheckpointFile::IsInPlace() const {
  struct stat own {};
  struct stat there {};
  return ::fstat(file_, &own) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

absl::Status CheckpointFile::Sync() {
  return ::fdatasync(file_) == 0
             ? absl::OkStatus()
             : absl::DataLossError("the last signed checkpoints cannot be made durable");
}

}  // namespace cbm
