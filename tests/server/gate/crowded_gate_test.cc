// A gate with small bounds: who finds no room, who gives way, and what is not held against anybody.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gate/gate.h"
#include "tests/server/gate/gate_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::HasSubstr;

constexpr uint8_t kHeaders = 1;
constexpr uint8_t kPing = 6;
constexpr uint8_t kEndHeaders = 4;

GateLimits SmallLimits() {
  GateLimits limits;
  limits.admission.handshakes_max = 4;
  limits.admission.handshakes_per_source_max = 4;
  limits.session.sessions_per_office_max = 4;
  limits.session.sessions_per_state_max = 6;
  limits.session.inactive_sessions_max = 2;
  limits.session.calls_per_office_max.calls = 8;
  limits.threads = 1;
  return limits;
}

class CrowdedGate : public GateWorld {
 protected:
  CrowdedGate() : GateWorld(SmallLimits()) {}
};

TEST_F(CrowdedGate, EndsAHandshakeThatTakesTooLong) {
  const TestSocket silent(address_);
  const TestSocket slow(address_);
  ASSERT_TRUE(slow.Write("\x16\x03\x01\x02"));  // The beginning of a ClientHello.
  OpenSession();                                // By now both are there.
  PassTime(std::chrono::seconds(11));
  EXPECT_EQ(silent.ReadToEnd(1), "");
  EXPECT_EQ(slow.ReadToEnd(1), "");
  EXPECT_THAT(AwaitEvent("took too long").source, "127.0.0.1");
  EXPECT_EQ(ends_waiting(), 0U);
}

TEST_F(CrowdedGate, LetsAnHonestClientInWhileOthersHoldHandshakesOpen) {
  std::vector<std::unique_ptr<TestSocket>> holders;
  for (uint32_t i = 1; i <= 4; ++i) {
    holders.push_back(std::make_unique<TestSocket>(address_));
    while (gate_->sessions() < i) {
      std::this_thread::yield();
    }
  }
  PassTime(std::chrono::seconds(2));
  const Open session = OpenSession();
  const std::string ping = FrameOf(kPing, 0, 0, 8);
  ASSERT_TRUE(session.client->Write(ping));
  EXPECT_EQ(session.server.Read(ping.size()), ping);
  EXPECT_EQ(holders.front()->ReadToEnd(1), "") << "the oldest has given way";
  EXPECT_EQ(AwaitEvent("give way").kind, GateEvent::Kind::kRefused);
}

TEST_F(CrowdedGate, BoundsTheSessionsOfOneCertificate) {
  const Open first = OpenSession();
  Open second = OpenSession();
  TlsClient third = Connect();
  EXPECT_THAT(third.ReadToEnd(),
              HasSubstr("at most 4 at a time, and half of them with one certificate"));
  static_cast<void>(AwaitEvent("at most 4"));
  const Open other = OpenSession(pki_.Issue("LV duty"));
  second.client.reset();
  EXPECT_TRUE(second.server.IsAtEnd());
  OpenSession();
}

// What others of the office do is not held against one that did nothing.
TEST_F(CrowdedGate, EndsWhoFindsNoRoomForACallInItsOfficeAndLetsItComeAgain) {
  auto tls = TlsContext::Make(IdentityOf(server_), clock_, {.find_holder = [](const Digest&) {
                                return Holder{.owner = "EE/duty", .is_active = true};
                              }});
  ASSERT_THAT(tls, IsOk());
  gate_->SetTls(*std::move(tls));
  const std::string call = FrameOf(kHeaders, kEndHeaders, 1, 0);
  std::string calls = call;
  for (const uint32_t stream : {3U, 5U, 7U}) {
    calls += FrameOf(kHeaders, kEndHeaders, stream, 0);
  }
  Open first = OpenSession();
  Open second = OpenSession(pki_.Issue("EE duty"));
  for (Open* const session : {&first, &second}) {
    ASSERT_TRUE(session->client->Write(calls));
    EXPECT_EQ(session->server.Read(calls.size()), calls);
  }
  const Issued third = pki_.Issue("EE duty");
  for (int i = 0; i < 12; ++i) {  // More than the abuses after which one is kept out.
    const Open innocent = OpenSession(third);
    ASSERT_TRUE(innocent.client->Write(call));
    EXPECT_EQ(innocent.server.Read(call.size()), call) << "one call has room always";
    ASSERT_TRUE(innocent.client->Write(FrameOf(kHeaders, kEndHeaders, 3, 0)));
    EXPECT_THAT(innocent.client->ReadToEnd(),
                HasSubstr("its office or its State has too many calls at once"));
    EXPECT_EQ(AwaitEvent("too many calls at once").error, Http2Error::kNoError);
  }
}

