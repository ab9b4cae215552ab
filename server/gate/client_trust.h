#ifndef CBM_SERVER_GATE_CLIENT_TRUST_H_
#define CBM_SERVER_GATE_CLIENT_TRUST_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/crypto/certificate.h"
#include "core/crypto/digest.h"
#include "core/crypto/trust_store.h"
#include "server/gate/session_table.h"

namespace cbm {

struct TrustLimits {
  // So that no authority uses up what another needs. The bytes are those of the names, a line each:
  // authorities choose how long their names and serials are.
  size_t revoked_of_issuer_max = 250'000;
  size_t revoked_bytes_of_issuer_max = size_t{32} << 20;
  size_t revoked_max = 1'000'000;  // Of all together.
  size_t revoked_bytes_max = size_t{128} << 20;
  // Chains that are remembered, those of who is connected aside: an authority makes as many
  // certificates as it likes.
  size_t accepted_max = 4'096;
};

// Which clients' certificates are believed now: those by an authority that is trusted today, and
// that no authority ever revoked. Handshakes, calls and open sessions all go by it, so that what
// changes counts for those who are connected too.
//
// What was revoked once stays so. Thread-safe; no handshake and no call waits while long lists are
// taken up or read out.
class ClientTrust {
 public:
  // `clock` must outlive it. Nobody is trusted yet.
  explicit ClientTrust(Clock& clock, const TrustLimits& limits = {})
      : clock_(clock), limits_(limits) {}

  // From now on these authorities (PEM) are trusted, and no others. INVALID_ARGUMENT as
  // TrustStore::FromPem: then nothing has changed.
  absl::Status SetAuthorities(const std::string& pem);
  void SetAuthorities(TrustStore authorities);

  // Revokes certificates by NameInLists, for good; how many of them were not yet. Where it is known
  // of a client's certificate that one of them led from it to a root, it is revoked with it.
  //
  // RESOURCE_EXHAUSTED if some of them were not yet, and there were more of one authority, or in
  // all, or more bytes of their names, than are allowed then: none of them was taken.
  absl::StatusOr<size_t> Revoke(std::span<const std::string> names);

  // Revokes what was Revoked() before, however much that is.
  void Restore(std::span<const std::string> names);

  // All that was revoked, sorted: for being kept.
  std::vector<std::string> Revoked() const;
  size_t revoked_count() const;
  size_t revoked_bytes() const;  // Of the names, a line each.

  // For a handshake that would accept this chain, the client's certificate first: OK if none of it
  // was revoked; otherwise UNAUTHENTICATED, which names the one that was.
  absl::Status Check(std::span<const Certificate> chain) const;

  // The same, once the client has shown that the certificate is its own: from now on this is what
  // leads from it to a root.
  absl::Status Accept(std::span<const Certificate> chain);

  // For a call over a session: OK unless its certificate, or what led from it to a root, was
  // revoked since. Otherwise UNAUTHENTICATED; the message says what to do.
  absl::Status CheckStill(const Certificate& certificate) const;

  // Whether a certificate is by one of the authorities, over the intermediates that `by` came with,
  // and not revoked: for one that is to be registered. Its own dates are not asked. Otherwise
  // INVALID_ARGUMENT.
  absl::Status CheckGenuine(const Certificate& certificate, const Digest& by) const;

  // Certificates whose sessions are to end: by NameInLists, and why.
  using Ended = std::map<std::string, std::string>;

  // Ends all sessions of certificates that no handshake would accept today, but for their own
  // dates. To be called after each change, and once a second for handshakes that were under way.
  Ended EndUntrusted(SessionTable& sessions);

 private:
  // What led from a certificate to a root when it was last accepted.
  struct Accepted {
    std::vector<Certificate> chain;  // The certificate itself first.
    std::vector<std::string> names;  // Of all of them, in lists.
    uint64_t verified_with = 0;      // The number of those authorities; 0: still to be done.
    uint32_t times_without_session = 0;
  };

  // Sorted, each once; it lends texts of names_. Never altered: another takes its place.
  using Names = std::vector<std::string_view>;

  absl::Status CheckNames(std::span<const Certificate> chain,
                          std::span<const std::string> names) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsRevoked(const std::string& name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Those of `names` that are not revoked yet, as Names.
  Names Fresh(std::span<const std::string> names) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(revoking_);
  absl::Status CheckRoom(const Names& fresh) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(revoking_);
  // What is revoked, for who revokes.
  std::shared_ptr<const Names> Known() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(revoking_);
  // Revokes those, and then whom they led to a root.
  void Add(Names fresh) ABSL_EXCLUSIVE_LOCKS_REQUIRED(revoking_);
  // What is revoked with those. The texts of `fresh` are kept.
  std::shared_ptr<const Names> With(Names fresh) ABSL_EXCLUSIVE_LOCKS_REQUIRED(revoking_);
  void MakeRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the certificate of a session is by an authority that is trusted now.
  absl::Status CheckAuthority(const Certificate& certificate);
  void Forget(const std::vector<SessionFacts>& sessions);

  Clock& clock_;
  const TrustLimits limits_;
  // Who revokes holds it, and mutex_ only for a moment within: what takes long is done with this
  // one alone, which no handshake and no call takes.
  mutable Mutex revoking_;
  std::deque<std::string> names_ ABSL_GUARDED_BY(revoking_);  // Each stays where it is.
  struct Amount {
    size_t names = 0;
    size_t bytes = 0;
  };
  // How much of that is of each authority, and how many bytes are of all.
  std::map<std::string, Amount, std::less<>> revoked_of_ ABSL_GUARDED_BY(revoking_);
  size_t revoked_bytes_ ABSL_GUARDED_BY(revoking_) = 0;

  mutable Mutex mutex_;
  // Shared, because chains are verified without the lock.
  std::shared_ptr<const TrustStore> authorities_ ABSL_GUARDED_BY(mutex_);
  uint64_t authorities_number_ ABSL_GUARDED_BY(mutex_) = 0;
  // Shared, because it is read without the lock, and put together beside the one before it.
  std::shared_ptr<const Names> revoked_ ABSL_GUARDED_BY(mutex_) = std::make_shared<const Names>();
  // Revoked too: whom those led to a root, until they are among them.
  std::set<std::string> led_ ABSL_GUARDED_BY(mutex_);
  // By the fingerprint of the certificate.
  std::map<Digest, Accepted> accepted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_CLIENT_TRUST_H_
