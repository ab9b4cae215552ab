#include "server/program/holder.h"

#include <string>

#include "cbm/v1/directory.pb.h"
#include "core/base/status_macros.h"
#include "core/rules/credentials.h"
#include "fmt/format.h"

namespace cbm {

absl::StatusOr<std::optional<Holder>> FindHolder(const Store& store, const Digest& certificate,
                                                 absl::Time now) {
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> found, store.FindCredential(certificate));
  if (!found.has_value()) {
    return std::nullopt;
  }
  v1::CredentialRecord record;
  if (!record.ParseFromString(*found)) {
    return absl::DataLossError("a credential's record cannot be read: run cbmd check");
  }
  const HolderName name{.party = record.party(), .office = record.office()};
  if (rules::UseOf(record, now) == rules::CredentialUse::kActive) {
    return Holder{.name = name,
                  .owner = fmt::format("{}/{}", name.party, name.office),
                  .state = name.party,
                  .is_active = true};
  }
  if (rules::MayRenew(record, now)) {
    // Alone, but for what all such of a State may have: it can renew each as often as it likes.
    return Holder{
        .name = name, .state = fmt::format("{} to be renewed", name.party), .is_active = false};
  }
  return Holder{.name = name,
                .owner = fmt::format("{}/{} out of use", name.party, name.office),
                .state = fmt::format("{} out of use", name.party),
                .is_active = false};
}

}  // namespace cbm
