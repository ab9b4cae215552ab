#ifndef CBM_SERVER_STORE_STORE_H_
#define CBM_SERVER_STORE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/content.pb.h"
#include "cbm/v1/ledger.pb.h"
#include "core/base/ledger_id.h"
#include "core/crypto/digest.h"
#include "core/evidence/encoded.h"
#include "core/log/tiles.h"
#include "core/log/tree_head.h"
#include "core/rules/view.h"

namespace cbm {

using LedgerHeads = std::map<LedgerId, TreeHead>;

// A content of an act, and its name.
struct NamedContent {
  Digest digest;
  v1::Content content;
};

// Where the author's own entry of an act stands.
struct ActPlace {
  LedgerId ledger;
  uint64_t ordinal;
  Digest act_digest;
};

// Whose act id it is: one office's.
struct ActName {
  std::string_view party;
  std::string_view office;
  std::string_view act_id;
};

// One reader's part of the exchange at one instant: its own ledger and its ALL ledgers. Later
// commits never show through. Naming any other ledger is NOT_FOUND, the same as one that does not
// exist.
//
// Not thread-safe. Keep it short: it holds back the reuse of space.
class Snapshot : public rules::View {
 public:
  // The head of a ledger; of one without entries, the empty tree's.
  virtual absl::StatusOr<TreeHead> Head(const LedgerId& ledger) const = 0;

  // Up to `limit` entries from ordinal `from` on, with act, signature and digests of contents where
  // the reader is given them; fewer if they would pass `bytes_max`, but one if there is one.
  virtual absl::StatusOr<std::vector<v1::LedgerRecord>> Records(const LedgerId& ledger,
                                                                uint64_t from, size_t limit,
                                                                size_t bytes_max) const = 0;

  // The tree of a ledger, for proofs. Lent until the snapshot ends.
  virtual absl::StatusOr<std::unique_ptr<TileSource>> Tiles(const LedgerId& ledger) const = 0;

  // A content of an act of which `ledger` has an entry that gives it. NOT_FOUND if there is none,
  // if it was cut from that ledger, or erased.
  virtual absl::StatusOr<v1::Content> ReadContent(const LedgerId& ledger, const Digest& act,
                                                  const Digest& content) const = 0;

  // Where the own entry of an act stands, if it stands in a ledger of this snapshot.
  virtual absl::StatusOr<std::optional<ActPlace>> FindAct(const ActName& name) const = 0;
};

// Entries in the making. What it shows includes what was appended to it; nobody else sees that
// before Commit.
//
// Not thread-safe. Destroying a Batch that was not committed discards it.
class Batch {
 public:
  virtual ~Batch() = default;

  // What the reader of `ledger` may know. Until Commit.
  virtual absl::StatusOr<std::unique_ptr<const rules::View>> ViewOf(
      const LedgerId& ledger) const = 0;

  // Who certificates belong to, over the whole exchange (rules::CredentialKey).
  virtual const rules::LedgerView& Registry() const = 0;

  // Where the own entry of an act stands, whatever its ledger.
  virtual absl::StatusOr<std::optional<ActPlace>> FindAct(const ActName& name) const = 0;

  // The entry that stands there. DATA_LOSS if there is none.
  virtual absl::StatusOr<EncodedEntry> ReadEntry(const LedgerId& ledger,
                                                 uint64_t ordinal) const = 0;

  // The number that the next entry of `ledger` will have.
  virtual absl::StatusOr<uint64_t> NextOrdinal(const LedgerId& ledger) const = 0;

  // The time of the last act that was taken; before the first, that of the genesis entries.
  virtual absl::Time LastTime() const = 0;

  // Adds one act with its contents and all its entries, each to its ledger, and the facts that
  // follow.
  //
  // FAILED_PRECONDITION if an ordinal is not its ledger's next, not exactly one entry is the
  // author's own (role own or refused), or the act or its id was added before: nothing of the act
  // was added. After any other error the batch may hold half an act, and Commit answers the same
  // error. DATA_LOSS, as of all calls before Commit: what it needs cannot be read.
  virtual absl::Status Append(const EncodedAct& act, std::span<const NamedContent> contents,
                              std::span<const EncodedEntry> entries) = 0;

  // Takes the contents of an act from one reader, or from all, salts included. Act and proofs stay.
  // NOT_FOUND if there is no such act.
  virtual absl::Status CutContents(const LedgerId& ledger, const Digest& act) = 0;
  virtual absl::Status EraseContents(const Digest& act) = 0;

  // The head of `ledger` with what was appended, and its tree.
  virtual absl::StatusOr<TreeHead> Head(const LedgerId& ledger) const = 0;
  virtual absl::StatusOr<std::unique_ptr<TileSource>> Tiles(const LedgerId& ledger) const = 0;

  // Makes everything appended durable, and returns the heads of the ledgers it touched as they now
  // stand: what may be signed.
  //
  // ABORTED if another writer came first: nothing was kept, and the caller may start again.
  // UNAVAILABLE if there is no room: nothing was kept.
  // UNKNOWN if it cannot be told whether it was kept: read before trying again.
  // DATA_LOSS if the disk refused: the process must stop.
  // Call at most once, whatever it returns.
  virtual absl::StatusOr<LedgerHeads> Commit() = 0;
};

// Where the exchange keeps what it must never lose.
//
// Thread-safe. What a Commit that returned OK made durable survives the loss of power.
// tests/contract/store_contract.h states these promises as tests that every Store must pass.
class Store {
 public:
  virtual ~Store() = default;

  virtual const rules::Exchange& exchange() const = 0;

  // The genesis document and the secretariat's signature of it, as they were given.
  virtual std::string genesis() const = 0;
  virtual std::string genesis_signature() const = 0;

  // One reader's part of the exchange as it stands now.
  virtual absl::StatusOr<std::unique_ptr<const Snapshot>> Read(const LedgerId& ledger) const = 0;

  // What the registry has of a credential: a serialized CredentialRecord, if it is registered.
  virtual absl::StatusOr<std::optional<std::string>> FindCredential(
      const Digest& credential) const = 0;

  // The heads of all ledgers that have entries.
  virtual absl::StatusOr<LedgerHeads> Heads() const = 0;

  // The right to write. Blocks while another holds it, at most until `deadline`; then UNAVAILABLE.
  virtual absl::StatusOr<std::unique_ptr<Batch>> Write(absl::Time deadline) = 0;
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_STORE_H_
