#ifndef CBM_CORE_RULES_ACT_SHAPE_H_
#define CBM_CORE_RULES_ACT_SHAPE_H_

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "core/rules/decision.h"
#include "core/rules/exchange.h"

namespace cbm::rules {

inline constexpr size_t kReferencesMax = 64;

// Whether what every act has is as it must be: purpose, version, exchange, id, times, audience,
// office filter, references, and an author who is the signer.
//
// INVALID_ARGUMENT names the field and what it must be. FAILED_PRECONDITION if it came too late.
absl::Status CheckShape(const Exchange& exchange, const Submission& submission, absl::Time now);

// Whether a timestamp is well formed and of the years 1970 to 9999.
bool IsInstant(const google::protobuf::Timestamp& timestamp);

// Whether an office of a State can be of a type.
bool IsTypeOfStates(int type);

// Whether the signer's credential has `scope`. PERMISSION_DENIED says which it lacks.
absl::Status RequireScope(const v1::CredentialRecord& signer, v1::Scope scope);

// Whether `values` rise strictly: in order, each once.
template <typename Values>
bool Rises(const Values& values) {
  return std::adjacent_find(values.begin(), values.end(),
                            [](const auto& a, const auto& b) { return !(a < b); }) == values.end();
}

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_ACT_SHAPE_H_
