#include "server/gate/client_trust.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/base/status_macros.h"
#include "core/crypto/revocation_list.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// A handshake that was accepted has its session soon, or never. Longer than any may take.
constexpr uint32_t kTimesWithoutSessionMax = 240;

constexpr std::string_view kWhatToDo =
    "have its authority issue another, and call the secretariat, who enrols an office with a new "
    "one";

// The instant closest to `now` at which a certificate holds; some other if it never does.
absl::Time WithinItsDates(const Certificate& certificate, absl::Time now) {
  return std::max(std::min(now, certificate.not_after() - absl::Seconds(1)),
                  certificate.not_before());
}

// What an authority wrote of it: the end of NameInLists.
std::string_view IssuerIn(std::string_view name) { return name.substr(name.find(' ') + 1); }

size_t LineBytes(std::string_view name) { return name.size() + 1; }

std::vector<std::string> NamesOf(std::span<const Certificate> chain) {
  std::vector<std::string> names;
  for (const Certificate& certificate : chain) {
    names.push_back(NameInLists(certificate));
  }
  return names;
}

}  // namespace

absl::Status ClientTrust::SetAuthorities(const std::string& pem) {
  CBM_ASSIGN_OR_RETURN(TrustStore authorities, TrustStore::FromPem(pem));
  SetAuthorities(std::move(authorities));
  return absl::OkStatus();
}

void ClientTrust::SetAuthorities(TrustStore authorities) {
  auto next = std::make_shared<const TrustStore>(std::move(authorities));
  const MutexLock lock(mutex_);
  authorities_.swap(next);
  ++authorities_number_;
}

absl::StatusOr<size_t> ClientTrust::Revoke(std::span<const std::string> names) {
  const MutexLock lock(revoking_);
  Names fresh = Fresh(names);
  const size_t count = fresh.size();
  if (count > 0) {
    CBM_RETURN_IF_ERROR(CheckRoom(fresh));
    Add(std::move(fresh));
  }
  return count;
}

void ClientTrust::Restore(std::span<const std::string> names) {
  const MutexLock lock(revoking_);
  Add(Fresh(names));
}

std::shared_ptr<const ClientTrust::Names> ClientTrust::Known() const {
  const MutexLock lock(mutex_);
  return revoked_;
}

ClientTrust::Names ClientTrust::Fresh(std::span<const std::string> names) const {
  Names sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  const std::shared_ptr<const Names> known = Known();
  Names fresh;
  std::set_difference(sorted.begin(), sorted.end(), known->begin(), known->end(),
                      std::back_inserter(fresh));
  return fresh;
}

absl::Status ClientTrust::CheckRoom(const Names& fresh) const {
  std::map<std::string_view, Amount> fresh_of;
  size_t bytes = revoked_bytes_;
  for (const std::string_view name : fresh) {
    Amount& of_issuer = fresh_of[IssuerIn(name)];
    ++of_issuer.names;
    of_issuer.bytes += LineBytes(name);
    bytes += LineBytes(name);
  }
  for (const auto& [issuer, more] : fresh_of) {
    const auto found = revoked_of_.find(issuer);
    const Amount known = found == revoked_of_.end() ? Amount{} : found->second;
    if (known.names + more.names > limits_.revoked_of_issuer_max ||
        known.bytes + more.bytes > limits_.revoked_bytes_of_issuer_max) {
      return absl::ResourceExhaustedError(fmt::format(
          "there would be more than {} revoked certificates of one authority, or more than {} "
          "bytes of their serials with its name: have it list those of the exchange alone",
          limits_.revoked_of_issuer_max, limits_.revoked_bytes_of_issuer_max));
    }
  }
  if (names_.size() + fresh.size() > limits_.revoked_max || bytes > limits_.revoked_bytes_max) {
    return absl::ResourceExhaustedError(fmt::format(
        "there would be more than {} revoked certificates, or more than {} bytes of their serials "
        "and issuers: have fewer lists",
        limits_.revoked_max, limits_.revoked_bytes_max));
  }
  return absl::OkStatus();
}

