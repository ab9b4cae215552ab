#include "client/command/printing.h"

#include "client/exit_code.h"
#include "client/lookup.h"

namespace cbm {

absl::Status CheckPrint(const CommandContext& context, bool print) {
  return print && context.json()
             ? UsageError(
                   "--print makes a page for people and --output json a value for programs: leave "
                   "one of them out")
             : absl::OkStatus();
}

PrintedFor ReaderOf(Workplace& workplace) {
  return {.exchange = workplace.exchange(),
          .party = workplace.profile().config.party,
          .office = workplace.profile().config.office,
          .now = PresentOf(workplace.replica(), workplace.ExchangeTime())};
}

}  // namespace cbm
