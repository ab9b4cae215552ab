#include "server/program/tls_reload.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "core/crypto/certificate.h"
#include "core/crypto/trust_store.h"
#include "core/rules/facts.h"

namespace cbm {
namespace {

constexpr size_t kAskedMax = 64;

absl::Status GoingDown() {
  return absl::UnavailableError("the exchange is going down: look at what it serves afterwards");
}

}  // namespace

TlsReload::TlsReload(const Config& config, const ServerIdentity& served, ExchangeServer& server,
                     Clock& clock, Log& log)
    : server_(server),
      log_(log),
      files_(config.server, served, clock),
      revocations_(config.server.revocation_lists, config.store.revoked(), server.trust(), clock,
                   log),
      authorities_(served.client_ca),
      certificate_(served.certificate) {}

absl::Status TlsReload::Begin() {
  const MutexLock lock(mutex_);
  CBM_RETURN_IF_ERROR(revocations_.Load());
  revocations_.Refresh(/*anew=*/false, authorities_);
  return absl::OkStatus();
}

std::optional<TlsReload::Next> TlsReload::FindNext(Look look, const std::string& authorities) {
  absl::StatusOr<std::optional<ServerIdentity>> changed = files_.Refresh(look, authorities);
  if (changed.ok() && !changed->has_value()) {
    return std::nullopt;
  }
  absl::StatusOr<NextIdentity> made =
      changed.ok() ? server_.PrepareIdentity(**changed) : changed.status();
  if (!made.ok()) {
    files_.NotServed();
    log_.Error("tls_reload_failed", {{"reason", std::string(made.status().message())}});
    return std::nullopt;
  }
  return Next{.files = **std::move(changed), .made = *std::move(made)};
}

void TlsReload::Take(Next next) {
  for (const Certificate& gone : AuthoritiesGone(authorities_, next.files.client_ca)) {
    log_.Warning("authority_gone", {{"authority", gone.subject()}, {"serial", gone.serial()}});
  }
  const Certificate shown = next.made.tls->certificate();
  server_.SetIdentity(std::move(next.made));
  authorities_ = std::move(next.files.client_ca);
  certificate_ = std::move(next.files.certificate);
  log_.Info(
      "tls_reloaded",
      {{"issuer", shown.issuer()},
       {"serial", shown.serial()},
       {"not_after", absl::FormatTime(absl::RFC3339_sec, shown.not_after(), absl::UTCTimeZone())}});
}

void TlsReload::TakeLists(bool anew, const std::string& authorities) {
  const size_t before = server_.trust().revoked_count();
  revocations_.Refresh(anew, authorities);
  if (server_.trust().revoked_count() > before) {
    server_.EndUntrusted();
  }
}

void TlsReload::RefreshLists() {
  const MutexLock lock(mutex_);
  TakeLists(/*anew=*/false, authorities_);
}

void TlsReload::RefreshAll(Look look) {
  std::string served;
  {
    const MutexLock lock(mutex_);
    TakeLists(look == Look::kAnew, authorities_);
    served = authorities_;
  }
  std::optional<Next> next = FindNext(look, served);
  if (next.has_value()) {
    const MutexLock lock(mutex_);
    TakeLists(/*anew=*/false, next->files.client_ca);
    Take(*std::move(next));
  }
}

void TlsReload::Refresh(bool anew) {
  v1::ReloadTlsResponse report;
  std::vector<Then> waiting;  // None, if they were told meanwhile that there will be no report.
  {
    const MutexLock lock(turn_mutex_);
    const size_t asked = CountAsked();
    RefreshAll(anew ? Look::kAnew : asked > 0 ? Look::kAsked : Look::kInTurn);
    if (asked > 0) {
      report = Report();
      waiting = TakeAsked(asked);
    }
  }
  for (const Then& then : waiting) {
    then(report);
  }
}

size_t TlsReload::CountAsked() {
  const MutexLock lock(asked_mutex_);
  return asked_.size();
}

std::vector<TlsReload::Then> TlsReload::TakeAsked(size_t count) {
  const MutexLock lock(asked_mutex_);
  const auto end = asked_.begin() + static_cast<ptrdiff_t>(std::min(count, asked_.size()));
  std::vector<Then> taken(std::make_move_iterator(asked_.begin()), std::make_move_iterator(end));
  asked_.erase(asked_.begin(), end);
  return taken;
}

void TlsReload::AskForReport(Then then) {
  absl::Status why_not;
  {
    const MutexLock lock(asked_mutex_);
    if (!has_declined_ && asked_.size() < kAskedMax) {
      asked_.push_back(std::move(then));
      return;
    }
    why_not = has_declined_ ? GoingDown()
                            : absl::ResourceExhaustedError(
                                  "as many wait for a look at the files as may: it hangs, for its "
                                  "disk or its token; look at the server");
  }
  then(why_not);
}

void TlsReload::Decline() {
  std::vector<Then> waiting;
  {
    const MutexLock lock(asked_mutex_);
    has_declined_ = true;
    waiting.swap(asked_);
  }
  for (const Then& then : waiting) {
    then(GoingDown());
  }
}

v1::ReloadTlsResponse TlsReload::Report() {
  const MutexLock lock(mutex_);
  v1::ReloadTlsResponse report;
  if (const auto chain = ParsePemChain(certificate_); chain.ok()) {
    report.set_serial(chain->front().serial());
    report.set_issuer(chain->front().issuer());
    *report.mutable_not_after() = rules::ToTimestamp(chain->front().not_after());
  }
  if (const auto all = ParsePemCertificates(authorities_, kAuthoritiesMax); all.ok()) {
    report.set_authorities(static_cast<uint32_t>(all->size()));
  }
  for (const RevocationFiles::Taken& list : revocations_.lists()) {
    v1::RevocationListInfo& info = *report.add_revocation_lists();
    info.set_issuer(list.issuer);
    info.set_number(list.number);
    *info.mutable_this_update() = rules::ToTimestamp(list.this_update);
    if (list.next_update.has_value()) {
      *info.mutable_next_update() = rules::ToTimestamp(*list.next_update);
    }
    info.set_revoked(list.revoked);
  }
  report.set_revoked(server_.trust().revoked_count());
  report.set_outcome(!files_.is_good()                  ? v1::RELOAD_OUTCOME_NOT_TAKEN_UP
                     : !revocations_.problems().empty() ? v1::RELOAD_OUTCOME_LISTS_INCOMPLETE
                                                        : v1::RELOAD_OUTCOME_ALL_GOOD);
  return report;
}

}  // namespace cbm
