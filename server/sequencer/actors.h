#ifndef CBM_SERVER_SEQUENCER_ACTORS_H_
#define CBM_SERVER_SEQUENCER_ACTORS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/directory.pb.h"
#include "core/crypto/digest.h"
#include "core/rules/view.h"

namespace cbm {

// Who carried an act and who signed it, as the registry has them at the act's time.
struct Actors {
  v1::CredentialRecord carrier;
  v1::CredentialRecord signer;
};

// Whether both credentials may do that at `now`, for the office that the act names. `carrying` is
// the one that connected.
//
// UNAUTHENTICATED: one of them is not registered for its part, or not active; one that renews
// itself need only be in time for that. Or they are of two parties, or of an integration and not of
// it alone. INVALID_ARGUMENT: the act names another party or office than its signer's.
absl::StatusOr<Actors> FindActors(const rules::LedgerView& registry, const v1::Act& act,
                                  const Digest& carrying, absl::Time now);

// INVALID_ARGUMENT if somebody has registered this certificate, in DER. To be asked last, when the
// rules have accepted the act: no other may learn whose certificates are registered.
absl::Status CheckNew(const rules::LedgerView& registry, const std::string& certificate);

}  // namespace cbm

#endif  // CBM_SERVER_SEQUENCER_ACTORS_H_
