#ifndef CBM_CORE_CRYPTO_PEM_H_
#define CBM_CORE_CRYPTO_PEM_H_

#include <functional>
#include <string_view>

#include "absl/status/status.h"

namespace cbm {

// Calls `take` with the name and the bytes of each block of a text in PEM (RFC 7468), until it
// fails: then with that status. The bytes are wiped afterwards, since they may be a key's.
//
// INVALID_ARGUMENT if a block is not whole; those before it were taken.
absl::Status ForEachPemBlock(
    std::string_view pem,
    const std::function<absl::Status(std::string_view name, std::string_view bytes)>& take);

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_PEM_H_
