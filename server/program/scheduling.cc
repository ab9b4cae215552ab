#include "server/program/scheduling.h"

#include <sched.h>

namespace cbm {

bool RunInBatches() {
  constexpr int kCallingThread = 0;
  if (::sched_getscheduler(kCallingThread) != SCHED_OTHER) {
    return ::sched_getscheduler(kCallingThread) == SCHED_BATCH;
  }
  const sched_param none{};
  return ::sched_setscheduler(kCallingThread, SCHED_BATCH, &none) == 0;
}

}  // namespace cbm