// A State enrols as many offices as it likes: it has all of the gate's sessions with none of them.
TEST_F(CrowdedGate, HasRoomForAnotherStateHoweverManyOfficesOneHas) {
  std::map<Digest, Holder> holders;
  const auto enrol = [&](const std::string& state, const std::string& office) {
    Issued issued = pki_.Issue(state + ' ' + office);
    holders[issued.certificate.fingerprint()] = {
        .owner = state + '/' + office, .state = state, .is_active = true};
    return issued;
  };
  std::vector<Issued> estonia;
  for (const std::string office : {"duty", "technical", "law", "press"}) {
    estonia.push_back(enrol("EE", office));
  }
  const Issued latvia = enrol("LV", "duty");
  auto tls =
      TlsContext::Make(IdentityOf(server_), clock_, {.find_holder = [&](const Digest& certificate) {
                         return std::optional(holders.at(certificate));
                       }});
  ASSERT_THAT(tls, IsOk());
  gate_->SetTls(*std::move(tls));
  std::vector<Open> sessions;
  for (size_t i = 0; i < 6; ++i) {
    sessions.push_back(OpenSession(estonia[i / 2]));
  }
  EXPECT_THAT(Connect(estonia[3]).ReadToEnd(), HasSubstr("of one State: at most 6 at a time"));
  EXPECT_EQ(table_.CountOf("EE/press"), 0U);
  sessions.push_back(OpenSession(latvia));
  EXPECT_EQ(table_.CountOf("LV/duty"), 1U);
}

// They need only be told that they are.
TEST_F(CrowdedGate, GivesWhoIsOutOfUseFewSessions) {
  auto tls = TlsContext::Make(IdentityOf(server_), clock_, {.find_holder = [](const Digest&) {
                                return Holder{.name = {.party = "EE", .office = "duty"},
                                              .owner = "EE/duty out of use",
                                              .is_active = false};
                              }});
  ASSERT_THAT(tls, IsOk());
  gate_->SetTls(*std::move(tls));
  const Open first = OpenSession();
  const Open other = OpenSession(pki_.Issue("EE duty"));
  const Issued third = pki_.Issue("EE duty");
  EXPECT_THAT(Connect(third).ReadToEnd(), HasSubstr("at most 2 at a time"));
  const GateEvent event = AwaitEvent("at most 2 at a time");
  EXPECT_EQ(event.kind, GateEvent::Kind::kRefused);
  EXPECT_EQ(event.holder, (HolderName{.party = "EE", .office = "duty"})) << "not as it is counted";
  const std::vector<SessionFacts> list = table_.List();
  EXPECT_EQ(list.size(), 2U);
  for (const SessionFacts& session : list) {
    EXPECT_EQ(session.owner, "EE/duty out of use");
    EXPECT_FALSE(session.was_active);
  }
}

// Its owner renews a credential as often as he likes, and each is an owner of its own.
TEST_F(CrowdedGate, GivesAllOfAStateThatMayStillRenewFewSessions) {
  auto tls = TlsContext::Make(IdentityOf(server_), clock_, {.find_holder = [](const Digest&) {
                                return Holder{.state = "EE to be renewed", .is_active = false};
                              }});
  ASSERT_THAT(tls, IsOk());
  gate_->SetTls(*std::move(tls));
  std::vector<Open> sessions;
  for (int i = 0; i < 4; ++i) {
    sessions.push_back(OpenSession(pki_.Issue("EE duty")));
  }
  EXPECT_THAT(Connect(pki_.Issue("EE duty")).ReadToEnd(),
              HasSubstr("of one State: at most 4 at a time"));
}

// As many as gRPC makes over one connection, whatever the office's active certificates may have.
TEST_F(CrowdedGate, GivesWhoIsOutOfUseSixtyFourCallsWithOneCertificate) {
  auto tls = TlsContext::Make(IdentityOf(server_), clock_, {.find_holder = [](const Digest&) {
                                return Holder{.owner = "EE/duty out of use", .is_active = false};
                              }});
  ASSERT_THAT(tls, IsOk());
  gate_->SetTls(*std::move(tls));
  const Open session = OpenSession();
  std::string calls;
  for (uint32_t stream = 1; stream < 128; stream += 2) {
    calls += FrameOf(kHeaders, kEndHeaders, stream, 0);
  }
  ASSERT_TRUE(session.client->Write(calls));
  EXPECT_EQ(session.server.Read(calls.size()), calls);
  ASSERT_TRUE(session.client->Write(FrameOf(kHeaders, kEndHeaders, 129, 0)));
  EXPECT_THAT(session.client->ReadToEnd(), HasSubstr("too many calls at once"));
  EXPECT_EQ(AwaitEvent("too many calls at once").error, Http2Error::kEnhanceYourCalm);
}

}  // namespace
}  // namespace cbm::test
