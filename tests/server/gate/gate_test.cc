// Whole sessions, with a test in gRPC's place: who reaches it, as whom, what is passed on, and how
// it ends. The clock of the gate's patience stands still unless a test moves it.

#include "server/gate/gate.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gate/goaway.h"
#include "tests/server/gate/gate_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint8_t kData = 0;
constexpr uint8_t kReset = 3;
constexpr uint8_t kGoaway = 7;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kPing = 6;
constexpr uint8_t kContinuation = 9;
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kEndHeaders = 4;

const std::string kPingFrame = FrameOf(kPing, 0, 0, 8);

using Session = GateWorld;

std::string PingsPastTheBound() {
  std::string pings;
  for (int i = 0; i < 101; ++i) {
    pings += kPingFrame;
  }
  return pings;
}

TEST_F(Session, PassesOnWhatBothSay) {
  Open session = OpenSession();
  const std::string call = FrameOf(kHeaders, kEndHeaders, 1, 100) + FrameOf(kData, 1, 1, 5'000);
  ASSERT_TRUE(session.client->Write(call));
  EXPECT_EQ(session.server.Read(call.size()), call);
  const std::string answer = FrameOf(kHeaders, kEndHeaders, 1, 50) + FrameOf(kData, 1, 1, 9'000);
  ASSERT_TRUE(session.server.Write(answer));
  EXPECT_EQ(session.client->ReadExactly(answer.size()), answer);
}

TEST_F(Session, PassesOnAsMuchAsThereIs) {
  Open session = OpenSession();
  // What comes for a call that was ended counts for nothing.
  const std::string ended = FrameOf(kHeaders, kEndHeaders, 1, 10) + FrameOf(kReset, 0, 1, 4);
  ASSERT_TRUE(session.client->Write(ended));
  static_cast<void>(session.server.Read(ended.size()));
  std::string much;
  for (size_t i = 0; much.size() < size_t{8} << 20; ++i) {
    std::string frame = FrameOf(kData, 0, 1, 1 + i * 7 % 16'000);
    frame[9] = static_cast<char>(i);
    much += frame;
  }
  std::thread sender([&] { EXPECT_TRUE(session.client->Write(much)); });
  EXPECT_EQ(session.server.Read(much.size()) == much, true);
  sender.join();
  std::thread answerer([&] { EXPECT_TRUE(session.server.Write(much)); });
  EXPECT_EQ(session.client->ReadExactly(much.size()) == much, true);
  answerer.join();
}

TEST_F(Session, HoldsNoMoreThanABufferForWhoDoesNotRead) {
  const Open session = OpenSession();
  const std::string frame = FrameOf(kData, 0, 1, 16'000);
  size_t taken = 0;
  // It stops, rather than grows: what it takes lies in the kernel's buffers.
  for (size_t more = 1; more > 0 && taken < size_t{512} << 20; taken += more) {
    more = session.server.WriteUntilFull(frame);
  }
  EXPECT_LT(taken, size_t{64} << 20);
}

TEST_F(Session, IsNamedSoThatItsCertificateIsFound) {
  const Issued latvia = pki_.Issue("LV duty");
  const Open first = OpenSession(estonia_);
  const Open second = OpenSession(latvia);
  const Open third = OpenSession(estonia_);
  const auto facts = table_.Find(first.server.Name());
  ASSERT_NE(facts, nullptr);
  EXPECT_EQ(facts->certificate, estonia_.certificate);
  EXPECT_EQ(facts->source, "127.0.0.1");
  EXPECT_EQ(table_.Find(second.server.Name())->certificate, latvia.certificate);
  EXPECT_EQ(table_.Find(third.server.Name())->certificate, estonia_.certificate);
  EXPECT_NE(first.server.Name(), third.server.Name());
}

TEST_F(Session, IsNobodysOnceItsClientHasGone) {
  Open session = OpenSession();
  const std::string name = session.server.Name();
  session.client.reset();
  EXPECT_TRUE(session.server.IsAtEnd());
  EXPECT_EQ(table_.Find(name), nullptr);
  // The descriptors are free again, and the next sessions get them; the name stays nobody's.
  const Open next = OpenSession(pki_.Issue("LV duty"));
  EXPECT_NE(next.server.Name(), name);
  EXPECT_EQ(table_.Find(name), nullptr);
}

TEST_F(Session, IsOverWhenTheServerHangsUpAndAllWasPassedOn) {
  Open session = OpenSession();
  const std::string last = FrameOf(kData, 1, 1, 16'000);
  ASSERT_TRUE(session.server.Write(last));
  session.server.HangUp();
  const GateEvent event = AwaitEvent("gRPC hung up");
  EXPECT_EQ(session.client->ReadToEnd(),
            last + Goaway({.error = event.error, .what = event.reason}, 0));
  EXPECT_EQ(session.client->alert(), "");
  EXPECT_EQ(event.kind, GateEvent::Kind::kEnded);
  EXPECT_EQ(event.error, Http2Error::kProtocolError);
  EXPECT_EQ(event.certificate->serial(), estonia_.certificate.serial());
}

// Whatever came then would be taken for the rest.
TEST_F(Session, IsOverWithoutAWordWhenTheServerHangsUpWithinAFrame) {
  for (const std::string& last : {FrameOf(kData, 1, 1, 16'000).substr(0, 9'000),
                                  FrameOf(kHeaders, 0, 1, 10), std::string("\0\0", 2)}) {
    Open session = OpenSession();
    ASSERT_TRUE(session.server.Write(last));
    session.server.HangUp();
    EXPECT_EQ(session.client->ReadToEnd(), last);
  }
  EXPECT_EQ(AwaitEvent("gRPC hung up").error, Http2Error::kNoError);
}

// gRPC hangs up also where a client was lost, which may come again as often as it likes.
TEST_F(Session, IsNotHeldAgainstItsCertificateWhenTheServerHangsUp) {
  for (int i = 0; i < 12 && !HasFailure(); ++i) {  // More than the abuses that keep one out.
    OpenSession().server.HangUp();
  }
}

TEST_F(Session, IsOverWithoutALineWhenTheServerSaidGoodbye) {
  Open session = OpenSession();
  const std::string goodbye = FrameOf(kGoaway, 0, 0, 8);
  ASSERT_TRUE(session.server.Write(goodbye));
  session.server.HangUp();
  EXPECT_EQ(session.client->ReadToEnd(), goodbye);
  session.client.reset();
  const Issued latvia = pki_.Issue("LV duty");
  Open another = OpenSession(latvia);
  another.server.HangUp();
  EXPECT_EQ(AwaitEvent("gRPC hung up").certificate->serial(), latvia.certificate.serial());
}

TEST_F(Session, IsNotMadeForWhoIsNotLetIn) {
  const Issued alone = TestPki::SelfSigned("EE duty");
  TlsClient stranger = Connect(alone);
  static_cast<void>(stranger.Write(kHttp2Preface));
  EXPECT_EQ(stranger.ReadToEnd(), "");
  EXPECT_THAT(stranger.alert(), HasSubstr("unknown ca"));
  const GateEvent event = AwaitEvent("not accepted");
  EXPECT_EQ(event.kind, GateEvent::Kind::kRefused);
  EXPECT_EQ(event.source, "127.0.0.1");
  ASSERT_TRUE(event.certificate.has_value());
  EXPECT_EQ(event.certificate->serial(), alone.certificate.serial());
  EXPECT_EQ(ends_waiting(), 0U);
  EXPECT_THAT(table_.List(), IsEmpty());
}

TEST_F(Session, TellsWhoShowsNoCertificateThatOneIsRequired) {
  TlsClient nobody(address_, {.version = kTls13});
  static_cast<void>(nobody.Write(kHttp2Preface));
  EXPECT_EQ(nobody.ReadToEnd(), "");
  EXPECT_THAT(nobody.alert(), HasSubstr("certificate required"));
  EXPECT_FALSE(AwaitEvent("").certificate.has_value());
  EXPECT_EQ(ends_waiting(), 0U);
}

TEST_F(Session, SaysWhyWhenItEndsForWhatWasSent) {
  Open session = OpenSession();
  const std::string name = session.server.Name();
  ASSERT_TRUE(session.client->Write(FrameOf(kHeaders, kEndHeaders, 7, 10)));
  static_cast<void>(session.client->Write(PingsPastTheBound()));
  const std::string goodbye = session.client->ReadToEnd();
  EXPECT_EQ(
      goodbye,
      Goaway({.error = Http2Error::kEnhanceYourCalm, .what = "too many pings or settings"}, 7));
  const GateEvent event = AwaitEvent("too many pings");
  EXPECT_EQ(event.kind, GateEvent::Kind::kEnded);
  EXPECT_EQ(event.error, Http2Error::kEnhanceYourCalm);
  EXPECT_EQ(event.certificate, estonia_.certificate);
  EXPECT_EQ(table_.Find(name), nullptr);
}

TEST_F(Session, PassesNothingOnOfWhatItEndsFor) {
  Open session = OpenSession();
  ASSERT_TRUE(session.client->Write(FrameOf(10, 0, 0, 5) + FrameOf(kData, 0, 0, 5)));
  static_cast<void>(AwaitEvent("without a stream"));
  EXPECT_TRUE(session.server.IsAtEnd());
}

TEST_F(Session, SaysWhyBetweenFramesAndNeverWithinOne) {
  Open session = OpenSession();
  const std::string frame = FrameOf(kData, 0, 1, 10'000);
  ASSERT_TRUE(session.server.Write(frame.substr(0, 4'000)));
  EXPECT_EQ(session.client->ReadExactly(4'000), frame.substr(0, 4'000));
  static_cast<void>(session.client->Write(PingsPastTheBound()));
  static_cast<void>(AwaitEvent("too many pings"));
  // The rest of the frame comes through, and what is after it does not.
  ASSERT_TRUE(session.server.Write(frame.substr(4'000) + FrameOf(kData, 0, 1, 77)));
  EXPECT_EQ(
      session.client->ReadToEnd(),
      frame.substr(4'000) +
          Goaway({.error = Http2Error::kEnhanceYourCalm, .what = "too many pings or settings"}, 0));
}

TEST_F(Session, SaysWhyBetweenHeaderBlocksAndNeverWithinOne) {
  Open session = OpenSession();
  const std::string headers = FrameOf(kHeaders, 0, 1, 50);
  const std::string rest =
      FrameOf(kContinuation, 0, 1, 60) + FrameOf(kContinuation, kEndHeaders, 1, 70);
  ASSERT_TRUE(session.server.Write(headers));
  EXPECT_EQ(session.client->ReadExactly(headers.size()), headers);
  static_cast<void>(session.client->Write(PingsPastTheBound()));
  static_cast<void>(AwaitEvent("too many pings"));
  ASSERT_TRUE(session.server.Write(rest + FrameOf(kData, 0, 1, 77)));
  EXPECT_EQ(session.client->ReadToEnd(), rest + Goaway({.error = Http2Error::kEnhanceYourCalm,
                                                        .what = "too many pings or settings"},
                                                       0));
}

TEST_F(Session, BoundsTheCallsOfItsCertificateOverAllItsSessions) {
  std::vector<Open> sessions;
  for (const uint32_t count : {90U, 30U}) {
    sessions.push_back(OpenSession());
    std::string calls;
    for (uint32_t call = 0; call < count; ++call) {
      calls += FrameOf(kHeaders, kEndHeaders, 2 * call + 1, 0);
    }
    ASSERT_TRUE(sessions.back().client->Write(calls));
    EXPECT_EQ(sessions.back().server.Read(calls.size()), calls);
  }
  // Which end when they are answered,
  ASSERT_TRUE(sessions.front().server.Write(FrameOf(kHeaders, kEndHeaders | kEndStream, 1, 9)));
  EXPECT_EQ(sessions.front().client->ReadExactly(18).size(), 18U);
  Open last = OpenSession();
  std::string calls;
  for (uint32_t call = 0; call < 9; ++call) {  // 128 in all: half of an office's.
    calls += FrameOf(kHeaders, kEndHeaders, 2 * call + 1, 0);
  }
  ASSERT_TRUE(last.client->Write(calls));
  EXPECT_EQ(last.server.Read(calls.size()), calls);
  ASSERT_TRUE(last.client->Write(FrameOf(kHeaders, kEndHeaders, 199, 0)));
  EXPECT_EQ(AwaitEvent("its office or its State has too many calls at once").error,
            Http2Error::kNoError);
  EXPECT_TRUE(last.server.IsAtEnd());
  // and of which another's take nothing.
  Open other = OpenSession(pki_.Issue("LV duty"));
  ASSERT_TRUE(other.client->Write(calls));
  EXPECT_EQ(other.server.Read(calls.size()), calls);
}

TEST_F(Session, CountsForItsOfficeUntilItsClientHasGone) {
  Open session = OpenSession();
  const std::string owner = table_.List().front().owner;
  ASSERT_TRUE(session.client->Write(PingsPastTheBound()));
  static_cast<void>(AwaitEvent("too many pings"));
  EXPECT_TRUE(session.server.IsAtEnd());
  EXPECT_THAT(table_.List(), IsEmpty());
  EXPECT_EQ(table_.CountOf(owner), 1U);
  session.client.reset();
  while (gate_->sessions() > 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(table_.CountOf(owner), 0U);
}

TEST_F(Session, IsNotMadeForWhoWasEndedTooOftenUntilThatIsForgiven) {
  for (int i = 0; i < 10; ++i) {
    Open session = OpenSession();
    static_cast<void>(session.client->Write(FrameOf(kData, 0, 0, 5)));
    EXPECT_TRUE(session.server.IsAtEnd());
  }
  TlsClient kept_out = Connect();
  // No settings before it: after those gRPC would connect again until the call's deadline.
  EXPECT_EQ(kept_out.ReadToEnd(),
            Goaway({.error = Http2Error::kNoError,
                    .what = "kept out for a while: sessions of its certificate were ended too "
                            "often for what they sent"},
                   0));
  EXPECT_EQ(AwaitEvent("kept out").kind, GateEvent::Kind::kRefused);
  EXPECT_EQ(ends_waiting(), 0U);
  OpenSession(pki_.Issue("LV duty"));
  PassTime(std::chrono::seconds(10));
  OpenSession();
}

TEST_F(Session, IsCutWhereItsEndIsNotTaken) {
  Open session = OpenSession();
  ASSERT_TRUE(session.server.Write(FrameOf(kData, 0, 1, 10'000).substr(0, 4'000)));
  static_cast<void>(session.client->Write(PingsPastTheBound()));
  static_cast<void>(AwaitEvent("too many pings"));
  PassTime(std::chrono::seconds(3));  // The frame is never finished.
  EXPECT_TRUE(session.server.IsAtEnd());
}

TEST_F(Session, EndsWhenItsCredentialDoes) {
  Open ended = OpenSession();
  const Issued latvia = pki_.Issue("LV duty");
  Open kept = OpenSession(latvia);
  EXPECT_EQ(table_.End(estonia_.certificate.fingerprint()), 1U);
  EXPECT_THAT(ended.client->ReadToEnd(), EndsWith("no longer active"));
  EXPECT_TRUE(ended.server.IsAtEnd());
  ASSERT_TRUE(kept.server.Write(kPingFrame));
  EXPECT_EQ(kept.client->ReadExactly(kPingFrame.size()), kPingFrame);
}

TEST_F(Session, EndsOfSilenceAndNotBefore) {
  Open session = OpenSession();
  PassTime(std::chrono::seconds(590));
  ASSERT_TRUE(session.client->Write(kPingFrame));  // It is heard of.
  EXPECT_EQ(session.server.Read(kPingFrame.size()), kPingFrame);
  PassTime(std::chrono::seconds(590));
  ASSERT_TRUE(session.server.Write(kPingFrame));
  EXPECT_EQ(session.client->ReadExactly(kPingFrame.size()), kPingFrame);
  PassTime(std::chrono::seconds(11));
  EXPECT_THAT(session.client->ReadToEnd(), EndsWith("silent for too long"));
}

TEST_F(Session, EndsOfAge) {
  Open session = OpenSession();
  for (int i = 0; i < 8; ++i) {
    PassTime(std::chrono::seconds(499));
    ASSERT_TRUE(session.client->Write(kPingFrame));
    EXPECT_EQ(session.server.Read(kPingFrame.size()), kPingFrame);
  }
  PassTime(std::chrono::seconds(20));
  EXPECT_THAT(session.client->ReadToEnd(), EndsWith("connect again"));
}

TEST_F(Session, EndsWhenWhatItIsSentIsNotTaken) {
  Open session = OpenSession();
  const std::string frame = FrameOf(kData, 0, 1, 16'000);
  std::thread writer([&] {
    while (session.server.Write(frame)) {
    }
  });
  // The writer waits before long; then, by the gate's clock, half a minute passes.
  while (events() == 0) {
    PassTime(std::chrono::seconds(1));
    std::this_thread::yield();
  }
  EXPECT_THAT(AwaitEvent("").reason, HasSubstr("does not take"));
  writer.join();
}

TEST_F(Session, EndsForKeysAskedForWithoutEnd) {
  Open session = OpenSession();
  session.client->AskForNewKeys(2);
  ASSERT_TRUE(session.client->Write(kPingFrame));
  EXPECT_EQ(session.server.Read(kPingFrame.size()), kPingFrame) << "now and then it is allowed";
  session.client->AskForNewKeys(2'000);
  EXPECT_TRUE(session.server.IsAtEnd());
}

TEST_F(Session, IsMadeWithTheCertificateOfTheDay) {
  Open before = OpenSession();
  const Issued renewed = pki_.Issue("Exchange", {.extended_key_usage = "serverAuth"});
  auto tls = TlsContext::Make(IdentityOf(renewed), clock_, {});
  ASSERT_THAT(tls, IsOk());
  gate_->SetTls(*std::move(tls));
  Open after = OpenSession();
  for (Open* session : {&before, &after}) {
    ASSERT_TRUE(session->client->Write(kPingFrame));
    EXPECT_EQ(session->server.Read(kPingFrame.size()), kPingFrame);
  }
}

TEST_F(Session, OutlivesTheEndOfAccepting) {
  Open session = OpenSession();
  const TestSocket half(address_);
  gate_->StopAccepting();
  EXPECT_EQ(half.ReadToEnd(1), "") << "a handshake is ended";
  ASSERT_TRUE(session.client->Write(kPingFrame));
  EXPECT_EQ(session.server.Read(kPingFrame.size()), kPingFrame);
  ASSERT_TRUE(session.server.Write(kPingFrame));
  EXPECT_EQ(session.client->ReadExactly(kPingFrame.size()), kPingFrame);
}

TEST_F(Session, IsPassedItsLastWordsBeforeTheEnd) {
  Open session = OpenSession();
  gate_->StopAccepting();
  const std::string last = FrameOf(kData, 1, 1, 16'000) + FrameOf(kGoaway, 0, 0, 8);
  ASSERT_TRUE(session.server.Write(last));
  session.server.HangUp();
  std::string heard;
  std::thread reader([&] {
    heard = session.client->ReadToEnd();
    session.client.reset();
  });
  gate_->Stop(std::chrono::seconds(30));
  reader.join();
  EXPECT_EQ(heard, last);
  EXPECT_EQ(gate_->sessions(), 0U);
}

TEST_F(Session, IsCutAtTheEnd) {
  Open session = OpenSession();
  gate_->Stop(std::chrono::milliseconds(0));
  EXPECT_TRUE(session.server.IsAtEnd());
  EXPECT_EQ(session.client->ReadToEnd(), "");
  EXPECT_THAT(table_.List(), IsEmpty());
}

}  // namespace
}  // namespace cbm::test
