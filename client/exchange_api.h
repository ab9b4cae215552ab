#ifndef CBM_CLIENT_EXCHANGE_API_H_
#define CBM_CLIENT_EXCHANGE_API_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act_service.pb.h"
#include "cbm/v1/exchange_service.pb.h"
#include "cbm/v1/ledger_service.pb.h"
#include "cbm/v1/log_service.pb.h"

namespace cbm {

// What the client asks the exchange. Nothing that it answers is believed without proof.
//
// Each call fails with the code that the exchange gave. If it could not be reached, or the
// connection ended before it answered, a call fails with UNAVAILABLE, with UNAUTHENTICATED if the
// exchange takes no connection or no call of ours, or with DEADLINE_EXCEEDED if that took too long:
// Unanswered, each of them.
class ExchangeApi {
 public:
  virtual ~ExchangeApi() = default;

  virtual absl::StatusOr<v1::GetExchangeResponse> GetExchange() = 0;
  virtual absl::StatusOr<v1::ReloadTlsResponse> ReloadTls() = 0;
  virtual absl::StatusOr<v1::PerformActResponse> PerformAct(
      const v1::PerformActRequest& request) = 0;
  virtual absl::StatusOr<v1::GetReceiptResponse> GetReceipt(
      const v1::GetReceiptRequest& request) = 0;
  virtual absl::StatusOr<v1::ListEntriesResponse> ListEntries(
      const v1::ListEntriesRequest& request) = 0;
  virtual absl::StatusOr<v1::GetContentResponse> GetContent(
      const v1::GetContentRequest& request) = 0;
  virtual absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      const v1::GetCheckpointRequest& request) = 0;

  // Calls `take` with each answer, until the exchange ends the stream or `take` fails: the status
  // of whichever it was.
  virtual absl::Status Follow(
      const v1::FollowRequest& request,
      const std::function<absl::Status(const v1::FollowResponse&)>& take) = 0;
};

// Whether a request left for the exchange. If so, it may have done what it was asked, though nobody
// heard of it.
enum class RequestFate { kLeft, kStayed };

// Marks the failure of a call that the exchange did not answer, whatever else is known. Code and
// message stay.
absl::Status Unanswered(absl::Status failure, RequestFate fate);
bool IsUnanswered(const absl::Status& failure);

// Whether the call may have been done all the same.
bool MayBeDone(const absl::Status& failure);

}  // namespace cbm

#endif  // CBM_CLIENT_EXCHANGE_API_H_
