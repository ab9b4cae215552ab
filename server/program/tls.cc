#include "server/program/tls.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/crypto/trust_store.h"
#include "fmt/format.h"
#include "server/gate/token_key.h"
#include "server/program/files.h"

namespace cbm {
namespace {

constexpr size_t kPinBytesMax = 256;
constexpr size_t kPemBytesMax = size_t{4} << 20;

// No copy of a file stands still for so long, but one over a network that does.
constexpr absl::Duration kDoubtMin = absl::Seconds(1);

// The engine would read the file of the PIN itself, and take the line feed at its end for a part.
absl::Status ReadTokenKey(const std::string& uri, ServerIdentity& identity) {
  constexpr std::string_view kPinFile = "pin-source=file:";
  const size_t at = uri.find(kPinFile);
  if (at == std::string::npos) {
    return absl::InvalidArgumentError("server.key names no file with the token's PIN");
  }
  const size_t begin = at + kPinFile.size();
  const size_t end = std::min(uri.find_first_of(";&", begin), uri.size());
  CBM_ASSIGN_OR_RETURN(identity.key_pin,
                       ReadWholeFile(uri.substr(begin, end - begin), kPinBytesMax));
  while (identity.key_pin.ends_with('\n') || identity.key_pin.ends_with('\r')) {
    identity.key_pin.pop_back();
  }
  identity.key = uri.substr(0, at) + uri.substr(std::min(end + 1, uri.size()));
  if (identity.key.find_last_of(";?&") == identity.key.size() - 1) {
    identity.key.pop_back();
  }
  return absl::OkStatus();
}

absl::StatusOr<ServerIdentity> ReadFiles(const ServerConfig& config) {
  ServerIdentity identity;
  CBM_ASSIGN_OR_RETURN(identity.certificate, ReadWholeFile(config.certificate, kPemBytesMax));
  identity.key_module = config.key_module;
  if (IsTokenKey(config.key)) {
    CBM_RETURN_IF_ERROR(ReadTokenKey(config.key, identity));
  } else {
    CBM_ASSIGN_OR_RETURN(identity.key, ReadWholeFile(config.key, kPemBytesMax));
  }
  CBM_ASSIGN_OR_RETURN(identity.client_ca, ReadWholeFile(config.client_ca, kPemBytesMax));
  return identity;
}

absl::Status CheckIdentity(const ServerConfig& config, const ServerIdentity& identity) {
  const absl::Status good = TlsContext::Make(identity, Clock::System(), {}).status();
  if (absl::IsInvalidArgument(good)) {
    return absl::InvalidArgumentError(
        fmt::format("server.certificate {}, server.key {}, server.client_ca {}: {}",
                    config.certificate, config.key, config.client_ca, std::string(good.message())));
  }
  return good;
}

// What tells one state of the files from another. It is not kept: the key is in them.
std::string Digested(const absl::StatusOr<ServerIdentity>& read) {
  constexpr std::string_view kEnd("\0", 1);
  return read.ok() ? ToHex(BytesOf(Sha256({read->certificate, kEnd, read->key, kEnd, read->key_pin,
                                           kEnd, read->client_ca})))
                   : std::string(read.status().message());
}

}  // namespace

void IgnoreOpensslConfiguration() { OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr); }

absl::StatusOr<ServerIdentity> LoadServerIdentity(const ServerConfig& config) {
  CBM_ASSIGN_OR_RETURN(ServerIdentity identity, ReadFiles(config));
  CBM_RETURN_IF_ERROR(CheckIdentity(config, identity));
  return identity;
}

std::vector<Certificate> AuthoritiesGone(const std::string& before, const std::string& after) {
  std::vector<Certificate> gone;
  const auto known = ParsePemCertificates(before, kAuthoritiesMax);
  const auto left = ParsePemCertificates(after, kAuthoritiesMax);
  if (known.ok() && left.ok()) {
    std::copy_if(known->begin(), known->end(), std::back_inserter(gone),
                 [&left](const Certificate& each) {
                   return std::find(left->begin(), left->end(), each) == left->end();
                 });
  }
  return gone;
}

ServerIdentityFiles::ServerIdentityFiles(ServerConfig config, const ServerIdentity& served,
                                         Clock& clock)
    : config_(std::move(config)), clock_(clock), seen_(Digested(served)), served_(seen_) {}

bool ServerIdentityFiles::IsDoubted(const std::string& before, const std::string& after) {
  const absl::Time now = clock_.Now();
  if (!doubted_since_.has_value()) {
    if (AuthoritiesGone(before, after).empty()) {
      return false;
    }
    doubted_since_ = now;
  }
  doubted_since_ = std::min(*doubted_since_, now);  // The clock may have been set back.
  return now - *doubted_since_ < kDoubtMin;
}

absl::StatusOr<std::optional<ServerIdentity>> ServerIdentityFiles::Refresh(
    Look look, const std::string& authorities) {
  absl::StatusOr<ServerIdentity> read = ReadFiles(config_);
  const std::string digested = Digested(read);
  const bool seen = digested == std::exchange(seen_, digested);
  if (!seen) {
    doubted_since_.reset();
  }
  if (look != Look::kAnew && (digested == served_ || (seen && !doubted_since_.has_value()))) {
    return std::optional<ServerIdentity>();
  }
  CBM_RETURN_IF_ERROR(read.status());
  if (look == Look::kInTurn && IsDoubted(authorities, read->client_ca)) {
    return std::optional<ServerIdentity>();
  }
  doubted_since_.reset();
  CBM_RETURN_IF_ERROR(CheckIdentity(config_, *read));
  served_ = digested;
  return std::optional(*std::move(read));
}

void ServerIdentityFiles::NotServed() { served_.clear(); }

}  // namespace cbm
