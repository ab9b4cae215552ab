#ifndef CBM_TESTS_SUPPORT_SERVED_CONSULTATIONS_H_
#define CBM_TESTS_SUPPORT_SERVED_CONSULTATIONS_H_

#include <string>
#include <vector>

#include "cbm/v1/act.pb.h"
#include "core/evidence/domain_hash.h"
#include "tests/support/served_exchange.h"

namespace cbm::test {

// Acts of consultations in good shape, to be sent now to a ServedExchange.

// URGENT, TEST, AMBER, OSCE-3; an answer is wanted as the framework says.
Draft DraftConsultationRequest(ServedExchange& exchange, const TestOffice& author,
                               const std::vector<std::string>& states);

// An act of any other kind, for these States; with a manifest where one may be. It accepts, meets
// tomorrow, was held in the last hour, drafts the first version, is about no version.
Draft DraftInConsultation(ServedExchange& exchange, const TestOffice& author, v1::ActKind kind,
                          const PartySetMembers& members);

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_SERVED_CONSULTATIONS_H_
