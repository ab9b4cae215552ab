#include "core/rules/act_shape.h"

#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

constexpr std::string_view kScopePrefix = "SCOPE_";

absl::Status Bad(std::string_view field, std::string_view must) {
  return absl::InvalidArgumentError(fmt::format("{} must be {}", field, must));
}

absl::Status CheckIdentity(const Exchange& exchange, const Submission& submission) {
  const v1::Act& act = submission.act;
  if (act.purpose() != "cbm.v1/act") {
    return Bad("purpose", "cbm.v1/act");
  }
  if (act.version() != 1) {
    return Bad("version", "1");
  }
  if (act.exchange_id() != exchange.id()) {
    return Bad("exchange_id", "that of this exchange: the act was made for another");
  }
  if (!IsUuid(act.act_id())) {
    return Bad("act_id", "16 bytes, a UUID of version 7");
  }
  if (act.party() != submission.signer.party() || act.office() != submission.signer.office()) {
    return Bad("party and office", "those that the signing credential is registered to");
  }
  if (act.signing_credential() != submission.signer.credential()) {
    return Bad("signing_credential", "the SHA-256 of the certificate that verifies the signature");
  }
  return absl::OkStatus();
}

std::string Shown(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

absl::Status CheckTimes(const v1::Act& act, const Limits& limits, absl::Time now) {
  if (!act.has_author_time() || !act.has_valid_until()) {
    return Bad("author_time and valid_until", "set");
  }
  for (const auto* timestamp : {&act.author_time(), &act.valid_until()}) {
    if (!IsInstant(*timestamp)) {
      return Bad("author_time and valid_until", "instants of the years 1970 to 9999");
    }
  }
  const absl::Time made = FromTimestamp(act.author_time());
  const absl::Time until = FromTimestamp(act.valid_until());
  if (made > now + limits.author_time_ahead_max) {
    return Bad("author_time",
               fmt::format("at most {} ahead of the exchange's time, {}; set the clock of the "
                           "machine that signs",
                           absl::FormatDuration(limits.author_time_ahead_max), Shown(now)));
  }
  if (until <= made || until > made + limits.validity_max) {
    return Bad("valid_until", fmt::format("after author_time, by at most {}",
                                          absl::FormatDuration(limits.validity_max)));
  }
  if (until < now) {
    return absl::FailedPreconditionError(
        fmt::format("the act was good until {} only; sign it anew, or, if it is new, set the "
                    "clock of the machine that signs",
                    Shown(until)));
  }
  return absl::OkStatus();
}

absl::Status CheckReferences(const v1::Act& act) {
  if (static_cast<size_t>(act.references_size()) > kReferencesMax) {
    return absl::InvalidArgumentError(fmt::format("references has {} acts; at most {} are allowed",
                                                  act.references_size(), kReferencesMax));
  }
  for (const v1::Reference& reference : act.references()) {
    if (reference.act_digest().size() != kDigestBytes) {
      return Bad("references.act_digest", "32 bytes");
    }
    if (!reference.party_set().empty() || reference.office_version() != 0) {
      return Bad("references.party_set and references.office_version",
                 "empty: no kind of act rests on them yet");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckShape(const Exchange& exchange, const Submission& submission, absl::Time now) {
  const v1::Act& act = submission.act;
  CBM_RETURN_IF_ERROR(CheckIdentity(exchange, submission));
  CBM_RETURN_IF_ERROR(CheckTimes(act, submission.limits, now));
  CBM_RETURN_IF_ERROR(CheckReferences(act));
  if (submission.openings.size() > submission.limits.addressees_max) {
    return absl::InvalidArgumentError(
        fmt::format("addressees: there are {}; at most {} are allowed", submission.openings.size(),
                    submission.limits.addressees_max));
  }
  if (act.audience().to_case() == v1::Audience::TO_NOT_SET) {
    return Bad("audience", "set: an act is never for everyone by default");
  }
  if (!Rises(act.office_filter()) ||
      !std::all_of(act.office_filter().begin(), act.office_filter().end(), IsTypeOfStates)) {
    return Bad("office_filter", "types of offices that a State can have, ascending, each once");
  }
  if (!act.office_filter().empty() && !act.has_submit()) {
    return Bad("office_filter", "empty for an act of this kind");
  }
  if (!act.manifest_digest().empty() && act.manifest_digest().size() != kDigestBytes) {
    return Bad("manifest_digest", "32 bytes, or empty for an act without content");
  }
  if (act.kind_case() == v1::Act::KIND_NOT_SET) {
    return Bad("kind", "one of the kinds of act");
  }
  return absl::OkStatus();
}

bool IsInstant(const google::protobuf::Timestamp& timestamp) {
  return 0 <= timestamp.nanos() && timestamp.nanos() <= 999'999'999 && 0 <= timestamp.seconds() &&
         timestamp.seconds() <= 253'402'300'799;
}

bool IsTypeOfStates(int type) {
  return type >= v1::OFFICE_TYPE_POLICY && type <= v1::OFFICE_TYPE_INTEGRATION;
}

absl::Status RequireScope(const v1::CredentialRecord& signer, v1::Scope scope) {
  if (std::count(signer.scopes().begin(), signer.scopes().end(), scope) != 0) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(fmt::format(
      "the credential of {}-{} lacks the scope {}: use an office of {} that has it, as the "
      "directory shows",
      signer.party(), signer.office(), v1::Scope_Name(scope).substr(kScopePrefix.size()),
      signer.party()));
}

}  // namespace cbm::rules
