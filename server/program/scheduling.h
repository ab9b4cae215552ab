#ifndef CBM_SERVER_PROGRAM_SCHEDULING_H_
#define CBM_SERVER_PROGRAM_SCHEDULING_H_

namespace cbm {

// From now on a thread that is woken waits until whoever runs has had its turn, instead of
// interrupting it (SCHED_BATCH, sched(7)): it finds more to do when it runs, and a call that goes
// through several threads costs fewer changes between them. For the calling thread and those that
// it starts later. A policy that somebody chose for the process stays as it is.
//
// Returns whether it is so now.
bool RunInBatches();

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_SCHEDULING_H_
