#include "server/gate/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/secret.h"
#include "core/crypto/signing_key.h"
#include "core/crypto/trust_store.h"
#include "fmt/format.h"
#include "server/gate/token_key.h"

namespace cbm {
namespace {

// 112 bits of security: RSA of 2048 bits, SHA-224 and better. As core/crypto/trust_store.cc.
constexpr int kSecurityLevel = 2;

// Of one message of a handshake. A chain has some KiB.
constexpr size_t kHandshakeBytesMax = size_t{64} << 10;

// A new key is due after 2^24 records. Some ask for one earlier.
constexpr uint32_t kMessagesAfterwardsMax = 64;

// Several records come with one read.
constexpr size_t kReadBufferBytes = size_t{32} << 10;

constexpr const char* kCiphers =
    "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256";

// What servers and offices sign with, and authorities too: those of RSA without PSS sign
// certificates alone in TLS 1.3.
constexpr const char* kSignatures =
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:"
    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
    "RSA+SHA256:RSA+SHA384:RSA+SHA512";
constexpr std::array<unsigned char, 2> kHttp2 = {'h', '2'};

absl::Status Unfit(std::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(std::string(what));
}

// A certificate as OpenSSL has it, as we do.
absl::StatusOr<Certificate> CertificateOf(X509* x509) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(x509, &bytes);
  const OpenSslBytes owner(bytes);
  if (size <= 0) {
    return Unfit("a certificate that cannot be read");
  }
  return Certificate::FromDer({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
}

absl::StatusOr<EvpPkeyPtr> LoadKey(const ServerIdentity& identity) {
  if (IsTokenKey(identity.key)) {
    CBM_ASSIGN_OR_RETURN(TokenKeyPtr key,
                         LoadTokenKey(identity.key, identity.key_module, identity.key_pin));
    return EvpPkeyPtr(key.release());
  }
  CBM_RETURN_IF_ERROR(SigningKey::FromPem(SecretBytes(identity.key)).status());
  const BioPtr text(BIO_new_mem_buf(identity.key.data(), static_cast<int>(identity.key.size())));
  EvpPkeyPtr key(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr));
  return key == nullptr ? absl::StatusOr<EvpPkeyPtr>(Unfit("the server's key cannot be read"))
                        : std::move(key);
}

absl::Status SetIdentity(SSL_CTX* context, const std::vector<Certificate>& chain, EVP_PKEY* key) {
  if (SSL_CTX_use_certificate(context, chain.front().handle()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key) != 1) {
    return Unfit("the server's certificate and key cannot be used for TLS");
  }
  for (size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].handle()) != 1) {
      return Unfit("the server's chain of certificates cannot be used for TLS");
    }
  }
  return absl::OkStatus();
}

// What a client's certificate must lead to. Only roots end a chain.
absl::Status SetAuthorities(SSL_CTX* context, const std::string& pem) {
  CBM_RETURN_IF_ERROR(TrustStore::FromPem(pem).status());
  CBM_ASSIGN_OR_RETURN(const std::vector<Certificate> authorities,
                       ParsePemCertificates(pem, kAuthoritiesMax));
  X509StorePtr store(X509_STORE_new());
  if (store == nullptr) {
    std::abort();
  }
  for (const Certificate& authority : authorities) {
    // The names are sent, so that a client with several certificates can choose.
    if (X509_STORE_add_cert(store.get(), authority.handle()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.handle()) != 1) {
      std::abort();
    }
  }
  SSL_CTX_set_cert_store(context, store.release());
  return absl::OkStatus();
}

// Both that the site's configuration may have set and that OpenSSL comes with.
bool SetProtocol(SSL_CTX* context) {
  SSL_CTX_clear_options(context, SSL_CTX_get_options(context));
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_SINGLE_ECDH_USE | SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 |
                                   SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_max_cert_list(context, kHandshakeBytesMax);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kReadBufferBytes);
  SSL_CTX_set_verify_depth(context, static_cast<int>(kChainCertificatesMax));
  SSL_CTX_set_quiet_shutdown(context, 0);
  SSL_CTX_set_client_CA_list(context, sk_X509_NAME_new_null());
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_ciphersuites(context, kCiphers) == 1 &&
         SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
         SSL_CTX_set1_sigalgs_list(context, kSignatures) == 1 &&
         SSL_CTX_set1_client_sigalgs_list(context, kSignatures) == 1 &&
         SSL_CTX_set_block_padding(context, 0) == 1 &&
         SSL_CTX_set0_verify_cert_store(context, nullptr) == 1 &&
         SSL_CTX_set0_chain_cert_store(context, nullptr) == 1 &&
         SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_max_early_data(context, 0) == 1 &&
         SSL_CTX_set_recv_max_early_data(context, 0) == 1;
}

