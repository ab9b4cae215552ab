// Saying what an integration may read.

#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"

namespace cbm::rules {
namespace {

absl::Status CheckForm(const Submission& submission) {
  const v1::Act& act = submission.act;
  const v1::GrantIntegration& grant = act.grant_integration();
  CBM_RETURN_IF_ERROR(RequireScope(submission.signer, v1::SCOPE_DIRECTORY));
  if (!IsStateCode(act.party()) || submission.signer.type() == v1::OFFICE_TYPE_INTEGRATION) {
    return absl::PermissionDeniedError(
        "what an integration may read is said by an office of its own State that is none itself");
  }
  CBM_RETURN_IF_ERROR(RequireOwnAudience(act));
  if (!act.references().empty() || !act.manifest_digest().empty()) {
    return absl::InvalidArgumentError("a grant has no references and no content");
  }
  if (grant.reading() == v1::INTEGRATION_READING_UNSPECIFIED) {
    return absl::InvalidArgumentError("reading must be NOTHING or NOTIFICATIONS");
  }
  if (grant.ceiling() == v1::MARKING_UNSPECIFIED) {
    return absl::InvalidArgumentError("ceiling must be RED, AMBER+STRICT, AMBER, GREEN or CLEAR");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Decision> DecideGrantIntegration(const View& view, const Submission& submission,
                                                absl::Time /*now*/) {
  if (absl::Status form = CheckForm(submission); !form.ok()) {
    return Refuse(std::move(form));
  }
  const v1::Act& act = submission.act;
  const std::string& office = act.grant_integration().office();
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::OfficeRecord> record,
                       FindOffice(view, act.party(), office));
  if (!record.has_value() || record->type() != v1::OFFICE_TYPE_INTEGRATION) {
    return Refuse(absl::NotFoundError("your State has no such integration"));
  }
  v1::Entry own;
  own.mutable_effect()->set_record_version(static_cast<uint32_t>(record->office_version()) + 1);
  Decision decision;
  v1::Entry* const entry = AddEntry(
      submission, LedgerId::Integration(act.party(), office), v1::ENTRY_ROLE_ADDRESSED,
      VisibilityOf(v1::ACT_KIND_GRANT_INTEGRATION, act.audience().to_case()).concerned, decision);
  *entry->mutable_effect() = own.effect();
  AddOwnEntry(view, submission, std::move(own), decision);
  return decision;
}

}  // namespace cbm::rules
