#ifndef CBM_TESTS_SUPPORT_FAULTY_STORE_H_
#define CBM_TESTS_SUPPORT_FAULTY_STORE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "server/store/store.h"
#include "tests/support/door.h"

namespace cbm::test {

// What goes wrong; nothing, unless a test says so. Set before the acts that meet it are handed in.
struct Faults {
  using Fault = std::function<absl::Status()>;
  static absl::Status None() { return absl::OkStatus(); }

  Fault at_find_credential = None;
  Fault at_write = None;
  Fault instead_of_append = None;
  Fault instead_of_commit = None;
  std::optional<std::string> other_credential;  // Found instead of any.
  Fault after_commit = None;                    // It was kept, and nobody can tell.
};

// A store that fails as `faults` say, and else is the one behind it. Writers come to `gate` first,
// who reads a ledger to `reading`.
//
// As thread-safe as the store behind it.
class FaultyStore final : public Store {
 public:
  explicit FaultyStore(Store& behind) : behind_(behind) {}

  Faults faults;
  Door gate;
  mutable Door reading;

  // How often a credential was looked for: once when a call of its comes, and more.
  int FoundTimes(const Digest& credential) const {
    const MutexLock lock(mutex_);
    return found_[credential];
  }
  void AwaitFinding(const Digest& credential, int times) const {
    const MutexLock lock(mutex_);
    while (found_[credential] < times) {
      changed_.Wait(mutex_);
    }
  }

  // The ledgers that were read, in the order in which their readers passed the door.
  std::vector<LedgerId> WasRead() const {
    const MutexLock lock(mutex_);
    return read_;
  }

  const rules::Exchange& exchange() const override { return behind_.exchange(); }
  std::string genesis() const override { return behind_.genesis(); }
  std::string genesis_signature() const override { return behind_.genesis_signature(); }
  absl::StatusOr<std::unique_ptr<const Snapshot>> Read(const LedgerId& ledger) const override {
    reading.Pass();
    {
      const MutexLock lock(mutex_);
      read_.push_back(ledger);
    }
    return behind_.Read(ledger);
  }
  absl::StatusOr<std::optional<std::string>> FindCredential(
      const Digest& credential) const override {
    {
      const MutexLock lock(mutex_);
      ++found_[credential];
      changed_.NotifyAll();
    }
    if (absl::Status fault = faults.at_find_credential(); !fault.ok()) {
      return fault;
    }
    if (faults.other_credential.has_value()) {
      return faults.other_credential;
    }
    return behind_.FindCredential(credential);
  }
  absl::StatusOr<LedgerHeads> Heads() const override { return behind_.Heads(); }
  absl::StatusOr<std::unique_ptr<Batch>> Write(absl::Time deadline) override {
    gate.Pass();
    if (absl::Status fault = faults.at_write(); !fault.ok()) {
      return fault;
    }
    absl::StatusOr<std::unique_ptr<Batch>> batch = behind_.Write(deadline);
    if (!batch.ok()) {
      return batch;
    }
    return std::make_unique<FaultyBatch>(faults, *std::move(batch));
  }

 private:
  class FaultyBatch final : public Batch {
   public:
    FaultyBatch(const Faults& faults, std::unique_ptr<Batch> behind)
        : faults_(faults), behind_(std::move(behind)) {}

    absl::StatusOr<std::unique_ptr<const rules::View>> ViewOf(
        const LedgerId& ledger) const override {
      return behind_->ViewOf(ledger);
    }
    const rules::LedgerView& Registry() const override { return behind_->Registry(); }
    absl::StatusOr<std::optional<ActPlace>> FindAct(const ActName& name) const override {
      return behind_->FindAct(name);
    }
    absl::StatusOr<EncodedEntry> ReadEntry(const LedgerId& ledger,
                                           uint64_t ordinal) const override {
      return behind_->ReadEntry(ledger, ordinal);
    }
    absl::StatusOr<uint64_t> NextOrdinal(const LedgerId& ledger) const override {
      return behind_->NextOrdinal(ledger);
    }
    absl::Time LastTime() const override { return behind_->LastTime(); }
    absl::Status Append(const EncodedAct& act, std::span<const NamedContent> contents,
                        std::span<const EncodedEntry> entries) override {
      if (absl::Status fault = faults_.instead_of_append(); !fault.ok()) {
        return fault;
      }
      return behind_->Append(act, contents, entries);
    }
    absl::Status CutContents(const LedgerId& ledger, const Digest& act) override {
      return behind_->CutContents(ledger, act);
    }
    absl::Status EraseContents(const Digest& act) override { return behind_->EraseContents(act); }
    absl::StatusOr<TreeHead> Head(const LedgerId& ledger) const override {
      return behind_->Head(ledger);
    }
    absl::StatusOr<std::unique_ptr<TileSource>> Tiles(const LedgerId& ledger) const override {
      return behind_->Tiles(ledger);
    }
    absl::StatusOr<LedgerHeads> Commit() override {
      if (absl::Status fault = faults_.instead_of_commit(); !fault.ok()) {
        return fault;
      }
      absl::StatusOr<LedgerHeads> heads = behind_->Commit();
      if (absl::Status fault = faults_.after_commit(); !fault.ok()) {
        return fault;
      }
      return heads;
    }

   private:
    const Faults& faults_;
    const std::unique_ptr<Batch> behind_;
  };

  Store& behind_;
  mutable Mutex mutex_;
  mutable Condition changed_;
  mutable std::map<Digest, int> found_ ABSL_GUARDED_BY(mutex_);
  mutable std::vector<LedgerId> read_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_FAULTY_STORE_H_
