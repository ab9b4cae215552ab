// Lets a gRPC program live in libfaketime's time. abseil waits until an instant of the real-time clock
// by syscall(SYS_futex, ...), which libfaketime does not see: under a faked past such a wait is over at
// once, for ever, and under a faked future it never ends. Preloaded before libfaketime, this moves
// such instants into the kernel's time.
//
// And in one that allocates with jemalloc, which asks for the time and for a condition while it
// begins: libfaketime then begins too, and wants memory, for ever. What it does not fake is not asked
// of it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { kArguments = 6 };

static const long kNanosecondsPerSecond = 1000000000;

// How much the kernel's clock is ahead of the faked one, added to `faked`.
static struct timespec ToKernelTime(long (*call)(long, ...), const struct timespec* faked) {
  struct timespec kernel_now;
  struct timespec faked_now;
  call(SYS_clock_gettime, CLOCK_REALTIME, &kernel_now);
  clock_gettime(CLOCK_REALTIME, &faked_now);
  struct timespec result = {
      .tv_sec = faked->tv_sec + (kernel_now.tv_sec - faked_now.tv_sec),
      .tv_nsec = faked->tv_nsec + (kernel_now.tv_nsec - faked_now.tv_nsec),
  };
  while (result.tv_nsec < 0) {
    result.tv_nsec += kNanosecondsPerSecond;
    result.tv_sec -= 1;
  }
  while (result.tv_nsec >= kNanosecondsPerSecond) {
    result.tv_nsec -= kNanosecondsPerSecond;
    result.tv_sec += 1;
  }
  return result;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  static int (*next)(clockid_t, struct timespec*);
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
    return (int)syscall(SYS_clock_gettime, clock, time);
  }
  if (next == NULL) {
    next = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  }
  return next(clock, time);
}

int pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes) {
  static int (*next)(pthread_cond_t*, const pthread_condattr_t*);
  if (attributes == NULL) {
    *condition = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    return 0;
  }
  if (next == NULL) {
    next = (int (*)(pthread_cond_t*, const pthread_condattr_t*))dlsym(RTLD_NEXT, "pthread_cond_init");
  }
  return next(condition, attributes);
}

long syscall(long number, ...) {
  static long (*next)(long, ...);
  if (next == NULL) {
    next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  }
  long arguments[kArguments];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < kArguments; ++i) {
    arguments[i] = va_arg(list, long);
  }
  va_end(list);
  struct timespec instant;
  const int waits_until = number == SYS_futex && (arguments[1] & FUTEX_CLOCK_REALTIME) != 0 &&
                          (arguments[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET && arguments[3] != 0;
  if (waits_until) {
    instant = ToKernelTime(next, (const struct timespec*)arguments[3]);
    arguments[3] = (long)&instant;
  }
  return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
              arguments[5]);
}
