#ifndef CBM_BENCH_PROCESS_H_
#define CBM_BENCH_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace cbm::bench {

// A server that is measured, as a process of its own. Ended with the object.
class Process {
 public:
  // `arguments` begin with the program. What it prints goes to the file `output`.
  Process(const std::vector<std::string>& arguments, const std::filesystem::path& output);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { Stop(); }

  // Asks it to end (SIGTERM), and waits.
  void Stop();

  // Processor time that it used so far, user and system, to a hundredth of a second.
  absl::Duration ProcessorTime() const;

  // What it has in memory now.
  uint64_t ResidentBytes() const;

  // Ends the benchmark if it is not running any more.
  void RequireRunning() const;

 private:
  std::string name_;
  pid_t pid_ = -1;
};

}  // namespace cbm::bench

#endif  // CBM_BENCH_PROCESS_H_
