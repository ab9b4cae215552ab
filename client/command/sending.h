#ifndef CBM_CLIENT_COMMAND_SENDING_H_
#define CBM_CLIENT_COMMAND_SENDING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/content.pb.h"
#include "client/command/command.h"
#include "client/command/notify_arguments.h"
#include "client/perform.h"
#include "client/workplace.h"

namespace cbm {

// What all commands share that send something which a person wrote.

// A notification that is ready to be shown and sent.
struct Outgoing {
  NotifyPlan plan;
  v1::Manifest manifest;
  v1::Act act;  // Its kind and references; the rest is added.

  // What was typed or read from standard input: it is kept if it does not become an act.
  std::string typed;

  // What a person is shown besides, by name.
  std::vector<std::pair<std::string, std::string>> besides;
};

// Shows it, asks, and sends; `yes` if nothing is to be asked.
absl::StatusOr<Performed> SendOut(const CommandContext& context, Workplace& workplace,
                                  const Outgoing& outgoing, bool yes);

// Brings the replica up to date, or reads it as it was left if the exchange cannot be reached: what
// was typed can then still be signed and kept.
absl::Status SyncOrReadReplica(Workplace& workplace);

// A file, or "-" for standard input.
absl::StatusOr<std::string> ReadInput(const std::string& file, size_t bytes_max);

// A body from a file of at most 64 KiB, or from standard input, which may be longer: what was typed
// is kept though it cannot be sent.
absl::StatusOr<std::string> ReadBodyFile(const std::string& file);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_SENDING_H_
