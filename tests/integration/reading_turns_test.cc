// Reads, of which one party may ask for hundreds at once: they stand in nobody else's way.

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "cbm/v1/ledger_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/faulty_store.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

class ReadingTurns : public testing::Test {
 protected:
  ServedOptions Options() {
    ServedOptions options;
    options.store_in_front = [this](Store& behind) {
      auto in_front = std::make_unique<FaultyStore>(behind);
      store_ = in_front.get();
      return in_front;
    };
    return options;
  }

  // A read of Estonia's, whose client waits so long for it.
  grpc::Status Read(absl::Duration patience = kCallDeadline) {
    v1::LedgerService::Stub stub(exchange_.Channel(estonia_));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(patience));
    v1::ListEntriesRequest request;
    request.mutable_cursor()->set_ledger("state/EE");
    request.mutable_cursor()->set_epoch(kFirstEpoch);
    v1::ListEntriesResponse response;
    return stub.ListEntries(&context, request, &response);
  }

  // Has more reads begun than there are threads for, and keeps them before the ledger's door.
  void BeginReads() {
    store_->reading.Shut();
    for (grpc::Status& status : read_) {
      readers_.emplace_back([&] { status = Read(); });
    }
    store_->reading.AwaitSomebody();
  }
  void EndReads() {
    store_->reading.Open();
    for (std::thread& reader : readers_) {
      reader.join();
    }
    for (const grpc::Status& status : read_) {
      EXPECT_TRUE(status.ok()) << status.error_message();
    }
  }

  FaultyStore* store_ = nullptr;
  ServedExchange exchange_{Options()};
  const TestOffice& estonia_ = exchange_.Office("EE");
  std::vector<grpc::Status> read_{16};
  std::vector<std::thread> readers_;
};

// With all threads that read at work, those that hear of calls go on.
TEST_F(ReadingTurns, KeepNoActsBack) {
  const TestOffice& latvia = exchange_.Office("LV");
  BeginReads();
  EXPECT_THAT(exchange_.Perform(latvia, exchange_.MakeSubmit(latvia, {})), IsOk());
  EXPECT_THAT(exchange_.Perform(estonia_, exchange_.MakeSubmit(estonia_, {})), IsOk());
  EndReads();
}

TEST_F(ReadingTurns, AreNotGivenToWhoWaitsNoLonger) {
  const int before = store_->reading.came();
  ASSERT_TRUE(Read().ok());
  const int of_one = store_->reading.came() - before;
  ASSERT_GT(of_one, 0);
  BeginReads();
  // The server counts from when it hears of a call: the second may still be waited for there.
  EXPECT_EQ(Read(absl::Milliseconds(100)).error_code(), grpc::DEADLINE_EXCEEDED);
  EXPECT_EQ(Read(absl::Milliseconds(100)).error_code(), grpc::DEADLINE_EXCEEDED);
  EndReads();
  ASSERT_TRUE(Read().ok()) << "behind them";
  EXPECT_LE(store_->reading.came() - before, of_one * static_cast<int>(read_.size() + 3));
}

}  // namespace
}  // namespace cbm::test
