#ifndef CBM_CORE_BASE_STATUS_MACROS_H_
#define CBM_CORE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function with the status of `expression` unless that is OK.
#define CBM_RETURN_IF_ERROR(expression)                             \
  do {                                                              \
    if (absl::Status cbm_status = (expression); !cbm_status.ok()) { \
      return cbm_status;                                            \
    }                                                               \
  } while (false)

// Assigns the value of `expression`, an absl::StatusOr, to `target`, or returns its status.
// `target` may be a declaration.
#define CBM_ASSIGN_OR_RETURN(target, expression) \
  CBM_ASSIGN_OR_RETURN_(CBM_CONCAT_(cbm_result_, __LINE__), target, expression)

// `target` may be a declaration, which parentheses would break.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define CBM_ASSIGN_OR_RETURN_(result, target, expression) \
  auto result = (expression);                             \
  if (!result.ok()) {                                     \
    return std::move(result).status();                    \
  }                                                       \
  target = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)

#define CBM_CONCAT_(a, b) CBM_CONCAT_INNER_(a, b)
#define CBM_CONCAT_INNER_(a, b) a##b

#endif  // CBM_CORE_BASE_STATUS_MACROS_H_
