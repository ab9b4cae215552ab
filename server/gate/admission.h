#ifndef CBM_SERVER_GATE_ADMISSION_H_
#define CBM_SERVER_GATE_ADMISSION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "server/gate/budget.h"

namespace cbm {

// How many may be there at a time.
struct AdmissionLimits {
  uint32_t sessions_max = 1'024;
  uint32_t sessions_per_source_max = 256;
  uint32_t handshakes_max = 256;
  uint32_t handshakes_per_source_max = 64;
  // A handshake that is younger is not given up for another's sake.
  std::chrono::milliseconds handshake_spared{1'000};
};

// Counts who is there, in all and from each source, and who is still at the handshake.
//
// Where there is no room for one more, a handshake gives way to the new one: the oldest of the
// source that has the most, if that has two more than the new one's; else the oldest of all, if it
// is not to be spared. So nobody keeps others out by beginning what he does not end, however fast
// he begins. Thread-safe. Must outlive the places it gave.
class Admission {
 public:
  // One's place: free again when this is destroyed. Can be moved.
  class Place {
   public:
    Place() = default;  // None.
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place() { Leave(); }

    // The handshake was made: the place cannot be taken away any more. False if that has happened.
    bool Settle();

    void Leave();

   private:
    friend class Admission;
    Place(Admission* admission, uint64_t id) : admission_(admission), id_(id) {}

    Admission* admission_ = nullptr;
    uint64_t id_ = 0;
  };

  explicit Admission(const AdmissionLimits& limits) : limits_(limits) {}

  // A place for one who comes from `source` at `now`. `give_up` ends the handshake soon, if it has
  // to give way; it is called from the thread that admits another, without a lock, perhaps after
  // Settle: then it must do nothing.
  //
  // RESOURCE_EXHAUSTED if there is none: the message says which bound.
  absl::StatusOr<Place> Admit(const std::string& source, SteadyTime now,
                              std::function<void()> give_up);

  uint32_t sessions() const;

 private:
  struct Guest {
    std::string source;
    SteadyTime since;
    bool at_handshake = true;
    std::function<void()> give_up;
  };
  struct Count {
    uint32_t sessions = 0;
    uint32_t handshakes = 0;
  };

  bool Settle(uint64_t id);
  void Leave(uint64_t id);
  // Whether there is room for one more of a source, and for one more at all.
  absl::Status CheckSource(const Count& count) const;
  absl::Status CheckAll() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes the oldest handshake away, of `source` if it is given; its way to give up. Null if there
  // is none, or it began after `before`.
  std::function<void()> TakeOldest(const std::string* source, SteadyTime before)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The source with the most handshakes, if it has two more than `count`; else null.
  const std::string* BusierThan(const Count& count) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(std::map<uint64_t, Guest>::iterator guest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const AdmissionLimits limits_;
  mutable Mutex mutex_;
  std::map<uint64_t, Guest> guests_ ABSL_GUARDED_BY(mutex_);  // In the order of their coming.
  std::map<std::string, Count> sources_ ABSL_GUARDED_BY(mutex_);
  uint32_t handshakes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_ADMISSION_H_
