#include "server/program/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "core/base/utf8.h"
#include "fmt/format.h"

namespace cbm {
namespace {

absl::Status Failed(std::string_view what, const std::string& path) {
  return absl::InvalidArgumentError(fmt::format("cannot {} {}: {}", what, path, strerror(errno)));
}

// Whether the names in the folder of `path` are on disk as they are now.
bool SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = opened >= 0 && ::fsync(opened) == 0;
  if (opened >= 0) {
    ::close(opened);
  }
  return good;
}

constexpr size_t kReadBytes = size_t{64} << 10;

}  // namespace

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max) {
  std::error_code ignored;
  if (std::filesystem::is_fifo(path, ignored)) {  // It would be waited for without end.
    return absl::InvalidArgumentError(fmt::format("{} is a pipe: put a file in its place", path));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Failed("read", path);
  }
  std::string bytes;
  std::array<char, kReadBytes> piece{};
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    bytes.append(piece.data(), static_cast<size_t>(file.gcount()));
    if (bytes.size() > bytes_max) {
      return absl::InvalidArgumentError(fmt::format("{} has more than {} bytes", path, bytes_max));
    }
  }
  return bytes;
}

absl::Status ReplaceFile(const std::string& path, std::string_view text, unsigned mode) {
  const std::string fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) {
    return Failed("write", fresh);
  }
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    good = written > 0 || (written < 0 && errno == EINTR);
    text.remove_prefix(written > 0 ? static_cast<size_t>(written) : 0);
  }
  good = good && ::fsync(file) == 0;
  ::close(file);
  if (!good || std::rename(fresh.c_str(), path.c_str()) != 0 || !SyncFolderOf(path)) {
    return Failed("write", path);
  }
  return absl::OkStatus();
}

absl::StatusOr<FileLock> FileLock::Take(const std::string& path) {
  FileLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.file_ < 0) {
    return absl::UnavailableError(fmt::format("cannot open {}: {}", path, strerror(errno)));
  }
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    return absl::UnavailableError(fmt::format(
        "{} is held by another cbmd, which works on the file beside it: stop it first", path));
  }
  return lock;
}

FileLock::~FileLock() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

absl::StatusOr<FileLock> LockFile(const std::string& path) {
  std::error_code unresolved;
  const std::string resolved = std::filesystem::canonical(path, unresolved);
  return FileLock::Take((unresolved ? path : resolved) + ".lock");
}

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const std::optional<Character> next = FirstCharacter(text);
    const size_t bytes = next.has_value() ? next->bytes : 1;
    const bool shown = next.has_value() && (next->code == U'\n' || !IsControl(next->code));
    printable += shown ? text.substr(0, bytes) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(bytes);
  }
  return printable;
}

absl::Status WithDatabase(const std::string& path, const absl::Status& status) {
  std::string_view remedy = "Name the exchange's database, or put its newest copy back";
  if (absl::IsUnavailable(status) || absl::IsUnknown(status)) {
    remedy = "Look at the disk, its free space and how many files may be open, then start again";
  } else if (absl::IsDataLoss(status) || absl::IsInternal(status)) {
    remedy =
        "Look at the disk, its free space and how many files may be open, then start again; if "
        "cbmd check finds damage, it says whether cbmd rebuild mends that: if not, put the newest "
        "copy back";
  }
  return absl::Status(status.code(), fmt::format("store.database {}: {}. {}", path,
                                                 std::string(status.message()), remedy));
}

void HoldStandardStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0) {  // Then it is the lowest that is free.
      ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

}  // namespace cbm
