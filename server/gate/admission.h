#ifndef CBM_SERVER_GATE_ADMISSION_H_
#define CBM_SERVER_GATE_ADMISSION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "server/gate/budget.h"
#include "server/gate/source.h"

namespace cbm {

// How many may be there at a time.
struct AdmissionLimits {
  uint32_t sessions_max = 1'024;
  uint32_t sessions_per_source_max = 256;
  uint32_t handshakes_max = 256;
  uint32_t handshakes_per_source_max = 64;
  // A handshake that is younger is given up only for one whose network, or source, is less busy.
  std::chrono::milliseconds handshake_spared{1'000};
  std::chrono::milliseconds handshake_overdue{3'000};  // An older one is, for anybody, if no other.
};

// Counts who is there, in all and from each source, and who is still at the handshake.
//
// Where there is no room for one more, a handshake gives way to the new one, however young it is,
// if its network has two more than the new one's, or in the same network its source has: the oldest
// of the source that has the most, in the network that has the most. Else the oldest that is not to
// be spared, unless it is of a network, or in the same one of a source, that has fewer than the new
// one's; and if there is none, the oldest that is overdue. So whoever has one network does not keep
// out who comes from another by beginning what he does not end, however many addresses he has there
// and however fast he begins; and whoever has one address does not keep out the rest of its
// network.
//
// Where one source has as many as it may, the oldest of that alone gives way, if it is not to be
// spared.
//
// Thread-safe. Must outlive the places it gave.
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
  absl::StatusOr<Place> Admit(const Source& source, SteadyTime now, std::function<void()> give_up);

  uint32_t sessions() const;

 private:
  struct Count {
    uint32_t sessions = 0;
    uint32_t handshakes = 0;
  };
  using Counts = std::map<std::string, Count>;  // Of those that have a session, by name.
  struct Guest {
    Counts::iterator source;
    Counts::iterator network;
    SteadyTime since;
    bool at_handshake = true;
    std::function<void()> give_up;
  };
  using Guests = std::map<uint64_t, Guest>;  // In the order of their coming.
  struct Newcomer {
    const Source& source;
    Count of_source;
    Count of_network;
  };

  bool Settle(uint64_t id);
  void Leave(uint64_t id);
  // Whether there is room for one more of a source, and for one more at all.
  absl::Status CheckSource(const Count& count) const;
  absl::Status CheckAll() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static Count CountOf(const Counts& counts, const std::string& name);
  // Whether the guest's network has at least so many handshakes more than the newcomer's; if it is
  // the same, whether the guest's source has.
  static bool HasMore(const Guest& guest, const Newcomer& newcomer, uint32_t more);
  // The handshake that gives way however young it is; the end if none does.
  Guests::iterator FindBusiest(const Newcomer& newcomer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The one that gives way for its age, of the newcomer's own source alone if that is full.
  Guests::iterator FindOldest(const Newcomer& newcomer, bool is_source_full, SteadyTime now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndHandshake(Guest& guest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(Guests::iterator guest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const AdmissionLimits limits_;
  mutable Mutex mutex_;
  Guests guests_ ABSL_GUARDED_BY(mutex_);
  Counts sources_ ABSL_GUARDED_BY(mutex_);
  Counts networks_ ABSL_GUARDED_BY(mutex_);
  uint32_t handshakes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_ADMISSION_H_
