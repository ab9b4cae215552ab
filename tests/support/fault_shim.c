// Has the n-th call of a program to the kernel fail, as a disk or a kernel does, or hang until it
// is let go. Preloaded into cbmd; the test says through shared memory (fault_shim.py) which call, and
// reads how many there were.
//
// Files and sockets: writing to an eventfd or a pipe always works, as it does for the kernel.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// As fault_shim.py has it. The last three are what cbmd does to lengthen SQLite's log, beside all
// else: how much of it comes before another call is a matter of chance.
enum Call {
  kFsync,
  kWrite,
  kOpen,
  kFopen,
  kGetrandom,
  kSend,
  kWalFsync,
  kWalWrite,
  kWalOpen,
  kCalls
};
struct Control {
  _Atomic int32_t call;       // Which is to fail; none if below 0.
  _Atomic int32_t countdown;  // It fails when this becomes 0.
  _Atomic int32_t failed;     // How often something was made to fail, or to hang.
  _Atomic int32_t hangs;      // Whether it hangs, as long as this is 1, and then goes on well.
  _Atomic int32_t seen[kCalls];
};

static struct Control* GetControl(void) {
  static struct Control* control;
  static _Atomic int tried;
  if (!atomic_exchange(&tried, 1)) {
    const char* const path = getenv("CBM_FAULTS");
    const int file =
        path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (file >= 0) {
      void* const memory =
          mmap(NULL, sizeof(struct Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      control = memory == MAP_FAILED ? NULL : memory;
      close(file);
    }
  }
  return control;
}

// Whether this call of the kind is the one that fails.
static int Fails(enum Call call) {
  struct Control* const control = GetControl();
  if (control == NULL) {
    return 0;
  }
  atomic_fetch_add(&control->seen[call], 1);
  if (atomic_load(&control->call) != (int32_t)call ||
      atomic_fetch_sub(&control->countdown, 1) != 1) {
    return 0;
  }
  const int hangs = atomic_load(&control->hangs) != 0;
  atomic_fetch_add(&control->failed, 1);
  while (atomic_load(&control->hangs) != 0) {
    const struct timespec millisecond = {.tv_nsec = 1000000};
    nanosleep(&millisecond, NULL);
  }
  return !hangs;
}

static mode_t TypeOf(int file) {
  struct stat status;
  return fstat(file, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

// SQLite itself opens its log to be read too.
static int Lengthens(const char* path, int flags) {
  const size_t size = strlen(path);
  return (flags & O_ACCMODE) == O_WRONLY && size > 4 && strcmp(path + size - 4, "-wal") == 0;
}

static int FileLengthens(int file) {
  char link[32];
  char path[PATH_MAX] = "";
  snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
  return readlink(link, path, sizeof(path) - 1) > 0 && Lengthens(path, fcntl(file, F_GETFL));
}

// What is opened to be written, or lies in the exchange's folder.
static int Concerns(const char* path, int flags) {
  const char* const folder = getenv("CBM_FAULTS_BELOW");
  return (folder != NULL && strncmp(path, folder, strlen(folder)) == 0) ||
         ((flags & O_ACCMODE) != O_RDONLY && strncmp(path, "/dev/", 5) != 0 &&
          strncmp(path, "/proc/", 6) != 0);
}

#define NEXT(type, name)                    \
  static type next;                         \
  if (next == NULL) {                       \
    next = (type)dlsym(RTLD_NEXT, name);    \
  }

typedef int (*SyncCall)(int);
typedef ssize_t (*WriteCall)(int, const void*, size_t);
typedef ssize_t (*PwriteCall)(int, const void*, size_t, off_t);
typedef int (*OpenCall)(const char*, int, ...);
typedef ssize_t (*RandomCall)(void*, size_t, unsigned);

int fsync(int file) {
  NEXT(SyncCall, "fsync");
  if (Fails(FileLengthens(file) ? kWalFsync : kFsync)) {
    errno = EIO;
    return -1;
  }
  return next(file);
}

int fdatasync(int file) {
  NEXT(SyncCall, "fdatasync");
  if (Fails(FileLengthens(file) ? kWalFsync : kFsync)) {
    errno = EIO;
    return -1;
  }
  return next(file);
}

ssize_t write(int file, const void* bytes, size_t size) {
  NEXT(WriteCall, "write");
  const mode_t type = TypeOf(file);
  if (type == S_IFREG && Fails(kWrite)) {
    errno = ENOSPC;
    return -1;
  }
  if (type == S_IFSOCK && Fails(kSend)) {
    errno = ECONNRESET;
    return -1;
  }
  return next(file, bytes, size);
}

static ssize_t Pwrite(PwriteCall next, int file, const void* bytes, size_t size, off_t at) {
  if (Fails(FileLengthens(file) ? kWalWrite : kWrite)) {
    errno = ENOSPC;
    return -1;
  }
  return next(file, bytes, size, at);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  NEXT(PwriteCall, "pwrite");
  return Pwrite(next, file, bytes, size, at);
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off_t at) {
  NEXT(PwriteCall, "pwrite64");
  return Pwrite(next, file, bytes, size, at);
}

ssize_t send(int file, const void* bytes, size_t size, int flags) {
  typedef ssize_t (*Next)(int, const void*, size_t, int);
  NEXT(Next, "send");
  if (Fails(kSend)) {
    errno = ECONNRESET;
    return -1;
  }
  return next(file, bytes, size, flags);
}

ssize_t sendmsg(int file, const struct msghdr* message, int flags) {
  typedef ssize_t (*Next)(int, const struct msghdr*, int);
  NEXT(Next, "sendmsg");
  if (Fails(kSend)) {
    errno = ECONNRESET;
    return -1;
  }
  return next(file, message, flags);
}

static int Open(OpenCall next, const char* path, int flags, mode_t mode) {
  if (Concerns(path, flags) && Fails(Lengthens(path, flags) ? kWalOpen : kOpen)) {
    errno = EMFILE;
    return -1;
  }
  return next(path, flags, mode);
}

#define OPEN(name)                         \
  int name(const char* path, int flags, ...) { \
    NEXT(OpenCall, #name);                 \
    va_list arguments;                     \
    va_start(arguments, flags);            \
    const mode_t mode = va_arg(arguments, mode_t); \
    va_end(arguments);                     \
    return Open(next, path, flags, mode);  \
  }
OPEN(open)
OPEN(open64)

FILE* fopen64(const char* path, const char* mode) {
  typedef FILE* (*Next)(const char*, const char*);
  NEXT(Next, "fopen64");
  if (Concerns(path, mode[0] == 'r' ? O_RDONLY : O_WRONLY) && Fails(kFopen)) {
    errno = EMFILE;
    return NULL;
  }
  return next(path, mode);
}

ssize_t getrandom(void* bytes, size_t size, unsigned flags) {
  NEXT(RandomCall, "getrandom");
  if (Fails(kGetrandom)) {
    errno = ENOSYS;
    return -1;
  }
  return next(bytes, size, flags);
}

int getentropy(void* bytes, size_t size) {
  typedef int (*Entropy)(void*, size_t);
  NEXT(Entropy, "getentropy");
  if (Fails(kGetrandom)) {
    errno = EIO;
    return -1;
  }
  return next(bytes, size);
}
