#include "server/store/memory_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/base/status_macros.h"
#include "core/log/tiles.h"
#include "core/rules/facts.h"
#include "core/rules/projection.h"
#include "server/store/fact_range.h"
#include "server/store/store_errors.h"
#include "server/store/tree_edge.h"

namespace cbm {
namespace {

struct MemoryLedger {
  std::vector<EncodedEntry> entries;
  std::map<Digest, std::vector<uint64_t>> by_act;
  std::map<std::string, std::string, std::less<>> facts;
  std::map<TileId, std::string> tiles;
  std::set<Digest> cut;
  TreeEdge edge;
};

struct MemoryAct {
  std::string bytes;
  std::string signature;
  std::vector<NamedContent> contents;
  bool erased = false;
};

using NameKey = std::tuple<std::string, std::string, std::string>;

NameKey KeyOf(const ActName& name) {
  return {std::string(name.party), std::string(name.office), std::string(name.act_id)};
}

// Tiles and leaf hashes of a ledger, as it is now.
class MemoryTiles final : public TileSource {
 public:
  // Keeps the ledger, so that it does not change.
  explicit MemoryTiles(std::shared_ptr<const MemoryLedger> kept)
      : kept_(std::move(kept)), ledger_(*kept_) {}

  absl::StatusOr<std::string> ReadTile(TileId tile) override {
    const auto found = ledger_.tiles.find(tile);
    return found == ledger_.tiles.end() ? absl::StatusOr<std::string>(absl::NotFoundError("tile"))
                                        : found->second;
  }
  absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) override {
    std::string hashes;
    for (uint64_t i = from; i < from + count && i < ledger_.entries.size(); ++i) {
      hashes += BytesOf(ledger_.entries[i].leaf_hash);
    }
    return hashes;
  }

 private:
  const std::shared_ptr<const MemoryLedger> kept_;  // Shared with states.
  const MemoryLedger& ledger_;
};

class MemoryLedgerView final : public rules::LedgerView {
 public:
  explicit MemoryLedgerView(const MemoryLedger& ledger) : ledger_(ledger) {}

  absl::StatusOr<std::optional<std::string>> FindFact(std::string_view key) const override {
    const auto found = ledger_.facts.find(key);
    return found == ledger_.facts.end() ? std::nullopt : std::optional(found->second);
  }
  absl::StatusOr<std::vector<rules::Fact>> ListFacts(std::string_view prefix, std::string_view from,
                                                     rules::Direction direction,
                                                     size_t limit) const override {
    const FactRange range = RangeOf(prefix, from, direction);
    std::vector<rules::Fact> facts;
    if (range.lower < range.upper) {
      const auto end = ledger_.facts.lower_bound(range.upper);
      for (auto it = ledger_.facts.lower_bound(range.lower); it != end; ++it) {
        facts.push_back({.key = it->first, .value = it->second});
      }
    }
    if (direction == rules::Direction::kDescending) {
      std::reverse(facts.begin(), facts.end());
    }
    facts.resize(std::min(facts.size(), limit));
    return facts;
  }
  absl::StatusOr<std::optional<uint64_t>> FindEntry(const Digest& act) const override {
    const auto found = ledger_.by_act.find(act);
    return found == ledger_.by_act.end() ? std::nullopt : std::optional(found->second.front());
  }

 private:
  const MemoryLedger& ledger_;
};

class MemoryFacts final : public rules::FactTable {
 public:
  explicit MemoryFacts(MemoryLedger& ledger) : ledger_(ledger) {}

  absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const override {
    return MemoryLedgerView(ledger_).FindFact(key);
  }
  absl::StatusOr<std::optional<uint64_t>> FindEntry(const Digest& act) const override {
    return MemoryLedgerView(ledger_).FindEntry(act);
  }
  absl::Status Put(std::string_view key, std::string_view value) override {
    ledger_.facts.insert_or_assign(std::string(key), std::string(value));
    return absl::OkStatus();
  }

 private:
  MemoryLedger& ledger_;
};

std::shared_ptr<MemoryLedger> EmptyLedger() {
  static const auto* const kEmpty = new std::shared_ptr(std::make_shared<MemoryLedger>());
  return *kEmpty;
}

}  // namespace

struct MemoryState {
  // Ledgers and acts are shared between states until they change.
  std::map<LedgerId, std::shared_ptr<MemoryLedger>> ledgers;
  std::map<Digest, std::shared_ptr<const MemoryAct>> acts;
  std::map<NameKey, ActPlace> names;
  std::shared_ptr<const MemoryLedger> registry = std::make_shared<MemoryLedger>();
  absl::Time last_time = absl::InfinitePast();

