#ifndef CBM_CLIENT_OUTPUT_CONSULTATION_H_
#define CBM_CLIENT_OUTPUT_CONSULTATION_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cbm/v1/consultation.pb.h"
#include "client/output/json.h"

namespace cbm {

// The words that people and scripts use for consultations. A value of a later version is shown as
// "?".
std::string NameOf(v1::AnswerKind answer);
std::string NameOf(v1::ConsultationLevel level);
std::string NameOf(v1::ConsultationFormat format);
std::string NameOf(v1::Standing standing);

// The reverse, for what is typed, in letters of either case. A usage error lists the words.
absl::StatusOr<v1::AnswerKind> AnswerNamed(std::string_view name);
absl::StatusOr<v1::ConsultationLevel> LevelNamed(std::string_view name);
absl::StatusOr<v1::ConsultationFormat> FormatNamed(std::string_view name);

// A consultation without what was said, and without its history.
Json ConsultationJson(const v1::ConsultationRecord& record);

// One thing that happened in it, without what was said.
Json EventJson(const v1::ConsultationEvent& event);

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_CONSULTATION_H_
