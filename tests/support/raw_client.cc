#include "tests/support/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace cbm::test {
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

constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::string_view kEmptySettings("\0\0\0\4\0\0\0\0\0", 9);
constexpr size_t kPlaintextBytesMax = 4'096;

void Require(bool good) {
  if (!good) {
    std::perror("raw client");
    ERR_print_errors_fp(stderr);
    std::abort();
  }
}

class Socket {
 public:
  explicit Socket(const std::string& address)
      : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ::signal(SIGPIPE, SIG_IGN);  // The server may have hung up; OpenSSL writes all the same.
    const size_t colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
    Require(::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) == 1);
    const timeval wait{.tv_sec = 30, .tv_usec = 0};
    Require(::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0);
    Require(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(descriptor_); }

  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

void Present(const Issued& issued, SSL_CTX* context) {
  const BioPtr certificate_text(BIO_new_mem_buf(issued.certificate_pem.data(),
                                                static_cast<int>(issued.certificate_pem.size())));
  const BioPtr key_text(
      BIO_new_mem_buf(issued.key_pem.data(), static_cast<int>(issued.key_pem.size())));
  const X509Ptr certificate(PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  const KeyPtr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  Require(SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
          SSL_CTX_use_PrivateKey(context, key.get()) == 1);
}

int CountTicket(SSL* ssl, SSL_SESSION* /*session*/) {
  ++*static_cast<int*>(SSL_get_app_data(ssl));
  return 0;  // Not kept.
}

ContextPtr NewContext(const TlsOffer& offer) {
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  Require(context != nullptr);
  SSL_CTX_clear_options(context.get(), SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3 | SSL_OP_NO_TICKET);
  static constexpr std::array<unsigned char, 3> kAlpn = {2, 'h', '2'};
  Require(SSL_CTX_set_min_proto_version(context.get(), offer.version) == 1 &&
          SSL_CTX_set_max_proto_version(context.get(), offer.version) == 1 &&
          SSL_CTX_set_alpn_protos(context.get(), kAlpn.data(), kAlpn.size()) == 0);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // It is the server that is asked.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(context.get(), &CountTicket);
  if (offer.certificate != nullptr) {
    Present(*offer.certificate, context.get());
  }
  return context;
}

}  // namespace

RawOutcome ConnectByTls(const std::string& address, const TlsOffer& offer) {
  const Socket socket(address);
  const ContextPtr context = NewContext(offer);
  const SslPtr ssl(SSL_new(context.get()));
  RawOutcome outcome;
  SSL_set_app_data(ssl.get(), &outcome.tickets);
  Require(SSL_set_fd(ssl.get(), socket.descriptor()) == 1);
  outcome.completed = SSL_connect(ssl.get()) == 1;
  if (outcome.completed) {
    const std::string hello = std::string(kHttp2Preface) + std::string(kEmptySettings);
    std::array<char, 64> bytes{};
    int count = 0;
    if (SSL_write(ssl.get(), hello.data(), static_cast<int>(hello.size())) > 0) {
      count = SSL_read(ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
    }
    outcome.first_bytes.assign(bytes.data(), count > 0 ? static_cast<size_t>(count) : 0);
  }
  ERR_clear_error();
  return outcome;
}

std::string SendPlaintext(const std::string& address, std::string_view bytes) {
  const Socket socket(address);
  Require(::send(socket.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
  std::string answer(kPlaintextBytesMax, '\0');
  size_t size = 0;
  ssize_t count = 0;
  while (size < answer.size() &&
         (count = ::recv(socket.descriptor(), answer.data() + size, answer.size() - size, 0)) > 0) {
    size += static_cast<size_t>(count);
  }
  answer.resize(size);
  return answer;
}

}  // namespace cbm::test
