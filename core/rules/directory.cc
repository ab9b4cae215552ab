#include "core/rules/directory.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/base/ledger_id.h"
#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "core/rules/ledger_access.h"

namespace cbm::rules {
namespace {

// A party has a handful of offices; a count that reaches this is given as this.
constexpr size_t kOfficesCountedMax = 1'000;

constexpr size_t kOfficesPage = 1'000;

// The first `limit` offices, by key. Each ledger is asked for as many: they may be the same ones,
// or all those of one ledger.
absl::StatusOr<std::map<std::string, std::string>> FindOffices(const View& view,
                                                               std::string_view party,
                                                               std::string_view after,
                                                               size_t limit) {
  const std::string prefix = party.empty() ? std::string(kOffices) : OfficesOf(party);
  std::map<std::string, std::string> offices;
  for (const LedgerId& id : ReadableLedgers(view.exchange(), view.own_id())) {
    const LedgerView* const ledger = FindLedgerView(view, id);
    if (ledger == nullptr) {
      continue;
    }
    CBM_ASSIGN_OR_RETURN(std::vector<Fact> facts,
                         ledger->ListFacts(prefix, after, Direction::kAscending, limit));
    for (Fact& fact : facts) {
      offices.emplace(std::move(fact.key), std::move(fact.value));
    }
  }
  while (offices.size() > limit) {
    offices.erase(std::prev(offices.end()));
  }
  return offices;
}

std::vector<const v1::Framework*> FrameworksOf(const View& view, std::string_view name) {
  std::vector<const v1::Framework*> frameworks;
  for (const LedgerId& all : view.exchange().AllLedgersOf(view.own_id())) {
    if (name.empty() || all.name() == name) {
      frameworks.push_back(view.exchange().FindFramework(all.name()));
    }
  }
  std::stable_sort(frameworks.begin(), frameworks.end(), [](const auto* a, const auto* b) {
    return a->members_size() > b->members_size();
  });
  return frameworks;
}

// The members of all these frameworks, each once.
std::vector<const v1::Member*> ByProtocol(const std::vector<const v1::Framework*>& frameworks) {
  std::vector<const v1::Member*> members;
  std::set<std::string_view> seen;
  for (const v1::Framework* const framework : frameworks) {
    const auto first = static_cast<std::ptrdiff_t>(members.size());
    for (const v1::Member& member : framework->members()) {
      if (seen.insert(member.code()).second) {
        members.push_back(&member);
      }
    }
    std::stable_sort(members.begin() + first, members.end(), [](const auto* a, const auto* b) {
      return a->protocol_order() < b->protocol_order();
    });
  }
  return members;
}

absl::StatusOr<v1::StateRecord> StateOf(const View& view, const v1::Member& member) {
  v1::StateRecord state;
  state.set_code(member.code());
  state.set_name(member.name());
  for (std::string& framework : view.exchange().FrameworksOf(member.code())) {
    state.add_frameworks(std::move(framework));
  }
  CBM_ASSIGN_OR_RETURN(const auto offices,
                       FindOffices(view, member.code(), "", kOfficesCountedMax));
  state.set_offices(static_cast<uint32_t>(offices.size()));
  return state;
}

}  // namespace

absl::StatusOr<std::vector<v1::OfficeRecord>> ListOffices(const View& view, std::string_view party,
                                                          std::string_view after, size_t limit) {
  CBM_ASSIGN_OR_RETURN(const auto offices, FindOffices(view, party, after, limit));
  std::vector<v1::OfficeRecord> records;
  for (const auto& [key, value] : offices) {
    if (!records.emplace_back().ParseFromString(value)) {
      return absl::DataLossError("a stored office cannot be read");
    }
  }
  return records;
}

absl::StatusOr<std::vector<v1::OfficeRecord>> AllOffices(const LedgerView& ledger,
                                                         std::string_view party) {
  std::vector<v1::OfficeRecord> offices;
  std::vector<Fact> page;
  do {
    const std::string after = page.empty() ? "" : page.back().key;
    CBM_ASSIGN_OR_RETURN(
        page, ledger.ListFacts(OfficesOf(party), after, Direction::kAscending, kOfficesPage));
    for (const Fact& fact : page) {
      if (!offices.emplace_back().ParseFromString(fact.value)) {
        return absl::DataLossError("a stored office cannot be read");
      }
    }
  } while (page.size() == kOfficesPage);
  return offices;
}

absl::StatusOr<std::vector<v1::StateRecord>> ListStates(const View& view,
                                                        std::string_view framework,
                                                        std::string_view after, size_t limit) {
  const std::vector<const v1::Framework*> frameworks = FrameworksOf(view, framework);
  if (frameworks.empty() && !framework.empty()) {
    return absl::NotFoundError("there is no such framework");
  }
  const std::vector<const v1::Member*> members = ByProtocol(frameworks);
  auto next = members.begin();
  if (!after.empty()) {
    next = std::find_if(members.begin(), members.end(),
                        [&](const v1::Member* member) { return member->code() == after; });
    next += next == members.end() ? 0 : 1;
  }
  std::vector<v1::StateRecord> states;
  for (; next != members.end() && states.size() < limit; ++next) {
    CBM_ASSIGN_OR_RETURN(v1::StateRecord state, StateOf(view, **next));
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace cbm::rules
