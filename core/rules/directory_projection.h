#ifndef CBM_CORE_RULES_DIRECTORY_PROJECTION_H_
#define CBM_CORE_RULES_DIRECTORY_PROJECTION_H_

#include "absl/status/status.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/rules/decision.h"
#include "core/rules/exchange.h"
#include "core/rules/view.h"

namespace cbm::rules {

// What an entry says of offices and credentials, in the facts of its ledger; of an act that is not
// the directory's, nothing. The credential in the genesis document is known in every ledger, and
// recorded in one of no framework from the first act on that changes it.
//
// DATA_LOSS if the entry cannot follow those before it: who enrols an office whose credentials are
// in use, changes what was revoked, or restores what somebody else suspended breaks the rules.
absl::Status ProjectDirectory(const Exchange& exchange, const v1::Entry& entry, const v1::Act& act,
                              FactTable& facts);

// The secretariat's first office, with the credential of the genesis document; `effect` says from
// when to when its certificate holds.
absl::Status ProjectSecretariat(const Exchange& exchange, const v1::Effect& effect,
                                FactTable& facts);

// The credential of the genesis document as it was registered.
v1::CredentialRecord GenesisCredential(const Exchange& exchange);

// The effect of an act that registers a certificate.
v1::Effect EffectOf(Validity validity);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_DIRECTORY_PROJECTION_H_
