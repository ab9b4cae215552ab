#ifndef CBM_CORE_RULES_CREDENTIALS_H_
#define CBM_CORE_RULES_CREDENTIALS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/base/renewal.h"

namespace cbm::rules {

// How many credentials an office may have that are neither revoked nor ended. Its record lists them
// all, and of the others the newest that find room beside them.
inline constexpr int kCredentialsHeldMax = 30;

// How many renewals may lead from an enrolment, or from the genesis document, to a credential.
// Twice as many, the office's and those of the secretariat that enrolled it, and the enrolment
// still fit into a receipt (core/evidence/receipt.h).
inline constexpr uint32_t kRenewalsInARowMax = 30;

// How many acts may suspend or restore a credential until it can be restored no more: the next
// suspension is the last. Whoever verifies what it signed goes through all of them.
inline constexpr uint32_t kCredentialChangesMax = 100;

// How a credential stands at an instant. What is said first of several counts.
enum class CredentialUse {
  kRevoked,
  kSuspended,
  kEnded,   // Its certificate has run out.
  kNotYet,  // Its certificate does not hold yet.
  kActive,
};
CredentialUse UseOf(const v1::CredentialRecord& credential, absl::Time now);

// Whether it is active now or will be, if nobody does anything.
bool IsInUse(const v1::CredentialRecord& credential, absl::Time now);

// Whether it may still come to be of use: it is neither revoked nor ended. That is never so again
// once it was not.
bool IsHeld(const v1::CredentialRecord& credential, absl::Time now);

// Whether a renewal that it signs is taken now: it is active, or ended less than
// kRenewalAfterEndMax ago, neither suspended nor revoked.
bool MayRenew(const v1::CredentialRecord& credential, absl::Time now);

// Since when it has been out of use: the end of its certificate, or what came before;
// InfiniteFuture if it is not ended, suspended or revoked now.
absl::Time OutOfUseSince(const v1::CredentialRecord& credential, absl::Time now);

// Whether a party may end the suspension of a credential that is suspended: the one that it belongs
// to, or who suspended it.
bool MayRestore(std::string_view party, const v1::CredentialRecord& credential);

// The certificate that an act registers; empty if it registers none.
const std::string& CertificateRegisteredBy(const v1::Act& act);

// The credential that an act suspends, restores or revokes; null if it is of another kind.
const v1::CredentialName* CredentialChangedBy(const v1::Act& act);

// What such an act, which `entry` tells of, makes of the credential that it names.
//
// DATA_LOSS, and nothing is changed, if it cannot have been done to it: it is revoked; it is
// suspended a second time, or restored without being suspended, or by who may not.
absl::Status ChangeCredential(const v1::Entry& entry, const v1::Act& act,
                              v1::CredentialRecord& credential);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_CREDENTIALS_H_
