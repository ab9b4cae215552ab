#include "tests/support/run_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "absl/time/clock.h"

namespace cbm::test {
namespace {

constexpr int kNotFound = 127;

// The two ends of a pipe, closed with this.
class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) {
      std::abort();
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    CloseReader();
    CloseWriter();
  }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void CloseReader() { Close(ends_[0]); }
  void CloseWriter() { Close(ends_[1]); }

 private:
  static void Close(int& end) {
    if (end >= 0) {
      close(end);
    }
    end = -1;
  }
  std::array<int, 2> ends_{-1, -1};
};

struct Pipes {
  Pipe input;
  Pipe output;
  Pipe errors;
};

// In the child: never returns. Calls only what may be called between fork and exec.
[[noreturn]] void Become(char* const* arguments, char* const* environment, const char* folder,
                         const Pipes& pipes) {
  if (dup2(pipes.input.reader(), STDIN_FILENO) >= 0 &&
      dup2(pipes.output.writer(), STDOUT_FILENO) >= 0 &&
      dup2(pipes.errors.writer(), STDERR_FILENO) >= 0 && (*folder == '\0' || chdir(folder) == 0)) {
    execvpe(arguments[0], arguments, environment);
  }
  _exit(kNotFound);
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

// What this process has, but for the names that `changes` give anew.
std::vector<std::string> EnvironmentWith(const std::vector<std::string>& changes) {
  std::vector<std::string> variables = changes;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    if (std::none_of(changes.begin(), changes.end(),
                     [name](const std::string& change) { return change.rfind(name, 0) == 0; })) {
      variables.emplace_back(text);
    }
  }
  return variables;
}

// Reads what is there. False at the end.
bool ReadSome(int descriptor, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<size_t>(count));
  }
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

// Writes what fits. False when all was written, or nobody reads.
bool WriteSome(int descriptor, std::string_view& text) {
  const ssize_t count = text.empty() ? 0 : write(descriptor, text.data(), text.size());
  if (count > 0) {
    text.remove_prefix(static_cast<size_t>(count));
  }
  return !text.empty() && (count >= 0 || errno == EINTR || errno == EAGAIN);
}

// Feeds and reads the child until it closed its ends, or time is up.
void Converse(Pipes& pipes, std::string_view input, absl::Time deadline, CommandResult& result) {
  fcntl(pipes.input.writer(), F_SETFL, O_NONBLOCK);
  while (pipes.output.reader() >= 0 || pipes.errors.reader() >= 0) {
    // Poll leaves out what has a negative number: what is closed already.
    std::array<pollfd, 3> ends = {{{pipes.input.writer(), POLLOUT, 0},
                                   {pipes.output.reader(), POLLIN, 0},
                                   {pipes.errors.reader(), POLLIN, 0}}};
    const auto left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) {
      return;
    }
    if (poll(ends.data(), ends.size(), static_cast<int>(left)) <= 0) {
      continue;
    }
    if (ends[0].revents != 0 && !WriteSome(pipes.input.writer(), input)) {
      pipes.input.CloseWriter();
    }
    if (ends[1].revents != 0 && !ReadSome(pipes.output.reader(), result.output)) {
      pipes.output.CloseReader();
    }
    if (ends[2].revents != 0 && !ReadSome(pipes.errors.reader(), result.errors)) {
      pipes.errors.CloseReader();
    }
  }
}

// Waits for the child's end, and kills it if that does not come in time.
int ExitCodeOf(pid_t child, absl::Time deadline) {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  if (descriptor < 0) {
    std::abort();
  }
  pollfd end{.fd = descriptor, .events = POLLIN, .revents = 0};
  const auto left = std::max<int64_t>(absl::ToInt64Milliseconds(deadline - absl::Now()), 0);
  if (poll(&end, 1, static_cast<int>(left)) != 1) {
    kill(child, SIGKILL);
  }
  close(descriptor);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

CommandResult RunCommand(const std::vector<std::string>& arguments, const CommandOptions& options) {
  std::vector<std::string> argument_texts = arguments;
  std::vector<std::string> environment_texts = EnvironmentWith(options.environment);
  const std::vector<char*> argument_pointers = Pointers(argument_texts);
  const std::vector<char*> environment_pointers = Pointers(environment_texts);
  // A child that does not read its input must not end the test.
  static_cast<void>(signal(SIGPIPE, SIG_IGN));

  const absl::Time deadline = absl::Now() + options.time_max;
  Pipes pipes;
  const pid_t child = fork();
  if (child < 0) {
    std::abort();
  }
  if (child == 0) {
    Become(argument_pointers.data(), environment_pointers.data(), options.folder.c_str(), pipes);
  }
  pipes.input.CloseReader();
  pipes.output.CloseWriter();
  pipes.errors.CloseWriter();
  CommandResult result;
  Converse(pipes, options.input, deadline, result);
  result.exit_code = ExitCodeOf(child, deadline);
  return result;
}

}  // namespace cbm::test
