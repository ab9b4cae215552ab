#ifndef CBM_SERVER_IDENTITY_IDENTITY_H_
#define CBM_SERVER_IDENTITY_IDENTITY_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/directory.pb.h"
#include "core/base/clock.h"
#include "core/base/ledger_id.h"
#include "core/crypto/digest.h"
#include "grpcpp/server_context.h"
#include "server/gate/client_trust.h"
#include "server/gate/session_table.h"
#include "server/store/store.h"

namespace cbm {

// Who calls: a registered credential, and the ledger that its reading and acting takes.
struct Caller {
  Digest credential;
  v1::CredentialRecord record;

  // Its party's, or its own if it is an integration.
  LedgerId ledger;

  // OK; or, of one whose certificate merely ran out, less than 7 days ago, the UNAUTHENTICATED for
  // all but a renewal that it signed itself.
  absl::Status active = absl::OkStatus();

  bool is_integration() const { return ledger.is_integration(); }
};

// Who calls, whether he may or not.
struct Identified {
  // What the certificate is registered as, of a caller who may not call; nothing if it is nobody's,
  // or that cannot be told now.
  std::optional<v1::CredentialRecord> refused = {};

  absl::StatusOr<Caller> caller;
};

// Tells who calls, for each call anew: whoever the certificate of the connection is registered to
// now. The connection's certificate is the one that the gate verified; nothing that a client sends
// has a part in it.
//
// Thread-safe.
class Identity {
 public:
  // All must outlive it.
  Identity(const Store& store, const SessionTable& sessions, const ClientTrust& trust, Clock& clock)
      : store_(store), sessions_(sessions), trust_(trust), clock_(clock) {}

  // UNAUTHENTICATED if the connection is not a session of the gate's now, or its certificate was
  // revoked by its authority, belongs to no office, may not connect, is not valid now, or was
  // suspended or revoked; the message says what to do. What the store answers is passed on.
  absl::StatusOr<Caller> Identify(const grpc::ServerContextBase& context) const;

  // The same for a call that hands in an act: who may still renew is let through, and `active` says
  // so.
  absl::StatusOr<Caller> IdentifyToAct(const grpc::ServerContextBase& context) const;

  // The same, as `to_act` says, and who it was whom it refuses.
  Identified IdentifyWhoever(const grpc::ServerContextBase& context, bool to_act) const;

  // The same for a certificate that was read already. For tests, and for streams that ask again.
  absl::StatusOr<Caller> IdentifyCredential(const Digest& credential) const;
  absl::StatusOr<Caller> IdentifyCredentialToAct(const Digest& credential) const;

  // OK unless this certificate, of a caller or of who signed what the caller brings, was revoked by
  // its authority. Otherwise UNAUTHENTICATED; the message says what to do.
  absl::Status CheckNotRevoked(const Certificate& certificate) const {
    return trust_.CheckStill(certificate);
  }

  // OK if a certificate that the caller wants registered is by an authority that is trusted.
  // Otherwise INVALID_ARGUMENT.
  absl::Status CheckGenuine(const Certificate& certificate, const Caller& caller) const {
    return trust_.CheckGenuine(certificate, caller.credential);
  }

 private:
  // The session that the call came by; null if it is none of the gate's now.
  std::shared_ptr<const SessionFacts> SessionOf(const grpc::ServerContextBase& context) const;
  absl::StatusOr<Digest> CertificateOf(const grpc::ServerContextBase& context) const;

  const Store& store_;
  const SessionTable& sessions_;
  const ClientTrust& trust_;
  Clock& clock_;
};

}  // namespace cbm

#endif  // CBM_SERVER_IDENTITY_IDENTITY_H_
