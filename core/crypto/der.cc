#include "core/crypto/der.h"

#include <cstddef>
#include <cstdlib>

namespace cbm::der {
namespace {

constexpr size_t kLengthMax = 0xffff;
constexpr unsigned char kLongTag = 0x1f;  // A tag number of 31 or more follows.
constexpr size_t kShortLengthMax = 0x7f;
constexpr unsigned char kOneLengthByte = 0x81;
constexpr unsigned char kTwoLengthBytes = 0x82;

}  // namespace

std::optional<Element> Reader::Next() {
  const auto byte = [this](size_t index) { return static_cast<unsigned char>(rest_[index]); };
  if (rest_.size() < 2 || (byte(0) & kLongTag) == kLongTag) {
    return std::nullopt;
  }
  size_t header = 2;
  size_t length = byte(1);
  if (length == kOneLengthByte && rest_.size() >= 3) {
    header = 3;
    length = byte(2);
    if (length <= kShortLengthMax) {
      return std::nullopt;
    }
  } else if (length == kTwoLengthBytes && rest_.size() >= 4) {
    header = 4;
    length = static_cast<size_t>(byte(2)) << 8U | byte(3);
    if (length <= 0xff) {
      return std::nullopt;
    }
  } else if (length > kShortLengthMax) {
    return std::nullopt;
  }
  if (rest_.size() - header < length) {
    return std::nullopt;
  }
  const Element element{.tag = byte(0),
                        .content = rest_.substr(header, length),
                        .whole = rest_.substr(0, header + length)};
  rest_.remove_prefix(element.whole.size());
  return element;
}

std::optional<Element> Reader::Next(unsigned char tag) {
  return NextIs(tag) ? Next() : std::nullopt;
}

std::string Encode(unsigned char tag, std::initializer_list<std::string_view> parts) {
  size_t length = 0;
  for (const std::string_view part : parts) {
    length += part.size();
  }
  if (length > kLengthMax) {
    std::abort();  // Promised by the caller.
  }
  std::string encoded(1, static_cast<char>(tag));
  if (length > 0xff) {
    encoded.push_back(static_cast<char>(kTwoLengthBytes));
    encoded.push_back(static_cast<char>(length >> 8U));
  } else if (length > kShortLengthMax) {
    encoded.push_back(static_cast<char>(kOneLengthByte));
  }
  encoded.push_back(static_cast<char>(length & 0xffU));
  for (const std::string_view part : parts) {
    encoded.append(part);
  }
  return encoded;
}

// No value is the beginning of another, so that the padding of 11.6 never decides.
bool InSetOrder(std::string_view a, std::string_view b) { return a <= b; }

}  // namespace cbm::der
