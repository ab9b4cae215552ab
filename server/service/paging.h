#ifndef CBM_SERVER_SERVICE_PAGING_H_
#define CBM_SERVER_SERVICE_PAGING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/ledger_id.h"
#include "core/crypto/digest.h"
#include "core/evidence/encoded.h"
#include "server/service/context.h"

namespace cbm {

// A page of records that are large stops here, so that the answer fits a client's default limit.
inline constexpr size_t kPageBytesMax = size_t{1024} * 1024;

// How many a page holds: the default for 0, at most the maximum. INVALID_ARGUMENT if negative.
absl::StatusOr<size_t> PageSize(int32_t asked, const ServiceLimits& limits);

// The digest in a request's field. INVALID_ARGUMENT, which names the field, if it is not 32 bytes.
absl::StatusOr<Digest> ReadDigest(std::string_view field, std::string_view bytes);

// What a page token is bound to: who reads, and all that the request asks besides the page.
template <typename Request>
Digest FiltersOf(const LedgerId& reader, Request request) {
  request.clear_page_size();
  request.clear_page_token();
  return Sha256({"cbm.v1/page", reader.text(), "\n", request.GetTypeName(), "\n",
                 SerializeDeterministically(request)});
}

// Where a list goes on: after `last_key`. Opaque to clients. No secret and no permission: whoever
// makes one up reads what it may read anyway.
std::string MakePageToken(const Digest& filters, std::string_view last_key);

// The key that a token goes on after; empty for an empty token.
//
// INVALID_ARGUMENT if it is none of ours, was changed, or was given for other filters.
absl::StatusOr<std::string> ReadPageToken(const Digest& filters, std::string_view token);

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_PAGING_H_
