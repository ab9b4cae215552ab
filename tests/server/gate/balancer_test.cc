// Balancers before the gate: whom they are believed, and what it costs the others if one of them
// says nothing, or nonsense. The gate is a whole one, to which the test connects as a balancer or
// as a stranger; its patience is by the clock of the test.

#include "server/gate/balancer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/gate/gate_world.h"
#include "tests/support/proxy_bytes.h"

namespace cbm::test {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kWaitingMax = 4;
constexpr std::string_view kNoHeader = "no PROXY header (version 2) came from a balancer";

const std::string kPingFrame = FrameOf(6, 0, 0, 8);
const std::string kLocalHeader = ProxyBytes(kProxyLocal, kProxyUnspecified, "");

GateLimits LimitsWith(std::vector<std::string> balancers) {
  GateLimits limits;
  limits.admission.sessions_per_source_max = 2;
  limits.admission.handshakes_max = kWaitingMax;
  limits.balancers = std::move(balancers);
  return limits;
}

// Whether the gate has closed it, having said nothing. False after 30 s without that.
bool IsClosed(const TestSocket& socket) {
  char byte = 0;
  const ssize_t count = ::recv(socket.descriptor(), &byte, 1, 0);
  return count == 0 || (count < 0 && errno == ECONNRESET);
}

class WithBalancers : public GateWorld {
 protected:
  explicit WithBalancers(std::vector<std::string> balancers)
      : GateWorld(LimitsWith(std::move(balancers))) {}

  TlsClient ConnectAfter(const std::string& header) const {
    return {address_, {.version = kTls13, .certificate = &estonia_, .before = header}};
  }

  // A session of who sends that header first.
  Open OpenAfter(const std::string& header) {
    const std::string hello = std::string(kHttp2Preface) + std::string(kEmptySettings);
    auto client = std::make_unique<TlsClient>(
        address_, TlsOffer{.version = kTls13, .certificate = &estonia_, .before = header});
    EXPECT_TRUE(client->Write(hello));
    ServerEnd server = NextServerEnd();
    EXPECT_EQ(server.Read(hello.size()), hello);
    return {std::move(client), std::move(server)};
  }

  std::string SourceOf(const Open& session) const {
    const auto facts = table_.Find(session.server.Name());
    return facts == nullptr ? "" : facts->source;
  }

  // Connects, and sends half a header.
  std::unique_ptr<TestSocket> BeginHeader() const {
    auto socket = std::make_unique<TestSocket>(address_);
    EXPECT_TRUE(socket->Write(ProxyBytesOf("192.0.2.7").substr(0, 20)));
    return socket;
  }

