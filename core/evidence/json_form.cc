#include "core/evidence/json_form.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/base64.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr std::string_view kDuration = "google.protobuf.Duration";
constexpr size_t kDurationDigitsMax = 20;
constexpr size_t kFractionDigitsMax = 9;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsWholeNumber(std::string_view text) {
  text.remove_prefix(text.starts_with('-') ? 1 : 0);
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit) &&
         (text.front() != '0' || text.size() == 1);
}

bool IsDuration(std::string_view text) {
  text.remove_prefix(text.starts_with('-') ? 1 : 0);
  if (!text.ends_with('s')) {
    return false;
  }
  text.remove_suffix(1);
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const auto are_digits = [](std::string_view part, size_t max) {
    return !part.empty() && part.size() <= max && std::all_of(part.begin(), part.end(), IsDigit);
  };
  return are_digits(whole, kDurationDigitsMax) &&
         (point == std::string_view::npos ||
          are_digits(text.substr(point + 1), kFractionDigitsMax));
}

void AppendUtf8(uint32_t point, std::string& text) {
  const auto add = [&text](uint32_t byte) { text += static_cast<char>(byte); };
  if (point < 0x80) {
    return add(point);
  }
  if (point < 0x800) {
    add(0xC0 | point >> 6U);
  } else {
    if (point < 0x10000) {
      add(0xE0 | point >> 12U);
    } else {
      add(0xF0 | point >> 18U);
      add(0x80 | (point >> 12U & 0x3F));
    }
    add(0x80 | (point >> 6U & 0x3F));
  }
  add(0x80 | (point & 0x3F));
}

// Reads a text from its beginning on, as a message of a type. It is as deep as its types are.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  absl::Status ReadObject(const Descriptor& type);
  absl::Status ReadEnd() {
    SkipBlanks();
    return at_ == text_.size() ? absl::OkStatus() : Bad("nothing more");
  }

 private:
  absl::Status Bad(std::string_view wanted) const {
    return absl::InvalidArgumentError(fmt::format("byte {}: must be {}", at_, wanted));
  }
  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipBlanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  // Whether this comes next, behind blanks; then it is read.
  bool Take(std::string_view wanted) {
    SkipBlanks();
    const bool found = text_.substr(at_).starts_with(wanted);
    at_ += found ? wanted.size() : 0;
    return found;
  }

  absl::Status ReadValue(const FieldDescriptor& field);
  absl::Status ReadOne(const FieldDescriptor& field);
  absl::Status ReadNumber();
  // The text that is said, without its quotes and escapes.
  absl::StatusOr<std::string> ReadText();
  absl::Status ReadEscape(std::string& said);
  absl::StatusOr<uint32_t> ReadHex();

  const std::string_view text_;
  size_t at_ = 0;
};

absl::Status Reader::ReadObject(const Descriptor& type) {
  if (!Take("{")) {
    return Bad("an object");
  }
  std::set<int> seen;
  if (Take("}")) {
    return absl::OkStatus();
  }
  do {
    SkipBlanks();
    CBM_ASSIGN_OR_RETURN(const std::string name, ReadText());
    const FieldDescriptor* const field = type.FindFieldByName(name);
    if (field == nullptr) {
      return Bad(fmt::format("behind the name of a field of {}", type.full_name()));
    }
    if (!seen.insert(field->number()).second) {
      return Bad(fmt::format("behind a field that was not there before: {}", field->name()));
    }
    if (!Take(":")) {
      return Bad("a colon");
    }
    CBM_RETURN_IF_ERROR(ReadValue(*field));
  } while (Take(","));
  return Take("}") ? absl::OkStatus() : Bad("the end of an object");
}

absl::Status Reader::ReadValue(const FieldDescriptor& field) {
  if (!field.is_repeated()) {
    return ReadOne(field);
  }
  if (!Take("[")) {
    return Bad("a list");
  }
  if (Take("]")) {
    return absl::OkStatus();
  }
  do {
    CBM_RETURN_IF_ERROR(ReadOne(field));
  } while (Take(","));
  return Take("]") ? absl::OkStatus() : Bad("the end of a list");
}

