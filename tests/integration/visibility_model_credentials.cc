// Who may take a credential out of use, bring it back or renew it, and who is told of it.

#include <algorithm>

#include "core/crypto/digest.h"
#include "tests/integration/visibility_model.h"

namespace cbm::test {
namespace {

constexpr std::string_view kSecretariat = "SECRETARIAT";
constexpr std::string_view kAuditor = "AUDITOR";

const v1::CredentialName& NameIn(const v1::Act& act) {
  if (act.has_revoke_credential()) {
    return act.revoke_credential().of();
  }
  return act.has_suspend_credential() ? act.suspend_credential().of()
                                      : act.restore_credential().of();
}

std::string NewState(const v1::Act& act) {
  switch (act.kind_case()) {
    case v1::Act::kSuspendCredential:
      return "suspended";
    case v1::Act::kRestoreCredential:
      return "restored";
    case v1::Act::kRevokeCredential:
      return "revoked";
    default:
      return "renewed";
  }
}

// What a State suspended, it alone restores; what the secretariat did, another office of that
// State too.
bool MayBeRestored(const v1::Act& act, const ModelOffice& of, const ModelCredential& credential) {
  return !credential.suspended_by.empty() &&
         (credential.suspended_by == act.party() ||
          (act.party() == of.party && act.office() != of.office));
}

bool MayBeTaken(const ModelOffice& from, const ModelCredential& credential) {
  return from.party != kSecretariat ||
         std::any_of(from.credentials.begin(), from.credentials.end(),
                     [&](const auto& other) { return &other != &credential && other.is_active(); });
}

bool MayBeChanged(const v1::Act& act, const ModelOffice& of, const ModelCredential& credential) {
  if (credential.is_revoked) {
    return false;
  }
  if (act.has_restore_credential()) {
    return MayBeRestored(act, of, credential);
  }
  return MayBeTaken(of, credential) &&
         (act.has_revoke_credential() || credential.suspended_by.empty());
}

}  // namespace

ModelCredential VisibilityModel::CredentialOf(const std::string& certificate) {
  return {.digest = std::string(BytesOf(Sha256(certificate)))};
}

bool VisibilityModel::MaySign(const v1::Act& act) const {
  const std::vector<ModelCredential>& own = Office(act.party(), act.office()).credentials;
  return std::any_of(own.begin(), own.end(), [&](const ModelCredential& credential) {
    return credential.digest == act.signing_credential() && credential.is_active();
  });
}

absl::StatusCode VisibilityModel::TakeChange(const v1::Act& act, const std::string& digest) {
  const v1::CredentialName& of = NameIn(act);
  if (act.party() != kSecretariat && act.party() != of.party()) {
    return absl::StatusCode::kNotFound;
  }
  for (ModelOffice& office : offices_) {
    for (ModelCredential& credential : office.credentials) {
      if (office.party != of.party() || office.office != of.office() ||
          credential.digest != of.credential()) {
        continue;
      }
      if (!MayBeChanged(act, office, credential)) {
        return absl::StatusCode::kFailedPrecondition;
      }
      if (act.has_revoke_credential()) {
        credential.is_revoked = true;
      } else {
        credential.suspended_by = act.has_suspend_credential() ? act.party() : "";
      }
      TellOfCredential(act, digest, office);
      return absl::StatusCode::kOk;
    }
  }
  return absl::StatusCode::kNotFound;
}

absl::StatusCode VisibilityModel::TakeRenewal(const v1::Act& act, const std::string& digest) {
  ModelCredential next = CredentialOf(act.renew_credential().certificate());
  ModelOffice* renewed = nullptr;
  for (ModelOffice& office : offices_) {
    for (const ModelCredential& credential : office.credentials) {
      if (credential.digest == next.digest) {
        return absl::StatusCode::kInvalidArgument;  // It is registered already.
      }
    }
    if (office.party == act.party() && office.office == act.office()) {
      renewed = &office;
    }
  }
  renewed->credentials.push_back(std::move(next));
  TellOfCredential(act, digest, *renewed);
  return absl::StatusCode::kOk;
}

void VisibilityModel::TellOfCredential(const v1::Act& act, const std::string& digest,
                                       const ModelOffice& of) {
  const ModelOffice author = Office(act.party(), act.office());
  const std::vector<std::string> all = FrameworksOf(of.party);
  std::vector<std::string> delivered = all;
  std::vector<std::string> concerned;
  // What is the author's own, or its State's, is told as such.
  const auto tell = [&](const std::string& ledger, std::string_view as) {
    if (ledger == author.ledger || (author.is_integration() && ledger == "state/" + author.party)) {
      return;
    }
    concerned.push_back(ledger);
    if (!as.empty()) {
      delivered.emplace_back(as);
    }
  };
  Readers readers{{kFramework, all}};
  if (of.party == kSecretariat) {
    tell("auditor", "");
  } else {
    tell("secretariat", kSecretariat);
    if (of.party == kAuditor) {
      tell("auditor", "");
    } else {
      tell("state/" + of.party, of.party);
      readers[kTheAuditor] = {"auditor"};
    }
  }
  if (of.is_integration()) {
    tell(of.ledger, "");
  }
  readers[kConcerned] = std::move(concerned);
  Telling telling{.act = act,
                  .author = author,
                  .told = {.digest = digest, .kind = static_cast<v1::ActKind>(act.kind_case())}};
  telling.told.summary.set_new_state(NewState(act));
  TellAll(telling, "", readers);
  TellAuthor(telling, delivered);
}

}  // namespace cbm::test
