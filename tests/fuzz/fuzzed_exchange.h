#ifndef CBM_TESTS_FUZZ_FUZZED_EXCHANGE_H_
#define CBM_TESTS_FUZZ_FUZZED_EXCHANGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/act_service.pb.h"
#include "client/replica.h"
#include "core/base/ledger_id.h"
#include "core/evidence/encoded.h"
#include "server/store/store.h"
#include "tests/fuzz/reach.h"
#include "tests/support/served_exchange.h"

namespace cbm::fuzz {

// So many offices and spare certificates there are; any number names one of them.
inline constexpr uint8_t kOfficeCount = 10;
inline constexpr uint8_t kSpareCount = 4;

// An act that sent something, or asked to consult.
struct Sent {
  std::string digest;
  v1::Act act;
  std::vector<std::string> states;  // Whom it names.
};

// A served exchange with its store in memory, and a client's replica of every ledger that somebody
// reads. Each one is as every other of this process: keys, certificates and enrolments are the
// same, and so are salts, ids and times for the same acts. Not thread-safe.
class FuzzedExchange {
 public:
  FuzzedExchange();

  test::ServedExchange& served() { return served_; }

  // Policy and duty of EE, FI and LV, the integration of LV, the secretariat, the auditor, and one
  // of EE that nothing depends on.
  const test::TestOffice& Office(uint8_t number) const;

  // A certificate with its key that belongs to nobody yet.
  static const test::Issued& Spare(uint8_t number);

  // What the party of that office knows, verified.
  const Replica& ReplicaOf(const test::TestOffice& office) const;

  // In the order in which they were taken.
  const std::vector<Sent>& sent() const { return sent_; }
  const std::vector<Sent>& requests() const { return requests_; }
  const std::vector<std::string>& taken() const { return taken_; }  // Digests of all acts.

  // Hands in the bytes of a PerformActRequest. Ends the process by Expect if a promise does not
  // hold:
  //
  //  - Whatever it is, it is answered, and not by a failure of the exchange.
  //  - The same again is answered the same, and writes nothing.
  //  - What is refused leaves nothing behind; what the rules refuse for the state of things, they
  //    refuse for the same reason to a client that asks its replica before.
  //  - Of what is taken the receipt verifies; a client that asks before is not told otherwise; and
  //    the replicas of all that are told of it believe it and come to the signed roots.
  //
  // Whether it was taken.
  bool HandIn(const test::TestOffice& carrier, const std::string& request, Reach& reach);

  // Ends the process by Expect if somebody who was away all the time, and is told of everything at
  // once now, does not believe it: one ledger is read after the other.
  void TellWhoWasAway();

 private:
  struct Answer {
    absl::Status status;
    v1::PerformActResponse response;
  };

  Answer Send(const test::TestOffice& carrier, const std::string& request);
  void CheckRefused(const test::TestOffice& carrier, const std::string& request,
                    const Answer& answer);
  void CheckTaken(const test::TestOffice& carrier, const std::string& request,
                  const v1::PerformActRequest& handed_in, const v1::Receipt& receipt);
  void CheckReceipt(const EncodedAct& act, const v1::Receipt& receipt) const;
  // What the rules answer on the party's own replica.
  absl::StatusOr<absl::Status> AskReplica(const v1::PerformActRequest& handed_in);
  void SyncAll(const LedgerHeads& before);
  void Sync(const LedgerId& own, Replica& replica);
  void Note(const EncodedAct& act, const v1::PerformActRequest& handed_in);

  test::ServedExchange served_;
  std::map<LedgerId, Replica> replicas_;
  std::map<LedgerId, Replica> away_;  // Of those who know what all know at first.
  std::vector<Sent> sent_;
  std::vector<Sent> requests_;
  std::vector<std::string> taken_;
};

}  // namespace cbm::fuzz

#endif  // CBM_TESTS_FUZZ_FUZZED_EXCHANGE_H_