absl::Status Reader::ReadOne(const FieldDescriptor& field) {
  SkipBlanks();
  const bool is_number = Next() != '"';
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type()->full_name() != kDuration) {
        return ReadObject(*field.message_type());
      }
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Take("true") || Take("false") ? absl::OkStatus() : Bad("true or false");
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32:
      return ReadNumber();
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      if (is_number) {
        return ReadNumber();
      }
      break;
    default:
      break;
  }
  CBM_ASSIGN_OR_RETURN(const std::string said, ReadText());
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING:
      return absl::OkStatus();
    case FieldDescriptor::TYPE_BYTES:
      return FromBase64(said).ok() ? absl::OkStatus() : Bad("behind base64");
    case FieldDescriptor::TYPE_ENUM:
      return field.enum_type()->FindValueByName(said) != nullptr
                 ? absl::OkStatus()
                 : Bad(fmt::format("behind a name of {}", field.enum_type()->full_name()));
    case FieldDescriptor::TYPE_MESSAGE:
      return IsDuration(said) ? absl::OkStatus() : Bad("behind a duration");
    default:
      return IsWholeNumber(said) ? absl::OkStatus() : Bad("behind a whole number");
  }
}

absl::Status Reader::ReadNumber() {
  const size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size());
  const std::string_view number = text_.substr(at_, end - at_);
  if (!IsWholeNumber(number)) {
    return Bad("a whole number");
  }
  at_ = end;
  return absl::OkStatus();
}

absl::StatusOr<std::string> Reader::ReadText() {
  if (Next() != '"') {
    return Bad("a text");
  }
  std::string said;
  for (++at_; at_ < text_.size() && Next() != '"';) {
    if (static_cast<unsigned char>(Next()) < ' ') {
      return Bad("a character that is no control");
    }
    if (Next() == '\\') {
      CBM_RETURN_IF_ERROR(ReadEscape(said));
    } else {
      said += text_[at_++];
    }
  }
  if (at_ == text_.size()) {
    return Bad("the end of a text");
  }
  ++at_;
  return said;
}

absl::Status Reader::ReadEscape(std::string& said) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  ++at_;
  if (Next() != 'u') {
    const size_t found = at_ < text_.size() ? kNames.find(Next()) : std::string_view::npos;
    if (found == std::string_view::npos) {
      return Bad("an escape");
    }
    said += kMeant[found];
    ++at_;
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(uint32_t point, ReadHex());
  if (point >= 0xD800 && point < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
    ++at_;
    CBM_ASSIGN_OR_RETURN(const uint32_t low, ReadHex());
    if (low < 0xDC00 || low > 0xDFFF) {
      return Bad("behind the other half of a character");
    }
    point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
  }
  if (point >= 0xD800 && point <= 0xDFFF) {
    return Bad("behind a whole character");
  }
  AppendUtf8(point, said);
  return absl::OkStatus();
}

// Of an escape, from its `u` on.
absl::StatusOr<uint32_t> Reader::ReadHex() {
  constexpr std::string_view kDigits = "0123456789abcdef0123456789ABCDEF";
  constexpr int kHexDigits = 4;
  uint32_t value = 0;
  for (int i = 0; i < kHexDigits; ++i) {
    ++at_;
    const size_t digit = at_ < text_.size() ? kDigits.find(Next()) : std::string_view::npos;
    if (digit == std::string_view::npos) {
      return Bad("a hexadecimal digit");
    }
    value = value << 4U | static_cast<uint32_t>(digit % 16);
  }
  ++at_;
  return value;
}

}  // namespace

absl::Status CheckJsonForm(std::string_view text, const Descriptor& type) {
  Reader reader(text);
  CBM_RETURN_IF_ERROR(reader.ReadObject(type));
  return reader.ReadEnd();
}

}  // namespace cbm
