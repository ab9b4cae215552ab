#ifndef CBM_CLIENT_OUTPUT_NAMES_H_
#define CBM_CLIENT_OUTPUT_NAMES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/common.pb.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/rules/credentials.h"

namespace cbm {

// The words that people and scripts use for the contract's enums: "URGENT", "AMBER+STRICT",
// "technical". A value of a later version is shown as "?".
std::string NameOf(v1::Precedence precedence);
std::string NameOf(v1::Context context);
std::string NameOf(v1::Marking marking);
std::string NameOf(v1::OfficeType type);
std::string NameOf(v1::CredentialPurpose purpose);
std::string NameOf(v1::Scope scope);
std::string NameOf(v1::EntryRole role);
std::string NameOf(v1::OpenManner manner);
std::string NameOf(v1::ActKind kind);
std::string NameOf(v1::IntegrationReading reading);
std::string NameOf(v1::ReplyOutcome outcome);
std::string NameOf(v1::FollowUp follow_up);
std::string NameOf(v1::CredentialReason reason);
std::string NameOf(rules::CredentialUse use);

// How a credential stands, in words: "active", "suspended since ... by SECRETARIAT (key-lost)".
std::string UseText(const v1::CredentialRecord& credential, absl::Time now);

// The same in a table, for whoever wants to reach its office: "suspended: reach by telephone".
std::string ReachText(const v1::CredentialRecord& credential, absl::Time now);

// The reverse, for what is typed, in letters of either case. A usage error lists the words.
absl::StatusOr<v1::Precedence> PrecedenceNamed(std::string_view name);
absl::StatusOr<v1::Context> ContextNamed(std::string_view name);
absl::StatusOr<v1::Marking> MarkingNamed(std::string_view name);
absl::StatusOr<v1::OfficeType> OfficeTypeNamed(std::string_view name);
absl::StatusOr<v1::CredentialPurpose> PurposeNamed(std::string_view name);
absl::StatusOr<v1::Scope> ScopeNamed(std::string_view name);
absl::StatusOr<v1::IntegrationReading> ReadingNamed(std::string_view name);
absl::StatusOr<v1::ReplyOutcome> OutcomeNamed(std::string_view name);
absl::StatusOr<v1::FollowUp> FollowUpNamed(std::string_view name);
absl::StatusOr<v1::CredentialReason> CredentialReasonNamed(std::string_view name);

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_NAMES_H_
