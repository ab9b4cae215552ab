#ifndef CBM_SERVER_SERVICE_RECEIPTS_H_
#define CBM_SERVER_SERVICE_RECEIPTS_H_

#include "absl/status/statusor.h"
#include "cbm/v1/receipt.pb.h"
#include "core/crypto/certificate.h"
#include "server/identity/identity.h"
#include "server/sequencer/sequencer.h"
#include "server/service/context.h"

namespace cbm {

// The receipt of an act that was just taken: its own evidence alone.
absl::StatusOr<v1::Receipt> ReceiptOf(const v1::SignedAct& act, Taken taken,
                                      const Certificate& signer, CheckpointKeeper& checkpoints);

// The receipt of an act in the caller's ledger, with the registrations that lead to its credential.
//
// NOT_FOUND if there is no such act of that office.
absl::StatusOr<v1::Receipt> FindReceipt(const ServiceContext& context, const Caller& caller,
                                        const ActName& name);

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_RECEIPTS_H_
