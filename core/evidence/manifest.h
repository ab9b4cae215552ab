#ifndef CBM_CORE_EVIDENCE_MANIFEST_H_
#define CBM_CORE_EVIDENCE_MANIFEST_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cbm/v1/content.pb.h"

namespace cbm {

inline constexpr size_t kSubjectCharactersMax = 200;
inline constexpr size_t kBodyBytesMax = size_t{64} * 1024;
inline constexpr size_t kFieldsMax = 64;
inline constexpr size_t kFieldNameCharactersMax = 64;
inline constexpr size_t kFieldValueBytesMax = size_t{4} * 1024;
inline constexpr size_t kListedContentsMax = 16;
inline constexpr size_t kContentNameCharactersMax = 200;
inline constexpr size_t kMediaTypeCharactersMax = 128;
inline constexpr size_t kTranslationsMax = 8;
inline constexpr size_t kLanguageCharactersMax = 35;
inline constexpr size_t kMadeByCharactersMax = 200;
inline constexpr size_t kManifestBytesMax = size_t{512} * 1024;

// What an act says, as its author's bytes give it. All texts are UTF-8.
//
// INVALID_ARGUMENT, which names field and bound, if it does not parse or breaks a limit above; the
// subject has more than one line; a field has no name, or they are not ascending, each name once;
// or what it lists lacks a digest of 32 bytes, is not a plain file name, is listed twice, or has a
// key of another length than 32 bytes; or a translation lacks language, maker or text, or they are
// not ascending by language, each once. Fields of a later version are ignored.
absl::StatusOr<v1::Manifest> ReadManifest(std::string_view bytes);

// The bytes of `manifest`, with purpose and version set. INVALID_ARGUMENT if ReadManifest would not
// take them.
absl::StatusOr<std::string> WriteManifest(v1::Manifest manifest);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_MANIFEST_H_
