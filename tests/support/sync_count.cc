#include "tests/support/sync_count.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>

#include "fmt/format.h"

namespace cbm::test {
namespace {

struct Counts {
  std::mutex mutex;
  std::map<std::string, uint64_t> by_path;
};

Counts& All() {
  static Counts& counts = *new Counts;
  return counts;
}

int Sync(int64_t call, int file) {
  const int64_t result = ::syscall(call, file);
  std::error_code failed;
  const std::string path =
      std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", file), failed);
  if (result == 0 && !failed) {
    const std::lock_guard<std::mutex> lock(All().mutex);
    ++All().by_path[path];
  }
  return static_cast<int>(result);
}

}  // namespace

uint64_t SyncsOf(const std::string& path) {
  const std::lock_guard<std::mutex> lock(All().mutex);
  const auto found = All().by_path.find(std::filesystem::canonical(path));
  return found == All().by_path.end() ? 0 : found->second;
}

}  // namespace cbm::test

extern "C" {

int fsync(int file) { return cbm::test::Sync(SYS_fsync, file); }
int fdatasync(int file) { return cbm::test::Sync(SYS_fdatasync, file); }

}  // extern "C"
