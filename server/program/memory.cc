#include "server/program/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "fmt/format.h"
#include "server/program/exit_code.h"

// Of jemalloc, where the program is linked with it.
extern "C" int mallctl(const char* name, void* old, size_t* old_size, void* given,
                       size_t given_size) noexcept __attribute__((weak));

namespace cbm {
namespace {

// To standard error as it is; whoever reads it may be gone.
void Say(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

[[noreturn]] void OnTerminate() {
  try {
    if (const std::exception_ptr error = std::current_exception(); error != nullptr) {
      std::rethrow_exception(error);
    }
  } catch (const std::exception& error) {
    EndIfMemoryRanOut(error);
    Say("cbmd: ");
    Say(error.what());
    Say("\n");
  }
  Say("cbmd: ended by a fault of its own. What was answered is kept: run cbmd check, start again, "
      "and report what stands above.\n");
  std::abort();
}

}  // namespace

void EndForMemory() {
  Say("cbmd: the system gives it no more memory, or no more threads. It ended at once; what was "
      "answered is kept. Raise the limits of this process or of its service (ulimit -v, -d, -u; "
      "MemoryMax, TasksMax), or free memory, then start again.\n");
  ::_exit(kExitMemory);
}

void EndIfMemoryRanOut(const std::exception& error) {
  const auto* const refused = dynamic_cast<const std::system_error*>(&error);
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
      (refused != nullptr && refused->code() == std::errc::resource_unavailable_try_again)) {
    EndForMemory();
  }
}

void EndWhenMemoryRunsOut() {
  std::set_new_handler(EndForMemory);
  std::set_terminate(OnTerminate);
}

void BeginGivingMemoryBack() {
  bool wanted = true;
  if (mallctl != nullptr &&
      mallctl("background_thread", nullptr, nullptr, &wanted, sizeof(wanted)) != 0) {
    EndForMemory();
  }
}

absl::Status RequireMemory() {
  struct Limit {
    decltype(RLIMIT_AS) resource;
    std::string_view option;
  };
  for (const Limit& each : {Limit{.resource = RLIMIT_AS, .option = "-v"},
                            Limit{.resource = RLIMIT_DATA, .option = "-d"}}) {
    rlimit limit{};
    if (::getrlimit(each.resource, &limit) == 0 && limit.rlim_cur < kMemoryBytesMin) {
      return absl::ResourceExhaustedError(
          fmt::format("this process may have {} KiB of memory (ulimit {}); a server needs at least "
                      "{}: raise the limit, or lift it",
                      limit.rlim_cur / 1024, each.option, kMemoryBytesMin / 1024));
    }
  }
  return absl::OkStatus();
}

}  // namespace cbm
