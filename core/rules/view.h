#ifndef CBM_CORE_RULES_VIEW_H_
#define CBM_CORE_RULES_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/ledger_id.h"
#include "core/crypto/digest.h"
#include "core/rules/exchange.h"

namespace cbm::rules {

// Something that a ledger's entries say: a key and a serialized record (core/rules/facts.h names
// them all). The facts of a ledger are a function of its entries, and of nothing else.
struct Fact {
  std::string key;
  std::string value;
};

enum class Direction { kAscending, kDescending };

// One ledger, as rules and readers may ask it.
//
// Every call may fail with UNAVAILABLE or DATA_LOSS, if what lies beneath does.
class LedgerView {
 public:
  virtual ~LedgerView() = default;

  // The value under `key`, if there is one.
  virtual absl::StatusOr<std::optional<std::string>> FindFact(std::string_view key) const = 0;

  // At most `limit` facts whose keys start with `prefix`, in the order of their keys or against it,
  // after `from` in that direction (`from` itself left out; empty: from the beginning).
  virtual absl::StatusOr<std::vector<Fact>> ListFacts(std::string_view prefix,
                                                      std::string_view from, Direction direction,
                                                      size_t limit) const = 0;

  // The ordinal of the entry that this ledger has of an act; of several (an act may both be a
  // party's own and be told to it) the first.
  virtual absl::StatusOr<std::optional<uint64_t>> FindEntry(const Digest& act) const = 0;
};

// What one reader may know, and what a rule is given: the reader's own ledger, and the ALL ledgers
// it belongs to. There is no way from here to anybody else's.
class View {
 public:
  virtual ~View() = default;

  virtual const Exchange& exchange() const = 0;

  virtual const LedgerId& own_id() const = 0;
  virtual const LedgerView& own() const = 0;

  // The ALL ledger of a framework, or null if the reader does not belong to it.
  virtual const LedgerView* All(std::string_view framework) const = 0;
};

// The facts of one ledger in the making. `Find` shows what was put before.
class FactTable {
 public:
  virtual ~FactTable() = default;

  virtual absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const = 0;
  virtual absl::StatusOr<std::optional<uint64_t>> FindEntry(const Digest& act) const = 0;
  virtual absl::Status Put(std::string_view key, std::string_view value) = 0;
};

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_VIEW_H_
