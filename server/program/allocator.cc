// What cbmd allocates with: jemalloc, which is linked in place of malloc. Not where a sanitizer
// brings an allocator of its own. See docs/adr/0026.

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "server/program/memory.h"

extern "C" {

// jemalloc reads it before anything is allocated. With few arenas, none apart for what is large,
// and nothing retained, little is kept of what an attack took. It asks the system by mmap alone,
// and for no more than it needs.
extern const char* malloc_conf;
const char* malloc_conf =
    "narenas:2,oversize_threshold:0,dss:disabled,retain:false,dirty_decay_ms:1000,muzzy_decay_ms:0";

// In place of the C library's, for all other libraries: where the system has no memory to give, the
// process ends. Else libraries in C would go on without what they asked for, or abort without a
// word, and jemalloc 5.3 itself crashes or locks itself out.
void* mmap(void* at, size_t size, int protection, int flags, int file, off_t offset) noexcept {
  const long mapped =
      ::syscall(SYS_mmap, at, size, long{protection}, long{flags}, long{file}, offset);
  if (mapped == -1 && errno == ENOMEM && (flags & MAP_ANONYMOUS) != 0) {
    cbm::EndForMemory();
  }
  return reinterpret_cast<void*>(mapped);
}

}  // extern "C"
