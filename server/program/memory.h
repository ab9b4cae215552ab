#ifndef CBM_SERVER_PROGRAM_MEMORY_H_
#define CBM_SERVER_PROGRAM_MEMORY_H_

#include <cstddef>
#include <exception>

#include "absl/status/status.h"

namespace cbm {

// What a server needs: the programs and libraries, gRPC's 256 MiB, the database's caches, stacks.
inline constexpr size_t kMemoryBytesMin = size_t{512} << 20;

// From here on an allocation by operator new that fails, or a thread that cannot be had, ends the
// process at once with kExitMemory and one line on standard error: a part of it that went on
// without what it asked for would answer what is not true. What was answered is durable by then. Of
// what libraries in C allocate, allocator.cc sees to it from the first. Any other error that
// nothing caught is named before the process aborts.
void EndWhenMemoryRunsOut();

// Says that it ran out, and ends the process. Needs no memory.
[[noreturn]] void EndForMemory();

// Does so if `error` says that there was no memory, or that a thread could not be had. For whoever
// catches all exceptions.
void EndIfMemoryRanOut(const std::exception& error);

// From now on threads of jemalloc's own give the system back what nobody has used for a second or
// so; without them it would wait for the next that is freed. Does nothing where the program has
// another allocator. Ends the process if it can have no thread.
void BeginGivingMemoryBack();

// RESOURCE_EXHAUSTED if the limits of this process (ulimit -v, ulimit -d) leave it less than
// kMemoryBytesMin: gRPC would start without the threads that answer, and stop without an end.
absl::Status RequireMemory();

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_MEMORY_H_
