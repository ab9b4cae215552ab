// Connections are accepted whatever happens. The shortage of descriptors is a real one: this
// process is given too few for a while.

#include "server/gate/acceptor.h"

#include <sys/resource.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gate/source.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls_client.h"

namespace cbm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Accepting : public testing::Test {
 protected:
  // Runs what is ready, until `done` says so.
  template <typename Done>
  void RunUntil(Done done) {
    while (!done()) {
      io_.run_one();
    }
  }

  boost::asio::io_context io_;
  std::vector<Descriptor> accepted_;
  std::vector<Source> sources_;
  int exhausted_ = 0;
  Acceptor acceptor_{io_,
                     [this](Descriptor connection, const sockaddr_storage& peer) {
                       accepted_.push_back(std::move(connection));
                       sources_.push_back(SourceOf(peer));
                     },
                     [this] { ++exhausted_; }};
};

TEST_F(Accepting, SaysWhereItListensAndWhoCame) {
  const auto address = acceptor_.Listen("127.0.0.1:0");
  ASSERT_THAT(address, IsOk());
  EXPECT_THAT(*address, StartsWith("127.0.0.1:"));
  const TestSocket client(*address);
  RunUntil([&] { return !accepted_.empty(); });
  EXPECT_EQ(sources_.front().name, "127.0.0.1");
}

TEST_F(Accepting, CannotListenWhereAnotherDoes) {
  const auto address = acceptor_.Listen("127.0.0.1:0");
  ASSERT_THAT(address, IsOk());
  Acceptor other(io_, nullptr, nullptr);
  const auto refused = other.Listen(*address);
  ASSERT_THAT(refused, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(*address));
}

TEST_F(Accepting, CannotListenWhereThereIsNothing) {
  for (const std::string address : {"192.0.2.1:0", "no.such.host.invalid:0", "127.0.0.1"}) {
    Acceptor acceptor(io_, nullptr, nullptr);
    EXPECT_THAT(acceptor.Listen(address), HasCode(absl::StatusCode::kUnavailable)) << address;
  }
}

TEST_F(Accepting, GoesOnAfterDescriptorsRanOut) {
  const auto address = acceptor_.Listen("127.0.0.1:0");
  ASSERT_THAT(address, IsOk());
  std::vector<std::unique_ptr<TestSocket>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<TestSocket>(*address));
  }
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const Descriptor next(::dup(0));
  rlimit few = before;
  few.rlim_cur = static_cast<rlim_t>(next.get()) + 5;  // For those that are open, and a few more.
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  RunUntil([&] { return exhausted_ > 0; });
  EXPECT_LT(accepted_.size(), 10U);
  // Who could not be taken was told so, and does not wait.
  EXPECT_EQ(clients.back()->ReadToEnd(1), "");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  accepted_.clear();
  const TestSocket late(*address);
  RunUntil([&] { return !accepted_.empty(); });
  EXPECT_EQ(exhausted_, 1);
}

TEST_F(Accepting, EndsWhenItIsClosed) {
  ASSERT_THAT(acceptor_.Listen("127.0.0.1:0"), IsOk());
  acceptor_.Close();
  io_.run();  // There is nothing more to wait for.
  EXPECT_TRUE(accepted_.empty());
}

}  // namespace
}  // namespace cbm::test
