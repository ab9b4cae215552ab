#ifndef CBM_CLIENT_COMMAND_DIRECTORY_ACTS_H_
#define CBM_CLIENT_COMMAND_DIRECTORY_ACTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "cbm/v1/directory.pb.h"
#include "client/command/command.h"

namespace cbm {

// The commands of `cbm directory` that change it: enrol, possession, integration;
void AddDirectoryActs(CLI::App& directory, CommandContext& context);
// suspend, restore, revoke;
void AddCredentialChanges(CLI::App& directory, CommandContext& context);
// renew.
void AddRenew(CLI::App& directory, CommandContext& context);

// The office that was named by party and office, as the replica has it. A usage error if the name
// is none; NOT_FOUND if there is no such office.
absl::StatusOr<v1::OfficeRecord> FindNamedOffice(Workplace& workplace, const std::string& name);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_DIRECTORY_ACTS_H_
