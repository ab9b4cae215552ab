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

// The acts that the entry is about, other than the one that it has.
std::vector<std::string_view> ActedOnBy(const v1::Act& act, const v1::Entry& entry) {
  if (entry.has_summary()) {
    return {entry.summary().acted_on()};
  }
  std::vector<std::string_view> digests;
  for (const v1::Reference& reference : act.references()) {
    digests.push_back(reference.act_digest());
  }
  return digests;
}

// The strictest marking of what the entry is about, and of all that this rests on: who may not read
// the one is not told of it by the other. Unset if it is about no notification that the State has,
// or about one that an office filter keeps from integrations.
absl::StatusOr<v1::Marking> MarkingOf(const View& view, const v1::Act& act, const NewEntry& entry) {
  const std::string_view state = entry.ledger.state();
  const v1::Notification* const sent = SentBy(act);
  v1::Marking strictest = v1::MARKING_UNSPECIFIED;
  if (entry.entry.has_summary()) {
    strictest = entry.entry.summary().marking();
  } else if ((sent == nullptr && !act.has_open() && !act.has_acknowledge()) ||
             FilterHolds(act, state)) {
    return v1::MARKING_UNSPECIFIED;
  } else if (sent != nullptr) {
    strictest = sent->marking();
  }
  for (const std::string_view acted_on : ActedOnBy(act, entry.entry)) {
    CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(acted_on));
    CBM_ASSIGN_OR_RETURN(const std::optional<v1::NotificationRecord> record,
                         FindNotification(view, digest));
    if (!record.has_value()) {
      continue;
    }
    if (IsKeptFrom(*record, state, v1::OFFICE_TYPE_INTEGRATION)) {
      return v1::MARKING_UNSPECIFIED;
    }
    strictest = std::max(strictest, record->strictest_marking());
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