// Which of the SSL's slots our verdict lies in; once in a process.
int VerdictIndex() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

TlsVerdict& VerdictOf(const SSL* connection) {
  return *static_cast<TlsVerdict*>(SSL_get_ex_data(connection, VerdictIndex()));
}

// What was found to lead from the client's certificate to an authority.
absl::Status TakeChain(X509_STORE_CTX* store, std::vector<Certificate>& chain) {
  const STACK_OF(X509)* const found = X509_STORE_CTX_get0_chain(store);
  for (int i = 0; i < sk_X509_num(found); ++i) {
    absl::StatusOr<Certificate> certificate = CertificateOf(sk_X509_value(found, i));
    if (!certificate.ok()) {
      return absl::UnauthenticatedError(std::string(certificate.status().message()));
    }
    chain.push_back(*std::move(certificate));
  }
  return absl::OkStatus();
}

}  // namespace

void FreeSsl::operator()(ssl_st* ssl) const { SSL_free(ssl); }
void TlsContext::FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

// What OpenSSL calls in a handshake.
struct TlsCallbacks {
  // Takes the place of OpenSSL's own verification: 1 if the certificate is accepted.
  static int Verify(X509_STORE_CTX* store, void* tls_context) {
    const auto& self = *static_cast<const TlsContext*>(tls_context);
    const auto* const connection = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    TlsVerdict& verdict = VerdictOf(connection);
    absl::StatusOr<Certificate> certificate = CertificateOf(X509_STORE_CTX_get0_cert(store));
    if (!certificate.ok()) {
      verdict.status = absl::UnauthenticatedError(std::string(certificate.status().message()));
      X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_EXTENSION);
      return 0;
    }
    verdict.certificate = *certificate;
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(store), absl::ToTimeT(self.clock_.Now()));
    X509_STORE_CTX_set_verify_cb(store, &TlsCallbacks::Judge);
    const bool accepted = X509_verify_cert(store) == 1;
    const int error = X509_STORE_CTX_get_error(store);
    const absl::Status fit = certificate->CheckFitToConnect();
    if (accepted && error == X509_V_OK && fit.ok()) {
      ERR_clear_error();  // What is left there would be taken for the handshake's.
      verdict.status = TakeChain(store, verdict.chain);
      if (verdict.status.ok()) {
        verdict.status = self.CheckRevoked(verdict.chain);
      }
      if (!verdict.status.ok()) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REVOKED);
      }
    } else if (!fit.ok() && (accepted || error == X509_V_ERR_INVALID_PURPOSE)) {
      X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
      verdict.status = absl::UnauthenticatedError(std::string(fit.message()));
    } else {
      verdict.status = absl::UnauthenticatedError(fmt::format(
          "{} is not accepted: {}", certificate->Name(), X509_verify_cert_error_string(error)));
    }
    return verdict.status.ok() ? 1 : 0;
  }

  // Whether the chain may be gone on with though this was found. Of dates alone, and of the leaf's:
  // whether it is registered is not to be seen by who has not shown yet that it is his.
  static int Judge(int good, X509_STORE_CTX* store) {
    const int error = X509_STORE_CTX_get_error(store);
    const bool is_date =
        error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
    if (good == 1 || !is_date || X509_STORE_CTX_get_error_depth(store) != 0) {
      return good;
    }
    const auto* const connection = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    VerdictOf(connection).is_out_of_date = true;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }

  static int SelectProtocol(SSL* /*connection*/, const unsigned char** out, unsigned char* out_size,
                            const unsigned char* in, unsigned int in_size, void* /*unused*/) {
    for (unsigned int i = 0; i < in_size; i += 1U + in[i]) {
      if (in[i] == kHttp2.size() && i + kHttp2.size() < in_size &&
          std::equal(kHttp2.begin(), kHttp2.end(), in + i + 1)) {
        *out = in + i + 1;
        *out_size = static_cast<unsigned char>(kHttp2.size());
        return SSL_TLSEXT_ERR_OK;
      }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }

  // After the certificate little of the handshake is due but, now and then, a new key: who sends
  // more has nothing else in mind than to keep us busy, inside one call of OpenSSL's where nobody
  // else would see it. OpenSSL throws away what comes from one who has said that it is over, and
  // returns.
  static void SeeMessage(int is_written, int /*version*/, int type, const void* /*bytes*/,
                         size_t /*size*/, SSL* connection, void* /*unused*/) {
    if (is_written == 0 && type == SSL3_RT_HANDSHAKE && VerdictOf(connection).status.ok() &&
        ++VerdictOf(connection).messages_afterwards > kMessagesAfterwardsMax) {
      SSL_set_shutdown(connection, SSL_get_shutdown(connection) | SSL_RECEIVED_SHUTDOWN);
    }
  }
};

