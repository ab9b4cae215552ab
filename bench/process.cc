#include "bench/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "bench/require.h"
#include "fmt/format.h"

extern char** environ;

namespace cbm::bench {
namespace {

// Those that run, so that none outlives a benchmark that gives up.
std::set<pid_t>& Running() {
  static auto* const running = new std::set<pid_t>();
  return *running;
}

void EndAll() {
  for (const pid_t pid : Running()) {
    ::kill(pid, SIGTERM);
  }
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::filesystem::path& output)
    : name_(arguments.front()) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int failed =
      posix_spawnp(&pid_, pointers.front(), &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  Require(failed == 0, fmt::format("{} cannot be started", name_));
  static const int registered = std::atexit(EndAll);
  Require(registered == 0, "nothing can be done at the end");
  Running().insert(pid_);
}

void Process::Stop() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    Running().erase(pid_);
    pid_ = -1;
  }
}

void Process::RequireRunning() const {
  Require(pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0,
          fmt::format("{} has ended; see what it printed", name_));
}

absl::Duration Process::ProcessorTime() const {
  // proc(5): the name in brackets may have spaces; utime and stime are fields 14 and 15.
  std::ifstream file(fmt::format("/proc/{}/stat", pid_));
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) {
    fields >> skipped;
  }
  int64_t user = 0;
  int64_t system = 0;
  Require(static_cast<bool>(fields >> user >> system), "processor time cannot be read");
  return absl::Seconds(user + system) / ::sysconf(_SC_CLK_TCK);
}

uint64_t Process::ResidentBytes() const {
  std::ifstream file(fmt::format("/proc/{}/statm", pid_));
  uint64_t pages = 0;
  uint64_t resident = 0;
  Require(static_cast<bool>(file >> pages >> resident), "memory cannot be read");
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace cbm::bench
