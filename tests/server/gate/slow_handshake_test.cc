// Handshakes that wait, for a token's signature or for what the store says of a certificate: those
// who are connected do not wait with them, and nothing is left of those that are given up.

#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/gate/gate_world.h"
#include "tests/support/door.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr uint8_t kData = 0;
constexpr uint8_t kPing = 6;
const std::string kPingFrame = FrameOf(kPing, 0, 0, 8);
const HolderName kEstonia{.party = "EE", .office = "duty"};

// Whether the other side closes it, before the wait for that ends.
bool IsClosed(const TestSocket& socket) {
  char byte = 0;
  return ::recv(socket.descriptor(), &byte, 1, 0) == 0 || errno == ECONNRESET;
}

class SlowHandshake : public GateWorld {
 protected:
  SlowHandshake() {
    auto tls = TlsContext::Make(
        IdentityOf(server_), clock_,
        {.find_holder = [this](const Digest&) -> absl::StatusOr<std::optional<Holder>> {
          door_.Pass();
          if (fails_) {
            return absl::InternalError("broken");
          }
          return Holder{.name = kEstonia, .owner = "EE/duty and others", .is_active = true};
        }});
    EXPECT_THAT(tls, IsOk());
    gate_->SetTls(*std::move(tls));
  }
  ~SlowHandshake() override {
    door_.Open();
    gate_.reset();  // Its threads ask for what is above.
  }

  // As many as there are threads for them, all at the door.
  std::deque<TlsClient> OccupyAllThreads() {
    door_.Shut();
    std::deque<TlsClient> waiting;
    for (int i = 0; i < 2; ++i) {
      waiting.emplace_back(address_, TlsOffer{.version = kTls13, .certificate = &estonia_});
      door_.AwaitComing(++came_);
    }
    return waiting;
  }
  Open OpenOne() {
    ++came_;
    return OpenSession();
  }

  Door door_;
  std::atomic<bool> fails_ = false;
  int came_ = 0;
};

TEST_F(SlowHandshake, KeepsNobodyWaitingWhoIsConnected) {
  std::vector<Open> sessions;
  for (int i = 0; i < 2; ++i) {  // On each of the gate's threads.
    sessions.push_back(OpenOne());
  }
  const std::deque<TlsClient> waiting = OccupyAllThreads();
  const TestSocket behind(address_);
  ASSERT_TRUE(behind.Write("\x16"));
  for (Open& session : sessions) {
    ASSERT_TRUE(session.client->Write(kPingFrame));
    EXPECT_EQ(session.server.Read(kPingFrame.size()), kPingFrame);
    ASSERT_TRUE(session.server.Write(kPingFrame));
    EXPECT_EQ(session.client->ReadExactly(kPingFrame.size()), kPingFrame);
  }
  EXPECT_EQ(ends_waiting(), 0U);
  door_.Open();
  for (size_t i = 0; i < waiting.size(); ++i) {
    static_cast<void>(NextServerEnd());
  }
}

TEST_F(SlowHandshake, IsGivenUpWhenItsTimeIsOverAndComesToNothing) {
  std::deque<TlsClient> waiting = OccupyAllThreads();
  const TestSocket behind(address_);
  ASSERT_TRUE(behind.Write("\x16"));
  while (gate_->sessions() < 3) {
    std::this_thread::yield();
  }
  while (gate_->sessions() > 0) {
    PassTime(std::chrono::seconds(1));
    std::this_thread::yield();
  }
  const GateEvent event = AwaitEvent("took too long");
  EXPECT_EQ(event.kind, GateEvent::Kind::kRefused);
  EXPECT_TRUE(IsClosed(behind)) << "what was not begun is closed at once";
  door_.Open();
  for (TlsClient& client : waiting) {
    EXPECT_EQ(client.ReadToEnd(), "");
  }
  EXPECT_EQ(ends_waiting(), 0U);
  EXPECT_TRUE(table_.List().empty());
  OpenOne();
}

TEST_F(SlowHandshake, HoldsUpNoStop) {
  std::deque<TlsClient> waiting = OccupyAllThreads();
  const TestSocket behind(address_);
  ASSERT_TRUE(behind.Write("\x16"));
  gate_->StopAccepting();
  EXPECT_EQ(gate_->sessions(), 0U);
  gate_->Stop(std::chrono::milliseconds(0));
  EXPECT_EQ(ends_waiting(), 0U);
  door_.Open();
  gate_.reset();
  EXPECT_EQ(ends_waiting(), 0U) << "it comes to nothing";
  EXPECT_EQ(waiting.front().ReadToEnd(), "");
}

TEST_F(SlowHandshake, IsRefusedWhereItCannotBeToldWhoseItIs) {
  fails_ = true;
  TlsClient client = Connect();
  EXPECT_THAT(client.ReadToEnd(), EndsWith("try again"));
  EXPECT_EQ(ends_waiting(), 0U);
  const GateEvent event = AwaitEvent("cannot be told now");
  EXPECT_EQ(event.certificate, estonia_.certificate);
  EXPECT_EQ(event.holder, std::nullopt);
  fails_ = false;
  OpenOne();
}

// What the handshake has found is said, however long the store takes now.
TEST_F(SlowHandshake, IsTheOnlyOneThatAsksWhoseASessionIs) {
  Open session = OpenOne();
  const std::deque<TlsClient> waiting = OccupyAllThreads();
  ASSERT_TRUE(session.client->Write(FrameOf(kData, 0, 0, 5)));
  const GateEvent event = AwaitEvent("without a stream");
  EXPECT_EQ(event.kind, GateEvent::Kind::kEnded);
  EXPECT_EQ(event.holder, kEstonia);
}

TEST_F(SlowHandshake, FindsWhoseItIsThoughItIsKeptOut) {
  for (int i = 0; i < 10; ++i) {
    const Open session = OpenOne();
    ASSERT_TRUE(session.client->Write(FrameOf(kData, 0, 0, 5)));
    EXPECT_TRUE(session.server.IsAtEnd());
  }
  EXPECT_THAT(Connect().ReadToEnd(), HasSubstr("kept out for a while"));
  const GateEvent event = AwaitEvent("kept out for a while");
  EXPECT_EQ(event.kind, GateEvent::Kind::kRefused);
  EXPECT_EQ(event.holder, kEstonia);
}

}  // namespace
}  // namespace cbm::test
