#ifndef CBM_SERVER_STORE_MEMORY_STORE_H_
#define CBM_SERVER_STORE_MEMORY_STORE_H_

#include <memory>
#include <optional>
#include <string>

#include "core/base/mutex.h"
#include "core/base/random.h"
#include "server/store/genesis_entries.h"
#include "server/store/permits.h"
#include "server/store/store.h"

namespace cbm {

struct MemoryState;  // All that is stored; never changed once it is shared.

// A store that keeps every promise but one: it forgets all when it ends. For tests.
//
// Thread-safe. Batches and snapshots must not outlive it.
class MemoryStore final : public Store {
 public:
  // INVALID_ARGUMENT if the document cannot be an exchange's.
  static absl::StatusOr<std::unique_ptr<MemoryStore>> Create(Founding founding, Random& random);
  ~MemoryStore() override;

  const rules::Exchange& exchange() const override { return exchange_; }
  std::string genesis() const override { return founding_.genesis; }
  std::string genesis_signature() const override { return founding_.signature; }
  absl::StatusOr<std::unique_ptr<const Snapshot>> Read(const LedgerId& ledger) const override;
  absl::StatusOr<std::optional<std::string>> FindCredential(
      const Digest& credential) const override;
  absl::StatusOr<LedgerHeads> Heads() const override;
  absl::StatusOr<std::unique_ptr<Batch>> Write(absl::Time deadline) override;

 private:
  class MemoryBatch;

  MemoryStore(Founding founding, rules::Exchange exchange,
              std::shared_ptr<const MemoryState> state);

  std::shared_ptr<const MemoryState> State() const;

  const Founding founding_;
  const rules::Exchange exchange_;
  Permits writers_{1};

  mutable Mutex mutex_;
  // Shared with the snapshots that were taken of it.
  std::shared_ptr<const MemoryState> state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_MEMORY_STORE_H_
