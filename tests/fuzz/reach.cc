#include "tests/fuzz/reach.h"

#include <string>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {
namespace {

std::string NameOf(v1::Act::KindCase kind) {
  const auto* const field = v1::Act::descriptor()->FindFieldByNumber(kind);
  return field == nullptr ? "(no kind)" : field->name();
}

// What the signature, the form of the request and what is beside the act do not decide.
constexpr absl::StatusCode kByRules[] = {
    absl::StatusCode::kInvalidArgument, absl::StatusCode::kPermissionDenied,
    absl::StatusCode::kFailedPrecondition, absl::StatusCode::kNotFound, absl::StatusCode::kAborted};

size_t CountOf(const std::map<absl::StatusCode, size_t>& answers, absl::StatusCode code) {
  const auto found = answers.find(code);
  return found == answers.end() ? 0 : found->second;
}

size_t RefusedOf(const std::map<absl::StatusCode, size_t>& answers) {
  size_t refused = 0;
  for (const absl::StatusCode code : kByRules) {
    refused += CountOf(answers, code);
  }
  return refused;
}

}  // namespace

void Reach::Print() const {
  for (const auto& [kind, answers] : counts_) {
    std::string line = fmt::format("{:24}", NameOf(kind));
    for (const auto& [code, count] : answers) {
      line += fmt::format(" {} {}", absl::StatusCodeToString(code), count);
    }
    fmt::print(stderr, "{}\n", line);
  }
}

void Reach::Require(size_t taken_min, size_t refused_min) const {
  size_t taken_in_all = 0;
  size_t refused_in_all = 0;
  const auto& kinds = *v1::Act::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kinds.field_count(); ++i) {
    const auto kind = static_cast<v1::Act::KindCase>(kinds.field(i)->number());
    const auto found = counts_.find(kind);
    const size_t taken = found == counts_.end() ? 0 : CountOf(found->second, absl::StatusCode::kOk);
    const size_t refused = found == counts_.end() ? 0 : RefusedOf(found->second);
    if (taken == 0 || refused == 0) {
      fmt::print(stderr, "{}: {} taken, {} refused by the rules\n", NameOf(kind), taken, refused);
    }
    Expect(taken > 0 && refused > 0, "acts of every kind are taken and refused: it needs a seed");
    taken_in_all += taken;
    refused_in_all += refused;
  }
  fmt::print(stderr, "{} taken, {} refused by the rules\n", taken_in_all, refused_in_all);
  Expect(taken_in_all >= taken_min && refused_in_all >= refused_min,
         "enough acts get as far as the rules");
}

}  // namespace cbm::fuzz
