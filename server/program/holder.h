#ifndef CBM_SERVER_PROGRAM_HOLDER_H_
#define CBM_SERVER_PROGRAM_HOLDER_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/crypto/digest.h"
#include "server/gate/tls_context.h"
#include "server/store/store.h"

namespace cbm {

// Whose a certificate is, as the gate wants it; nothing if it is registered to nobody, and the
// store's error if that cannot be told. Waits for the store.
//
// Those of an office that are active at `now` are counted together; those that are not, together
// too, so that whoever holds old keys uses up nothing of the office's, however many he has. So are
// those of a State's offices. One that may still be renewed is an owner of its own, and
// counted with all such of its State: it can be renewed as often as its holder likes. The name is
// the party's and the office's that it is registered to, of use or not.
absl::StatusOr<std::optional<Holder>> FindHolder(const Store& store, const Digest& certificate,
                                                 absl::Time now);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_HOLDER_H_
