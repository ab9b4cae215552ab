#ifndef CBM_TESTS_SUPPORT_CONSULTATION_ACTS_H_
#define CBM_TESTS_SUPPORT_CONSULTATION_ACTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "cbm/v1/consultation.pb.h"
#include "cbm/v1/entry.pb.h"
#include "tests/support/rules_world.h"

namespace cbm::test {

// Acts in good shape, none of them performed; each but the request is of the consultation that the
// world has first, for the party set that the author's ledger has, with a manifest where one may
// be.

// URGENT, TEST, AMBER, OSCE-3; EE's answer is wanted as the framework says.
Attempt Request(const RulesWorld& world, const v1::CredentialRecord& signer,
                const std::vector<std::string>& states);
Attempt Answer(RulesWorld& world, const v1::CredentialRecord& signer, v1::AnswerKind answer);
Attempt Schedule(RulesWorld& world, const v1::CredentialRecord& signer);  // Tomorrow, an hour.
Attempt Postpone(RulesWorld& world, const v1::CredentialRecord& signer);
Attempt Post(RulesWorld& world, const v1::CredentialRecord& signer);
Attempt MarkHeld(RulesWorld& world, const v1::CredentialRecord& signer);     // The hour before.
Attempt DraftRecord(RulesWorld& world, const v1::CredentialRecord& signer);  // The next version.
Attempt ConfirmRecord(RulesWorld& world, const v1::CredentialRecord& signer);
Attempt RefuseRecord(RulesWorld& world, const v1::CredentialRecord& signer);
Attempt FileStatement(RulesWorld& world, const v1::CredentialRecord& signer);
Attempt Leave(RulesWorld& world, const v1::CredentialRecord& signer);
Attempt Withdraw(RulesWorld& world, const v1::CredentialRecord& signer);

// All of the above but the request, each by `signer`.
std::vector<Attempt> EveryConsultationAct(RulesWorld& world, const v1::CredentialRecord& signer);

// The digest of a state's party set, computed without the code under test.
std::string ExpectedPartySet(const v1::ConsultationState& state);

// That consultation, or another, as a ledger has it; one without an id if it has none.
v1::ConsultationRecord ConsultationIn(RulesWorld& world, const LedgerId& ledger);
v1::ConsultationRecord ConsultationIn(RulesWorld& world, const LedgerId& ledger,
                                      std::string_view id);

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_CONSULTATION_ACTS_H_