std::shared_ptr<const ClientTrust::Names> ClientTrust::With(Names fresh) {
  for (std::string_view& name : fresh) {
    name = names_.emplace_back(name);
    Amount& of_issuer = revoked_of_[std::string(IssuerIn(name))];
    ++of_issuer.names;
    of_issuer.bytes += LineBytes(name);
    revoked_bytes_ += LineBytes(name);
  }
  const std::shared_ptr<const Names> known = Known();
  auto all = std::make_shared<Names>();
  all->reserve(known->size() + fresh.size());
  std::merge(known->begin(), known->end(), fresh.begin(), fresh.end(), std::back_inserter(*all));
  return all;
}

void ClientTrust::Add(Names fresh) {
  const std::unordered_set<std::string_view> newly(fresh.begin(), fresh.end());
  std::shared_ptr<const Names> next = With(std::move(fresh));
  std::set<std::string> led;
  {
    const MutexLock lock(mutex_);
    revoked_.swap(next);
    // Who came by them is not to be believed later either, when it is forgotten that he did. Of
    // who comes from now on they are refused.
    for (const auto& [certificate, accepted] : accepted_) {
      const auto& chain = accepted.names;
      if (std::any_of(chain.begin(), chain.end(),
                      [&](const auto& name) { return newly.contains(name); }) &&
          !IsRevoked(chain.front())) {
        led_.insert(chain.front());
      }
    }
    led = led_;
  }
  if (!led.empty()) {
    next = With(Names(led.begin(), led.end()));
    const MutexLock lock(mutex_);
    revoked_.swap(next);
    led_.clear();
  }
}

std::vector<std::string> ClientTrust::Revoked() const {
  const MutexLock lock(revoking_);
  const std::shared_ptr<const Names> known = Known();
  return {known->begin(), known->end()};
}

size_t ClientTrust::revoked_count() const {
  const MutexLock lock(mutex_);
  return revoked_->size() + led_.size();
}

size_t ClientTrust::revoked_bytes() const {
  const MutexLock lock(revoking_);
  return revoked_bytes_;
}

bool ClientTrust::IsRevoked(const std::string& name) const {
  return std::binary_search(revoked_->begin(), revoked_->end(), std::string_view(name)) ||
         led_.contains(name);
}

absl::Status ClientTrust::CheckNames(std::span<const Certificate> chain,
                                     std::span<const std::string> names) const {
  for (size_t i = names.size(); i > 0; --i) {  // From the root on: what others were revoked with.
    if (IsRevoked(names[i - 1])) {
      return absl::UnauthenticatedError(
          fmt::format("{} was revoked by its authority: {}", chain[i - 1].Name(), kWhatToDo));
    }
  }
  return absl::OkStatus();
}

absl::Status ClientTrust::Check(std::span<const Certificate> chain) const {
  const std::vector<std::string> names = NamesOf(chain);
  const MutexLock lock(mutex_);
  return CheckNames(chain, names);
}

absl::Status ClientTrust::Accept(std::span<const Certificate> chain) {
  Accepted accepted{.chain = {chain.begin(), chain.end()}, .names = NamesOf(chain)};
  const MutexLock lock(mutex_);
  CBM_RETURN_IF_ERROR(CheckNames(accepted.chain, accepted.names));
  if (accepted_.size() >= limits_.accepted_max &&
      !accepted_.contains(chain.front().fingerprint())) {
    MakeRoom();
  }
  Accepted& known = accepted_[chain.front().fingerprint()];
  if (known.chain != accepted.chain) {
    known = std::move(accepted);
  }
  known.times_without_session = 0;
  return absl::OkStatus();
}

