#ifndef CBM_SERVER_GATE_TLS_CONTEXT_H_
#define CBM_SERVER_GATE_TLS_CONTEXT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/crypto/certificate.h"
#include "server/gate/holder_name.h"

struct ssl_st;             // OpenSSL's SSL.
struct ssl_ctx_st;         // OpenSSL's SSL_CTX.
struct x509_store_ctx_st;  // OpenSSL's X509_STORE_CTX.

namespace cbm {

struct FreeSsl {
  void operator()(ssl_st* ssl) const;
};
using SslPtr = std::unique_ptr<ssl_st, FreeSsl>;

// What the server shows, and which authorities' certificates it asks of a client; PEM.
struct ServerIdentity {
  std::string certificate;  // The server's, then what leads from it to a root.
  std::string key;          // Or the URI of one on a token (RFC 7512).
  std::string client_ca;
  std::string key_module = {};  // The library that speaks to the token: an absolute path.
  std::string key_pin = {};     // The token's.
};

// What became of a client's certificate in a handshake.
struct TlsVerdict {
  // UNAUTHENTICATED, with the reason, unless it was accepted. It says whose by issuer and serial.
  absl::Status status = absl::UnauthenticatedError("no certificate came");

  // What the client showed, accepted or not; none if it did not come so far or cannot be read.
  std::optional<Certificate> certificate;

  // That and what led from it to a root, if the status is OK.
  std::vector<Certificate> chain;

  // Whether it is accepted though it has ended or has not begun: only who is registered is let in.
  bool is_out_of_date = false;

  // Handshake messages that came after the certificate was accepted: two, and then next to none.
  uint32_t messages_afterwards = 0;
};

// Whose a certificate is that is registered.
struct Holder {
  HolderName name = {};    // To be said of it; it is counted by what follows.
  std::string owner = {};  // With whose others it is counted; empty: with none.
  std::string state = {};  // With whose those of that owner are counted; empty: with none.
  bool is_active = false;  // Whether it is of use for anything but being told that it is not.
};

// Who is let in: for whom its sessions and calls are counted, and whether it is of use.
struct Admitted {
  std::optional<HolderName> holder = {};  // None where nobody can ever tell.
  std::string owner;
  std::string state;
  bool is_active = false;
};

// TLS as the gate speaks it: 1.3 alone, X25519 or P-256, no resumption, HTTP/2, and a client
// certificate that leads to one of the authorities, is a client's and nobody's who issues.
//
// Every setting is made here: what OpenSSL is configured to on this machine changes nothing of it.
// Constant after construction; thread-safe.
class TlsContext {
 public:
  // What others have a say in. Called from any thread.
  struct Others {
    // In the handshake, of a chain that leads to an authority, the client's certificate first: OK
    // unless one of it was revoked. Null: nothing was.
    std::function<absl::Status(std::span<const Certificate> chain)> check_revoked = nullptr;

    // Once the client has shown that it has the key: whose the certificate is; nothing if it is
    // registered to nobody; an error if that cannot be told now. It may wait. Null: nobody can ever
    // tell, and all are taken for active.
    std::function<absl::StatusOr<std::optional<Holder>>(const Digest& certificate)> find_holder =
        nullptr;

    // The same, at last, of the chain: it is let in if this is OK. Null: it is.
    std::function<absl::Status(std::span<const Certificate> chain)> let_in = nullptr;
  };

  // `clock` must outlive it.
  //
  // INVALID_ARGUMENT if a text is not what it must be, key and certificate do not belong together,
  // or the certificate is not fit for it.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> Make(const ServerIdentity& identity,
                                                                Clock& clock, Others others);

  // The server's side of a connection. `verdict` must outlive it; it is written in the handshake.
  SslPtr NewConnection(TlsVerdict& verdict) const;

  // OK if a handshake was made and everything that must be agreed was. Otherwise UNAUTHENTICATED.
  static absl::Status CheckAgreed(const ssl_st* connection);

  // Lets a client in whose handshake was agreed. To be asked once the handshake has shown that the
  // client has its key: nobody else is to learn what this says.
  //
  // UNAUTHENTICATED if its certificate is registered to nobody, or as Others::let_in says;
  // UNAVAILABLE if it cannot be told now whose it is. One that is registered is let in when it has
  // ended or has not begun, too, so that its holder is told of it by the calls.
  absl::StatusOr<Admitted> Admit(const TlsVerdict& verdict) const;

  // The server's certificate, to be reported.
  const Certificate& certificate() const { return certificate_; }

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  using ContextPtr = std::unique_ptr<ssl_ctx_st, FreeContext>;

  TlsContext(ContextPtr context, Certificate certificate, Clock& clock, Others others);
  // Of the chain that was found to lead to an authority.
  absl::Status CheckRevoked(std::span<const Certificate> chain) const;

  const ContextPtr context_;
  const Certificate certificate_;
  Clock& clock_;
  const Others others_;

  friend struct TlsCallbacks;  // What OpenSSL calls.
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_TLS_CONTEXT_H_
