#ifndef CBM_SERVER_STORE_SQLITE_STORE_H_
#define CBM_SERVER_STORE_SQLITE_STORE_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/mutex.h"
#include "core/base/random.h"
#include "server/store/credential_cache.h"
#include "server/store/genesis_entries.h"
#include "server/store/permits.h"
#include "server/store/sqlite.h"
#include "server/store/store.h"
#include "server/store/tree_edge.h"
#include "server/store/wal_checkpointer.h"

namespace cbm {

// A store in one SQLite file, with a write-ahead log that is synced at each commit. One program
// writes it; check.h may read it meanwhile.
//
// Thread-safe. Batches and snapshots must not outlive it. Once file or disk failed, everything is
// answered with DATA_LOSS.
class SqliteStore final : public Store {
 public:
  // Makes a store at `path`. ALREADY_EXISTS if there is a file, which is left as it is.
  // INVALID_ARGUMENT if the document cannot be an exchange's.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Init(const std::string& path,
                                                           const Founding& founding,
                                                           Random& random);

  // Opens what Init made. NOT_FOUND if there is nothing, FAILED_PRECONDITION if it is not the store
  // of an exchange or of another version, DATA_LOSS if it does not fit its own genesis document, or
  // a fact of the registry is not as it was kept: nobody is then taken for another, or for nobody.
  // UNAVAILABLE if it can be read, but not written.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& path);

  // As Open, beside a program that writes it: this one never does, and Write is
  // FAILED_PRECONDITION.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> OpenToRead(const std::string& path);

  // Empties the log into the database, if it writes and was not told to leave it.
  ~SqliteStore() override;

  // Whether to leave the log as it is at the end: for as long as it is not known to have all that
  // was signed.
  void LeaveLog(bool leave) { leaves_log_ = leave; }

  const rules::Exchange& exchange() const override { return exchange_; }
  std::string genesis() const override { return genesis_; }
  std::string genesis_signature() const override { return signature_; }
  absl::StatusOr<std::unique_ptr<const Snapshot>> Read(const LedgerId& ledger) const override;
  absl::StatusOr<std::optional<std::string>> FindCredential(
      const Digest& credential) const override;
  absl::StatusOr<LedgerHeads> Heads() const override;
  absl::StatusOr<std::unique_ptr<Batch>> Write(absl::Time deadline) override;

 private:
  // A connection for a reader, given back when it ends.
  class Reader;
  // A batch that reports a failed disk to the store.
  class Writer;

  SqliteStore(std::string path, rules::Exchange exchange, std::string genesis,
              std::string signature);

  // Makes it one that writes.
  absl::Status PrepareToWrite(std::unique_ptr<Connection> writer);
  absl::Status Health() const;
  absl::StatusOr<std::shared_ptr<Reader>> NewReader() const;

  const std::string path_;
  const rules::Exchange exchange_;
  const std::string genesis_;
  const std::string signature_;
  mutable EdgeCache edges_;
  std::atomic<bool> failed_ = false;
  bool leaves_log_ = false;

  std::optional<WalCheckpointer> checkpointer_;  // If it writes, as the next.
  Permits writers_{1};
  std::unique_ptr<Connection> writer_;  // Of whoever has the permit.

  mutable Permits readers_;
  mutable Mutex mutex_;
  mutable std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  mutable CredentialCache credentials_;
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_SQLITE_STORE_H_
