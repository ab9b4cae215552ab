#ifndef CBM_CLIENT_WORKPLACE_H_
#define CBM_CLIENT_WORKPLACE_H_

#include <filesystem>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/content.pb.h"
#include "cbm/v1/exchange_service.pb.h"
#include "client/exchange_api.h"
#include "client/files.h"
#include "client/keys.h"
#include "client/outbox.h"
#include "client/profile.h"
#include "client/replica.h"
#include "core/base/clock.h"
#include "core/base/ledger_id.h"
#include "core/base/random.h"
#include "core/crypto/digest.h"
#include "core/evidence/verify.h"
#include "core/rules/exchange.h"

namespace cbm {

// All that a command of one office works with: its profile and key, the connection, and the replica
// of its ledgers.
//
// Not thread-safe. Holds the profile's lock while it has a replica.
class Workplace {
 public:
  // Reads the profile and its key. Nothing is asked of the exchange yet.
  static absl::StatusOr<std::unique_ptr<Workplace>> Open(const std::filesystem::path& folder,
                                                         Clock& clock, Random& random);

  // Asks who the exchange and the caller are, and brings the replica up to date. May be called
  // again.
  absl::Status Sync();

  // Reads the replica as it was left, for work without the exchange.
  absl::Status OpenReplica();

  // Gives the lock back while the replica stays in memory, for a command that goes on for long:
  // from now on it is not written to disk, since another command may write it.
  void Unlock();

  const Profile& profile() const { return profile_; }
  const Keys& keys() const { return keys_; }
  const rules::Exchange& exchange() const { return *exchange_; }
  const LedgerId& own_ledger() const { return own_; }
  ExchangeApi& api() { return *api_; }
  Clock& clock() { return clock_; }
  Random& random() { return random_; }
  Outbox outbox() const { return Outbox(profile_.outbox()); }

  // After Sync or OpenReplica.
  Replica& replica() { return *replica_; }

  // What the exchange said of itself at the last Sync; none before.
  const std::optional<v1::GetExchangeResponse>& about() const { return about_; }

  // The exchange's time at the last Sync; else this machine's.
  absl::Time ExchangeTime();

  // What this office trusts when it verifies evidence.
  Trust trust() const;

  // A content that an act names, from the cache or the exchange, checked against its name.
  // DATA_LOSS if what the exchange gives is another or none; UNIMPLEMENTED if it is sealed.
  absl::StatusOr<v1::OpenContent> FetchContent(const Digest& act, const std::string& content);

  // Keeps a content, so that it need not be fetched.
  absl::Status KeepContent(const v1::OpenContent& content);

 private:
  Workplace(Profile profile, Keys keys, Clock& clock, Random& random);

  Profile profile_;
  Keys keys_;
  Clock& clock_;
  Random& random_;
  std::optional<rules::Exchange> exchange_;
  LedgerId own_ = LedgerId::Auditor();  // Until Open has set it.
  std::unique_ptr<ExchangeApi> api_;
  std::optional<FolderLock> lock_;
  std::optional<Replica> replica_;
  std::optional<v1::GetExchangeResponse> about_;
};

// The ledger of a profile's office. A failure says to make the profile again.
absl::StatusOr<LedgerId> OwnLedger(const ProfileConfig& config);

}  // namespace cbm

#endif  // CBM_CLIENT_WORKPLACE_H_
