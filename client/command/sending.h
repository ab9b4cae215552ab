#ifndef CBM_CLIENT_COMMAND_SENDING_H_
#define CBM_CLIENT_COMMAND_SENDING_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/content.pb.h"
#include "client/command/command.h"
#include "client/command/notify_arguments.h"
#include "client/command/typed_text.h"
#include "client/perform.h"
#include "client/workplace.h"

namespace cbm {

// What all commands share that send something which a person wrote.

// What a person is shown before it is released: names and values.
using Lines = std::vector<std::pair<std::string, std::string>>;

// In lines, each begun by EXERCISE or TEST if that is the context.
std::string PreviewText(const Lines& lines, v1::Context context);

// Brings the replica up to date; or, if the exchange cannot be reached, reads it as it was left and
// says so if `told`: what was written can then still be signed and kept.
absl::Status CatchUp(const CommandContext& context, Workplace& workplace, bool told);

// A proposal that is ready to be shown and sent.
struct ReadyToSend {
  Proposal proposal;
  std::vector<std::string> notices;  // Above what is shown.
  std::string preview;

  // What the question says once more, whatever stands above it by then.
  v1::Context context = v1::CONTEXT_UNSPECIFIED;
  v1::Marking marking = v1::MARKING_UNSPECIFIED;
  size_t addressees = 0;
};

// Asks the exchange's rules, as far as the replica shows, so that nobody confirms what would be
// refused; then shows it, asks, and sends; `yes` if nothing is to be asked. After CatchUp.
absl::StatusOr<Performed> ShowAndSend(const CommandContext& context, Workplace& workplace,
                                      ReadyToSend ready, bool yes);

// A notification that is ready to be shown and sent.
struct Outgoing {
  NotifyPlan plan;
  v1::Manifest manifest;
  v1::Act act;  // Its kind and references; the rest is added.

  // What a person is shown besides.
  Lines besides;
};

// All of the above for a notification.
absl::StatusOr<Performed> SendOut(const CommandContext& context, Workplace& workplace,
                                  const Outgoing& outgoing, bool yes);

// Whether a manifest's texts may be sent: text in UTF-8, a body that is not too long, a subject. A
// usage error names the option; `body` is that of the body.
absl::Status CheckTexts(std::string_view body, const v1::Manifest& manifest);

// The translations of `--translation LANG:FILE:MADE-BY`, in order of their languages. A usage error
// if one is not that, or if two are into one language.
absl::StatusOr<std::vector<v1::Translation>> ReadTranslations(
    const std::vector<std::string>& translations, TypedText& typed);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_SENDING_H_
