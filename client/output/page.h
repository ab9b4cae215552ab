#ifndef CBM_CLIENT_OUTPUT_PAGE_H_
#define CBM_CLIENT_OUTPUT_PAGE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cbm/v1/consultation.pb.h"
#include "cbm/v1/content.pb.h"
#include "cbm/v1/notification.pb.h"
#include "client/output/json.h"
#include "core/rules/exchange.h"

namespace cbm {

// What is printed for who reads on paper (client/output/paper.h): one notification with its thread,
// or one consultation, whole, with the references by which each can be proved.

// For whom, and at what time of the exchange.
struct PrintedFor {
  const rules::Exchange& exchange;  // Lent.
  std::string party;
  std::string office;
  absl::Time now;

  // "Latvia (LV)".
  std::string NameOf(std::string_view state) const;

  // "OSCE-3: Consultations".
  std::string MeasureOf(std::string_view id) const;

  // When it was printed, and for whom: one sentence.
  std::string Describe() const;
};

struct PrintedNotification {
  v1::NotificationRecord record;
  std::optional<v1::Manifest> said;  // None if it is not given to the reader.
};

// `thread` is the rest of its thread, oldest first. What an addressee did is shown to who is told
// of it: the author, and the addressee itself.
std::string NotificationPage(const PrintedNotification& printed, const NotificationState& state,
                             const std::vector<PrintedNotification>& thread,
                             const PrintedFor& reader);

// `said` has what was said in each event of the record's history, in its order.
std::string ConsultationPage(const v1::ConsultationRecord& record,
                             const std::vector<std::optional<v1::Manifest>>& said,
                             const PrintedFor& reader);

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_PAGE_H_
