#include "server/program/session_ender.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "cbm/v1/directory.pb.h"
#include "core/rules/credentials.h"

namespace cbm {
namespace {

// When the first session of each certificate began.
std::map<Digest, absl::Time> FirstOfEach(const SessionTable& sessions) {
  std::map<Digest, absl::Time> first;
  for (const SessionFacts& session : sessions.List()) {
    const auto [at, is_new] = first.emplace(session.certificate.fingerprint(), session.since);
    at->second = std::min(at->second, session.since);
  }
  return first;
}

}  // namespace

bool SessionEnder::IsOutOfUse(const Digest& credential, absl::Time first) const {
  const absl::StatusOr<std::optional<std::string>> value = store_.FindCredential(credential);
  v1::CredentialRecord record;
  if (!value.ok() || !value->has_value() || !record.ParseFromString(**value)) {
    return false;  // The next call tells.
  }
  const absl::Time since = rules::OutOfUseSince(record, clock_.Now());
  return since != absl::InfiniteFuture() && first <= since;
}

void SessionEnder::Tick() {
  std::set<Digest> seen;
  for (const auto& [credential, first] : FirstOfEach(sessions_)) {
    if (!IsOutOfUse(credential, first)) {
      continue;
    }
    if (seen_.contains(credential)) {
      sessions_.End(credential);
    }
    seen.insert(credential);
  }
  seen_ = std::move(seen);
}

}  // namespace cbm
