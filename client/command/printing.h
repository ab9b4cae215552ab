#ifndef CBM_CLIENT_COMMAND_PRINTING_H_
#define CBM_CLIENT_COMMAND_PRINTING_H_

#include "absl/status/status.h"
#include "client/command/command.h"
#include "client/output/page.h"
#include "client/workplace.h"

namespace cbm {

// What commands with --print share.

inline constexpr char kPrintHelp[] =
    "Whole, for paper: plain text of at most 80 columns, with the marking at head and foot";

// A usage error if --print is asked for together with JSON.
absl::Status CheckPrint(const CommandContext& context, bool print);

// For whom and when this workplace prints. Lends the workplace's exchange; its replica is open.
PrintedFor ReaderOf(Workplace& workplace);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_PRINTING_H_
