#include "client/diagnose.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "client/goodbye.h"
#include "core/base/clock.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kFirstBytesMax = 1024;  // Of what the server says first.
constexpr unsigned char kProtocols[] = {2, 'h', '2'};

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
using AddressesPtr = std::unique_ptr<addrinfo, Free<freeaddrinfo>>;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket(Socket&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

absl::Status Later(const std::string& text) { return absl::UnavailableError(text); }
absl::Status Mend(const std::string& text) { return absl::UnauthenticatedError(text); }

absl::StatusOr<Socket> Connect(const std::string& address, absl::Duration patience) {
  const timeval wait = absl::ToTimeval(patience);
  const HostAndPort parts = SplitAddress(address);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure =
      getaddrinfo(std::string(parts.host).c_str(), std::string(parts.port).c_str(), &hints, &found);
  if (failure != 0) {
    return Later(fmt::format("the address {} cannot be found: {}", address, gai_strerror(failure)));
  }
  const AddressesPtr addresses(found);
  int error = 0;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    Socket attempt(socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol));
    if (attempt.get() < 0) {
      error = errno;
      continue;
    }
    setsockopt(attempt.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(attempt.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    if (connect(attempt.get(), at->ai_addr, at->ai_addrlen) == 0) {
      return attempt;
    }
    error = errno == EINPROGRESS ? ETIMEDOUT : errno;  // That is how the kernel says it.
  }
  return Later(
      fmt::format("nobody answers at {}: {}", address, std::generic_category().message(error)));
}

// Adds the certificates in `pem` to a store, as those that are trusted.
void Trust(const std::string& pem, X509_STORE* store) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  for (;;) {
    const X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) {
      ERR_clear_error();
      return;
    }
    X509_STORE_add_cert(store, certificate.get());
  }
}