TlsContext::TlsContext(ContextPtr context, Certificate certificate, Clock& clock, Others others)
    : context_(std::move(context)),
      certificate_(std::move(certificate)),
      clock_(clock),
      others_(std::move(others)) {
  SSL_CTX_set_cert_verify_callback(context_.get(), &TlsCallbacks::Verify, this);
}

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::Make(const ServerIdentity& identity,
                                                                   Clock& clock, Others others) {
  CBM_ASSIGN_OR_RETURN(const std::vector<Certificate> chain, ParsePemChain(identity.certificate));
  CBM_ASSIGN_OR_RETURN(const EvpPkeyPtr key, LoadKey(identity));
  if (chain.front().key_kind() == KeyKind::kOther ||
      X509_check_private_key(chain.front().handle(), key.get()) != 1) {
    return Unfit("the server's key is not that of its certificate, or neither P-256 nor P-384");
  }
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr || !SetProtocol(context.get())) {
    ERR_clear_error();
    return absl::InternalError("OpenSSL cannot speak TLS 1.3 as it must on this machine");
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_alpn_select_cb(context.get(), &TlsCallbacks::SelectProtocol, nullptr);
  SSL_CTX_set_msg_callback(context.get(), &TlsCallbacks::SeeMessage);
  CBM_RETURN_IF_ERROR(SetIdentity(context.get(), chain, key.get()));
  CBM_RETURN_IF_ERROR(SetAuthorities(context.get(), identity.client_ca));
  ERR_clear_error();
  // The constructor is private: not make_shared.
  return std::shared_ptr<const TlsContext>(
      new TlsContext(std::move(context), chain.front(), clock, std::move(others)));
}

SslPtr TlsContext::NewConnection(TlsVerdict& verdict) const {
  SslPtr connection(SSL_new(context_.get()));
  if (connection == nullptr || SSL_set_ex_data(connection.get(), VerdictIndex(), &verdict) != 1) {
    std::abort();
  }
  SSL_set_accept_state(connection.get());
  return connection;
}

absl::Status TlsContext::CheckRevoked(std::span<const Certificate> chain) const {
  return others_.check_revoked == nullptr ? absl::OkStatus() : others_.check_revoked(chain);
}

absl::StatusOr<Admitted> TlsContext::Admit(const TlsVerdict& verdict) const {
  const Certificate& certificate = *verdict.certificate;
  Holder holder{.is_active = true};
  std::optional<HolderName> name;
  if (others_.find_holder != nullptr) {
    const auto found = others_.find_holder(certificate.fingerprint());
    if (!found.ok()) {
      return absl::UnavailableError(fmt::format(
          "whose {} is cannot be told now, since the exchange's store does not say: try again",
          certificate.Name()));
    }
    if (!found->has_value()) {
      std::string_view dates;
      if (verdict.is_out_of_date) {
        dates = clock_.Now() < certificate.not_before() ? "is not valid yet, and "
                                                        : "has run out, and ";
      }
      return absl::UnauthenticatedError(fmt::format(
          "{} {}is registered to no office: call the secretariat, and have {} registered",
          certificate.Name(), dates, dates.empty() ? "it" : "one that is valid"));
    }
    holder = **found;
    name = holder.name;
  }
  if (others_.let_in != nullptr) {
    CBM_RETURN_IF_ERROR(others_.let_in(verdict.chain));
  }
  const std::string alone = ToHex(BytesOf(certificate.fingerprint()));
  return Admitted{.holder = std::move(name),
                  .owner = holder.owner.empty() ? alone : holder.owner,
                  .state = holder.state.empty() ? alone : holder.state,
                  .is_active = holder.is_active};
}

absl::Status TlsContext::CheckAgreed(const ssl_st* connection) {
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(connection, &protocol, &size);
  if (SSL_is_init_finished(connection) != 1 || SSL_version(connection) != TLS1_3_VERSION ||
      VerdictOf(connection).status != absl::OkStatus() || !VerdictOf(connection).certificate) {
    return absl::UnauthenticatedError("the handshake came to no end that can be trusted");
  }
  if (size != kHttp2.size()) {
    return absl::UnauthenticatedError("the client did not ask for HTTP/2 (ALPN h2)");
  }
  return absl::OkStatus();
}

}  // namespace cbm
