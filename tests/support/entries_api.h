#ifndef CBM_TESTS_SUPPORT_ENTRIES_API_H_
#define CBM_TESTS_SUPPORT_ENTRIES_API_H_

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/exchange_api.h"

namespace cbm::test {

// As much of an exchange as a replica asks: entries, and nothing else.
class EntriesOnly : public ExchangeApi {
 public:
  absl::StatusOr<v1::GetExchangeResponse> GetExchange() override { return None(); }
  absl::StatusOr<v1::ReloadTlsResponse> ReloadTls() override { return None(); }
  absl::StatusOr<v1::PerformActResponse> PerformAct(const v1::PerformActRequest&) override {
    return None();
  }
  absl::StatusOr<v1::GetReceiptResponse> GetReceipt(const v1::GetReceiptRequest&) override {
    return None();
  }
  absl::StatusOr<v1::GetContentResponse> GetContent(const v1::GetContentRequest&) override {
    return None();
  }
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      const v1::GetCheckpointRequest&) override {
    return None();
  }
  absl::Status Follow(const v1::FollowRequest&,
                      const std::function<absl::Status(const v1::FollowResponse&)>&) override {
    return None();
  }

 private:
  static absl::Status None() { return absl::UnimplementedError("a replica does not ask for it"); }
};

// One whose entries come from wherever the test has them.
class EntriesApi final : public EntriesOnly {
 public:
  using ListFn =
      std::function<absl::StatusOr<v1::ListEntriesResponse>(const v1::ListEntriesRequest&)>;

  explicit EntriesApi(ListFn list) : list_(std::move(list)) {}

  absl::StatusOr<v1::ListEntriesResponse> ListEntries(
      const v1::ListEntriesRequest& request) override {
    return list_(request);
  }

 private:
  ListFn list_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_ENTRIES_API_H_
