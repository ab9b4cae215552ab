// Registering one more credential to one's own office, by the one that it has.

#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/credentials.h"
#include "core/rules/directory_entries.h"
#include "core/rules/directory_projection.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

absl::Status CheckForm(const Submission& submission, absl::Time now) {
  const v1::Act& act = submission.act;
  CBM_RETURN_IF_ERROR(RequireOwnAudience(act));
  if (!act.references().empty() || !act.manifest_digest().empty()) {
    return absl::InvalidArgumentError("a renewal has no references and no content");
  }
  const v1::RenewCredential& renewal = act.renew_credential();
  CBM_RETURN_IF_ERROR(CheckNewCertificate(renewal.certificate(), submission, now));
  return renewal.possession().empty()
             ? absl::InvalidArgumentError("possession must be the new credential's own signature")
             : absl::OkStatus();
}

}  // namespace

absl::StatusOr<Decision> DecideRenewCredential(const View& view, const Submission& submission,
                                               absl::Time now) {
  if (absl::Status form = CheckForm(submission, now); !form.ok()) {
    return Refuse(std::move(form));
  }
  const v1::CredentialRecord& signer = submission.signer;
  if (!MayRenew(signer, now)) {
    return Refuse(absl::FailedPreconditionError(
        fmt::format("a credential of {}-{} renews while it is active, and up to 7 days after its "
                    "end: have the office enrolled anew by the secretariat",
                    signer.party(), signer.office())));
  }
  CBM_ASSIGN_OR_RETURN(const Digest credential, DigestFrom(signer.credential()));
  CBM_ASSIGN_OR_RETURN(const uint32_t renewals, FindRenewals(view, credential));
  if (renewals >= kRenewalsInARowMax) {
    return Refuse(absl::FailedPreconditionError(
        fmt::format("{} renewals lead to this credential, as many as may: renew by an earlier one, "
                    "or have the office enrolled anew by the secretariat",
                    renewals)));
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::OfficeRecord> office,
                       FindOffice(view, signer.party(), signer.office()));
  if (office.has_value()) {
    if (absl::Status more = CheckOneMore(*office, now); !more.ok()) {
      return Refuse(std::move(more));
    }
  }
  Decision decision;
  AddDirectoryEntries(view, submission,
                      {.party = signer.party(),
                       .office = signer.office(),
                       .type = signer.type(),
                       .new_state = "renewed",
                       .effect = EffectOf(*submission.registers)},
                      decision);
  return decision;
}

}  // namespace cbm::rules
