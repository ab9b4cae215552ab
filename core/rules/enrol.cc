// Enrolling an office with its first credential, or again when it has none left that is of use.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/credentials.h"
#include "core/rules/directory_entries.h"
#include "core/rules/directory_projection.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

constexpr size_t kCertificateBytesMax = size_t{4} * 1024;

absl::Status Bad(const std::string& text) { return absl::InvalidArgumentError(text); }

bool TypeFits(std::string_view party, v1::OfficeType type) {
  if (party == kAuditorParty) {
    return type == v1::OFFICE_TYPE_AUDITOR;
  }
  if (party == kChairParty) {
    return type == v1::OFFICE_TYPE_CHAIR;
  }
  return IsTypeOfStates(type);
}

absl::Status CheckCredential(const v1::Enrol& enrol) {
  const v1::Credential& credential = enrol.credential();
  const auto& purposes = credential.purposes();
  if (purposes.empty() || purposes.Get(0) == v1::CREDENTIAL_PURPOSE_UNSPECIFIED ||
      !Rises(purposes)) {
    return Bad("credential.purposes must be at least one, ascending, each once");
  }
  const auto& scopes = credential.scopes();
  if (!Rises(scopes) || (!scopes.empty() && scopes.Get(0) == v1::SCOPE_UNSPECIFIED)) {
    return Bad("credential.scopes must be ascending, each once");
  }
  const bool only_opens = purposes.size() == 1 && purposes.Get(0) == v1::CREDENTIAL_PURPOSE_OPEN;
  if (only_opens && !scopes.empty()) {
    return Bad("credential.scopes must be empty for a credential that only opens");
  }
  if (enrol.possession().empty() && !only_opens) {
    return Bad("possession must be the new credential's own signature");
  }
  return absl::OkStatus();
}

absl::Status CheckForm(const View& view, const Submission& submission, absl::Time now) {
  const v1::Act& act = submission.act;
  const v1::Enrol& enrol = act.enrol();
  if (act.party() != kSecretariatParty) {
    return absl::PermissionDeniedError("offices are enrolled by the secretariat");
  }
  CBM_RETURN_IF_ERROR(RequireScope(submission.signer, v1::SCOPE_DIRECTORY));
  CBM_RETURN_IF_ERROR(RequireOwnAudience(act));
  if (!act.references().empty() || !act.manifest_digest().empty()) {
    return Bad("an enrolment has no references and no content");
  }
  if (enrol.party() != kChairParty && enrol.party() != kAuditorParty &&
      view.exchange().FrameworksOf(enrol.party()).empty()) {
    return Bad(
        fmt::format("party must be CHAIR, AUDITOR, or a State that participates in a "
                    "framework; '{}' is none",
                    enrol.party()));
  }
  if (!IsOfficeName(enrol.office())) {
    return Bad("office must be 1 to 32 of a-z, 0-9 and hyphen, with no hyphen at an end");
  }
  if (!TypeFits(enrol.party(), enrol.type())) {
    return Bad(fmt::format("type must be one that an office of {} may have", enrol.party()));
  }
  CBM_RETURN_IF_ERROR(CheckCredential(enrol));
  return CheckNewCertificate(enrol.credential().certificate(), submission, now);
}

// Whether an office that is there may be enrolled again: as what it is, and only when nothing that
// it has is of use to it any more.
absl::Status CheckAgain(const v1::OfficeRecord& office, const v1::Enrol& enrol, absl::Time now) {
  const auto& credentials = office.credentials();
  if (std::any_of(credentials.begin(), credentials.end(),
                  [&](const auto& credential) { return IsInUse(credential, now); })) {
    return absl::FailedPreconditionError(
        fmt::format("{} has an office '{}' already, with a credential that is in use: it renews "
                    "that itself; if its key is lost, suspend or revoke it first",
                    enrol.party(), enrol.office()));
  }
  return office.type() == enrol.type()
             ? CheckOneMore(office, now)
             : Bad(fmt::format("type must be that of the office, which {} has already",
                               enrol.party()));
}

}  // namespace

absl::StatusOr<Decision> DecideEnrol(const View& view, const Submission& submission,
                                     absl::Time now) {
  if (absl::Status form = CheckForm(view, submission, now); !form.ok()) {
    return Refuse(std::move(form));
  }
  const v1::Enrol& enrol = submission.act.enrol();
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::OfficeRecord> before,
                       FindOffice(view, enrol.party(), enrol.office()));
  if (before.has_value()) {
    if (absl::Status again = CheckAgain(*before, enrol, now); !again.ok()) {
      return Refuse(std::move(again));
    }
  }
  v1::Effect effect = EffectOf(*submission.registers);
  effect.set_record_version(before.has_value() ? static_cast<uint32_t>(before->office_version()) + 1
                                               : 1);
  Decision decision;
  AddDirectoryEntries(view, submission,
                      {.party = enrol.party(),
                       .office = enrol.office(),
                       .type = enrol.type(),
                       .new_state = "enrolled",
                       .effect = std::move(effect)},
                      decision);
  return decision;
}

absl::Status CheckNewCertificate(const std::string& certificate, const Submission& submission,
                                 absl::Time now) {
  if (certificate.empty() || certificate.size() > kCertificateBytesMax) {
    return Bad(fmt::format("certificate has {} bytes; 1 to {} are allowed", certificate.size(),
                           kCertificateBytesMax));
  }
  if (!submission.registers.has_value()) {
    return Bad("certificate must be an X.509 certificate in DER");
  }
  if (submission.registers->not_after <= submission.registers->not_before) {
    return Bad("certificate ends before it begins: have another issued");
  }
  if (submission.registers->not_after <= now) {
    return Bad("certificate has run out: register one that is still valid");
  }
  return absl::OkStatus();
}

absl::Status CheckOneMore(const v1::OfficeRecord& office, absl::Time now) {
  const auto& credentials = office.credentials();
  const auto held = std::count_if(credentials.begin(), credentials.end(),
                                  [&](const auto& credential) { return IsHeld(credential, now); });
  return held < kCredentialsHeldMax
             ? absl::OkStatus()
             : absl::FailedPreconditionError(fmt::format(
                   "{}-{} has {} credentials that are neither revoked nor ended, as many as an "
                   "office may: revoke those that it does not need",
                   office.party(), office.office(), held));
}

}  // namespace cbm::rules