  static void ExpectAlive(Open& session) {
    EXPECT_TRUE(session.client->Write(kPingFrame));
    EXPECT_EQ(session.server.Read(kPingFrame.size()), kPingFrame);
  }
};

class BehindABalancer : public WithBalancers {
 protected:
  BehindABalancer() : WithBalancers({"192.0.2.200", "127.0.0.1"}) {}
};

TEST_F(BehindABalancer, EachSourceHasBoundsOfItsOwn) {
  const Open first = OpenAfter(ProxyBytesOf("192.0.2.7"));
  const Open second = OpenAfter(ProxyBytesOf("192.0.2.7", "\x04\x00\x01x"));
  EXPECT_EQ(ConnectAfter(ProxyBytesOf("192.0.2.7")).ReadToEnd(), "");
  EXPECT_EQ(AwaitEvent("connections from one address: at most 2").source, "192.0.2.7");
  const Open other = OpenAfter(ProxyBytesOf("192.0.2.8"));
  const Open ipv6 = OpenAfter(ProxyBytesOf("2001:db8::7"));
  EXPECT_EQ(SourceOf(first), "192.0.2.7");
  EXPECT_EQ(SourceOf(second), "192.0.2.7");
  EXPECT_EQ(SourceOf(other), "192.0.2.8");
  EXPECT_EQ(SourceOf(ipv6), "2001:db8::/64");
  EXPECT_EQ(events(), 1U);
}

TEST_F(BehindABalancer, IsStillWhoseCertificateItShows) {
  const Issued alone = TestPki::SelfSigned("EE duty");
  TlsClient stranger(
      address_, {.version = kTls13, .certificate = &alone, .before = ProxyBytesOf("192.0.2.7")});
  EXPECT_EQ(stranger.ReadToEnd(), "");
  EXPECT_EQ(AwaitEvent("not accepted").source, "192.0.2.7");
  EXPECT_EQ(ends_waiting(), 0U);
}

TEST_F(BehindABalancer, ASessionThatIsEndedIsTheClients) {
  Open session = OpenAfter(ProxyBytesOf("192.0.2.7"));
  static_cast<void>(session.client->Write(FrameOf(0, 0, 0, 5)));
  const GateEvent event = AwaitEvent("without a stream");
  EXPECT_EQ(event.kind, GateEvent::Kind::kEnded);
  EXPECT_EQ(event.source, "192.0.2.7");
}

TEST_F(BehindABalancer, ItsHeaderMayComeInPieces) {
  const TestSocket socket(address_);
  for (const char byte : ProxyBytesOf("192.0.2.7", "\x04\x00\x01x")) {
    ASSERT_TRUE(socket.Write(std::string(1, byte)));
  }
  ASSERT_TRUE(socket.Write("no TLS at all"));
  EXPECT_EQ(AwaitEvent("the handshake failed").source, "192.0.2.7");
  EXPECT_EQ(events(), 1U);
}

TEST_F(BehindABalancer, IsNotLetInWithoutAHeader) {
  TlsClient client = Connect();
  EXPECT_FALSE(client.completed());
  const GateEvent event = AwaitEvent(kNoHeader);
  EXPECT_EQ(event.kind, GateEvent::Kind::kRefused);
  EXPECT_EQ(event.source, "127.0.0.1");
  EXPECT_THAT(event.reason, HasSubstr("send-proxy-v2 is missing, or somebody else connects"));
  EXPECT_FALSE(event.certificate.has_value());
  EXPECT_EQ(events(), 1U);
  EXPECT_EQ(ends_waiting(), 0U);
}

TEST_F(BehindABalancer, IsNotLetInWithAHeaderThatEndsBeforeItIsWhole) {
  const std::unique_ptr<TestSocket> half = BeginHeader();
  ASSERT_EQ(::shutdown(half->descriptor(), SHUT_WR), 0);
  EXPECT_TRUE(IsClosed(*half));
  EXPECT_EQ(AwaitEvent(kNoHeader).source, "127.0.0.1");
}

TEST_F(BehindABalancer, HalfAHeaderTimesOutAndCostsNobodyElseAnything) {
  const std::unique_ptr<TestSocket> half = BeginHeader();
  Open session = OpenAfter(ProxyBytesOf("192.0.2.7"));
  EXPECT_EQ(gate_->sessions(), 1U) << "it has no place yet";
  PassTime(std::chrono::seconds(9));
  const std::unique_ptr<TestSocket> later = BeginHeader();
  const Open other = OpenAfter(ProxyBytesOf("192.0.2.8"));
  EXPECT_EQ(events(), 0U);
  PassTime(std::chrono::seconds(2));
  EXPECT_TRUE(IsClosed(*half));
  EXPECT_EQ(AwaitEvent(kNoHeader).source, "127.0.0.1");
  EXPECT_EQ(events(), 1U);
  ExpectAlive(session);
  // Who came later still has time.
  ASSERT_TRUE(later->Write(ProxyBytesOf("192.0.2.7").substr(20) + "no TLS at all"));
  EXPECT_EQ(AwaitEvent("the handshake failed").source, "192.0.2.7");
}

TEST_F(BehindABalancer, WhatWaitsLongestGivesWayAndIsNoSource) {
  std::vector<std::unique_ptr<TestSocket>> waiting;
  for (uint32_t i = 0; i < kWaitingMax; ++i) {
    waiting.push_back(BeginHeader());
  }
  // As many as may wait, and more than may come of one source: its own connections come all the
  // same.
  const Open own = OpenAfter(kLocalHeader);
  EXPECT_TRUE(IsClosed(*waiting.front()));
  EXPECT_EQ(AwaitEvent("wait for a PROXY header: at most 4 at a time").source, "127.0.0.1");
  EXPECT_EQ(SourceOf(own), "127.0.0.1");
  EXPECT_EQ(events(), 1U);
  EXPECT_EQ(gate_->sessions(), 1U);
}

TEST_F(BehindABalancer, ALookWhetherTheServerIsWellIsNotReported) {
  for (const std::string& said :
       {std::string(), kLocalHeader, ProxyBytes(kProxyProxy, kProxyUnspecified, "")}) {
    const TestSocket look(address_);
    ASSERT_TRUE(look.Write(said));
    ASSERT_EQ(::shutdown(look.descriptor(), SHUT_WR), 0);
    EXPECT_TRUE(IsClosed(look));
  }
  EXPECT_EQ(events(), 0U);
  EXPECT_EQ(gate_->sessions(), 0U);
}

TEST_F(BehindABalancer, ItsOwnConnectionTimesOutWithoutAWord) {
  const TestSocket silent(address_);
  ASSERT_TRUE(silent.Write(kLocalHeader));
  OpenAfter(ProxyBytesOf("192.0.2.7"));  // By now it is there.
  PassTime(std::chrono::seconds(11));
  EXPECT_TRUE(IsClosed(silent));
  EXPECT_EQ(AwaitEvent("sent nothing").source, "127.0.0.1");
}

TEST_F(BehindABalancer, WhatWaitsIsClosedAtTheEndOfAccepting) {
  const std::unique_ptr<TestSocket> half = BeginHeader();
  Open session = OpenAfter(ProxyBytesOf("192.0.2.7"));
  gate_->StopAccepting();
  EXPECT_TRUE(IsClosed(*half));
  EXPECT_EQ(events(), 0U);
  ExpectAlive(session);
}

class BesideABalancer : public WithBalancers {
 protected:
  BesideABalancer() : WithBalancers({"127.0.0.9", "::1"}) {}
};

TEST_F(BesideABalancer, AStrangerCannotSpeakAsOne) {
  TlsClient stranger = ConnectAfter(ProxyBytesOf("192.0.2.7"));
  EXPECT_FALSE(stranger.completed());
  EXPECT_EQ(AwaitEvent("the handshake failed").source, "127.0.0.1");
  EXPECT_EQ(ends_waiting(), 0U);
}

TEST_F(BesideABalancer, WhoComesWithoutOneIsLetInAsBefore) {
  Open session = OpenSession();
  EXPECT_EQ(SourceOf(session), "127.0.0.1");
  ExpectAlive(session);
}

class WithoutABalancer : public WithBalancers {
 protected:
  WithoutABalancer() : WithBalancers({}) {}
};

TEST_F(WithoutABalancer, NobodysHeaderIsRead) {
  EXPECT_FALSE(ConnectAfter(ProxyBytesOf("192.0.2.7")).completed());
  EXPECT_EQ(AwaitEvent("the handshake failed").source, "127.0.0.1");
  EXPECT_EQ(SourceOf(OpenSession()), "127.0.0.1");
}

sockaddr_storage Peer(const std::string& text) {
  sockaddr_storage peer{};
  if (text.find(':') == std::string::npos) {
    peer.ss_family = AF_INET;
    ::inet_pton(AF_INET, text.c_str(), &reinterpret_cast<sockaddr_in&>(peer).sin_addr);
  } else {
    peer.ss_family = AF_INET6;
    ::inet_pton(AF_INET6, text.c_str(), &reinterpret_cast<sockaddr_in6&>(peer).sin6_addr);
  }
  return peer;
}

TEST(Balancers, AreKnownByTheirWholeAddressHoweverItIsWritten) {
  boost::asio::io_context io;
  const Balancer balancer(
      io, {"192.0.2.7", "2001:DB8:0::7", "::ffff:192.0.2.8"}, {}, [] { return SteadyTime(); },
      nullptr, nullptr);
  for (const char* is : {"192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7", "192.0.2.8"}) {
    EXPECT_TRUE(balancer.IsFrom(Peer(is))) << is;
  }
  for (const char* is_not : {"192.0.2.9", "2001:db8::8", "::192.0.2.7", "::", "0.0.0.0"}) {
    EXPECT_FALSE(balancer.IsFrom(Peer(is_not))) << is_not;
  }
  EXPECT_FALSE(balancer.IsFrom(sockaddr_storage{}));
}

}  // namespace
}  // namespace cbm::test
