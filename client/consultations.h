#ifndef CBM_CLIENT_CONSULTATIONS_H_
#define CBM_CLIENT_CONSULTATIONS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/consultation.pb.h"
#include "cbm/v1/content.pb.h"
#include "client/replica.h"
#include "client/workplace.h"

namespace cbm {

// The consultations in the reader's own ledger, with their states at `now`, or at the last entry's
// time if that is later; the newest first.
absl::StatusOr<std::vector<v1::ConsultationRecord>> ListConsultations(const Replica& replica,
                                                                      absl::Time now);

// The one whose id, or whose request's digest, begins with `name`: at least 6 hexadecimal digits.
// NOT_FOUND if there is none; a usage error if several are meant.
absl::StatusOr<v1::ConsultationRecord> FindConsultation(const Replica& replica,
                                                        std::string_view name, absl::Time now);

// What was said when something was done in it. None if nothing was, or the reader is not given it.
// DATA_LOSS if it is not what its author named.
absl::StatusOr<std::optional<v1::Manifest>> ReadSaid(Workplace& workplace,
                                                     const v1::ConsultationEvent& event);

// States by name: "Estonia (EE), Latvia (LV)"; "nobody" if there are none.
std::string DescribeStates(const rules::Exchange& exchange, const std::vector<std::string>& states);

}  // namespace cbm

#endif  // CBM_CLIENT_CONSULTATIONS_H_
