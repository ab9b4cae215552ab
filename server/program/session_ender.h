#ifndef CBM_SERVER_PROGRAM_SESSION_ENDER_H_
#define CBM_SERVER_PROGRAM_SESSION_ENDER_H_

#include <optional>
#include <set>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/crypto/digest.h"
#include "server/gate/session_table.h"
#include "server/store/store.h"

namespace cbm {

// How long after one Tick the next one begins: each session of who is out of use ends at the second
// Tick after that came about, so later than one such time and no later than two, 500 ms. Because: a
// second is promised, and the rest of it is for what the ticks take themselves.
inline constexpr absl::Duration kSessionTickEvery = absl::Milliseconds(250);

// Ends the sessions of credentials that are out of use: whose certificate ran out, or that were
// suspended or revoked. Nothing is taken from them before either; this gives back what they hold.
//
// It reads the store and writes nothing, so that it waits for no disk that others wait for. While
// the store does not answer about a credential, what it said before holds: nobody is ended on a
// guess, and nobody who was seen out of use is seen anew.
//
// Not thread-safe. Must have ended before the gate does.
class SessionEnder {
 public:
  // All must outlive it.
  SessionEnder(const Store& store, SessionTable& sessions, Clock& clock)
      : store_(store), sessions_(sessions), clock_(clock) {}

  // To be called kSessionTickEvery after the last call has ended. Ends the sessions of who was out
  // of use at the last call already: what was under way has been answered by then, and streams were
  // told why they end.
  //
  // Who was let in as one that is out of use already has ten seconds, to be told why or to renew;
  // who is registered to nobody, and would not be let in, has none.
  void Tick();

 private:
  // Whether the credential, whose first session began then, is out of use and was told so; nothing
  // if the store does not say.
  std::optional<bool> IsOutOfUse(const Digest& credential, absl::Time first) const;

  const Store& store_;
  SessionTable& sessions_;
  Clock& clock_;
  std::set<Digest> seen_;  // At the last call.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_SESSION_ENDER_H_
