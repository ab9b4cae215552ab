#ifndef CBM_SERVER_STORE_SQLITE_SNAPSHOT_H_
#define CBM_SERVER_STORE_SQLITE_SNAPSHOT_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/ledger_rows.h"
#include "server/store/sqlite.h"
#include "server/store/store.h"

namespace cbm {

// What one reader may know, as the transaction of a connection shows it: its own ledger and its ALL
// ledgers, and no way to others. It does not end the transaction.
class SqliteSnapshot final : public Snapshot {
 public:
  // All lent must outlive it. `on_end` is called when it ends.
  static absl::StatusOr<std::unique_ptr<SqliteSnapshot>> Create(const rules::Exchange& exchange,
                                                                Connection& connection,
                                                                EdgeCache& edges,
                                                                const LedgerId& own,
                                                                std::function<void()> on_end);
  ~SqliteSnapshot() override { on_end_(); }

  const rules::Exchange& exchange() const override { return exchange_; }
  const LedgerId& own_id() const override { return own_id_; }
  const rules::LedgerView& own() const override { return ledgers_.at(own_id_); }
  const rules::LedgerView* All(std::string_view framework) const override;

  absl::StatusOr<TreeHead> Head(const LedgerId& ledger) const override;
  absl::StatusOr<std::vector<v1::LedgerRecord>> Records(const LedgerId& ledger, uint64_t from,
                                                        size_t limit,
                                                        size_t bytes_max) const override;
  absl::StatusOr<std::unique_ptr<TileSource>> Tiles(const LedgerId& ledger) const override;
  absl::StatusOr<v1::Content> ReadContent(const LedgerId& ledger, const Digest& act,
                                          const Digest& content) const override;
  absl::StatusOr<std::optional<ActPlace>> FindAct(const ActName& name) const override;

 private:
  SqliteSnapshot(const rules::Exchange& exchange, Connection& connection, EdgeCache& edges,
                 const LedgerId& own, std::function<void()> on_end)
      : exchange_(exchange),
        connection_(connection),
        edges_(edges),
        own_id_(own),
        on_end_(std::move(on_end)) {}

  absl::Status Reach(const LedgerId& ledger);
  // The number of a ledger in reach. NOT_FOUND for any other.
  absl::StatusOr<int64_t> NumberOf(const LedgerId& ledger) const;

  const rules::Exchange& exchange_;
  Connection& connection_;
  EdgeCache& edges_;
  const LedgerId own_id_;
  const std::function<void()> on_end_;
  std::map<LedgerId, RowLedgerView> ledgers_;
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_SQLITE_SNAPSHOT_H_
