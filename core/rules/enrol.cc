// Enrolling an office with its first credential.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
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
  return type >= v1::OFFICE_TYPE_POLICY && type <= v1::OFFICE_TYPE_INTEGRATION;
}

absl::Status CheckCredential(const v1::Enrol& enrol, const Submission& submission, absl::Time now) {
  const v1::Credential& credential = enrol.credential();
  if (credential.certificate().empty() || credential.certificate().size() > kCertificateBytesMax) {
    return Bad(fmt::format("credential.certificate has {} bytes; 1 to {} are allowed",
                           credential.certificate().size(), kCertificateBytesMax));
  }
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
  if (!submission.registers.has_value()) {
    return Bad("credential.certificate must be an X.509 certificate in DER");
  }
  if (submission.registers->not_after <= now) {
    return Bad("credential.certificate has run out: register one that is still valid");
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
  return CheckCredential(enrol, submission, now);
}

// The frameworks whose members are told: those the State has joined, or all.
std::vector<LedgerId> AllLedgersFor(const Exchange& exchange, std::string_view party) {
  return exchange.AllLedgersOf(IsStateCode(party) ? LedgerId::State(party)
                                                  : LedgerId::Secretariat());
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
    return Refuse(absl::FailedPreconditionError(
        fmt::format("{} has an office '{}' already", enrol.party(), enrol.office())));
  }

  v1::Entry own;
  own.mutable_effect()->set_record_version(1);
  *own.mutable_effect()->mutable_valid_from() = ToTimestamp(submission.registers->not_before);
  *own.mutable_effect()->mutable_valid_to() = ToTimestamp(submission.registers->not_after);

  const Visibility visibility =
      VisibilityOf(v1::ACT_KIND_ENROL, submission.act.audience().to_case());
  Decision decision;
  std::vector<LedgerId> readers = AllLedgersFor(view.exchange(), enrol.party());
  readers.push_back(LedgerId::OfParty(enrol.party(), enrol.office()));
  if (enrol.type() == v1::OFFICE_TYPE_INTEGRATION) {
    readers.push_back(LedgerId::Integration(enrol.party(), enrol.office()));
  }
  for (const LedgerId& reader : readers) {
    v1::Entry* const entry =
        AddEntry(submission, reader, v1::ENTRY_ROLE_ADDRESSED,
                 reader.is_all() ? visibility.frameworks : visibility.concerned, decision);
    *entry->mutable_effect() = own.effect();
    if (reader.is_all() || reader.is_state()) {
      decision.entries.back().delivered_to = reader.is_all() ? reader.text() : enrol.party();
    }
  }
  if (enrol.party() != kAuditorParty) {
    v1::Entry* const entry = AddEntry(submission, LedgerId::Auditor(), v1::ENTRY_ROLE_HEADER,
                                      visibility.auditor, decision);
    entry->mutable_summary()->set_new_state("enrolled");
    entry->mutable_summary()->set_party(enrol.party());
    entry->mutable_summary()->set_record_version(1);
  }
  AddOwnEntry(view, submission, std::move(own), decision);
  return decision;
}

}  // namespace cbm::rules
