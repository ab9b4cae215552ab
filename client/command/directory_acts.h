#ifndef CBM_CLIENT_COMMAND_DIRECTORY_ACTS_H_
#define CBM_CLIENT_COMMAND_DIRECTORY_ACTS_H_

#include "client/command/command.h"

namespace cbm {

// The commands of `cbm directory` that change it: enrol, possession, integration.
void AddDirectoryActs(CLI::App& directory, CommandContext& context);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_DIRECTORY_ACTS_H_
