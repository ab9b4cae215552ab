#ifndef CBM_SERVER_STORE_STORE_ERRORS_H_
#define CBM_SERVER_STORE_STORE_ERRORS_H_

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "core/evidence/encoded.h"
#include "server/store/store.h"

namespace cbm {

// What every engine answers, in the same words: a reader must not learn more from one of them.
absl::Status NoSuchLedger();
absl::Status NoSuchContent();
absl::Status NoSuchAct();
absl::Status MissingEntry();
absl::Status AddedBefore();
absl::Status Busy();

// Whether it is the entry by which an act's author finds it again.
bool IsAuthorsOwn(const v1::Entry& entry);

// What Batch::Append asks of an act before anything of it is added.
absl::Status CheckAppend(const Batch& batch, const EncodedAct& act,
                         std::span<const EncodedEntry> entries);

// What a record counts against the limit of a page.
size_t BytesOfRecord(const v1::LedgerRecord& record);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_STORE_ERRORS_H_
