#ifndef CBM_CORE_EVIDENCE_OPEN_CONTENT_H_
#define CBM_CORE_EVIDENCE_OPEN_CONTENT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/content.pb.h"
#include "core/base/random.h"
#include "core/crypto/digest.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace cbm {

inline constexpr size_t kContentSaltBytes = 32;
inline constexpr size_t kContentsMax = 17;                   // The manifest and what it lists.
inline constexpr size_t kContentBytesMax = size_t{1} << 20;  // Of an act, all plaintexts together.

// A content with a fresh salt.
v1::OpenContent MakeOpenContent(std::string plaintext, Random& random);

// OK if `content` is what `digest` names: nothing of it was changed. DATA_LOSS otherwise.
absl::Status CheckOpenContent(const v1::OpenContent& content, std::string_view digest);

// Checks what is handed in with an act, and returns the digest of each, manifest first; none for an
// act that names no manifest.
//
// INVALID_ARGUMENT unless the first is the manifest that the act names, the others are what it
// lists, in its order and of the sizes it says, each with 32 bytes of salt, and there are at most
// 17 with `bytes_max` together. UNIMPLEMENTED if one is sealed.
absl::StatusOr<std::vector<Digest>> CheckContents(
    const v1::Act& act, const google::protobuf::RepeatedPtrField<v1::Content>& contents,
    size_t bytes_max = kContentBytesMax);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_OPEN_CONTENT_H_
