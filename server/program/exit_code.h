#ifndef CBM_SERVER_PROGRAM_EXIT_CODE_H_
#define CBM_SERVER_PROGRAM_EXIT_CODE_H_

namespace cbm {

// How cbmd ends; docs/operating.md says what to do then.
enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,
  kExitUsage = 2,        // Usage or configuration.
  kExitDifference = 5,   // check or rebuild found a difference.
  kExitDiskFailed = 70,  // The disk refused what had to be durable.
  kExitMemory = 71,      // There is no more memory, or there are no more threads.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_EXIT_CODE_H_
