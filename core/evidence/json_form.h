#ifndef CBM_CORE_EVIDENCE_JSON_FORM_H_
#define CBM_CORE_EVIDENCE_JSON_FORM_H_

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"

namespace cbm {

// OK if `text` is JSON (RFC 8259) of the form in which the exchange writes a message of this type,
// which has no maps and does not contain itself: the protobuf JSON mapping, and of what that lets
// readers take the following alone.
//
//  - Fields by their names in the .proto file, in any order, each at most once; no null.
//  - Enums by name; bytes in base64 of the alphabet with + and /, padded.
//  - Numbers of 32 bits as numbers, those of 64 bits as texts or numbers, all without sign plus,
//    leading zero, point or exponent.
//  - Durations as `-7200.5s`: digits, and at most nine more behind a point.
//
// Whether numbers are within their types is for the library that reads it to say. INVALID_ARGUMENT,
// with the number of the byte, otherwise.
absl::Status CheckJsonForm(std::string_view text, const google::protobuf::Descriptor& type);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_JSON_FORM_H_
