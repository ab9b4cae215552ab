#ifndef CBM_SERVER_GATE_BLOCK_SIGNALS_H_
#define CBM_SERVER_GATE_BLOCK_SIGNALS_H_

#include <pthread.h>
#include <signal.h>

namespace cbm {

// For the calling thread. Signals are for the thread that waits for them; a client who hung up
// sends none (SIGPIPE).
inline void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace cbm

#endif  // CBM_SERVER_GATE_BLOCK_SIGNALS_H_
