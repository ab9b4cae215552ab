#ifndef CBM_CLIENT_PERFORM_H_
#define CBM_CLIENT_PERFORM_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/content.pb.h"
#include "cbm/v1/receipt.pb.h"
#include "client/outbox.h"
#include "client/workplace.h"
#include "core/evidence/verify.h"
#include "core/rules/decision.h"

namespace cbm {

// How long an act is good for unless somebody says otherwise.
inline constexpr absl::Duration kActValidity = absl::Hours(24);

// What is done when the exchange cannot be reached, or refuses.
enum class Unsent { kKeep, kForget };

// An act in the making: what its kind needs. Perform adds who, when and for which exchange.
struct Proposal {
  v1::Act act;  // Audience, references, manifest digest, kind.
  std::vector<v1::AddresseeOpening> openings;
  std::vector<v1::OpenContent> contents;     // The manifest first.
  std::optional<rules::Validity> registers;  // Of the certificate that an enrolment registers.
  Unsent unsent = Unsent::kKeep;
};

// An act that the exchange took, and the proof of it that is kept here.
struct Performed {
  std::string act_id;  // As text.
  Digest act_digest;
  std::string ledger;
  uint64_t ordinal = 0;
  uint64_t tree_size = 0;
  absl::Time time;
  std::filesystem::path receipt;
};

// Puts what an act says into a proposal that has no content yet. A usage error if it breaks a
// limit.
absl::Status Say(v1::Manifest manifest, Random& random, Proposal& proposal);

// Fills in who, when and for which exchange.
void Complete(Workplace& workplace, v1::Act& act);

// What the exchange's rules would say of the completed proposal, as far as the replica shows. OK
// where that cannot be told: the exchange has not been reached, or does not know this office yet.
absl::Status CheckBeforehand(Workplace& workplace, const Proposal& proposal);

// Whether what a proposal says is in the form of its kind, as the exchange will check it. A usage
// error names all that is missing or wrong.
absl::Status CheckSaid(const rules::Exchange& exchange, const Proposal& proposal);

// Completes, checks, signs and sends. The receipt is verified before it is stored and success is
// reported; DATA_LOSS if there is none or it does not verify.
//
// An act that could not be sent, or was not answered, stays in the outbox, and the message says so,
// and of one that was not answered in time that it may have been taken; so does one that was
// refused, if it has contents. One that was ABORTED because a consultation's parties changed does
// not: it will never be taken. One that was taken stays there too while no good receipt of it can
// be had; the message says that it is not to be made again.
absl::StatusOr<Performed> Perform(Workplace& workplace, Proposal proposal);

// Whether Perform failed with this and left what was written in the outbox.
bool IsInOutbox(const absl::Status& failure);

// Sends an act from the outbox: first it asks whether the exchange has it already; if not, and its
// time is over or the office's credential is another by now, it is signed anew. Of one that was
// ABORTED, what it says is kept as a text.
absl::StatusOr<Performed> SendKept(Workplace& workplace, OutboxItem item);

// Keeps the registrations that lead to the own credential, as the replica shows them: so that the
// receipt of an act after which nothing more is answered can be completed. After Sync.
absl::Status KeepRegistrations(Workplace& workplace);

// Verifies a receipt of an act of one's own, fetching the registrations behind it if they are not
// kept here, and returns it with them.
absl::StatusOr<v1::Receipt> CompleteReceipt(Workplace& workplace, const v1::Receipt& receipt,
                                            const EncodedAct& act);

}  // namespace cbm

#endif  // CBM_CLIENT_PERFORM_H_
