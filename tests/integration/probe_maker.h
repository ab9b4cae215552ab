#ifndef CBM_TESTS_INTEGRATION_PROBE_MAKER_H_
#define CBM_TESTS_INTEGRATION_PROBE_MAKER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/evidence/domain_hash.h"
#include "google/protobuf/message.h"
#include "tests/support/served_exchange.h"

namespace cbm::test {

// One thing, twice: as it exists, and as it does not.
struct Pair {
  std::string there;
  std::string absent;

  const std::string& Of(bool exists) const { return exists ? there : absent; }
};

struct Probe {
  std::string method;
  std::string about;
  // The request, by this caller, for what exists or for what does not.
  std::function<std::unique_ptr<google::protobuf::Message>(const TestOffice& caller, bool exists)>
      make;
  // Who is told the two apart; null where it is nobody's to ask, and refused to all.
  const TestOffice* owner = nullptr;
};

// An act that was taken.
struct Sent {
  std::string digest;
  std::string content;  // Of the manifest; empty for an act without.
  std::string id;
  std::string party;
  std::string office;
};

// Makes the probes of things that one may have and another not: each Of adds every way to ask.
class ProbeMaker {
 public:
  // Of an exchange that outlives it and its probes. `sender` sent every notification asked for.
  ProbeMaker(ServedExchange& exchange, const TestOffice& sender)
      : exchange_(exchange), sender_(sender) {}

  // A notification, or another act: by its digest, in every way that names one.
  void OfAct(const Sent& sent);

  // A consultation by its id: to be shown, and every act in it, for these States and for others.
  // `owner` takes part in it.
  void OfConsultation(const PartySetMembers& members, const TestOffice& owner);

  // A content, by act and content: each may exist or not.
  void OfContent(const Sent& sent);

  // An act's id, and what can be said of whose it is.
  void OfReceipt(const Sent& sent, const TestOffice& owner);

  // A ledger, in every call that names one.
  void OfLedger(const Pair& ledger, const TestOffice& owner);

  // Lists of the caller's own ledger, by what is in others' alone.
  void OfFilters(const std::string& from_party, const Sent& sent);

  // An office "duty" of a party, and all offices of it.
  void OfOffice(const Pair& party, const TestOffice& owner);

  // A certificate that is registered to somebody, against one that is nobody's.
  void OfRegistration(const TestOffice& registered);

  // The name "siem" of an integration, against "soar": `owner` may say what it may read.
  void OfIntegration(const TestOffice& owner);

  // The framework UN.
  void OfFramework();

  std::vector<Probe>& probes() { return probes_; }

 private:
  void Add(Probe probe) { probes_.push_back(std::move(probe)); }
  void OfProofs(const Pair& ledger, const TestOffice& owner);
  std::string Unknown(std::string_view like);

  ServedExchange& exchange_;
  const TestOffice& sender_;
  std::vector<Probe> probes_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_INTEGRATION_PROBE_MAKER_H_
