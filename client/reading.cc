#include "client/reading.h"

#include <algorithm>
#include <utility>

#include "client/exit_code.h"
#include "client/lookup.h"
#include "client/output/text.h"
#include "client/perform.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/evidence/manifest.h"
#include "core/rules/act_shape.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kShortDigits = 12;
constexpr size_t kNamedMax = 8;  // Acts in one line.

std::string NamesOf(const std::vector<std::string>& acts) {
  const size_t named = std::min(acts.size(), kNamedMax);
  const std::string more =
      named < acts.size() ? fmt::format(" and {} more", acts.size() - named) : "";
  return fmt::format("{}{}", fmt::join(acts.begin(), acts.begin() + static_cast<long>(named), ", "),
                     more);
}

// Whether nothing more will be answered either, each time after a long wait.
bool IsAway(const absl::Status& failure) {
  return failure.code() == absl::StatusCode::kUnavailable || IsUnanswered(failure);
}

}  // namespace

bool IsGivenByOpening(const v1::NotificationRecord& record, const LedgerId& own,
                      std::string_view party, v1::OfficeType type) {
  return record.audience() == "NAMED" && record.from_party() != party &&
         !record.given_digest().empty() && record.ledger() == own.text() &&
         !rules::IsKeptFrom(record, party, type);
}

absl::StatusOr<bool> NeedsOpen(Workplace& workplace, const v1::NotificationRecord& record) {
  const ProfileConfig& own = workplace.profile().config;
  const v1::OfficeType type = workplace.about().has_value() ? workplace.about()->caller().type()
                                                            : v1::OFFICE_TYPE_UNSPECIFIED;
  if (!IsGivenByOpening(record, workplace.own_ledger(), own.party, type)) {
    return false;
  }
  CBM_ASSIGN_OR_RETURN(const NotificationState state,
                       StateOf(workplace.replica(), own.office, record, workplace.ExchangeTime()));
  return !state.opened;
}

absl::Status OpenAll(Workplace& workplace, const std::vector<v1::NotificationRecord>& records,
                     v1::OpenManner manner) {
  std::vector<v1::Reference> references;
  for (const v1::NotificationRecord& record : records) {
    CBM_ASSIGN_OR_RETURN(const bool needed, NeedsOpen(workplace, record));
    if (needed) {
      v1::Reference reference;
      reference.set_act_digest(record.act_digest());
      reference.set_record_version(record.record_version());
      references.push_back(std::move(reference));
    }
  }
  for (size_t start = 0; start < references.size(); start += rules::kReferencesMax) {
    const size_t end = std::min(references.size(), start + rules::kReferencesMax);
    Proposal proposal;
    proposal.unsent = Unsent::kForget;  // It is made anew whenever somebody reads.
    proposal.act.mutable_audience()->mutable_own();
    proposal.act.mutable_open()->set_manner(manner);
    for (size_t i = start; i < end; ++i) {
      *proposal.act.add_references() = references[i];
    }
    const absl::StatusOr<Performed> performed = Perform(workplace, std::move(proposal));
    if (!performed.ok() && performed.status().code() != absl::StatusCode::kAborted &&
        performed.status().code() != absl::StatusCode::kFailedPrecondition) {
      return performed.status();
    }
  }
  return references.empty() ? absl::OkStatus() : workplace.replica().Sync(workplace.api());
}

bool IsShownUnopened(const absl::Status& opened) {
  const ExitCode code = ExitCodeOf(opened);
  return code == ExitCode::kTryAgain || code == ExitCode::kRefused;
}

absl::Status Unopened(const absl::Status& opened) {
  return opened.ok() ? opened
                     : Suffix(Prefix("what is new could not be opened, so that its text is missing",
                                     opened),
                              "the rest is all there; read again later");
}

absl::StatusOr<std::optional<v1::Manifest>> FetchManifest(Workplace& workplace, const Digest& act,
                                                          const std::string& manifest_digest) {
  const absl::StatusOr<v1::OpenContent> content = workplace.FetchContent(act, manifest_digest);
  if (!content.ok()) {
    // Cut from this reader, or erased: what happened stays.
    return content.status().code() == absl::StatusCode::kNotFound
               ? absl::StatusOr<std::optional<v1::Manifest>>(std::nullopt)
               : content.status();
  }
  absl::StatusOr<v1::Manifest> manifest = ReadManifest(content->plaintext());
  if (!manifest.ok()) {
    return Prefix("what was said cannot be read", manifest.status());
  }
  return std::optional<v1::Manifest>(*std::move(manifest));
}

absl::StatusOr<std::optional<v1::Manifest>> ReadSaid(Workplace& workplace,
                                                     const v1::NotificationRecord& record) {
  if (record.manifest_digest().empty() || record.given_digest().empty()) {
    return std::optional<v1::Manifest>();
  }
  CBM_ASSIGN_OR_RETURN(const bool closed, NeedsOpen(workplace, record));
  if (closed) {
    return std::optional<v1::Manifest>();
  }
  CBM_ASSIGN_OR_RETURN(const Digest act, DigestFrom(record.act_digest()));
  return FetchManifest(workplace, act, record.manifest_digest());
}

std::optional<std::string> Subjects::Of(const v1::NotificationRecord& record) {
  const absl::StatusOr<bool> closed = NeedsOpen(workplace_, record);
  if (record.manifest_digest().empty() || record.given_digest().empty() || closed.value_or(false)) {
    return std::nullopt;
  }
  return Take(record.act_digest(), IsAway(why_)  ? why_
                                   : closed.ok() ? ReadSaid(workplace_, record)
                                                 : closed.status());
}

std::optional<std::string> Subjects::Take(std::string_view act_digest,
                                          const absl::StatusOr<std::optional<v1::Manifest>>& said) {
  const std::string act = ToHex(act_digest).substr(0, kShortDigits);
  if (!said.ok()) {
    unread_.push_back(act);
    if (why_.ok() || (ExitCodeOf(why_) != ExitCode::kEvidence &&
                      ExitCodeOf(said.status()) == ExitCode::kEvidence)) {
      why_ = said.status();
    }
    return std::nullopt;
  }
  if (!said->has_value()) {
    withheld_.push_back(act);
    return std::nullopt;
  }
  return CleanLine((*said)->subject());
}

std::string Subjects::Withheld() const {
  return withheld_.empty()
             ? ""
             : fmt::format("the exchange gives no subject for {}: it was cut, erased or withheld",
                           NamesOf(withheld_));
}

absl::Status Subjects::failure() const {
  return why_.ok() ? why_
                   : Prefix(fmt::format("the subject of {} could not be read, and the rest is all "
                                        "there",
                                        NamesOf(unread_)),
                            why_);
}

}  // namespace cbm
