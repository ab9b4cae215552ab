#include "server/program/tls_reload.h"

#include <cstddef>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"

namespace cbm {

TlsReload::TlsReload(const Config& config, const ServerIdentity& served, ExchangeServer& server,
                     Clock& clock, Log& log)
    : server_(server),
      log_(log),
      files_(config.server, served),
      revocations_(config.server.revocation_lists, config.store.revoked(), server.trust(), clock,
                   log),
      authorities_(served.client_ca) {}

absl::Status TlsReload::Begin() {
  const MutexLock lock(mutex_);
  CBM_RETURN_IF_ERROR(revocations_.Load());
  revocations_.Refresh(/*anew=*/false, authorities_);
  return absl::OkStatus();
}

void TlsReload::RefreshIdentity(bool anew) {
  const absl::StatusOr<std::optional<ServerIdentity>> changed = files_.Refresh(anew);
  if (changed.ok() && !changed->has_value()) {
    return;
  }
  const absl::StatusOr<Certificate> served =
      changed.ok() ? server_.SetIdentity(**changed) : changed.status();
  if (!served.ok()) {
    log_.Error("tls_reload_failed", {{"reason", std::string(served.status().message())}});
    return;
  }
  authorities_ = (*changed)->client_ca;
  log_.Info("tls_reloaded", {{"issuer", served->issuer()},
                             {"serial", served->serial()},
                             {"not_after", absl::FormatTime(absl::RFC3339_sec, served->not_after(),
                                                            absl::UTCTimeZone())}});
}

void TlsReload::Refresh(bool anew) {
  const MutexLock lock(mutex_);
  RefreshIdentity(anew);
  const size_t before = server_.trust().revoked_count();
  revocations_.Refresh(anew, authorities_);
  if (server_.trust().revoked_count() > before) {
    server_.EndUntrusted();
  }
}

}  // namespace cbm
