#include "tests/support/tls_client.h"

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

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "core/crypto/openssl_handles.h"

namespace cbm::test {
namespace {

constexpr size_t kReadAtOnceMax = 16'384;

void Require(bool good) {
  if (!good) {
    std::perror("test client");
    ERR_print_errors_fp(stderr);
    std::abort();
  }
}

void Present(const Issued& issued, SSL_CTX* context) {
  const BioPtr key_text(
      BIO_new_mem_buf(issued.key_pem.data(), static_cast<int>(issued.key_pem.size())));
  const EvpPkeyPtr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  SSL_CTX_set_security_level(context, 0);  // The server is to refuse what is weak.
  Require(SSL_CTX_use_certificate(context, issued.certificate.handle()) == 1 &&
          SSL_CTX_use_PrivateKey(context, key.get()) == 1);
}

int CountTicket(SSL* ssl, SSL_SESSION* /*session*/) {
  ++*static_cast<int*>(SSL_get_app_data(ssl));
  return 0;  // Not kept.
}

SSL_CTX* NewContext(const TlsOffer& offer) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  Require(context != nullptr);
  SSL_CTX_clear_options(context, SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3 | SSL_OP_NO_TICKET);
  Require(SSL_CTX_set_min_proto_version(context, offer.version) == 1 &&
          SSL_CTX_set_max_proto_version(context, offer.version) == 1);
  if (!offer.groups.empty()) {
    Require(SSL_CTX_set1_groups_list(context, offer.groups.c_str()) == 1);
  }
  if (!offer.protocol.empty()) {
    const std::string wire = static_cast<char>(offer.protocol.size()) + offer.protocol;
    Require(SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(wire.data()),
                                    static_cast<unsigned int>(wire.size())) == 0);
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(context, &CountTicket);
  if (offer.certificate != nullptr) {
    Present(*offer.certificate, context);
  }
  return context;
}

}  // namespace

TestSocket::TestSocket(const std::string& address)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  ::signal(SIGPIPE, SIG_IGN);  // The server may have hung up; OpenSSL writes all the same.
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  Require(::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) == 1);
  const timeval wait{.tv_sec = 30, .tv_usec = 0};
  Require(::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0);
  Require(::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0);
  Require(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
}

TestSocket::~TestSocket() { ::close(descriptor_); }

bool TestSocket::Write(std::string_view bytes) const {
  return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

std::string TestSocket::ReadToEnd(size_t bytes_max) const {
  std::string bytes(bytes_max, '\0');
  size_t size = 0;
  ssize_t count = 0;
  while (size < bytes.size() &&
         (count = ::recv(descriptor_, bytes.data() + size, bytes.size() - size, 0)) > 0) {
    size += static_cast<size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

void TlsClient::FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsClient::FreeSsl::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsClient::TlsClient(const std::string& address, const TlsOffer& offer)
    : socket_(address), context_(NewContext(offer)), ssl_(SSL_new(context_.get())) {
  SSL_set_app_data(ssl_.get(), &tickets_);
  Require(SSL_set_fd(ssl_.get(), socket_.descriptor()) == 1);
  Require(socket_.Write(offer.before));
  ERR_clear_error();
  completed_ = SSL_connect(ssl_.get()) == 1;
  NoteAlert();
}

TlsClient::~TlsClient() { ERR_clear_error(); }

void TlsClient::NoteAlert() {
  const unsigned long error = ERR_peek_error();  // NOLINT(google-runtime-int): OpenSSL's own type.
  if (error != 0 && ERR_GET_LIB(error) == ERR_LIB_SSL &&
      ERR_GET_REASON(error) > SSL_AD_REASON_OFFSET) {
    alert_ = ERR_reason_error_string(error);
  }
  ERR_clear_error();
}

bool TlsClient::Write(std::string_view bytes) {
  size_t written = 0;
  while (written < bytes.size()) {
    const int count =
        SSL_write(ssl_.get(), bytes.data() + written, static_cast<int>(bytes.size() - written));
    if (count <= 0) {
      NoteAlert();
      return false;
    }
    written += static_cast<size_t>(count);
  }
  return true;
}

std::string TlsClient::Read(size_t bytes_max) {
  std::string bytes(bytes_max, '\0');
  const int count = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  NoteAlert();
  bytes.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return bytes;
}

std::string TlsClient::ReadExactly(size_t bytes) {
  std::string all;
  while (all.size() < bytes) {
    const std::string more = Read(std::min(bytes - all.size(), kReadAtOnceMax));
    if (more.empty()) {
      break;
    }
    all += more;
  }
  return all;
}

std::string TlsClient::ReadToEnd() { return ReadExactly(size_t{64} << 20); }

// They are made first, into memory, since each has a key of its own: who made them as they go would
// be slower than who reads them.
void TlsClient::AskForNewKeys(int times) {
  BIO* const socket = SSL_get_wbio(ssl_.get());
  BIO* const made = BIO_new(BIO_s_mem());
  if (made == nullptr || BIO_up_ref(socket) != 1 || BIO_up_ref(made) != 1) {
    std::abort();
  }
  SSL_set0_wbio(ssl_.get(), made);
  for (int i = 0; i < times; ++i) {
    if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1 ||
        SSL_do_handshake(ssl_.get()) != 1) {
      break;
    }
  }
  SSL_set0_wbio(ssl_.get(), socket);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(made, &bytes);  // NOLINT(google-runtime-int): OpenSSL's type.
  static_cast<void>(BIO_write(socket, bytes, static_cast<int>(size)));
  BIO_free(made);
  ERR_clear_error();
}

}  // namespace cbm::test
