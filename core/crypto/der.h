#ifndef CBM_CORE_CRYPTO_DER_H_
#define CBM_CORE_CRYPTO_DER_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace cbm::der {

// The tags that we meet (X.690, section 8.1.2).
inline constexpr unsigned char kInteger = 0x02;
inline constexpr unsigned char kOctetString = 0x04;
inline constexpr unsigned char kNull = 0x05;
inline constexpr unsigned char kObjectIdentifier = 0x06;
inline constexpr unsigned char kSequence = 0x30;
inline constexpr unsigned char kSet = 0x31;
inline constexpr unsigned char kContext0 = 0xa0;  // [0], constructed.
inline constexpr unsigned char kContext1 = 0xa1;  // [1], constructed.

// One value with its tag and length. Points into the bytes it was read from.
struct Element {
  unsigned char tag;
  std::string_view content;
  std::string_view whole;
};

// Reads a row of DER values from front to back, and never beyond the end. It takes one-byte tags,
// and lengths below 64 KiB in their shortest form: all that a bounded profile needs, and nothing
// that has two encodings.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }

  // Whether a value with `tag` comes next.
  bool NextIs(unsigned char tag) const {
    return !rest_.empty() && static_cast<unsigned char>(rest_.front()) == tag;
  }

  // The next value. None, and nothing read, if there is none or it is not DER.
  std::optional<Element> Next();

  // The next value if it has `tag`. None, and nothing read, otherwise.
  std::optional<Element> Next(unsigned char tag);

 private:
  std::string_view rest_;
};

// A value with `tag` whose content is the concatenation of `parts`, together below 64 KiB.
std::string Encode(unsigned char tag, std::initializer_list<std::string_view> parts);

// Whether `a` may stand before `b` in a SET OF: its encoding is not the greater (X.690, 11.6).
bool InSetOrder(std::string_view a, std::string_view b);

}  // namespace cbm::der

#endif  // CBM_CORE_CRYPTO_DER_H_
