#include "server/program/stall_watch.h"

#include <utility>

namespace cbm {
namespace {

constexpr std::chrono::seconds kLong{10};
constexpr std::chrono::seconds kAgainAfter{60};

int64_t Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

}  // namespace

void StallWatch::Look(const SequencerWork& work, std::chrono::steady_clock::time_point now) {
  if (work.waiting == 0 || work.answered != answered_) {
    if (std::exchange(said_, false)) {
      log_.Info("acts_go_on", {{"after_seconds", Seconds(now - since_)}});
    }
    answered_ = work.answered;
    since_ = now;
    due_ = now + kLong;
  } else if (now >= due_) {
    log_.Error("acts_stalled",
               {{"seconds", Seconds(now - since_)}, {"waiting", work.waiting}, {"in", work.step}});
    said_ = true;
    due_ = now + kAgainAfter;
  }
}

}  // namespace cbm