// Whoever is connected is never forgotten: those are as few as there are sessions.
void ClientTrust::MakeRoom() {
  const auto oldest =
      std::max_element(accepted_.begin(), accepted_.end(), [](const auto& one, const auto& other) {
        return one.second.times_without_session < other.second.times_without_session;
      });
  if (oldest->second.times_without_session > 0) {
    accepted_.erase(oldest);
  }
}

absl::Status ClientTrust::CheckStill(const Certificate& certificate) const {
  const MutexLock lock(mutex_);
  if (revoked_->empty()) {
    return absl::OkStatus();
  }
  const auto found = accepted_.find(certificate.fingerprint());
  if (found != accepted_.end()) {
    return CheckNames(found->second.chain, found->second.names);
  }
  const std::string name = NameInLists(certificate);
  return CheckNames({&certificate, 1}, {&name, 1});
}

absl::Status ClientTrust::CheckGenuine(const Certificate& certificate, const Digest& by) const {
  std::shared_ptr<const TrustStore> authorities;
  std::vector<Certificate> intermediates;
  const std::string name = NameInLists(certificate);
  absl::Status revoked;
  {
    const MutexLock lock(mutex_);
    authorities = authorities_;
    if (const auto found = accepted_.find(by); found != accepted_.end()) {
      intermediates.assign(found->second.chain.begin() + 1, found->second.chain.end());
    }
    revoked = CheckNames({&certificate, 1}, {&name, 1});
  }
  const absl::Time at = WithinItsDates(certificate, clock_.Now());
  const bool genuine = authorities != nullptr && revoked.ok() &&
                       authorities->Verify(certificate, intermediates, at).ok();
  return genuine ? absl::OkStatus()
                 : absl::InvalidArgumentError(
                       "the new certificate is by no authority that the exchange trusts, or was "
                       "revoked: have it issued by the authority of the one you have");
}

absl::Status ClientTrust::CheckAuthority(const Certificate& certificate) {
  std::vector<Certificate> chain = {certificate};
  std::shared_ptr<const TrustStore> authorities;
  uint64_t number = 0;
  {
    const MutexLock lock(mutex_);
    const auto found = accepted_.find(certificate.fingerprint());
    authorities = authorities_;
    number = authorities_number_;
    if (authorities == nullptr ||
        (found != accepted_.end() && found->second.verified_with == number)) {
      return absl::OkStatus();
    }
    chain = found == accepted_.end() ? chain : found->second.chain;
  }
  // Its own dates are for each call to look at.
  const absl::Time at = WithinItsDates(certificate, clock_.Now());
  CBM_RETURN_IF_ERROR(authorities->Verify(certificate, std::span(chain).subspan(1), at));
  const MutexLock lock(mutex_);
  const auto found = accepted_.find(certificate.fingerprint());
  if (found != accepted_.end() && found->second.chain == chain) {
    found->second.verified_with = number;
  }
  return absl::OkStatus();
}

void ClientTrust::Forget(const std::vector<SessionFacts>& sessions) {
  std::set<Digest> connected;
  for (const SessionFacts& session : sessions) {
    connected.insert(session.certificate.fingerprint());
  }
  const MutexLock lock(mutex_);
  for (auto each = accepted_.begin(); each != accepted_.end();) {
    uint32_t& times = each->second.times_without_session;
    times = connected.contains(each->first) ? 0 : times + 1;
    each = times > kTimesWithoutSessionMax ? accepted_.erase(each) : std::next(each);
  }
}

ClientTrust::Ended ClientTrust::EndUntrusted(SessionTable& sessions) {
  Ended ended;
  const std::vector<SessionFacts> list = sessions.List();
  Forget(list);
  for (const SessionFacts& session : list) {
    absl::Status still = CheckStill(session.certificate);
    if (still.ok()) {
      still = CheckAuthority(session.certificate);
    }
    if (!still.ok() && sessions.End(session.certificate.fingerprint()) > 0) {
      ended[NameInLists(session.certificate)] = std::string(still.message());
    }
  }
  return ended;
}

}  // namespace cbm
