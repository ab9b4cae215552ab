#ifndef CBM_TESTS_INTEGRATION_RANDOM_HISTORY_H_
#define CBM_TESTS_INTEGRATION_RANDOM_HISTORY_H_

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/evidence/domain_hash.h"
#include "tests/integration/visibility_model.h"
#include "tests/support/served_exchange.h"

namespace cbm::test {

// An exchange of six States, the secretariat, the auditor and integrations, in which random acts of
// all kinds are made: each in the exchange and in the model of it.
class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed);

  // One random act. A test fails, fatally, if the exchange answers by another code than the model,
  // or if a refusal leaves anything.
  void Step();

  ServedExchange& exchange() { return exchange_; }
  const VisibilityModel& model() const { return model_; }

  // The acts that were handed in, taken or not: authors and act ids.
  const std::vector<std::pair<ModelOffice, std::string>>& acts() const { return acts_; }

  // Which kinds of act were answered by which codes.
  const std::set<std::pair<v1::ActKind, absl::StatusCode>>& tried() const { return tried_; }

  // Instants pass by the clock alone, so that what is asked of the model is asked at the same.
  absl::Time Now() { return exchange_.clock().Now(); }

  // The State that a commitment of one of the acts names; "unknown" if none does.
  std::string StateBehind(const std::string& commitment) const;

 private:
  // An act that was taken.
  struct Taken {
    const TestOffice* author;  // As it signed.
    v1::PerformActRequest request;
    std::string entry;  // The author's own, as its receipt has it.
  };

  void Submit();
  void FollowUp();
  void OpenOrAcknowledge();
  void Reply();
  void Grant();
  void Enrol();
  void ChangeCredential();
  void RenewCredential();
  v1::PerformActRequest AnyChange(const TestOffice& by, const TestOffice& of);
  // One that may change the directory, of whoever.
  const TestOffice& AnyAdministrator();
  void Repeat();
  void Consult();
  void RequestConsultation();
  void ActInConsultation(const ModelConsultation& consultation);
  v1::ActKind AnyKindFor(const ModelConsultation& consultation);
  void Vary(const ModelConsultation& consultation, Draft& draft);
  PartySetMembers AnyPartySet(const ModelConsultation& consultation);
  const TestOffice& AnyFor(const ModelConsultation& consultation, v1::ActKind kind);
  void CheckRefusal(const v1::Act& act, const absl::Status& status);

  // An office of one of these parties, and a framework that a party belongs to.
  const TestOffice& AnyOfficeOf(const std::vector<std::string>& parties);
  // Of these parties mostly one that was sent it.
  const TestOffice& AnyReaderOf(const ModelNotification& notification,
                                const std::vector<std::string>& parties);
  std::string AnyFrameworkOf(const std::string& party);
  void Say(const TestOffice& author, Draft draft, const std::vector<std::string>& states = {});
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
  std::vector<Taken> taken_;
  std::set<std::pair<v1::ActKind, absl::StatusCode>> tried_;
  std::map<std::string, std::string> commitments_;  // The States that they name.
  int enrolled_ = 0;
};

// The States of each framework in the exchange of random histories.
const std::map<std::string, std::vector<std::string>>& FrameworksOfHistories();

}  // namespace cbm::test

#endif  // CBM_TESTS_INTEGRATION_RANDOM_HISTORY_H_
