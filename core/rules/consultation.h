#ifndef CBM_CORE_RULES_CONSULTATION_H_
#define CBM_CORE_RULES_CONSULTATION_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/consultation.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/crypto/digest.h"

namespace cbm::rules {

// Consultations: what state one is in, and what an act makes of it.

// The words of ConsultationState.state.
namespace consultation {
inline constexpr std::string_view kRequested = "requested";
inline constexpr std::string_view kAgreed = "agreed";
inline constexpr std::string_view kScheduled = "scheduled";
inline constexpr std::string_view kHeld = "held";
inline constexpr std::string_view kRecording = "recording";
inline constexpr std::string_view kConcludedAgreed = "concluded_agreed";
inline constexpr std::string_view kConcludedNotAgreed = "concluded_not_agreed";
inline constexpr std::string_view kDeclined = "declined";
inline constexpr std::string_view kLapsed = "lapsed";
inline constexpr std::string_view kWithdrawn = "withdrawn";
}  // namespace consultation

// Whether acts of this kind request a consultation or are made in one.
bool IsOfConsultation(v1::ActKind kind);

// The id, 32 bytes, of the consultation that an act requests, which is the digest of the act
// itself, or is made in; empty for other acts. So that nobody chooses an id, and none is taken
// twice.
std::string_view ConsultationIdOf(const v1::Act& act, std::string_view act_digest);

// The state at an instant: as it was written, or "lapsed" if nobody accepted in time.
std::string_view StateAt(const v1::ConsultationState& consultation, absl::Time now);

// Whether anything may still be done in a consultation that is in this state.
bool IsOpen(std::string_view state);

// What a State is in a consultation; unspecified if it has no part in it.
v1::Standing StandingOf(const v1::ConsultationState& consultation, std::string_view state);

// The digest of parties and invitees, 32 bytes, for which acts are made:
// SHA-256("cbm.v1/parties" || consultation id || sorted parties || 0 || sorted invitees).
std::string PartySetOf(const v1::ConsultationState& consultation);

// Parties and invitees in words: "the parties are EE and LV; still asked: FI".
std::string DescribePartySet(const v1::ConsultationState& consultation);

// "there is no such consultation": the one answer to what is not there and what is not the
// author's.
absl::Status NoSuchConsultation();

// A consultation as its request makes it, before anybody was asked.
v1::ConsultationState NewConsultation(const v1::Act& request, const Digest& act_digest,
                                      absl::Time now);

// Adds a State that is asked.
void Invite(const v1::AddresseeOpening& opening, v1::ConsultationState& consultation);

// What an act of one of its States makes of a consultation: state × act × time to state, and
// nothing else. Whether the act has a good form, and for which party set it was made, is not asked.
//
// FAILED_PRECONDITION if the State's part or the consultation's state does not allow it; the
// message says what does. ABORTED if the act is about another version of the record than the last.
absl::StatusOr<v1::ConsultationState> NextConsultation(const v1::ConsultationState& before,
                                                       const v1::Act& act, const Digest& act_digest,
                                                       absl::Time now);

// Whether the ledger of `record` was given the text of the last version of what was agreed. A State
// that accepted later was not: what was drafted before is not its to see, nor to confirm.
bool HasRecordText(const v1::ConsultationRecord& record);

// A record as it is to be shown at an instant: with the state of then. A State that declined or
// left is told nothing later, so its stays as it was.
v1::ConsultationRecord ShownAt(v1::ConsultationRecord record, absl::Time now);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_CONSULTATION_H_
