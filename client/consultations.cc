#include "client/consultations.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "client/exit_code.h"
#include "client/lookup.h"
#include "client/output/text.h"
#include "client/reading.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/evidence/manifest.h"
#include "core/rules/consultation.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kDigitsMin = 6;
constexpr size_t kEverything = static_cast<size_t>(-1);

}  // namespace

absl::StatusOr<std::vector<v1::ConsultationRecord>> ListConsultations(const Replica& replica,
                                                                      absl::Time now) {
  CBM_ASSIGN_OR_RETURN(const std::vector<rules::Fact> facts,
                       replica.own().ListFacts(rules::kConsultations, "",
                                               rules::Direction::kAscending, kEverything));
  const absl::Time present = PresentOf(replica, now);
  std::vector<v1::ConsultationRecord> records;
  for (const rules::Fact& fact : facts) {
    v1::ConsultationRecord record;
    if (!record.ParseFromString(fact.value)) {
      return absl::DataLossError("a consultation in the replica cannot be read");
    }
    records.push_back(rules::ShownAt(std::move(record), present));
  }
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.ordinal() > b.ordinal(); });
  return records;
}

absl::StatusOr<v1::ConsultationRecord> FindConsultation(const Replica& replica,
                                                        std::string_view name, absl::Time now) {
  std::string wanted(name);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  CBM_ASSIGN_OR_RETURN(std::vector<v1::ConsultationRecord> records,
                       ListConsultations(replica, now));
  std::erase_if(records, [&](const v1::ConsultationRecord& record) {
    return wanted.size() < kDigitsMin ||
           !ToHex(record.state().consultation_id()).starts_with(wanted);
  });
  if (records.empty()) {
    return absl::NotFoundError(
        fmt::format("there is no consultation '{}' in your ledger: cbm consult list shows what "
                    "there is; at least {} digits of an id name one",
                    CleanLine(name), kDigitsMin));
  }
  if (records.size() > 1) {
    return UsageError(
        fmt::format("several consultations begin with '{}': give more digits", CleanLine(name)));
  }
  return std::move(records.front());
}

absl::StatusOr<std::optional<v1::Manifest>> ReadSaid(Workplace& workplace,
                                                     const v1::ConsultationEvent& event) {
  if (event.manifest_digest().empty()) {
    return std::optional<v1::Manifest>();
  }
  CBM_ASSIGN_OR_RETURN(const Digest act, DigestFrom(event.act_digest()));
  return FetchManifest(workplace, act, event.manifest_digest());
}

std::string DescribeStates(const rules::Exchange& exchange,
                           const std::vector<std::string>& states) {
  std::vector<std::string> names;
  names.reserve(states.size());
  for (const std::string& state : states) {
    names.push_back(fmt::format("{} ({})", CleanLine(exchange.NameOf(state)), CleanLine(state)));
  }
  return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace cbm
