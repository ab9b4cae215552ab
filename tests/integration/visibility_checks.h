#ifndef CBM_TESTS_INTEGRATION_VISIBILITY_CHECKS_H_
#define CBM_TESTS_INTEGRATION_VISIBILITY_CHECKS_H_

#include <string>
#include <string_view>
#include <vector>

#include "cbm/v1/consultation.pb.h"
#include "cbm/v1/ledger.pb.h"
#include "cbm/v1/notification.pb.h"
#include "client/replica.h"
#include "tests/integration/answer.h"
#include "tests/integration/random_history.h"

namespace cbm::test {

// What a reader can obtain after a random history, through every RPC, compared with what the model
// of it allows, and with what the reader's own client makes of the ledgers.
class VisibilityChecks {
 public:
  // Of a history that outlives it.
  explicit VisibilityChecks(RandomHistory& history)
      : history_(history), exchange_(history.exchange()), model_(history.model()) {}

  // Expects that nothing is missing and nothing is more.
  void CheckAll(const ModelOffice& reader);

  // The same of consultations alone.
  void CheckConsultations(const ModelOffice& reader);

 private:
  void CheckLedgers(const ModelOffice& reader);
  void CheckLedger(const ModelOffice& reader, const std::string& ledger);
  void CheckProofs(const ModelOffice& reader, const std::string& ledger, uint64_t size);
  void CheckNotRead(const ModelOffice& reader, const std::string& ledger);
  void CheckNotifications(const ModelOffice& reader);
  void CheckContents(const ModelOffice& reader);
  void CheckReceipts(const ModelOffice& reader);
  void CheckDirectory(const ModelOffice& reader);
  void CheckReplica(const ModelOffice& reader);
  void CheckReplayedNotifications(const ModelOffice& reader, const Replica& replica);
  void CheckReplayedConsultations(const ModelOffice& reader, const Replica& replica);
  void CheckReplayedDirectory(const ModelOffice& reader, const Replica& replica);
  void CheckReplayedCredentials(const ModelOffice& reader, const Replica& replica);

  Answer AskAs(const ModelOffice& reader, std::string_view method,
               const google::protobuf::Message& request);
  std::vector<v1::NotificationRecord> ListNotifications(const ModelOffice& reader,
                                                        const std::string& ledger);
  std::vector<v1::ConsultationRecord> ListConsultations(const ModelOffice& reader);
  Told ToldBy(const v1::LedgerRecord& record);
  v1::ConsultationState WithoutCommitments(v1::ConsultationState state);

  RandomHistory& history_;
  ServedExchange& exchange_;
  const VisibilityModel& model_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_INTEGRATION_VISIBILITY_CHECKS_H_
