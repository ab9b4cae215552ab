#include "server/store/wal_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

namespace cbm {
namespace {

// How many times what is missing the disk must have free.
constexpr uint64_t kRoomFactor = 4;
// As large as SQLite's. Because: a file system may keep what is written at once as one block of its
// cache, and what is written into a large one later takes longer for it.
constexpr uint64_t kWriteBytes = 4'096;

class File {
 public:
  explicit File(const std::string& path) : file_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) {}
  ~File() {
    if (file_ >= 0) {
      ::close(file_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int get() const { return file_; }

 private:
  const int file_;
};

bool HasRoom(int file, uint64_t bytes) {
  struct statvfs disk {};
  return ::fstatvfs(file, &disk) == 0 &&
         uint64_t{disk.f_bavail} * disk.f_frsize / kRoomFactor > bytes;
}

}  // namespace

bool LengthenWal(const std::string& path, uint64_t bytes, uint64_t step) {
  const File file(path);
  struct stat now {};
  if (file.get() < 0 || ::fstat(file.get(), &now) != 0) {
    return false;
  }
  const auto has = static_cast<uint64_t>(now.st_size);
  if (has >= bytes || !HasRoom(file.get(), bytes - has)) {
    return false;
  }
  const std::string zeros(kWriteBytes, '\0');
  const uint64_t end = std::min(has + step, bytes);
  for (uint64_t at = has; at < end;) {
    const auto size = static_cast<size_t>(std::min(kWriteBytes, end - at));
    const ssize_t written = ::pwrite(file.get(), zeros.data(), size, static_cast<off_t>(at));
    if (written <= 0) {
      return false;
    }
    at += static_cast<uint64_t>(written);
  }
  return end < bytes;
}

void SyncWal(const std::string& path) {
  const File file(path);
  [[maybe_unused]] const int synced = ::fdatasync(file.get());
}

}  // namespace cbm
