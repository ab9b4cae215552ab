// Reads, of which one party may ask for hundreds at once: they stand in nobody else's way.

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
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

constexpr int kReads = 18;  // More than twice as many as there may be threads.

class ReadingTurns : public testing::Test {
 protected:
  ReadingTurns() { EXPECT_TRUE(Read().ok()); }

  ServedOptions Options() {
    ServedOptions options;
    options.store_in_front = [this](Store& behind) {
      auto in_front = std::make_unique<FaultyStore>(behind);
      store_ = in_front.get();
      return in_front;
    };
    return options;
  }

  static v1::ListEntriesRequest RequestFor(const std::string& ledger) {
    v1::ListEntriesRequest request;
    request.mutable_cursor()->set_ledger(ledger);
    request.mutable_cursor()->set_epoch(kFirstEpoch);
    return request;
  }

  // A read of Estonia's, whose client waits so long for it.
  grpc::Status Read(absl::Duration patience = kCallDeadline) {
    v1::LedgerService::Stub stub(channel_);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(patience));
    v1::ListEntriesResponse response;
    return stub.ListEntries(&context, RequestFor("state/EE"), &response);
  }

  // Has more reads begun than there are threads for, and keeps them before the ledger's door.
  void BeginReads() {
    const Digest credential = estonia_.credential.certificate.fingerprint();
    const int found = store_->FoundTimes(credential);
    store_->reading.Shut();
    for (grpc::Status& status : read_) {
      readers_.emplace_back([&] { status = Read(); });
    }
    store_->AwaitFinding(credential, found + kReads);  // Nearly all have come.
    store_->reading.AwaitSomebody();
  }
  void JoinReads() {
    store_->reading.Open();
    for (std::thread& reader : readers_) {
      reader.join();
    }
  }
  void EndReads() {
    JoinReads();
    for (const grpc::Status& status : read_) {
      EXPECT_TRUE(status.ok()) << status.error_message();
    }
  }

  FaultyStore* store_ = nullptr;
  ServedExchange exchange_{Options()};
  const TestOffice& estonia_ = exchange_.Office("EE");
  // Connected, so that a credential is looked for by calls alone.
  const std::shared_ptr<grpc::Channel> channel_ = exchange_.Channel(estonia_);
  std::vector<grpc::Status> read_{kReads};
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

TEST_F(ReadingTurns, AreEachPartys) {
  const TestOffice& latvia = exchange_.Office("LV");
  const auto channel = exchange_.KeptChannel(latvia);
  ASSERT_THAT(exchange_.Perform(latvia, exchange_.MakeSubmit(latvia, {})), IsOk());
  const Digest credential = latvia.credential.certificate.fingerprint();
  const int found = store_->FoundTimes(credential);
  const auto before = static_cast<ptrdiff_t>(store_->WasRead().size());
  BeginReads();
  v1::LedgerService::Stub stub(channel);
  grpc::ClientContext context;
  SetDeadline(context);
  grpc::CompletionQueue queue;
  v1::ListEntriesResponse response;
  grpc::Status status;
  const auto call = stub.AsyncListEntries(&context, RequestFor("state/LV"), &queue);
  call->Finish(&response, &status, nullptr);
  store_->AwaitFinding(credential, found + 1);
  // It has come; once what comes after it is taken, it waits for its turn.
  EXPECT_THAT(exchange_.Perform(latvia, exchange_.MakeSubmit(latvia, {})), IsOk());
  EndReads();
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  ASSERT_TRUE(status.ok()) << status.error_message();
  const std::vector<LedgerId> read = store_->WasRead();
  const auto begun = read.begin() + before;
  EXPECT_LT(std::find(begun, read.end(), LedgerId::State("LV")) - begun, kReads / 2);
}

// Those that are at it, one for each thread, are answered; no other is begun.
TEST_F(ReadingTurns, AreNotGivenToWhoHasBeenSuspended) {
  BeginReads();
  store_->faults.at_find_credential = [] { return absl::UnauthenticatedError("suspended"); };
  JoinReads();
  EXPECT_LE(std::count_if(read_.begin(), read_.end(), [](const auto& one) { return one.ok(); }),
            kReads / 2);
  store_->faults.at_find_credential = Faults::None;
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
