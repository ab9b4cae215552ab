#ifndef CBM_SERVER_STORE_SQLITE_BATCH_H_
#define CBM_SERVER_STORE_SQLITE_BATCH_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/store/genesis_entries.h"
#include "server/store/ledger_rows.h"
#include "server/store/sqlite.h"
#include "server/store/store.h"
#include "server/store/tree_edge.h"

namespace cbm {

// The open transaction of the writer's connection.
class SqliteBatch final : public Batch {
 public:
  // Begins one. All lent must outlive it. `on_end` is called when it ends, whatever became of it.
  // UNAVAILABLE if another process holds the right to write.
  static absl::StatusOr<std::unique_ptr<SqliteBatch>> Begin(const rules::Exchange& exchange,
                                                            Connection& writer, EdgeCache& edges,
                                                            std::function<void()> on_end);
  ~SqliteBatch() override;

  // Writes the entries that begin the ALL ledgers, and the secretariat's credential.
  absl::Status AppendFoundation(const Foundation& foundation);

  absl::StatusOr<std::unique_ptr<const rules::View>> ViewOf(const LedgerId& ledger) const override;
  const rules::LedgerView& Registry() const override { return registry_; }
  absl::StatusOr<std::optional<ActPlace>> FindAct(const ActName& name) const override;
  absl::StatusOr<EncodedEntry> ReadEntry(const LedgerId& ledger, uint64_t ordinal) const override;
  absl::StatusOr<uint64_t> NextOrdinal(const LedgerId& ledger) const override;
  absl::Time LastTime() const override { return last_time_; }
  absl::Status Append(const EncodedAct& act, std::span<const NamedContent> contents,
                      std::span<const EncodedEntry> entries) override;
  absl::Status CutContents(const LedgerId& ledger, const Digest& act) override;
  absl::Status EraseContents(const Digest& act) override;
  absl::StatusOr<TreeHead> Head(const LedgerId& ledger) const override;
  absl::StatusOr<std::unique_ptr<TileSource>> Tiles(const LedgerId& ledger) const override;
  absl::StatusOr<LedgerHeads> Commit() override;

  // Whether what it holds changes what a credential is registered as.
  bool changed_registry() const { return changed_registry_; }

 private:
  // A ledger that has grown.
  struct Grown {
    LedgerId ledger;
    std::shared_ptr<TreeEdge> edge;  // Shared with the sources that Tiles gave, then the cache.
  };
  struct Placed {
    const EncodedEntry* entry;
    Place place;
    std::string beginning;
  };

  SqliteBatch(const rules::Exchange& exchange, Connection& writer, EdgeCache& edges,
              std::function<void()> on_end)
      : exchange_(exchange),
        writer_(writer),
        edges_(edges),
        on_end_(std::move(on_end)),
        registry_(writer, 0) {}

  absl::Status ReadLastTime();
  absl::StatusOr<int64_t> NumberOf(const LedgerId& ledger) const;
  absl::StatusOr<int64_t> MakeNumber(const LedgerId& ledger);
  absl::StatusOr<std::shared_ptr<const TreeEdge>> EdgeOf(int64_t ledger) const;
  absl::Status Add(const EncodedAct& act, std::span<const NamedContent> contents,
                   std::span<const EncodedEntry> entries);
  absl::StatusOr<int64_t> AddAct(const EncodedAct& act, const std::vector<Placed>& placed);
  absl::Status AddContents(int64_t act, std::span<const NamedContent> contents);
  absl::StatusOr<std::vector<Placed>> PlaceEntries(std::span<const EncodedEntry> entries);
  absl::Status AddEntries(int64_t act, const std::vector<Placed>& placed);
  absl::Status GrowLedger(const Placed& placed, const v1::Act* act);
  absl::Status GrowTree(int64_t ledger, const EncodedEntry& entry);

  const rules::Exchange& exchange_;
  Connection& writer_;
  EdgeCache& edges_;
  const std::function<void()> on_end_;
  RowLedgerView registry_;
  absl::Time last_time_ = absl::InfinitePast();
  mutable std::map<LedgerId, int64_t> numbers_;  // Of ledgers that have one.
  std::map<int64_t, Grown> grown_;
  bool changed_registry_ = false;
  size_t content_bytes_ = 0;  // That it wrote.
  absl::Status broken_;       // Why the transaction holds half an act, if it does.
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_SQLITE_BATCH_H_
