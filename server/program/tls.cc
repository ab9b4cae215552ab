#include "server/program/tls.h"

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/ssl.h>

#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/crypto/certificate.h"
#include "core/crypto/secret.h"
#include "core/crypto/signing_key.h"
#include "core/crypto/trust_store.h"
#include "fmt/format.h"
#include "server/program/files.h"
#include "server/program/tls_self_test.h"

namespace cbm {
namespace {

constexpr size_t kPemBytesMax = size_t{4} << 20;

constexpr std::string_view kOpensslConfiguration =
    "openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\n"
    "Protocol=-TLSv1.2\nOptions=-SessionTicket\nNumTickets=0\n"
    "Ciphersuites=TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256\n";

}  // namespace

absl::Status RequireTls13() {
  // The site's own configuration first: at its first use of TLS, OpenSSL would read it over ours.
  if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, nullptr) != 1) {
    return absl::InternalError("OpenSSL does not start: look at OPENSSL_CONF and openssl.cnf");
  }
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(
      BIO_new_mem_buf(kOpensslConfiguration.data(), static_cast<int>(kOpensslConfiguration.size())),
      &BIO_free);
  const std::unique_ptr<CONF, decltype(&NCONF_free)> configuration(NCONF_new(nullptr), &NCONF_free);
  long line = 0;  // NOLINT(google-runtime-int): OpenSSL's own type.
  if (text == nullptr || configuration == nullptr ||
      NCONF_load_bio(configuration.get(), text.get(), &line) != 1 ||
      CONF_modules_load(configuration.get(), nullptr, 0) != 1) {
    return absl::InternalError("OpenSSL does not take TLS 1.3 as the only version");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    ServerIdentity identity) {
  CBM_RETURN_IF_ERROR(TrustStore::FromPem(identity.client_ca).status());
  CBM_ASSIGN_OR_RETURN(const std::vector<Certificate> chain, ParsePemChain(identity.certificate));
  CBM_ASSIGN_OR_RETURN(const SigningKey key, SigningKey::FromPem(SecretBytes(identity.key)));
  if (!key.Matches(chain.front())) {
    return absl::InvalidArgumentError("the server's key is not that of its certificate");
  }
  CBM_RETURN_IF_ERROR(TestTls(identity.certificate, identity.key));
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = std::move(identity.client_ca);
  options.pem_key_cert_pairs.push_back(
      {.private_key = std::move(identity.key), .cert_chain = std::move(identity.certificate)});
  return grpc::SslServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> LoadServerCredentials(
    const ServerConfig& config) {
  ServerIdentity identity;
  CBM_ASSIGN_OR_RETURN(identity.certificate, ReadWholeFile(config.certificate, kPemBytesMax));
  CBM_ASSIGN_OR_RETURN(identity.key, ReadWholeFile(config.key, kPemBytesMax));
  CBM_ASSIGN_OR_RETURN(identity.client_ca, ReadWholeFile(config.client_ca, kPemBytesMax));
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentials =
      MakeServerCredentials(std::move(identity));
  if (absl::IsInvalidArgument(credentials.status())) {
    return absl::InvalidArgumentError(fmt::format(
        "server.certificate {}, server.key {}, server.client_ca {}: {}", config.certificate,
        config.key, config.client_ca, std::string(credentials.status().message())));
  }
  return credentials;
}

}  // namespace cbm