  std::shared_ptr<const MemoryLedger> Share(const LedgerId& id) const {
    const auto found = ledgers.find(id);
    return found == ledgers.end() ? EmptyLedger() : found->second;
  }
  const MemoryLedger& Ledger(const LedgerId& id) const { return *Share(id); }

  // A ledger to be changed: a copy, unless this state alone has it.
  MemoryLedger& Mutable(const LedgerId& id) {
    std::shared_ptr<MemoryLedger>& ledger = ledgers[id];
    if (ledger == nullptr) {
      ledger = std::make_shared<MemoryLedger>();
    } else if (ledger.use_count() > 1) {
      ledger = std::make_shared<MemoryLedger>(*ledger);
    }
    return *ledger;
  }

  absl::Status AddEntry(const rules::Exchange& exchange, const EncodedEntry& entry,
                        const v1::Act* act) {
    CBM_ASSIGN_OR_RETURN(const LedgerId id, LedgerId::Parse(entry.entry.ledger()));
    MemoryLedger& ledger = Mutable(id);
    ledger.entries.push_back(entry);
    if (entry.entry.kind() != v1::ACT_KIND_UNSPECIFIED) {
      CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(entry.entry.act_digest()));
      ledger.by_act[digest].push_back(entry.entry.ordinal());
    }
    for (Tile& tile : ledger.edge.Grow(std::span(&entry.leaf_hash, 1))) {
      ledger.tiles[tile.id] = std::move(tile.hashes);
    }
    MemoryFacts facts(ledger);
    return rules::Project(exchange, entry.entry, entry.entry.has_summary() ? nullptr : act, facts);
  }
};

namespace {

class MemorySnapshot final : public Snapshot {
 public:
  MemorySnapshot(const rules::Exchange& exchange, std::shared_ptr<const MemoryState> state,
                 const LedgerId& own)
      : exchange_(exchange), state_(std::move(state)), own_id_(own) {
    views_.emplace(own, state_->Ledger(own));
    for (const LedgerId& all : exchange.AllLedgersOf(own)) {
      views_.emplace(all, state_->Ledger(all));
    }
  }

  const rules::Exchange& exchange() const override { return exchange_; }
  const LedgerId& own_id() const override { return own_id_; }
  const rules::LedgerView& own() const override { return views_.at(own_id_); }
  const rules::LedgerView* All(std::string_view framework) const override {
    const LedgerId id = LedgerId::All(framework);
    const auto found = views_.find(id);
    return found == views_.end() || id == own_id_ ? nullptr : &found->second;
  }

  absl::StatusOr<TreeHead> Head(const LedgerId& ledger) const override {
    CBM_RETURN_IF_ERROR(Reach(ledger));
    return state_->Ledger(ledger).edge.Head();
  }

  absl::StatusOr<std::vector<v1::LedgerRecord>> Records(const LedgerId& id, uint64_t from,
                                                        size_t limit,
                                                        size_t bytes_max) const override {
    CBM_RETURN_IF_ERROR(Reach(id));
    const MemoryLedger& ledger = state_->Ledger(id);
    std::vector<v1::LedgerRecord> records;
    size_t bytes = 0;
    for (uint64_t i = from; i < ledger.entries.size() && records.size() < limit; ++i) {
      v1::LedgerRecord record = RecordOf(ledger, ledger.entries[i]);
      bytes += BytesOfRecord(record);
      if (!records.empty() && bytes > bytes_max) {
        break;
      }
      records.push_back(std::move(record));
    }
    return records;
  }

  absl::StatusOr<std::unique_ptr<TileSource>> Tiles(const LedgerId& ledger) const override {
    CBM_RETURN_IF_ERROR(Reach(ledger));
    return std::make_unique<MemoryTiles>(state_->Share(ledger));
  }

  absl::StatusOr<v1::Content> ReadContent(const LedgerId& id, const Digest& act,
                                          const Digest& content) const override {
    CBM_RETURN_IF_ERROR(Reach(id));
    const MemoryLedger& ledger = state_->Ledger(id);
    const auto ordinals = ledger.by_act.find(act);
    const bool given =
        ordinals != ledger.by_act.end() && ledger.cut.count(act) == 0 &&
        std::any_of(ordinals->second.begin(), ordinals->second.end(), [&](uint64_t ordinal) {
          return !ledger.entries[ordinal].entry.given_digest().empty();
        });
    if (given) {
      const MemoryAct& of_act = *state_->acts.at(act);
      for (const NamedContent& named : of_act.contents) {
        if (named.digest == content && !of_act.erased) {
          return named.content;
        }
      }
    }
    return NoSuchContent();
  }

