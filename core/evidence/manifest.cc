#include "core/evidence/manifest.h"

#include <set>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/crypto/digest.h"
#include "core/evidence/encoded.h"
#include "core/evidence/field_count.h"
#include "fmt/format.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace cbm {
namespace {

constexpr std::string_view kPurpose = "cbm.v1/manifest";
constexpr uint32_t kVersion = 1;
constexpr size_t kBlobKeyBytes = 32;

absl::Status Bad(std::string_view text) {
  return absl::InvalidArgumentError(fmt::format("manifest: {}", text));
}

absl::Status TooMany(std::string_view what, size_t count, size_t count_max) {
  return Bad(fmt::format("{} {}; at most {} are allowed", what, count, count_max));
}

// Whether UTF-8 text stays on one line: no control character (C0, DEL, C1), and neither of the line
// and paragraph separators U+2028 and U+2029.
bool IsOneLine(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) {
      return false;
    }
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return false;
    }
  }
  return text.find("\xE2\x80\xA8") == std::string_view::npos &&
         text.find("\xE2\x80\xA9") == std::string_view::npos;
}

// A text that names something: on one line, and of a bounded length.
absl::Status CheckLine(std::string_view what, std::string_view text, size_t characters_max) {
  if (const size_t count = CountCharacters(text); count > characters_max) {
    return Bad(
        fmt::format("{} has {} characters; at most {} are allowed", what, count, characters_max));
  }
  if (!IsOneLine(text)) {
    return Bad(fmt::format("{} must be one line without control characters", what));
  }
  return absl::OkStatus();
}

absl::Status CheckFields(const v1::Manifest& manifest) {
  const auto& fields = manifest.fields();
  if (static_cast<size_t>(fields.size()) > kFieldsMax) {
    return TooMany("fields: there are", static_cast<size_t>(fields.size()), kFieldsMax);
  }
  for (const v1::Field& field : fields) {
    CBM_RETURN_IF_ERROR(CheckLine("fields: a name", field.name(), kFieldNameCharactersMax));
    if (field.name().empty()) {
      return Bad("fields: each must have a name");
    }
    if (field.value().size() > kFieldValueBytesMax) {
      return Bad(fmt::format("fields: {} has {} bytes; at most {} are allowed", field.name(),
                             field.value().size(), kFieldValueBytesMax));
    }
  }
  const auto disorder =
      std::adjacent_find(fields.begin(), fields.end(),
                         [](const auto& a, const auto& b) { return a.name() >= b.name(); });
  if (disorder != fields.end()) {
    return Bad("fields: must be ascending by name, each once");
  }
  return absl::OkStatus();
}

absl::Status CheckListed(const v1::ListedContent& content) {
  if (content.digest().size() != kDigestBytes) {
    return Bad(
        fmt::format("contents: a digest has {} bytes; each must have 32", content.digest().size()));
  }
  CBM_RETURN_IF_ERROR(CheckLine("contents: a name", content.name(), kContentNameCharactersMax));
  CBM_RETURN_IF_ERROR(
      CheckLine("contents: a media type", content.media_type(), kMediaTypeCharactersMax));
  if (content.name().empty() || content.name() == "." || content.name() == ".." ||
      content.name().find_first_of("/\\") != std::string::npos) {
    return Bad("contents: a name must be that of a file, without folders");
  }
  if (!content.key().empty() && content.key().size() != kBlobKeyBytes) {
    return Bad(
        fmt::format("contents: a key has {} bytes; 32 or none are allowed", content.key().size()));
  }
  return absl::OkStatus();
}

absl::Status CheckTranslations(const v1::Manifest& manifest) {
  const auto& translations = manifest.translations();
  if (static_cast<size_t>(translations.size()) > kTranslationsMax) {
    return TooMany("translations: there are", static_cast<size_t>(translations.size()),
                   kTranslationsMax);
  }
  for (const v1::Translation& translation : translations) {
    CBM_RETURN_IF_ERROR(
        CheckLine("translations: a language", translation.language(), kLanguageCharactersMax));
    CBM_RETURN_IF_ERROR(
        CheckLine("translations: made_by", translation.made_by(), kMadeByCharactersMax));
    if (translation.language().empty() || translation.made_by().empty() ||
        translation.text().empty()) {
      return Bad("translations: each must say its language and who made it, and have a text");
    }
    if (translation.text().size() > kBodyBytesMax) {
      return TooMany("translations: a text has bytes:", translation.text().size(), kBodyBytesMax);
    }
  }
  const auto disorder =
      std::adjacent_find(translations.begin(), translations.end(),
                         [](const auto& a, const auto& b) { return a.language() >= b.language(); });
  return disorder == translations.end()
             ? absl::OkStatus()
             : Bad("translations: must be ascending by language, each once");
}

absl::Status CheckManifest(const v1::Manifest& manifest) {
  if (manifest.purpose() != kPurpose || manifest.version() != kVersion) {
    return Bad("purpose must be cbm.v1/manifest, and version 1");
  }
  CBM_RETURN_IF_ERROR(CheckLine("subject", manifest.subject(), kSubjectCharactersMax));
  if (manifest.body().size() > kBodyBytesMax) {
    return TooMany("body has bytes:", manifest.body().size(), kBodyBytesMax);
  }
  CBM_RETURN_IF_ERROR(CheckFields(manifest));
  CBM_RETURN_IF_ERROR(CheckTranslations(manifest));
  if (static_cast<size_t>(manifest.contents_size()) > kListedContentsMax) {
    return TooMany("contents: there are", static_cast<size_t>(manifest.contents_size()),
                   kListedContentsMax);
  }
  std::set<std::string_view> digests;
  for (const v1::ListedContent& content : manifest.contents()) {
    CBM_RETURN_IF_ERROR(CheckListed(content));
    if (!digests.insert(content.digest()).second) {
      return Bad("contents: each may be listed once");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Manifest> ReadManifest(std::string_view bytes) {
  if (bytes.size() > kManifestBytesMax) {
    return TooMany("has bytes:", bytes.size(), kManifestBytesMax);
  }
  google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()));
  const FieldCount count = CountFields(in, bytes.size(), *v1::Manifest::descriptor());
  if (count == FieldCount::kMany) {
    return Bad(fmt::format("more than {} fields, with those in its parts", kMessageFieldsMax));
  }
  v1::Manifest manifest;
  if (count == FieldCount::kUnreadable ||
      !manifest.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Bad("does not parse as cbm.v1.Manifest");
  }
  CBM_RETURN_IF_ERROR(CheckManifest(manifest));
  return manifest;
}

absl::StatusOr<std::string> WriteManifest(v1::Manifest manifest) {
  manifest.set_purpose(kPurpose.data(), kPurpose.size());
  manifest.set_version(kVersion);
  std::string bytes = SerializeDeterministically(manifest);
  CBM_RETURN_IF_ERROR(ReadManifest(bytes).status());
  return bytes;
}

}  // namespace cbm
