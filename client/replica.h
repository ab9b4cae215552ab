#ifndef CBM_CLIENT_REPLICA_H_
#define CBM_CLIENT_REPLICA_H_

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/exchange_api.h"
#include "client/ledger_replica.h"
#include "core/base/ledger_id.h"
#include "core/evidence/genesis.h"
#include "core/evidence/origin.h"
#include "core/log/checkpoint.h"
#include "core/rules/exchange.h"
#include "core/rules/view.h"

namespace cbm {

// What the keeper of a replica believes: everything else is proven.
struct ReplicaTrust {
  const rules::Exchange& exchange;  // Lent for as long as the replica lives.
  const GenesisDocument& genesis;   // Lent likewise.
  LogIdentity log;
};

// A ledger's checkpoint that was verified, and the note as it was signed.
struct KeptCheckpoint {
  std::string note;
  TreeHead head;
};

// The ledgers of one reader on this machine, in a folder: the same facts that the exchange has of
// them, each entry verified before it was kept. Every command answers from here.
//
// Not thread-safe; one process at a time.
class Replica final : public rules::View {
 public:
  // Reads what was kept in `folder`, made if it is not there. `own` is the reader's own ledger.
  //
  // DATA_LOSS if the files are not what was verified.
  static absl::StatusOr<Replica> Open(std::filesystem::path folder, const ReplicaTrust& trust,
                                      const LedgerId& own);

  // Brings every ledger up to a checkpoint that the exchange signs now.
  //
  // DATA_LOSS, and nothing of that ledger is kept, if an entry does not verify, the root is not the
  // signed one, entries that were signed for are not given, or the checkpoint is behind the one
  // that was kept. What the exchange answers is passed on, and nothing more is asked of it.
  absl::Status Sync(ExchangeApi& api);

  // From now on nothing is written to disk: another command may.
  void StopKeeping() { keeps_ = false; }

  // Takes records that came by another way than Sync, up to a checkpoint; nothing of it is written
  // to disk. DATA_LOSS as above.
  absl::Status Take(const LedgerId& ledger, std::span<const v1::LedgerRecord> records,
                    std::string_view checkpoint);

  // rules::View.
  const rules::Exchange& exchange() const override { return trust_.exchange; }
  const LedgerId& own_id() const override { return own_; }
  const LedgerReplica& own() const override { return ledgers_.at(own_); }
  const LedgerReplica* All(std::string_view framework) const override;

  // Null if it is not the reader's.
  const LedgerReplica* Find(const LedgerId& ledger) const;

  // The own ledger, then those of the frameworks, sorted.
  std::vector<const LedgerReplica*> Ledgers() const;

  // The last checkpoint that was verified; none before the first.
  const KeptCheckpoint* CheckpointOf(const LedgerId& ledger) const;

  const ReplicaTrust& trust() const { return trust_; }

 private:
  Replica(std::filesystem::path folder, const ReplicaTrust& trust, const LedgerId& own);

  absl::Status ReadKept(LedgerReplica& ledger);
  absl::StatusOr<v1::ListEntriesResponse> Fetch(ExchangeApi& api, const LedgerId& id,
                                                uint64_t from) const;
  // Up to the checkpoint of `page`, the first of what the replica lacks.
  absl::Status SyncLedger(ExchangeApi& api, const LedgerId& id, v1::ListEntriesResponse page);
  absl::Status Keep(const LedgerReplica& next, uint64_t from, const KeptCheckpoint& checkpoint);
  absl::StatusOr<KeptCheckpoint> OpenNote(const LedgerId& id, std::string_view note) const;
  absl::Status CheckHead(const LedgerReplica& next, const KeptCheckpoint& checkpoint) const;
  // Adds the next record to what a ledger is to become, if it is good beside the others.
  absl::Status AppendTo(LedgerReplica& next, const v1::LedgerRecord& record) const;
  std::filesystem::path FileOf(const LedgerId& id, std::string_view ending) const;

  std::filesystem::path folder_;
  ReplicaTrust trust_;
  LedgerId own_;
  bool keeps_ = true;
  std::map<LedgerId, LedgerReplica> ledgers_;
  std::map<LedgerId, KeptCheckpoint> checkpoints_;
};

}  // namespace cbm

#endif  // CBM_CLIENT_REPLICA_H_
