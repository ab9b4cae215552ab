#ifndef CBM_CORE_RULES_FORM_H_
#define CBM_CORE_RULES_FORM_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/content.pb.h"
#include "cbm/v1/genesis.pb.h"
#include "core/rules/exchange.h"

namespace cbm::rules {

// What is wrong with one field of a form.
struct FormFault {
  std::string field;
  std::string says;  // "nature must be there: What happened ...?"
  bool missing = false;
};

// What is wrong with what a notification says, by the form of its kind: all of it at once, in the
// order of the form; and its translations, which are into other languages of the measures'
// frameworks alone. None for a kind that the exchange does not have: deciding refuses that.
//
// Decide knows nothing of this: rules read acts, never contents (docs/adr/0014). It is for
// who holds the manifest: the service that takes an open one, and the author before signing.
std::vector<FormFault> FaultsOf(const Exchange& exchange, const v1::Notification& notification,
                                const v1::Manifest& manifest);

// The same as one status. INVALID_ARGUMENT names each field and what it must be.
absl::Status CheckForm(const Exchange& exchange, const v1::Notification& notification,
                       const v1::Manifest& manifest);

// What the value of a field must be, as the end of a sentence: "one of yes, no, unknown". None if
// `value` is that.
std::optional<std::string> WrongWith(const Exchange& exchange, const v1::FieldRule& rule,
                                     std::string_view value);

// The notification that an act sends; null if it sends none.
const v1::Notification* SentBy(const v1::Act& act);

// The notification in the form of whose kind an act must say what it says: that which it sends, or
// the request to consult. Null if there is none.
const v1::Notification* FormedBy(const v1::Act& act);

// Whether what an act sends, or asks to consult about, is an EMERGENCY.
bool IsEmergency(const v1::Act& act);

// Whether a rule of the genesis document can be followed. INVALID_ARGUMENT says what it lacks.
absl::Status CheckFieldRule(const v1::FieldRule& rule);

// 2026-03-10T21:52:00Z, and nothing looser.
std::optional<absl::Time> ParseInstant(std::string_view text);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_FORM_H_
