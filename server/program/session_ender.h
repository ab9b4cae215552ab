#ifndef CBM_SERVER_PROGRAM_SESSION_ENDER_H_
#define CBM_SERVER_PROGRAM_SESSION_ENDER_H_

#include <set>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/crypto/digest.h"
#include "server/gate/session_table.h"
#include "server/store/store.h"

namespace cbm {

// Ends the sessions of credentials that are out of use: whose certificate ran out, or that were
// suspended or revoked. Nothing is taken from them before either; this gives back what they hold.
//
// Not thread-safe. Must have ended before the gate does.
class SessionEnder {
 public:
  // All must outlive it.
  SessionEnder(const Store& store, SessionTable& sessions, Clock& clock)
      : store_(store), sessions_(sessions), clock_(clock) {}

  // To be called regularly. Ends the sessions of who was out of use at the last call already: what
  // was under way has been answered by then, and streams were told why they end.
  //
  // Who was let in as one that is out of use already has ten seconds, to be told why or to renew;
  // who was let in because nobody could tell, and is registered to nobody, has none.
  void Tick();

 private:
  // Whether the credential, whose first session began then, is out of use and was told so.
  bool IsOutOfUse(const Digest& credential, absl::Time first) const;

  const Store& store_;
  SessionTable& sessions_;
  Clock& clock_;
  std::set<Digest> seen_;  // At the last call.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_SESSION_ENDER_H_