bool PresentOwn(const Profile& profile, const Keys& keys, SSL_CTX* context) {
  const std::string leaf = profile.certificate().pem();
  const BioPtr leaf_bio(BIO_new_mem_buf(leaf.data(), static_cast<int>(leaf.size())));
  const X509Ptr certificate(PEM_read_bio_X509(leaf_bio.get(), nullptr, nullptr, nullptr));
  const std::string_view pem = keys.pem.Reveal();
  const BioPtr key_bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const KeyPtr key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  if (SSL_CTX_use_certificate(context, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return false;
  }
  for (size_t i = 1; i < profile.chain.size(); ++i) {
    const std::string intermediate = profile.chain[i].pem();
    const BioPtr bio(BIO_new_mem_buf(intermediate.data(), static_cast<int>(intermediate.size())));
    const X509Ptr read(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    SSL_CTX_add1_chain_cert(context, read.get());
  }
  return true;
}

absl::Status ExplainVerification(long result, const std::string& address) {
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Mend(fmt::format(
          "the certificate of the server at {} has run out: is this machine's clock right? If it "
          "is, call who runs it",
          address));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Mend(fmt::format(
          "the certificate of the server at {} is not valid yet: is this machine's clock right?",
          address));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Mend(
          fmt::format("the server's certificate is not for {}: connect by a name that it "
                      "has, or this is not the exchange",
                      address));
    default:
      return Mend(
          fmt::format("the certificate of the server at {} is not by an authority in ca.pem "
                      "({}): this may not be the exchange",
                      address, X509_verify_cert_error_string(result)));
  }
}

constexpr char kOwnHasRunOut[] =
    "your certificate has run out: for 7 days it can still be renewed (cbm directory renew); then, "
    "or "
    "if it was never registered, call the secretariat, who enrols an office with a new one";

// Why our certificate was not taken: its own dates say so, since a server need not; or `otherwise`.
absl::Status ExplainOwn(const Certificate& own, absl::Status otherwise) {
  const absl::Time now = Clock::System().Now();
  if (now >= own.not_after()) {
    return Mend(kOwnHasRunOut);
  }
  return now >= own.not_before()
             ? std::move(otherwise)
             : Mend("your certificate is not valid yet: is this machine's clock right?");
}

// What the server said of our certificate, by the alert that it sent.
absl::Status ExplainAlert(unsigned long error) {
  switch (ERR_GET_REASON(error)) {
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return Mend(kOwnHasRunOut);
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return Mend("the exchange does not know the authority of your certificate");
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      return Mend(
          "your certificate is not registered with the exchange: call the secretariat, and have it "
          "registered");
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return Mend("your certificate was revoked");
    default:
      return Later(fmt::format("the TLS handshake failed: {}", ERR_reason_error_string(error)));
  }
}

// What the server said first: its settings, or why it takes nothing of us.
absl::Status ExplainFirst(std::string_view first) {
  const std::optional<Goodbye> goodbye = FindGoodbye(first);
  if (!goodbye.has_value()) {
    return absl::OkStatus();
  }
  const std::string why =
      fmt::format("the exchange does not take this connection: {}", goodbye->reason);
  return goodbye->error == kInadequateSecurity ? Mend(why) : Later(why);
}

absl::Status Handshake(const Profile& profile, SSL* ssl, int socket) {
  const std::string& address = profile.config.server;
  const std::string host(SplitAddress(address).host);
  X509_VERIFY_PARAM* const check = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(check, host.c_str()) != 1) {
    ERR_clear_error();
    SSL_set1_host(ssl, host.c_str());
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
  }
  SSL_set_fd(ssl, socket);
  if (const int shaken = SSL_connect(ssl); shaken != 1) {
    if (SSL_get_error(ssl, shaken) == SSL_ERROR_WANT_READ) {
      return Later(fmt::format(
          "{} takes the connection and says nothing: if that is so the next time too, call who "
          "runs it",
          address));
    }
    const long result = SSL_get_verify_result(ssl);
    if (result != X509_V_OK) {
      return ExplainVerification(result, address);
    }
    const unsigned long error = ERR_peek_last_error();
    return error != 0
               ? ExplainAlert(error)
               : Later(fmt::format("{} does not speak TLS, or closed the connection", address));
  }
  // In TLS 1.3 the server judges our certificate after its own part is over: listen for its alert.
  std::array<char, kFirstBytesMax> first{};
  const int size = SSL_read(ssl, first.data(), static_cast<int>(first.size()));
  if (size > 0) {
    return ExplainFirst({first.data(), static_cast<size_t>(size)});
  }
  const unsigned long error = ERR_peek_last_error();
  if (error != 0 && ERR_GET_LIB(error) == ERR_LIB_SSL &&
      ERR_GET_REASON(error) != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return ExplainOwn(profile.certificate(), ExplainAlert(error));
  }
  if (errno != EAGAIN && errno != EWOULDBLOCK) {
    return ExplainOwn(profile.certificate(),
                      Later(fmt::format("{} closed the connection without a reason: it may be "
                                        "going down, or have as many as it takes",
                                        address)));
  }
  return absl::OkStatus();
}

}  // namespace

HostAndPort SplitAddress(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) {
    return {};
  }
  std::string_view host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return {.host = host, .port = address.substr(colon + 1)};
}

absl::Status Diagnose(const Profile& profile, const Keys& keys, absl::Duration patience) {
  const absl::StatusOr<Socket> socket = Connect(profile.config.server, patience);
  if (!socket.ok()) {
    return socket.status();
  }
  ERR_clear_error();
  errno = 0;
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr || !PresentOwn(profile, keys, context.get())) {
    return absl::OkStatus();  // Nothing that we could tell.
  }
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_alpn_protos(context.get(), kProtocols, sizeof(kProtocols));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  Trust(profile.ca_pem, SSL_CTX_get_cert_store(context.get()));
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  const SslPtr ssl(SSL_new(context.get()));
  absl::Status why = Handshake(profile, ssl.get(), socket->get());
  ERR_clear_error();
  return why;
}

}  // namespace cbm
