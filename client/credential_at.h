#ifndef CBM_CLIENT_CREDENTIAL_AT_H_
#define CBM_CLIENT_CREDENTIAL_AT_H_

#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/directory.pb.h"
#include "client/ledger_replica.h"
#include "core/crypto/digest.h"
#include "core/rules/exchange.h"

namespace cbm {

// A credential as it stood directly before `time`, by what all ledgers of one reader say together:
// what one of them has been told of it counts, whatever the others keep back. The same act in
// several ledgers is one. The credential of the genesis document needs no ledger; of any other
// that none of them registers there is none.
//
// DATA_LOSS if the ledgers contradict each other: they have different registrations of it, or what
// they say was done to it cannot have been, one after the other.
absl::StatusOr<std::optional<v1::CredentialRecord>> CredentialAt(
    const rules::Exchange& exchange, std::span<const LedgerReplica* const> ledgers,
    const Digest& credential, absl::Time time);

// Whether what the last act of a ledger registers can stand beside what the reader's other ledgers
// say: they register its certificate by the same act, or not at all; and if it enrols an office,
// theirs has the same type, and no credential that was in use directly before, by what all say
// together: the others may not have been read as far. Of any other act nothing is asked, nor of one
// that was refused.
//
// DATA_LOSS if it cannot, or they contradict each other. The ledger must have a record.
absl::Status CheckBeside(const rules::Exchange& exchange, const LedgerReplica& ledger,
                         std::span<const LedgerReplica* const> others);

}  // namespace cbm

#endif  // CBM_CLIENT_CREDENTIAL_AT_H_
