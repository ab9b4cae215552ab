#ifndef CBM_CLIENT_OUTPUT_TEXT_H_
#define CBM_CLIENT_OUTPUT_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace cbm {

// Text from others, made safe to print: without control characters and without the characters that
// turn the direction of writing (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), so
// that what is seen is what is there. What is not UTF-8 becomes U+FFFD. Letters of every script
// come through unchanged.

// On one line: newlines and tabs become spaces.
std::string CleanLine(std::string_view text);

// On several lines: newlines and tabs stay.
std::string CleanText(std::string_view text);

// What a person wrote, each line of it four columns from the edge and ended: no text of somebody's
// passes for a line of ours. `text` is clean.
std::string AsSaid(std::string_view text);

// How many columns of a terminal `text` takes; it is clean.
size_t ColumnsOf(std::string_view text);

// `text`, or as much of its beginning as fits, with an ellipsis, into `columns`.
std::string Shorten(std::string_view text, size_t columns);

// `2026-03-10 21:52:00 UTC`.
std::string FormatUtc(absl::Time time);

// `2026-03-10T21:52:00.123456Z`, for programs.
std::string FormatRfc3339(absl::Time time);

// `2 d 3 h`, `3 h 5 min`, `5 min 2 s`, `12 s`: a length of time in its two largest units, what is
// less left out; `under 1 s`. Never negative.
std::string FormatSpan(absl::Duration span);

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp);

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_TEXT_H_
