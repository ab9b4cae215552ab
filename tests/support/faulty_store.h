#ifndef CBM_TESTS_SUPPORT_FAULTY_STORE_H_
#define CBM_TESTS_SUPPORT_FAULTY_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/base/mutex.h"
#include "server/store/store.h"

namespace cbm::test {

// A door that a test shuts, to know what waits before it.
//
// Thread-safe.
class Gate {
 public:
  void Shut() {
    const MutexLock lock(mutex_);
    open_ = false;
  }
  void Open() {
    const MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }

  // Returns once the door is open.
  void Pass() {
    const MutexLock lock(mutex_);
    ++came_;
    ++waiting_;
    changed_.NotifyAll();
    while (!open_) {
      changed_.Wait(mutex_);
    }
    --waiting_;
  }

  // Returns once somebody waits before the shut door.
  void AwaitSomebody() {
    const MutexLock lock(mutex_);
    while (open_ || waiting_ == 0) {
      changed_.Wait(mutex_);
    }
  }

  // Returns once `count` have come to the door since the beginning.
  void AwaitComing(int count) {
    const MutexLock lock(mutex_);
    while (came_ < count) {
      changed_.Wait(mutex_);
    }
  }

 private:
  Mutex mutex_;
  Condition changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = true;
  int came_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

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

// A store that fails as `faults` say, and else is the one behind it. Writers come to `gate` first.
//
// As thread-safe as the store behind it.
class FaultyStore final : public Store {
 public:
  explicit FaultyStore(Store& behind) : behind_(behind) {}

  Faults faults;
  Gate gate;

  const rules::Exchange& exchange() const override { return behind_.exchange(); }
  std::string genesis() const override { return behind_.genesis(); }
  std::string genesis_signature() const override { return behind_.genesis_signature(); }
  absl::StatusOr<std::unique_ptr<const Snapshot>> Read(const LedgerId& ledger) const override {
    return behind_.Read(ledger);
  }
  absl::StatusOr<std::optional<std::string>> FindCredential(
      const Digest& credential) const override {
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
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_FAULTY_STORE_H_
