#ifndef CBM_SERVER_GATE_GATE_EVENT_H_
#define CBM_SERVER_GATE_GATE_EVENT_H_

#include <functional>
#include <optional>
#include <string>

#include "core/crypto/certificate.h"
#include "server/gate/frame_police.h"
#include "server/gate/holder_name.h"

namespace cbm {

// What the gate has to report: who was refused or cut off, and why.
struct GateEvent {
  enum class Kind {
    kRefused,  // No byte of the client reached gRPC.
    kEnded,    // A session was ended that neither the client nor gRPC ended.
    kTrouble,  // It is not about one client: descriptors have run out.
  };

  Kind kind = Kind::kRefused;
  std::string reason;
  std::string source;                           // The client's address; empty for kTrouble.
  std::optional<Certificate> certificate = {};  // What the client showed, if it did.
  // What a client whose session was ended is told, if it takes that within 2 s. Also kNoError if it
  // is told nothing: it takes no output, or gRPC left it in the middle of a frame.
  Http2Error error = Http2Error::kNoError;

  // To whom that certificate is registered, as it was found when the client was let in: of each
  // session that was ended, and of whoever was let in but found no place. None of who was refused
  // before, and where nobody can ever tell.
  std::optional<HolderName> holder = {};
};

// Called from any of the gate's threads; must return soon, and may not call the gate.
using GateObserver = std::function<void(const GateEvent& event)>;

}  // namespace cbm

#endif  // CBM_SERVER_GATE_GATE_EVENT_H_
