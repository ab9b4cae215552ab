#ifndef CBM_TESTS_SUPPORT_DOOR_H_
#define CBM_TESTS_SUPPORT_DOOR_H_

#include "core/base/mutex.h"

namespace cbm::test {

// A door that a test shuts, to know what waits before it.
//
// Thread-safe.
class Door {
 public:
  void Shut() {
    const MutexLock lock(mutex_);
    open_ = false;
  }
  void Open() {
    const MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }

  // Returns once the door is open.
  void Pass() {
    const MutexLock lock(mutex_);
    ++came_;
    ++waiting_;
    changed_.NotifyAll();
    while (!open_) {
      changed_.Wait(mutex_);
    }
    --waiting_;
  }

  // Returns once somebody waits before the shut door.
  void AwaitSomebody() {
    const MutexLock lock(mutex_);
    while (open_ || waiting_ == 0) {
      changed_.Wait(mutex_);
    }
  }

  // How many have come to the door since the beginning.
  int came() {
    const MutexLock lock(mutex_);
    return came_;
  }

  // Returns once `count` have come to the door since the beginning.
  void AwaitComing(int count) {
    const MutexLock lock(mutex_);
    while (came_ < count) {
      changed_.Wait(mutex_);
    }
  }

 private:
  Mutex mutex_;
  Condition changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = true;
  int came_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_DOOR_H_
