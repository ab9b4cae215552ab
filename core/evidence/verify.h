#ifndef CBM_CORE_EVIDENCE_VERIFY_H_
#define CBM_CORE_EVIDENCE_VERIFY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/entry.pb.h"
#include "cbm/v1/genesis.pb.h"
#include "cbm/v1/receipt.pb.h"
#include "core/base/ledger_id.h"
#include "core/crypto/certificate.h"
#include "core/crypto/digest.h"
#include "core/crypto/trust_store.h"
#include "core/evidence/encoded.h"
#include "core/evidence/origin.h"
#include "core/log/checkpoint.h"

namespace cbm {

// Checks evidence offline, with nothing but what its holder has chosen to trust. Every failure but
// VerifyActSignature's is DATA_LOSS, with a sentence that says which part did not convince.

// What a verifier believes without proof.
struct Trust {
  // The exchange, its log's key, and the newest epoch that the verifier follows. Earlier epochs
  // count too: what the exchange once signed stays its word.
  LogIdentity log;

  // Lent. Of the document whose digest is in the exchange id.
  const v1::Genesis& genesis;

  // Lent. Whose certificates are genuine.
  const TrustStore& authorities;

  // The verifier's own ledger, if it has one: it sees every entry there, so a registration in it
  // cannot be hidden from it.
  std::optional<LedgerId> own_ledger = std::nullopt;
};

// An act that is in a ledger.
struct VerifiedEvidence {
  EncodedAct act;
  EncodedEntry entry;
  absl::Time time;  // The exchange's, of the entry.
  LedgerId ledger;
  uint32_t epoch = 1;
  Checkpoint checkpoint;
};

// Verifies that act and entry belong together, to this exchange, and stand in the ledger that the
// entry names, at its ordinal. Who signed the act is not asked; what was refused is in a ledger
// too.
absl::StatusOr<VerifiedEvidence> VerifyEvidence(const v1::Evidence& evidence, const Trust& trust);

// A credential that may sign, and whose.
struct Registration {
  std::string party;
  std::string office;
  Certificate certificate;
  bool may_enrol = false;  // Has the scope DIRECTORY.
  absl::Time registered;   // Infinitely long ago for the genesis document's.
};

// Registrations that were proven before, by the SHA-256 of the certificate.
using Registrations = std::map<Digest, Registration>;

// An act with all that stands behind it.
struct VerifiedReceipt {
  VerifiedEvidence evidence;
  Certificate signer;

  // The signer's, then that of who enrolled or renewed it, and so on to the genesis document's or
  // one that was proven before.
  std::vector<Registration> registrations;
};

// Verifies that a registered credential of the act's author signed it and the exchange took it:
//
//  1. Evidence 0 verifies, and the act was not refused.
//  2. The first certificate is the one that the act names, fit to sign, valid at the entry's time
//  by
//     trust.authorities, and verifies the act's signature.
//  3. Evidence 1 and on are enrolments or renewals, each of the credential that signed the act
//     before it, to the party and office in that act, with the new credential's proof of
//     possession, not later than that act, in an ALL ledger that its party reads or in the
//     verifier's own. An enrolment is signed by the secretariat or the same party, with the scope
//     to do so; a renewal by a credential of the same office, and gives what that one may do.
//     A renewal is taken up to 7 days after its signer's end: then the certificate has to have been
//     valid just before that.
//  4. The last act is signed by the genesis document's credential or one in `proven`.
//
// The anchor's proof and cosignatures are not looked at. Suspensions and revocations cannot be seen
// here: the exchange checks, when it takes an act, that its credential is active. What was
// registered when the act was taken stays proven, whatever became of it later.
absl::StatusOr<VerifiedReceipt> VerifyReceipt(const v1::Receipt& receipt, const Trust& trust,
                                              const Registrations& proven);

// OK if `signer` is the credential that the act names, may sign acts, and did sign this one.
// INVALID_ARGUMENT otherwise. Whether it is registered, and genuine, is not asked.
absl::Status VerifyActSignature(const EncodedAct& act, const Certificate& signer);

// OK if `other` is the entry by which the author's entry `own` says that its act was delivered to
// the reader of that ledger. Both are verified already.
absl::Status VerifyDelivered(const v1::Entry& own, const EncodedEntry& other);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_VERIFY_H_