  absl::StatusOr<std::optional<ActPlace>> FindAct(const ActName& name) const override {
    const auto found = state_->names.find(KeyOf(name));
    if (found == state_->names.end() || views_.count(found->second.ledger) == 0) {
      return std::nullopt;
    }
    return found->second;
  }

 private:
  absl::Status Reach(const LedgerId& ledger) const {
    return views_.count(ledger) != 0 ? absl::OkStatus() : NoSuchLedger();
  }

  v1::LedgerRecord RecordOf(const MemoryLedger& ledger, const EncodedEntry& entry) const {
    v1::LedgerRecord record;
    record.set_entry(entry.bytes);
    const auto digest = DigestFrom(entry.entry.act_digest());
    const auto found = digest.ok() ? state_->acts.find(*digest) : state_->acts.end();
    if (found == state_->acts.end()) {
      return record;
    }
    const MemoryAct& act = *found->second;
    if (!entry.entry.has_summary()) {
      record.set_act(act.bytes);
      record.set_signature(act.signature);
    }
    if (!entry.entry.given_digest().empty() && ledger.cut.count(*digest) == 0) {
      for (const NamedContent& content : act.contents) {
        record.add_given(std::string(BytesOf(content.digest)));
      }
    }
    return record;
  }

  const rules::Exchange& exchange_;
  const std::shared_ptr<const MemoryState> state_;  // Shared with the store and other snapshots.
  const LedgerId own_id_;
  std::map<LedgerId, MemoryLedgerView> views_;
};

}  // namespace

class MemoryStore::MemoryBatch final : public Batch {
 public:
  explicit MemoryBatch(MemoryStore& store)
      : store_(store), state_(std::make_shared<MemoryState>(*store.State())) {
    registry_.emplace(*state_->registry);
  }
  ~MemoryBatch() override { store_.writers_.Give(); }

  absl::StatusOr<std::unique_ptr<const rules::View>> ViewOf(const LedgerId& ledger) const override {
    // A copy, since later appends change the state.
    return std::make_unique<MemorySnapshot>(store_.exchange_,
                                            std::make_shared<MemoryState>(*state_), ledger);
  }
  const rules::LedgerView& Registry() const override { return *registry_; }

  absl::StatusOr<std::optional<ActPlace>> FindAct(const ActName& name) const override {
    const auto found = state_->names.find(KeyOf(name));
    return found == state_->names.end() ? std::nullopt : std::optional(found->second);
  }
  absl::StatusOr<EncodedEntry> ReadEntry(const LedgerId& id, uint64_t ordinal) const override {
    const MemoryLedger& ledger = state_->Ledger(id);
    if (ordinal >= ledger.entries.size()) {
      return MissingEntry();
    }
    return ledger.entries[ordinal];
  }
  absl::StatusOr<uint64_t> NextOrdinal(const LedgerId& ledger) const override {
    return state_->Ledger(ledger).entries.size();
  }
  absl::Time LastTime() const override { return state_->last_time; }

  absl::Status Append(const EncodedAct& act, std::span<const NamedContent> contents,
                      std::span<const EncodedEntry> entries) override {
    CBM_RETURN_IF_ERROR(broken_);
    CBM_RETURN_IF_ERROR(CheckAppend(*this, act, entries));
    if (state_->acts.count(act.digest) != 0) {
      return AddedBefore();
    }
    broken_ = Add(act, contents, entries);
    return broken_;
  }

  absl::Status CutContents(const LedgerId& ledger, const Digest& act) override {
    if (state_->acts.count(act) == 0) {
      return NoSuchAct();
    }
    state_->Mutable(ledger).cut.insert(act);
    return absl::OkStatus();
  }
  absl::Status EraseContents(const Digest& act) override {
    const auto found = state_->acts.find(act);
    if (found == state_->acts.end()) {
      return NoSuchAct();
    }
    MemoryAct erased = *found->second;
    erased.erased = true;
    for (NamedContent& content : erased.contents) {
      content.content.Clear();
    }
    found->second = std::make_shared<MemoryAct>(std::move(erased));
    return absl::OkStatus();
  }

  absl::StatusOr<TreeHead> Head(const LedgerId& ledger) const override {
    return state_->Ledger(ledger).edge.Head();
  }
  absl::StatusOr<std::unique_ptr<TileSource>> Tiles(const LedgerId& ledger) const override {
    return std::make_unique<MemoryTiles>(state_->Share(ledger));
  }

