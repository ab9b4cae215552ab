#ifndef CBM_CLIENT_LEDGER_REPLICA_H_
#define CBM_CLIENT_LEDGER_REPLICA_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/ledger.pb.h"
#include "core/base/ledger_id.h"
#include "core/evidence/encoded.h"
#include "core/log/merkle_tree.h"
#include "core/rules/exchange.h"
#include "core/rules/view.h"

namespace cbm {

// What was verified of one entry.
struct ReplicaRecord {
  v1::LedgerRecord record;  // As it was given.
  v1::Entry entry;
  std::optional<EncodedAct> act;  // None where the entry has a summary instead.
};

// Whose credential it is, and how it stood at an instant: what was done to it before, as the
// reader's ledgers say, and nothing that was done then or later.
using FindCredentialFn =
    std::function<absl::StatusOr<std::optional<v1::CredentialRecord>>(const Digest&, absl::Time)>;

// What the message about an entry that is not believed begins with.
std::string RefusalOf(uint64_t ordinal, const LedgerId& ledger);

// One ledger as its reader has it: entries, their Merkle tree, and the facts that follow from them.
//
// A value, so that what does not verify can be thrown away. Not thread-safe.
class LedgerReplica final : public rules::LedgerView, public rules::FactTable {
 public:
  // Of a ledger without entries. `exchange` must outlive it and its copies.
  LedgerReplica(const rules::Exchange& exchange, const Digest& genesis_digest, LedgerId id);

  const LedgerId& id() const { return id_; }
  uint64_t size() const { return tree_.size(); }
  const MerkleTree& tree() const { return tree_; }
  const std::vector<ReplicaRecord>& records() const { return records_; }

  // Those of `records` that suspended, restored or revoked a credential, in their order.
  std::vector<const ReplicaRecord*> ChangesOf(const Digest& credential) const;

  // Adds the next entry if it is what it should be: of this exchange and ledger, with the next
  // ordinal, in order of time, together with the act, signature and contents that it names, its
  // openings those of the act's commitments, in order and each once, and the act signed by a
  // registered credential of its author, who may perform it, and for this reader
  // (core/rules/entry_check.h). An act that registers a credential has a certificate that holds
  // from when to when the entry says. The first entry of a framework's ledger is as the genesis
  // document makes it. Of an act that was refused, what its author may is not asked, and no fact
  // follows from it. Whether the exchange vouches for an entry, only the checkpoint tells.
  //
  // DATA_LOSS otherwise; the message names ledger and ordinal. This copy is then good for nothing.
  absl::Status Append(const v1::LedgerRecord& record, const FindCredentialFn& find_credential);

  // The same for an entry whose signature was verified before.
  absl::Status AppendVerified(const v1::LedgerRecord& record);

  // rules::LedgerView and rules::FactTable.
  absl::StatusOr<std::optional<std::string>> FindFact(std::string_view key) const override;
  absl::StatusOr<std::vector<rules::Fact>> ListFacts(std::string_view prefix, std::string_view from,
                                                     rules::Direction direction,
                                                     size_t limit) const override;
  absl::StatusOr<std::optional<uint64_t>> FindEntry(const Digest& act) const override;
  absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const override;
  absl::Status Put(std::string_view key, std::string_view value) override;

 private:
  // What Append checks but for the act's signature.
  absl::StatusOr<ReplicaRecord> Check(const v1::LedgerRecord& record, Digest& leaf_hash) const;
  absl::Status CheckEntry(const v1::Entry& entry) const;
  absl::Status Add(ReplicaRecord record, const Digest& leaf_hash);

  const rules::Exchange* exchange_;
  Digest genesis_digest_;
  LedgerId id_;
  MerkleTree tree_;
  std::vector<ReplicaRecord> records_;
  std::map<std::string, std::string, std::less<>> facts_;
  std::map<Digest, uint64_t> entries_;  // By the digest of the act that was taken; the first.
  std::map<std::string, std::vector<uint64_t>, std::less<>> changes_;  // By credential: ordinals.
};

}  // namespace cbm

#endif  // CBM_CLIENT_LEDGER_REPLICA_H_
