// What a State's integrations get of what the State gets.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/consultation.h"
#include "core/rules/decide.h"
#include "core/rules/directory.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "core/rules/form.h"

namespace cbm::rules {
namespace {

bool FilterHolds(const v1::Act& act, std::string_view state) {
  const auto& filter = act.office_filter();
  return act.party() != state && !filter.empty() &&
         std::find(filter.begin(), filter.end(), v1::OFFICE_TYPE_INTEGRATION) == filter.end();
}

// The strictest marking of what the entry is about, and of what that refers to: who may not read
// the one is not told of it by the other. Unset if it is about no notification that the State has,
// or about one that an office filter keeps from integrations.
absl::StatusOr<v1::Marking> MarkingOf(const View& view, const v1::Act& act, const NewEntry& entry) {
  const std::string_view state = entry.ledger.state();
  if (entry.entry.has_summary()) {
    return entry.entry.summary().marking();
  }
  const v1::Notification* const sent = SentBy(act);
  if (sent == nullptr && !act.has_open() && !act.has_acknowledge()) {
    return v1::MARKING_UNSPECIFIED;
  }
  if (FilterHolds(act, state)) {
    return v1::MARKING_UNSPECIFIED;
  }
  v1::Marking strictest = sent != nullptr ? sent->marking() : v1::MARKING_UNSPECIFIED;
  for (const v1::Reference& reference : act.references()) {
    CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(reference.act_digest()));
    CBM_ASSIGN_OR_RETURN(const std::optional<v1::NotificationRecord> record,
                         FindNotification(view, digest));
    if (!record.has_value()) {
      continue;
    }
    if (IsKeptFrom(*record, state, v1::OFFICE_TYPE_INTEGRATION)) {
      return v1::MARKING_UNSPECIFIED;
    }
    strictest = std::max(strictest, record->notification().marking());
  }
  return strictest;
}

bool MayRead(const v1::OfficeRecord& office, v1::Marking marking) {
  return office.grant().reading() == v1::INTEGRATION_READING_NOTIFICATIONS &&
         marking <= office.grant().ceiling();
}

}  // namespace

absl::StatusOr<std::vector<NewEntry>> Distribute(const View& view, const v1::Act& act,
                                                 const NewEntry& entry) {
  std::vector<NewEntry> passed_on;
  if (IsOfConsultation(entry.entry.kind())) {
    return passed_on;  // What is said there is between people.
  }
  const std::string_view state = entry.ledger.state();
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::OfficeRecord> offices, AllOffices(view.own(), state));
  std::optional<v1::Marking> marking;
  for (const v1::OfficeRecord& office : offices) {
    if (office.type() != v1::OFFICE_TYPE_INTEGRATION) {
      continue;
    }
    if (!marking.has_value()) {
      CBM_ASSIGN_OR_RETURN(marking, MarkingOf(view, act, entry));
    }
    const bool is_author = act.party() == state && act.office() == office.office();
    if (*marking == v1::MARKING_UNSPECIFIED || is_author || !MayRead(office, *marking)) {
      continue;
    }
    NewEntry copy = entry;
    copy.ledger = LedgerId::Integration(state, office.office());
    copy.entry.set_role(v1::ENTRY_ROLE_INFORMED);
    copy.delivered_to.clear();
    passed_on.push_back(std::move(copy));
  }
  return passed_on;
}

}  // namespace cbm::rules
