#ifndef CBM_SERVER_PROGRAM_STALL_WATCH_H_
#define CBM_SERVER_PROGRAM_STALL_WATCH_H_

#include <chrono>
#include <cstdint>
#include <optional>

#include "server/ops/log.h"
#include "server/sequencer/sequencer.h"

namespace cbm {

// Says in the log that acts wait and none is answered: nothing else tells of a disk or a token that
// hangs, since a call to it neither fails nor returns. "acts_stalled" comes after ten seconds and
// again each minute, "acts_go_on" once one is answered.
//
// Not thread-safe.
class StallWatch {
 public:
  // Must outlive it.
  explicit StallWatch(Log& log) : log_(log) {}

  // To be called about once a second, with what the sequencer has to do at that time.
  void Look(const SequencerWork& work, std::chrono::steady_clock::time_point now);

 private:
  Log& log_;
  std::optional<uint64_t> answered_;
  std::chrono::steady_clock::time_point since_;  // Nothing was answered while acts waited.
  std::chrono::steady_clock::time_point due_;    // When it is to be said, or said again.
  bool said_ = false;
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_STALL_WATCH_H_
