#ifndef CBM_CLIENT_OUTPUT_JSON_H_
#define CBM_CLIENT_OUTPUT_JSON_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cbm/v1/content.pb.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/notification.pb.h"
#include "core/rules/deadlines.h"
#include "nlohmann/json.hpp"

namespace cbm {

// What programs read: snake_case, integers as numbers, digests in hexadecimal, instants in RFC
// 3339, ledgers as `state/EE`. Fields keep their order and their names.
using Json = nlohmann::ordered_json;

// One value on lines of its own, for a command; or on one line, for a stream.
std::string FormatJson(const Json& value);
std::string FormatJsonLine(const Json& value);

// {"error": {"code", "message"}}, and "text" if the failure writes one back.
Json ErrorJson(const absl::Status& status);

Json TimeJson(absl::Time time);

// What `own_acknowledged` and `overdue` say beside a record.
struct NotificationState {
  std::optional<absl::Time> acknowledged;       // By the reader's own party.
  bool opened = false;                          // By the reader's own office.
  absl::Time now;                               // The exchange's, and not before the last entry's.
  std::optional<v1::Delivery> answered = {};    // The replies of the reader's own party.
  std::vector<rules::Deadline> deadlines = {};  // What is due of the reader's own party.

  // Those of them that are past and not met.
  std::vector<rules::Deadline> Overdue() const;
};

// Whether the record's reader is told what an addressee did: the author is, who follows by headers
// is, and an addressee of itself. Of the others that it is shown it knows no more than their names.
bool IsToldOf(const v1::NotificationRecord& record, const v1::Delivery& delivery);

// "acknowledgement", "answer", "follow_up", "final_report".
std::string NameOf(rules::Due due);

// A notification without what it says.
Json NotificationJson(const v1::NotificationRecord& record, const NotificationState& state);

// Adds what it says.
void AddManifest(const v1::Manifest& manifest, Json& notification);

// How credentials stand is as at `now`.
Json OfficeJson(const v1::OfficeRecord& office, absl::Time now);
Json CredentialJson(const v1::CredentialRecord& credential, absl::Time now);

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_JSON_H_
