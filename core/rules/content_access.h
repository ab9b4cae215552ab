#ifndef CBM_CORE_RULES_CONTENT_ACCESS_H_
#define CBM_CORE_RULES_CONTENT_ACCESS_H_

#include "absl/status/status.h"
#include "cbm/v1/directory.pb.h"
#include "core/base/ledger_id.h"
#include "core/crypto/digest.h"
#include "core/rules/view.h"

namespace cbm::rules {

// Whether the holder of `reader` may be given contents of `act` as `ledger`, its own or one of its
// ALL ledgers, has it. `view` is that reader's.
//
// FAILED_PRECONDITION if its office has to open the notification first. NOT_FOUND if it may not
// have them, with the same words whether the ledger knows nothing of the act, is not given its
// contents, an office filter keeps the office out, or an integration's grant does not reach. That
// a content was cut or erased, the store knows.
absl::Status MayReadContent(const View& view, const v1::CredentialRecord& reader,
                            const LedgerId& ledger, const Digest& act);

// "there is no such content": the one answer to what is not there and what is not the reader's.
absl::Status NoSuchContent();

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_CONTENT_ACCESS_H_
