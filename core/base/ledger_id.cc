#include "core/base/ledger_id.h"

#include <algorithm>

#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kOfficeCharactersMax = 32;
constexpr size_t kFrameworkCharactersMax = 16;

bool IsCapital(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool IsStateCode(std::string_view party) {
  return party.size() == 2 && IsCapital(party[0]) && IsCapital(party[1]);
}

bool IsOfficeName(std::string_view name) {
  return !name.empty() && name.size() <= kOfficeCharactersMax && name.front() != '-' &&
         name.back() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '-';
         });
}

LedgerId LedgerId::State(std::string_view code) { return LedgerId(fmt::format("state/{}", code)); }
LedgerId LedgerId::Integration(std::string_view party, std::string_view office) {
  return LedgerId(fmt::format("integration/{}-{}", party, office));
}
LedgerId LedgerId::Secretariat() { return LedgerId("secretariat"); }
LedgerId LedgerId::Chair(std::string_view mandate) {
  return LedgerId(fmt::format("chair/{}", mandate));
}
LedgerId LedgerId::Auditor() { return LedgerId("auditor"); }
LedgerId LedgerId::All(std::string_view framework) {
  return LedgerId(fmt::format("ALL/{}", framework));
}

LedgerId LedgerId::OfParty(std::string_view party, std::string_view office) {
  if (party == kSecretariatParty) {
    return Secretariat();
  }
  if (party == kAuditorParty) {
    return Auditor();
  }
  return party == kChairParty ? Chair(office) : State(party);
}

absl::StatusOr<LedgerId> LedgerId::Parse(std::string_view text) {
  const LedgerId id{std::string(text)};
  const std::string_view name = id.name();
  bool good = text == "secretariat" || text == "auditor";
  if (id.is_state()) {
    good = IsStateCode(name);
  } else if (id.is_integration()) {
    good = name.size() > 3 && IsStateCode(name.substr(0, 2)) && name[2] == '-' &&
           IsOfficeName(name.substr(3));
  } else if (text.starts_with("chair/")) {
    good = IsOfficeName(name);
  } else if (id.is_all()) {
    good = !name.empty() && name.size() <= kFrameworkCharactersMax &&
           std::all_of(name.begin(), name.end(), [](char c) { return IsCapital(c) || IsDigit(c); });
  }
  if (!good) {
    return absl::InvalidArgumentError(
        "a ledger is named state/XX, integration/XX-office, secretariat, chair/mandate, auditor or "
        "ALL/FRAMEWORK");
  }
  return id;
}

std::string_view LedgerId::name() const {
  const size_t slash = text_.find('/');
  return slash == std::string::npos ? std::string_view()
                                    : std::string_view{text_}.substr(slash + 1);
}

std::string_view LedgerId::delivered_name() const {
  if (is_state()) {
    return state();
  }
  if (is_all()) {
    return text_;
  }
  return *this == Secretariat() ? kSecretariatParty : std::string_view{};
}

std::string_view LedgerId::state() const {
  return is_state() || is_integration() ? name().substr(0, 2) : std::string_view{};
}

}  // namespace cbm
