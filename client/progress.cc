#include "client/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string_view>
#include <utility>

#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::chrono::seconds kPatience(1);
constexpr std::string_view kEraseLine = "\r\x1b[K";

void Write(std::string_view text) {
  fmt::print(stderr, "{}", text);
  static_cast<void>(std::fflush(stderr));
}

}  // namespace

Progress::Progress(std::string waiting_for) : waiting_for_(std::move(waiting_for)) {
  if (isatty(STDERR_FILENO) == 1) {
    thread_ = std::thread([this] { Run(); });
  }
}

Progress::~Progress() {
  if (!thread_.joinable()) {
    return;
  }
  {
    const MutexLock lock(mutex_);
    over_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void Progress::Run() {
  std::chrono::seconds waited = kPatience;
  bool shown = false;
  const MutexLock lock(mutex_);
  while (!over_) {
    if (changed_.WaitFor(mutex_, kPatience) || over_) {
      continue;
    }
    Write(fmt::format("{}waiting for {}: {} s", kEraseLine, waiting_for_, waited.count()));
    shown = true;
    waited += kPatience;
  }
  if (shown) {
    Write(kEraseLine);
  }
}

}  // namespace cbm
