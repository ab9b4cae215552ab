#ifndef CBM_TESTS_INTEGRATION_RANDOM_HISTORY_H_
#define CBM_TESTS_INTEGRATION_RANDOM_HISTORY_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/visibility_model.h"
#include "tests/support/served_exchange.h"

namespace cbm::test {

// An exchange of six States, the secretariat, the auditor and integrations, in which random acts of
// all kinds are made: each in the exchange and in the model of it.
class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed);

  // One random act. A test fails, fatally, if the exchange answers by another code than the model.
  void Step();

  ServedExchange& exchange() { return exchange_; }
  const VisibilityModel& model() const { return model_; }

  // The acts that were handed in, taken or not: authors and act ids.
  const std::vector<std::pair<ModelOffice, std::string>>& acts() const { return acts_; }

  // The State that a commitment of one of the acts names; "unknown" if none does.
  std::string StateBehind(const std::string& commitment) const;

 private:
  void Submit();
  void OpenOrAcknowledge();
  void Reply();
  void Grant();
  void Enrol();
  void Perform(const TestOffice& author, const v1::PerformActRequest& request,
               const std::vector<std::string>& states = {});

  size_t Roll(size_t sides) { return std::uniform_int_distribution<size_t>(0, sides - 1)(dice_); }
  template <typename T>
  T Any(const std::vector<T>& values) {
    return values[Roll(values.size())];
  }

  std::mt19937_64 dice_;
  ServedExchange exchange_;
  VisibilityModel model_;
  std::vector<std::pair<ModelOffice, std::string>> acts_;
  std::map<std::string, std::string> commitments_;  // The States that they name.
  int enrolled_ = 0;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_INTEGRATION_RANDOM_HISTORY_H_
