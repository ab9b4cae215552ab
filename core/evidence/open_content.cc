#include "core/evidence/open_content.h"

#include <utility>

#include "core/base/status_macros.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/manifest.h"
#include "fmt/format.h"

namespace cbm {
namespace {

using Contents = google::protobuf::RepeatedPtrField<v1::Content>;

absl::Status Bad(std::string_view text) {
  return absl::InvalidArgumentError(fmt::format("contents: {}", text));
}

absl::Status CheckForm(const Contents& contents, size_t bytes_max) {
  size_t bytes = 0;
  for (const v1::Content& content : contents) {
    if (content.has_sealed() || content.has_blob()) {
      return absl::UnimplementedError("contents: sealed ones are not taken by this version");
    }
    if (!content.has_open()) {
      return Bad("each must be open or sealed");
    }
    if (content.open().salt().size() != kContentSaltBytes) {
      return Bad(fmt::format("a salt has {} bytes; each must have {}", content.open().salt().size(),
                             kContentSaltBytes));
    }
    bytes += content.open().plaintext().size();
  }
  if (bytes > bytes_max) {
    return Bad(fmt::format("have {} bytes; at most {} are allowed together", bytes, bytes_max));
  }
  return absl::OkStatus();
}

// Whether the contents after the first are what that one, the manifest, lists.
absl::Status CheckList(const Contents& contents, const std::vector<Digest>& digests) {
  CBM_ASSIGN_OR_RETURN(const v1::Manifest manifest,
                       ReadManifest(contents.Get(0).open().plaintext()));
  if (manifest.contents_size() + 1 != contents.size()) {
    return Bad(fmt::format("the manifest lists {}, and {} were handed in", manifest.contents_size(),
                           contents.size() - 1));
  }
  for (int i = 0; i < manifest.contents_size(); ++i) {
    const v1::ListedContent& listed = manifest.contents(i);
    if (listed.digest() != BytesOf(digests[static_cast<size_t>(i) + 1])) {
      return Bad(fmt::format("number {} is not what the manifest lists there", i + 1));
    }
    const size_t size = contents.Get(i + 1).open().plaintext().size();
    if (listed.size() != size) {
      return Bad(
          fmt::format("number {} has {} bytes; the manifest says {}", i + 1, size, listed.size()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

v1::OpenContent MakeOpenContent(std::string plaintext, Random& random) {
  v1::OpenContent content;
  content.set_salt(random.Bytes(kContentSaltBytes));
  content.set_plaintext(std::move(plaintext));
  return content;
}

absl::Status CheckOpenContent(const v1::OpenContent& content, std::string_view digest) {
  if (content.salt().size() != kContentSaltBytes ||
      BytesOf(ContentDigest(content.salt(), content.plaintext())) != digest) {
    return absl::DataLossError("content is not what its digest names");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Digest>> CheckContents(const v1::Act& act, const Contents& contents,
                                                  size_t bytes_max) {
  std::vector<Digest> digests;
  if (act.manifest_digest().empty()) {
    if (!contents.empty()) {
      return Bad("the act names no manifest, so nothing may be handed in with it");
    }
    return digests;
  }
  if (contents.empty()) {
    return Bad("the manifest that the act names must be handed in");
  }
  if (static_cast<size_t>(contents.size()) > kContentsMax) {
    return Bad(fmt::format("there are {}; at most {} are allowed", contents.size(), kContentsMax));
  }
  CBM_RETURN_IF_ERROR(CheckForm(contents, bytes_max));
  digests.reserve(static_cast<size_t>(contents.size()));
  for (const v1::Content& content : contents) {
    digests.push_back(ContentDigest(content.open().salt(), content.open().plaintext()));
  }
  if (act.manifest_digest() != BytesOf(digests.front())) {
    return Bad("the first is not the manifest that the act names");
  }
  CBM_RETURN_IF_ERROR(CheckList(contents, digests));
  return digests;
}

}  // namespace cbm
