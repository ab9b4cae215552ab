#ifndef CBM_CORE_BASE_LEDGER_ID_H_
#define CBM_CORE_BASE_LEDGER_ID_H_

#include <compare>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cbm {

inline constexpr std::string_view kSecretariatParty = "SECRETARIAT";
// The secretariat's first office: its certificate stands in the genesis document.
inline constexpr std::string_view kSecretariatOffice = "main";
inline constexpr std::string_view kChairParty = "CHAIR";
inline constexpr std::string_view kAuditorParty = "AUDITOR";

// Whether `party` looks like a State's code: two capitals. Which States there are, the exchange
// says.
bool IsStateCode(std::string_view party);

// Whether `name` may name an office: 1 to 32 of a-z, 0-9 and hyphen, no hyphen at an end.
bool IsOfficeName(std::string_view name);

// Names a ledger: whose entries they are. A value.
class LedgerId {
 public:
  // state/EE
  static LedgerId State(std::string_view code);
  // integration/EE-siem
  static LedgerId Integration(std::string_view party, std::string_view office);
  static LedgerId Secretariat();
  // chair/2026
  static LedgerId Chair(std::string_view mandate);
  static LedgerId Auditor();
  // ALL/OSCE
  static LedgerId All(std::string_view framework);

  // The ledger of a party's offices that are no integration: a State's, the secretariat's, the
  // mandate's chair's, the auditor's.
  static LedgerId OfParty(std::string_view party, std::string_view office);

  // INVALID_ARGUMENT if `text` is not the name of a ledger of one of these shapes.
  static absl::StatusOr<LedgerId> Parse(std::string_view text);

  const std::string& text() const { return text_; }

  // Whether it is a framework's, which all its members read.
  bool is_all() const { return text_.starts_with("ALL/"); }
  bool is_state() const { return text_.starts_with("state/"); }
  bool is_integration() const { return text_.starts_with("integration/"); }

  // What follows the slash, or nothing: a State's code, an integration's party and office, a
  // mandate, a framework.
  std::string_view name() const;

  // The State of a State's or an integration's ledger; else empty.
  std::string_view state() const;

  // What its reader is called where an author's entry says to whom its act was delivered: "LV",
  // "SECRETARIAT", "ALL/OSCE"; empty if none says so of this ledger.
  std::string_view delivered_name() const;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads a defaulted comparison.
  friend auto operator<=>(const LedgerId&, const LedgerId&) = default;

 private:
  explicit LedgerId(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

}  // namespace cbm

#endif  // CBM_CORE_BASE_LEDGER_ID_H_
