#ifndef CBM_TESTS_INTEGRATION_FOLLOWING_H_
#define CBM_TESTS_INTEGRATION_FOLLOWING_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cbm/v1/ledger_service.grpc.pb.h"
#include "server/program/exchange_server.h"
#include "tests/support/served_exchange.h"

namespace cbm {

// Where a reader stands in a ledger.
inline v1::Cursor CursorOf(std::string_view ledger, uint64_t ordinal = 0,
                           uint32_t epoch = kFirstEpoch) {
  v1::Cursor cursor;
  cursor.set_ledger(std::string(ledger));
  cursor.set_epoch(epoch);
  cursor.set_ordinal(ordinal);
  return cursor;
}

// A stream, and what it gave.
class Following {
 public:
  Following(const std::shared_ptr<grpc::Channel>& channel, const std::vector<v1::Cursor>& cursors)
      : stub_(channel) {
    test::SetDeadline(context_);
    v1::FollowRequest request;
    request.mutable_cursors()->Assign(cursors.begin(), cursors.end());
    stream_ = stub_.Follow(&context_, request);
  }
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;
  ~Following() { static_cast<void>(Cancel()); }

  // The next answer. When the stream has ended, why.
  absl::StatusOr<v1::FollowResponse> Next() {
    v1::FollowResponse answer;
    if (stream_ != nullptr && stream_->Read(&answer)) {
      return answer;
    }
    return End();
  }

  absl::Status End() {
    if (stream_ != nullptr) {
      end_ = test::ToStatus(stream_->Finish());
      stream_ = nullptr;
    }
    return end_;
  }
  absl::Status Cancel() {
    context_.TryCancel();
    return End();
  }

 private:
  v1::LedgerService::Stub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::FollowResponse>> stream_;
  absl::Status end_;
};

}  // namespace cbm

#endif  // CBM_TESTS_INTEGRATION_FOLLOWING_H_
