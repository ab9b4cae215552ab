#ifndef CBM_CLIENT_COMMAND_ASKING_H_
#define CBM_CLIENT_COMMAND_ASKING_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/command/notify_form.h"
#include "client/command/typed_text.h"
#include "client/terminal.h"

namespace cbm {

// Asks for what is missing where somebody can answer, each up to three times; else, or if no answer
// will do, a usage error that names it. Fails with 1 at the end of input.
//
// Lines are asked for by `typed`. `blanks` says what is missing still: it is asked again after each
// answer. `check` says whether what is there could be sent, before somebody types a text for it.
absl::Status FillBlanks(const Terminal& terminal, TypedText& typed,
                        absl::FunctionRef<absl::StatusOr<std::vector<Blank>>()> blanks,
                        absl::FunctionRef<absl::Status()> check);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_ASKING_H_
