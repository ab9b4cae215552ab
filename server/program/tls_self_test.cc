#include "server/program/tls_self_test.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>

#include "absl/status/statusor.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* handle) const {
    kFree(handle);
  }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Free<SSL_free>>;
using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Free<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

constexpr size_t kFlightBytesMax = size_t{256} * 1024;  // A chain of 8 certificates fits.
constexpr int kRoundsMax = 8;                           // A handshake takes three.

// How a handshake of the server went.
struct Outcome {
  bool completed = false;
  int reason = 0;        // OpenSSL's, of the side that failed first.
  bool tickets = false;  // Whether the server said anything more after it.
};

absl::Status Unserved(const std::string& what) {
  ERR_clear_error();
  return absl::FailedPreconditionError(
      fmt::format("OpenSSL, as it is configured in this process, {}; the exchange is served over "
                  "TLS 1.3 alone. Look for another configuration of OpenSSL: OPENSSL_CONF, "
                  "openssl.cnf",
                  what));
}

// As gRPC makes its own: whatever versions the configuration leaves, from 1.2 on.
absl::StatusOr<ContextPtr> NewServerContext(const std::string& certificate_pem,
                                            const std::string& key_pem) {
  ContextPtr context(SSL_CTX_new(TLS_method()));
  const BioPtr certificate_text(
      BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  const BioPtr key_text(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const X509Ptr certificate(PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  const KeyPtr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  if (context == nullptr || certificate == nullptr || key == nullptr ||
      SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    return Unserved("does not take the server's certificate and key");
  }
  return context;
}

// One that speaks `version` and no other, whatever the configuration says.
absl::StatusOr<ContextPtr> NewClientContext(int version) {
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr || SSL_CTX_set_max_proto_version(context.get(), version) != 1 ||
      SSL_CTX_set_min_proto_version(context.get(), version) != 1) {
    return Unserved("does not make a client");
  }
  SSL_CTX_clear_options(context.get(), SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // The certificate is our own.
  return context;
}

// Whether the handshake may go on; `outcome` gets the reason if not.
bool Step(SSL* ssl, Outcome& outcome) {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl);
  if (done == 1 || SSL_get_error(ssl, done) == SSL_ERROR_WANT_READ) {
    return true;
  }
  outcome.reason = ERR_GET_REASON(ERR_peek_error());
  return false;
}

absl::StatusOr<Outcome> ShakeHands(SSL_CTX* server_context, int version) {
  CBM_ASSIGN_OR_RETURN(const ContextPtr client_context, NewClientContext(version));
  const SslPtr server(SSL_new(server_context));
  const SslPtr client(SSL_new(client_context.get()));
  BIO* server_end = nullptr;
  BIO* client_end = nullptr;
  if (server == nullptr || client == nullptr ||
      BIO_new_bio_pair(&server_end, kFlightBytesMax, &client_end, kFlightBytesMax) != 1) {
    return Unserved("does not make a connection");
  }
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  Outcome outcome;
  for (int round = 0; round < kRoundsMax && !outcome.completed; ++round) {
    if (!Step(client.get(), outcome) || !Step(server.get(), outcome)) {
      return outcome;
    }
    outcome.completed =
        SSL_is_init_finished(client.get()) == 1 && SSL_is_init_finished(server.get()) == 1;
  }
  outcome.tickets = BIO_pending(client_end) > 0;
  return outcome;
}

}  // namespace

absl::Status TestTls(const std::string& certificate_pem, const std::string& key_pem) {
  CBM_ASSIGN_OR_RETURN(const ContextPtr server, NewServerContext(certificate_pem, key_pem));
  CBM_ASSIGN_OR_RETURN(const Outcome old, ShakeHands(server.get(), TLS1_2_VERSION));
  if (old.completed || old.reason != SSL_R_UNSUPPORTED_PROTOCOL) {
    return Unserved("lets a client speak TLS 1.2");
  }
  CBM_ASSIGN_OR_RETURN(const Outcome current, ShakeHands(server.get(), TLS1_3_VERSION));
  if (!current.completed) {
    return Unserved("does not let a client speak TLS 1.3");
  }
  if (current.tickets) {
    return Unserved("gives out session tickets, by which a client comes back unchecked");
  }
  ERR_clear_error();
  return absl::OkStatus();
}

}  // namespace cbm
