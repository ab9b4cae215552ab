#ifndef CBM_CORE_RULES_PROJECTION_H_
#define CBM_CORE_RULES_PROJECTION_H_

#include <string_view>

#include "absl/status/status.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/crypto/digest.h"
#include "core/rules/decision.h"
#include "core/rules/exchange.h"
#include "core/rules/view.h"

namespace cbm::rules {

// Writes down what an entry says, in the facts of its ledger. The same on the server and on a
// client that replays the ledger, entry by entry, from the first.
//
// `act` is null where the entry has a summary instead, and for entry 0 of an ALL ledger. An act
// that was refused says nothing.
// DATA_LOSS if the entry cannot follow those before it. What the table answers is passed on.
absl::Status Project(const Exchange& exchange, const v1::Entry& entry, const v1::Act* act,
                     FactTable& facts);

// Entry 0 of the ALL ledger of a framework: ledger, role, digest and effect; it introduces the
// secretariat's first credential.
v1::Entry GenesisEntry(const Exchange& exchange, std::string_view framework,
                       const Digest& genesis_digest);

// Writes down, in the registry, what an author's entry says of credentials, if it does: who a
// certificate belongs to, over the whole exchange, and whether it is suspended or revoked. The
// registry is the server's alone.
absl::Status ProjectRegistry(const Exchange& exchange, const v1::Entry& entry, const v1::Act& act,
                             FactTable& registry);

// The secretariat's first credential, which the genesis document registers.
absl::Status ProjectGenesis(const Exchange& exchange, FactTable& registry);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_PROJECTION_H_
