#include "client/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/exit_code.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kSecretBytesMax = size_t{64} * 1024;
constexpr int kLockAttemptsMax = 100;
constexpr absl::Duration kLockPause = absl::Milliseconds(100);
constexpr mode_t kOwnerOnly = 0600;

absl::Status Failed(std::string_view what, const std::filesystem::path& path) {
  const int error = errno;
  return HereError(
      fmt::format("cannot {} {}: {}", what, path.string(), std::generic_category().message(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  bool good() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

absl::StatusOr<std::string> ReadAll(int descriptor, const std::filesystem::path& path,
                                    size_t bytes_max,
                                    absl::FunctionRef<void(std::string_view piece)> take) {
  std::string bytes;
  char buffer[65'536];
  for (;;) {
    const ssize_t count = read(descriptor, buffer, sizeof(buffer));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Failed("read", path);
    }
    if (count == 0) {
      return bytes;
    }
    bytes.append(buffer, static_cast<size_t>(count));
    take({buffer, static_cast<size_t>(count)});
    if (bytes.size() > bytes_max) {
      return HereError(
          fmt::format("{} has more than {} bytes, the most allowed", path.string(), bytes_max));
    }
  }
}

absl::Status WriteAll(int descriptor, const std::filesystem::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Failed("write", path);
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(descriptor) == 0 ? absl::OkStatus() : Failed("write", path);
}

}  // namespace

absl::StatusOr<bool> Exists(const std::filesystem::path& path) {
  struct stat facts = {};
  if (stat(path.c_str(), &facts) == 0) {
    return true;
  }
  return errno == ENOENT || errno == ENOTDIR ? absl::StatusOr<bool>(false) : Failed("find", path);
}

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, size_t bytes_max) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.good()) {
    return Failed("read", path);
  }
  return ReadAll(file.get(), path, bytes_max, [](std::string_view) {});
}

absl::StatusOr<SecretBytes> ReadSecretFile(const std::filesystem::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts = {};
  if (!file.good() || fstat(file.get(), &facts) != 0) {
    return Failed("read", path);
  }
  if ((facts.st_mode & 077) != 0) {
    return HereError(
        fmt::format("{} can be read by others, and is not used; make it yours alone: chmod 600 {}",
                    path.string(), path.string()));
  }
  CBM_ASSIGN_OR_RETURN(std::string bytes,
                       ReadAll(file.get(), path, kSecretBytesMax, [](std::string_view) {}));
  return SecretBytes::TakeFrom(bytes);
}

absl::StatusOr<std::string> ReadStandardInput(
    size_t bytes_max, absl::FunctionRef<void(std::string_view piece)> take) {
  return ReadAll(STDIN_FILENO, "standard input", bytes_max, take);
}

absl::Status WriteFile(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path temporary = path.string() + ".new";
  {
    const Descriptor file(
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly));
    if (!file.good()) {
      return Failed("write", path);
    }
    CBM_RETURN_IF_ERROR(WriteAll(file.get(), path, bytes));
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return Failed("write", path);
  }
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor folder(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.good() && fsync(folder.get()) == 0 ? absl::OkStatus() : Failed("write", path);
}

absl::Status AppendToFile(const std::filesystem::path& path, std::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kOwnerOnly));
  return file.good() ? WriteAll(file.get(), path, bytes) : Failed("write", path);
}

absl::Status CutFile(const std::filesystem::path& path, uint64_t bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.good() && ftruncate(file.get(), static_cast<off_t>(bytes)) == 0 &&
                 fsync(file.get()) == 0
             ? absl::OkStatus()
             : Failed("cut", path);
}

absl::Status MakeFolder(const std::filesystem::path& path) {
  if (path.has_parent_path()) {
    CBM_ASSIGN_OR_RETURN(const bool is_there, Exists(path.parent_path()));
    if (!is_there) {
      CBM_RETURN_IF_ERROR(MakeFolder(path.parent_path()));
    }
  }
  if (mkdir(path.c_str(), 0700) == 0) {
    return absl::OkStatus();
  }
  const absl::Status failed = Failed("make the folder", path);
  std::error_code none;
  return std::filesystem::is_directory(path, none) ? absl::OkStatus() : failed;
}

absl::Status RemoveFile(const std::filesystem::path& path) {
  return unlink(path.c_str()) == 0 || errno == ENOENT ? absl::OkStatus() : Failed("remove", path);
}

absl::StatusOr<FolderLock> FolderLock::Take(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / ".lock";
  FolderLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly));
  if (lock.descriptor_ < 0) {
    return Failed("lock", folder);
  }
  for (int attempt = 0; attempt < kLockAttemptsMax; ++attempt) {
    if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) == 0) {
      return lock;
    }
    absl::SleepFor(kLockPause);
  }
  return HereError(fmt::format(
      "another cbm is working with the profile in {}; wait until it has ended", folder.string()));
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

}  // namespace cbm
