#ifndef CBM_TESTS_CORE_RULES_WRITTEN_VIEW_H_
#define CBM_TESTS_CORE_RULES_WRITTEN_VIEW_H_

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cbm/v1/directory.pb.h"
#include "cbm/v1/notification.pb.h"
#include "core/rules/facts.h"
#include "core/rules/view.h"
#include "tests/support/test_exchange.h"

namespace cbm::test {

// A ledger whose facts are written by hand, so that a test can have any that there may be.
class WrittenLedger final : public rules::LedgerView {
 public:
  void Put(std::string key, std::string value) { facts_[std::move(key)] = std::move(value); }
  void Put(const v1::OfficeRecord& office) {
    Put(rules::OfficeKey(office.party(), office.office()), office.SerializeAsString());
  }
  void Put(const v1::NotificationRecord& record) {
    entries_[DigestFrom(record.act_digest()).value()] = record.ordinal();
    Put(rules::NotificationKey(record.ordinal()), record.SerializeAsString());
  }
  // An entry of an act that is no notification.
  void PutEntry(const Digest& act, uint64_t ordinal) { entries_[act] = ordinal; }

  absl::StatusOr<std::optional<std::string>> FindFact(std::string_view key) const override {
    const auto found = facts_.find(key);
    return found == facts_.end() ? std::nullopt : std::optional(found->second);
  }
  absl::StatusOr<std::vector<rules::Fact>> ListFacts(std::string_view prefix, std::string_view from,
                                                     rules::Direction direction,
                                                     size_t limit) const override {
    std::vector<rules::Fact> facts;
    for (const auto& [key, value] : facts_) {
      if (key.starts_with(prefix)) {
        facts.push_back({key, value});
      }
    }
    const bool ascending = direction == rules::Direction::kAscending;
    if (!ascending) {
      std::reverse(facts.begin(), facts.end());
    }
    std::erase_if(facts, [&](const rules::Fact& fact) {
      return !from.empty() && (ascending ? fact.key <= from : fact.key >= from);
    });
    facts.resize(std::min(facts.size(), limit));
    return facts;
  }
  absl::StatusOr<std::optional<uint64_t>> FindEntry(const Digest& act) const override {
    const auto found = entries_.find(act);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, std::string, std::less<>> facts_;
  std::map<Digest, uint64_t> entries_;
};

// What one reader of the TestGenesis exchange may know, written by hand.
class WrittenView final : public rules::View {
 public:
  explicit WrittenView(LedgerId own) : exchange_(MakeExchange()), own_id_(std::move(own)) {
    for (const LedgerId& all : exchange_.AllLedgersOf(own_id_)) {
      all_.try_emplace(std::string(all.name()));
    }
  }

  WrittenLedger& own_ledger() { return own_; }
  WrittenLedger& all_ledger(const std::string& framework) { return all_.at(framework); }

  const rules::Exchange& exchange() const override { return exchange_; }
  const LedgerId& own_id() const override { return own_id_; }
  const rules::LedgerView& own() const override { return own_; }
  const rules::LedgerView* All(std::string_view framework) const override {
    const auto found = all_.find(framework);
    return found == all_.end() ? nullptr : &found->second;
  }

 private:
  static rules::Exchange MakeExchange() {
    v1::Genesis genesis = TestGenesis();
    genesis.set_log_key(std::string(32, 'k'));
    genesis.set_secretariat_certificate("certificate of SECRETARIAT-main");
    return rules::Exchange::Create(std::move(genesis), "test/00", {}).value();
  }

  const rules::Exchange exchange_;
  const LedgerId own_id_;
  WrittenLedger own_;
  std::map<std::string, WrittenLedger, std::less<>> all_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_CORE_RULES_WRITTEN_VIEW_H_
