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

// Who is out of use when he comes has so long to be told why, and to renew.
constexpr absl::Duration kToldWithin = absl::Seconds(10);

// When the first session of each certificate began; InfinitePast if it was let in as one that is
// active, for then it was so, whatever the clock said when.
std::map<Digest, absl::Time> FirstOfEach(const SessionTable& sessions) {
  std::map<Digest, absl::Time> first;
  for (const SessionFacts& session : sessions.List()) {
    const absl::Time since = session.was_active ? absl::InfinitePast() : session.since;
    const auto [at, is_new] = first.emplace(session.certificate.fingerprint(), since);
    at->second = std::min(at->second, since);
  }
  return first;
}

}  // namespace

std::optional<bool> SessionEnder::IsOutOfUse(const Digest& credential, absl::Time first) const {
  const absl::StatusOr<std::optional<std::string>> value = store_.FindCredential(credential);
  v1::CredentialRecord record;
  if (!value.ok() || (value->has_value() && !record.ParseFromString(**value))) {
    return std::nullopt;  // The next call tells.
  }
  if (!value->has_value()) {
    return true;  // It would not be let in now.
  }
  const absl::Time now = clock_.Now();
  const absl::Time since = rules::OutOfUseSince(record, now);
  return since != absl::InfiniteFuture() && (first <= since || first <= now - kToldWithin);
}

void SessionEnder::Tick() {
  std::set<Digest> seen;
  for (const auto& [credential, first] : FirstOfEach(sessions_)) {
    const bool was_seen = seen_.contains(credential);
    const std::optional<bool> is_out_of_use = IsOutOfUse(credential, first);
    if (!is_out_of_use.value_or(was_seen)) {
      continue;
    }
    if (was_seen && is_out_of_use.has_value()) {
      sessions_.End(credential);
    }
    seen.insert(credential);
  }
  seen_ = std::move(seen);
}

}  // namespace cbm
