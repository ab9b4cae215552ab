#ifndef CBM_TESTS_SUPPORT_TLS_CLIENT_H_
#define CBM_TESTS_SUPPORT_TLS_CLIENT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/test_pki.h"

struct ssl_st;      // OpenSSL's SSL.
struct ssl_ctx_st;  // OpenSSL's SSL_CTX.

namespace cbm::test {

// What begins every HTTP/2 connection, and the least that may follow it.
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::string_view kEmptySettings("\0\0\0\4\0\0\0\0\0", 9);

// OpenSSL's number for TLS 1.3.
inline constexpr int kTls13 = 0x0304;

// What a client offers that is not gRPC's: TLS of one version, whatever the process is configured
// to.
struct TlsOffer {
  int version = 0;                      // OpenSSL's, such as TLS1_3_VERSION.
  const Issued* certificate = nullptr;  // Null: none.
  std::string groups = {};              // As OpenSSL lists them; empty: its own choice.
  std::string protocol = "h2";          // For ALPN; empty: none.
  std::string before = {};              // Sent before the handshake, as a balancer does.
};

// A blocking TCP connection, whose waits end after 30 s. What it needs and cannot have stops the
// process. Not thread-safe.
class TestSocket {
 public:
  // Connects to `address` (127.0.0.1:port).
  explicit TestSocket(const std::string& address);
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;
  ~TestSocket();

  int descriptor() const { return descriptor_; }

  // Whether all of it could be sent.
  bool Write(std::string_view bytes) const;

  // What comes until the other side closes, at most `bytes_max`.
  std::string ReadToEnd(size_t bytes_max) const;

 private:
  const int descriptor_;
};

// A client that speaks TLS and nothing above it. It does not look at the server's certificate: it
// is the server that is tested. Not thread-safe.
class TlsClient {
 public:
  // Connects, and makes the handshake.
  TlsClient(const std::string& address, const TlsOffer& offer);
  ~TlsClient();

  // Whether the client took the handshake for done. At TLS 1.3 that says nothing of its own
  // certificate, which the server looks at afterwards.
  bool completed() const { return completed_; }

  // How many session tickets came so far.
  int tickets() const { return tickets_; }

  // Whether all of it could be sent.
  bool Write(std::string_view bytes);

  // The next bytes, as many as come at once; empty at the end.
  std::string Read(size_t bytes_max = 4'096);

  // Exactly so many, or fewer at the end.
  std::string ReadExactly(size_t bytes);
  std::string ReadToEnd();

  // The alert that ended the connection, as OpenSSL words it; empty if there was none.
  const std::string& alert() const { return alert_; }

  // Asks the server for new keys, `times` times, without waiting.
  void AskForNewKeys(int times);

  const TestSocket& socket() const { return socket_; }

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  struct FreeSsl {
    void operator()(ssl_st* ssl) const;
  };
  void NoteAlert();

  const TestSocket socket_;
  std::unique_ptr<ssl_ctx_st, FreeContext> context_;
  std::unique_ptr<ssl_st, FreeSsl> ssl_;
  bool completed_ = false;
  int tickets_ = 0;
  std::string alert_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_TLS_CLIENT_H_
