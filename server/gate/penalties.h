#ifndef CBM_SERVER_GATE_PENALTIES_H_
#define CBM_SERVER_GATE_PENALTIES_H_

#include <chrono>
#include <cstdint>
#include <map>

#include "core/base/mutex.h"
#include "core/crypto/digest.h"
#include "server/gate/budget.h"

namespace cbm {

struct PenaltyLimits {
  uint32_t abuses_burst = 10;                     // Then a certificate is kept out,
  std::chrono::milliseconds forgiven_in{10'000};  // until one of them is forgiven; each takes this.
};

// Remembers whose sessions were ended for what they sent, and keeps out for a while who will not
// stop. Because ending a session costs more than beginning one: who comes again at once, as often
// as he can, would have the others wait.
//
// Remembers kPenaltiesMax certificates, and forgives what there is no room for. Thread-safe.
class Penalties {
 public:
  explicit Penalties(const PenaltyLimits& limits) : limits_(limits) {}

  // A session of this certificate was ended at `now`.
  void Add(const Digest& certificate, SteadyTime now);

  // Whether its sessions may begin at `now`.
  bool MayCome(const Digest& certificate, SteadyTime now) const;

 private:
  struct Record {
    double abuses = 0;  // Not yet forgiven at that time.
    SteadyTime at;
  };

  double LeftOf(const Record& record, SteadyTime now) const;

  const PenaltyLimits limits_;
  mutable Mutex mutex_;
  std::map<Digest, Record> records_ ABSL_GUARDED_BY(mutex_);
};

inline constexpr size_t kPenaltiesMax = 4'096;

}  // namespace cbm

#endif  // CBM_SERVER_GATE_PENALTIES_H_
