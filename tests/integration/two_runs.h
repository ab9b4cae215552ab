#ifndef CBM_TESTS_INTEGRATION_TWO_RUNS_H_
#define CBM_TESTS_INTEGRATION_TWO_RUNS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "tests/integration/answer.h"
#include "tests/support/served_exchange.h"

namespace cbm::test {

// A ledger followed in both runs, an answer at a time.
class FollowedTwice {
 public:
  FollowedTwice(ServedExchange& quiet, ServedExchange& busy, const TestOffice& reader,
                const LedgerId& ledger);
  ~FollowedTwice();

  // Expects that the next answer of both runs is the same, byte for byte.
  void ExpectSameNext();

  const LedgerId& ledger() const { return ledger_; }

 private:
  struct Stream {
    grpc::ClientContext context;
    std::unique_ptr<v1::LedgerService::Stub> stub;
    std::unique_ptr<grpc::ClientReader<v1::FollowResponse>> reader;
  };

  static std::unique_ptr<Stream> Open(ServedExchange& exchange, const TestOffice& reader,
                                      const LedgerId& ledger);

  const LedgerId ledger_;
  std::unique_ptr<Stream> quiet_;
  std::unique_ptr<Stream> busy_;
};

// Two runs of one exchange, that differ in what some did: quiet and busy. What is done in both is
// done by the same bytes at the same instants of the FakeClock.
//
// The salts of entries come from no stream of numbers, which every act would move on, but are a
// function of the instant alone: so an act that both runs take has the same salts in both, whatever
// else was taken, and entries, roots, checkpoints and receipts can be compared byte for byte.
class TwoRuns {
 public:
  // Enrolled are EE, FI, LV, LT and SE with an office "duty" and one "policy", which may consult,
  // each; FI and LV with an "admin", which
  // may make grants, and an integration "siem"; and the auditor.
  TwoRuns();

  const TestOffice& Office(std::string_view party, std::string_view name = "duty") {
    return busy_->Office(party, name);
  }
  ServedExchange& quiet() { return *quiet_; }
  ServedExchange& busy() { return *busy_; }

  // Makes requests for both: their clocks stand at the same instant then.
  ServedExchange& NextInstant();

  // The answers of both; what is followed is compared after it, if it grew.
  struct Answers {
    Answer quiet;
    Answer busy;
  };
  Answers InBoth(const TestOffice& carrier, const v1::PerformActRequest& quiet,
                 const v1::PerformActRequest& busy);
  Answers InBoth(const TestOffice& carrier, const v1::PerformActRequest& request) {
    return InBoth(carrier, request, request);
  }

  // What is done in the busy run alone, a little later.
  Answer InBusy(const TestOffice& carrier, const v1::PerformActRequest& request);

  // Follows a ledger from its beginning in both runs; the first answers are the same.
  void Follow(const TestOffice& reader, const LedgerId& ledger);

  // Expects the same answer in both runs, byte for byte, and returns it.
  Answer ExpectSame(const TestOffice& caller, std::string_view method,
                    const google::protobuf::Message& request);
  void ExpectSameAct(const TestOffice& carrier, const v1::PerformActRequest& request);

 private:
  std::unique_ptr<ServedExchange> busy_;
  std::unique_ptr<ServedExchange> quiet_;  // Like busy_, which outlives it.
  absl::Time now_;
  std::vector<std::unique_ptr<FollowedTwice>> followed_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_INTEGRATION_TWO_RUNS_H_
