#ifndef CBM_CLIENT_COMMAND_NOTIFY_FORM_H_
#define CBM_CLIENT_COMMAND_NOTIFY_FORM_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/content.pb.h"
#include "client/command/notify_arguments.h"
#include "core/rules/exchange.h"

namespace cbm {

// Something that has to be said and was not.
struct Blank {
  std::string option;    // "--subject", "--field product=..."
  std::string question;  // One line, for a person.
  bool lines = false;    // Whether the answer may have several lines.
  // Takes an answer; a usage error says what it must be.
  std::function<absl::Status(std::string answer)> fill;
};

// What the arguments leave out of what their kind needs, in the order in which a person is asked;
// without a kind, what every kind needs. `arguments` must outlive what is returned.
//
// A usage error if the kind is none that `cbm notify` sends: it names the command that does.
absl::StatusOr<std::vector<Blank>> BlanksOf(const rules::Exchange& exchange,
                                            NotifyArguments& arguments);

// A usage error that names all of them; OK if there are none.
absl::Status NameBlanks(const std::vector<Blank>& blanks);

// The fields of `--field name=value`, added to `fields`. A usage error if one has no name or is
// given twice.
absl::Status ReadFields(const std::vector<std::string>& typed,
                        std::map<std::string, std::string>& fields);

// A value as the form wants it, where people write it otherwise: codes of States and measures in
// small letters or out of order, "2026-03-10 21:52" for an instant, "Yes" for "yes". Anything else
// comes back as it is.
std::string AsTheFormWants(const v1::FieldRule& rule, std::string value);

// The manifest that says this. Fields are as the form of the kind wants them.
v1::Manifest ManifestOf(const rules::Exchange& exchange, const NotifyArguments& arguments,
                        std::string body);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_NOTIFY_FORM_H_
