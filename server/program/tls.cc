#include "server/program/tls.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "fmt/format.h"
#include "server/gate/token_key.h"
#include "server/program/files.h"

namespace cbm {
namespace {

constexpr size_t kPinBytesMax = 256;
constexpr size_t kPemBytesMax = size_t{4} << 20;

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

ServerIdentityFiles::ServerIdentityFiles(ServerConfig config, const ServerIdentity& served)
    : config_(std::move(config)), seen_(Digested(served)), served_(seen_) {}

absl::StatusOr<std::optional<ServerIdentity>> ServerIdentityFiles::Refresh(bool anew) {
  absl::StatusOr<ServerIdentity> read = ReadFiles(config_);
  const std::string digested = Digested(read);
  const bool seen = digested == std::exchange(seen_, digested);
  if (!anew && (seen || digested == served_)) {
    return std::optional<ServerIdentity>();
  }
  CBM_RETURN_IF_ERROR(read.status());
  CBM_RETURN_IF_ERROR(CheckIdentity(config_, *read));
  served_ = digested;
  return std::optional(*std::move(read));
}

void ServerIdentityFiles::NotServed() { served_.clear(); }

}  // namespace cbm
