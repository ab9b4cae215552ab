#include "server/service/paging.h"

#include <algorithm>

#include "core/base/base64.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// Of the digest that ties a token together: enough against mistakes, which is all it is for.
constexpr size_t kBindingBytes = 16;

std::string Binding(const Digest& filters, std::string_view key) {
  const Digest digest = Sha256({BytesOf(filters), key});
  return std::string(BytesOf(digest).substr(0, kBindingBytes));
}

}  // namespace

absl::StatusOr<size_t> PageSize(int32_t asked, const ServiceLimits& limits) {
  if (asked < 0) {
    return absl::InvalidArgumentError(
        fmt::format("page_size is {}; 0 means {}, at most {} are given", asked,
                    limits.page_size_default, limits.page_size_max));
  }
  const uint32_t wanted = asked == 0 ? limits.page_size_default : static_cast<uint32_t>(asked);
  return std::min(wanted, limits.page_size_max);
}

absl::StatusOr<Digest> ReadDigest(std::string_view field, std::string_view bytes) {
  if (bytes.size() != kDigestBytes) {
    return absl::InvalidArgumentError(
        fmt::format("{} has {} bytes; a SHA-256 digest has 32", field, bytes.size()));
  }
  return DigestFrom(bytes);
}

std::string MakePageToken(const Digest& filters, std::string_view last_key) {
  return ToBase64(fmt::format("{}{}", Binding(filters, last_key), last_key));
}

absl::StatusOr<std::string> ReadPageToken(const Digest& filters, std::string_view token) {
  if (token.empty()) {
    return std::string();
  }
  const absl::StatusOr<std::string> bytes = FromBase64(token);
  if (bytes.ok() && bytes->size() > kBindingBytes) {
    std::string key = bytes->substr(kBindingBytes);
    if (bytes->compare(0, kBindingBytes, Binding(filters, key)) == 0) {
      return key;
    }
  }
  return absl::InvalidArgumentError(
      "page_token is not one of an earlier answer with the same filters: start from the first "
      "page");
}

}  // namespace cbm