  absl::StatusOr<LedgerHeads> Commit() override {
    CBM_RETURN_IF_ERROR(broken_);
    LedgerHeads heads;
    for (const LedgerId& ledger : touched_) {
      heads.emplace(ledger, state_->Ledger(ledger).edge.Head());
    }
    const MutexLock lock(store_.mutex_);
    store_.state_ = std::make_shared<MemoryState>(*state_);
    return heads;
  }

 private:
  absl::Status Add(const EncodedAct& act, std::span<const NamedContent> contents,
                   std::span<const EncodedEntry> entries) {
    state_->acts[act.digest] =
        std::make_shared<MemoryAct>(MemoryAct{.bytes = act.bytes,
                                              .signature = act.signature,
                                              .contents = {contents.begin(), contents.end()}});
    for (const EncodedEntry& entry : entries) {
      CBM_ASSIGN_OR_RETURN(const LedgerId ledger, LedgerId::Parse(entry.entry.ledger()));
      CBM_RETURN_IF_ERROR(state_->AddEntry(store_.exchange_, entry, &act.act));
      touched_.insert(ledger);
      state_->last_time = std::max(state_->last_time, rules::FromTimestamp(entry.entry.time()));
      if (!IsAuthorsOwn(entry.entry)) {
        continue;
      }
      state_->names.insert_or_assign(
          NameKey{act.act.party(), act.act.office(), act.act.act_id()},
          ActPlace{.ledger = ledger, .ordinal = entry.entry.ordinal(), .act_digest = act.digest});
      if (entry.entry.role() == v1::ENTRY_ROLE_OWN) {
        auto registry = std::make_shared<MemoryLedger>(*state_->registry);
        MemoryFacts facts(*registry);
        CBM_RETURN_IF_ERROR(rules::ProjectRegistry(store_.exchange_, entry.entry, act.act, facts));
        registry_.emplace(*registry);
        state_->registry = std::move(registry);
      }
    }
    return absl::OkStatus();
  }

  MemoryStore& store_;
  std::shared_ptr<MemoryState> state_;  // This batch's alone.
  std::optional<MemoryLedgerView> registry_;
  std::set<LedgerId> touched_;
  absl::Status broken_;  // Why the batch holds half an act, if it does.
};

absl::StatusOr<std::unique_ptr<MemoryStore>> MemoryStore::Create(Founding founding,
                                                                 Random& random) {
  CBM_ASSIGN_OR_RETURN(Foundation foundation, Found(founding, random));
  auto state = std::make_shared<MemoryState>();
  auto registry = std::make_shared<MemoryLedger>();
  MemoryFacts facts(*registry);
  CBM_RETURN_IF_ERROR(rules::ProjectGenesis(foundation.exchange, facts));
  state->registry = std::move(registry);
  state->last_time = founding.time;
  for (const EncodedEntry& entry : foundation.entries) {
    CBM_RETURN_IF_ERROR(state->AddEntry(foundation.exchange, entry, nullptr));
  }
  return std::unique_ptr<MemoryStore>(
      new MemoryStore(std::move(founding), std::move(foundation.exchange), std::move(state)));
}

MemoryStore::MemoryStore(Founding founding, rules::Exchange exchange,
                         std::shared_ptr<const MemoryState> state)
    : founding_(std::move(founding)), exchange_(std::move(exchange)), state_(std::move(state)) {}

MemoryStore::~MemoryStore() = default;

std::shared_ptr<const MemoryState> MemoryStore::State() const {
  const MutexLock lock(mutex_);
  return state_;
}

absl::StatusOr<std::unique_ptr<const Snapshot>> MemoryStore::Read(const LedgerId& ledger) const {
  return std::make_unique<MemorySnapshot>(exchange_, State(), ledger);
}

absl::StatusOr<std::optional<std::string>> MemoryStore::FindCredential(
    const Digest& credential) const {
  const std::shared_ptr<const MemoryState> state = State();
  return MemoryLedgerView(*state->registry).FindFact(rules::CredentialKey(credential));
}

absl::StatusOr<LedgerHeads> MemoryStore::Heads() const {
  LedgerHeads heads;
  for (const auto& [id, ledger] : State()->ledgers) {
    if (!ledger->entries.empty()) {
      heads.emplace(id, ledger->edge.Head());
    }
  }
  return heads;
}

absl::StatusOr<std::unique_ptr<Batch>> MemoryStore::Write(absl::Time deadline) {
  if (!writers_.Take(deadline)) {
    return Busy();
  }
  return std::make_unique<MemoryBatch>(*this);
}

}  // namespace cbm
