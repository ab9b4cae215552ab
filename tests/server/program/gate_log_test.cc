// The line that tells an operator who was refused or cut off: whose certificate it was, and which
// State's: always, if he was let in, else if the store says so. No stranger can fill the log with
// it, and none of the gate's threads waits for the store because of it.

#include "server/program/gate_log.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/door.h"
#include "tests/support/fake_clock.h"
#include "tests/support/faulty_store.h"
#include "tests/support/server_world.h"

namespace cbm::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr GateEvent::Kind kRefused = GateEvent::Kind::kRefused;
constexpr GateEvent::Kind kEnded = GateEvent::Kind::kEnded;
constexpr SteadyTime kStart = SteadyTime() + std::chrono::hours(1);

GateEvent Refused(std::optional<Certificate> certificate) {
  return {.kind = kRefused,
          .reason = "no",
          .source = "192.0.2.1",
          .certificate = std::move(certificate)};
}

// With whom the gate found when it let him in.
GateEvent Of(GateEvent::Kind kind, const Desk& desk) {
  GateEvent event = Refused(desk.credential.certificate);
  event.kind = kind;
  event.holder = {.party = desk.party, .office = desk.office};
  return event;
}

GateEvent Ended(const Desk& desk) { return Of(kEnded, desk); }
GateEvent WithoutPlace(const Desk& desk) { return Of(kRefused, desk); }

class LinesOfTheGate : public testing::Test {
 protected:
  // A test that ends early lets the store's caller go.
  ~LinesOfTheGate() override { door_.Open(); }

  std::vector<std::string> lines() {
    const MutexLock lock(mutex_);
    return lines_;
  }
  size_t count() { return lines().size(); }

  nlohmann::json Write(const GateEvent& event, SteadyTime now = kStart) {
    const size_t before = count();
    gate_log_->Write(event, now);
    gate_log_->Flush();
    return count() == before ? nlohmann::json() : nlohmann::json::parse(lines().back());
  }

  // How many lines are written of what happens again and again.
  size_t Flood(const GateEvent& event, SteadyTime now = kStart) {
    const size_t before = count();
    for (int i = 0; i < 200; ++i) {
      gate_log_->Write(event, now);
    }
    gate_log_->Flush();
    return count() - before;
  }

  // From now on the store answers once the door is open; it is asked for this one.
  void HangAt(const GateEvent& event) {
    store_.faults.at_find_credential = [this] {
      door_.Pass();
      return absl::OkStatus();
    };
    door_.Shut();
    gate_log_->Write(event, kStart);
    door_.AwaitSomebody();
  }

  // What the lines so far say of each: event, party, lines left out.
  std::vector<std::string> Said() {
    std::vector<std::string> said;
    for (const std::string& line : lines()) {
      const auto json = nlohmann::json::parse(line);
      said.push_back(json["event"].get<std::string>() + " " + json.value("party", "") + " " +
                     std::to_string(json["lines_left_out"].get<uint64_t>()));
    }
    return said;
  }

  static const Desk& Latvia() { return ServerWorld::Of("LV"); }
  static const Desk& Estonia() { return ServerWorld::Of("EE"); }
  static const Certificate& OfLatvia() { return Latvia().credential.certificate; }
  static const Certificate& OfEstonia() { return Estonia().credential.certificate; }

  ServerWorld world_;
  Door door_;
  FaultyStore store_{world_.store()};
  Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  Log log_{world_.clock(), LogLevel::kInfo, [this](std::string_view line) {
             const MutexLock lock(mutex_);
             lines_.emplace_back(line);
             return true;
           }};
  std::optional<GateLog> gate_log_{std::in_place, log_, store_};
};

TEST_F(LinesOfTheGate, NameTheStateOfARegisteredCertificate) {
  const Certificate& certificate = ServerWorld::Of("LV").credential.certificate;
  const auto line = Write({.kind = GateEvent::Kind::kEnded,
                           .reason = "too many resets",
                           .source = "192.0.2.1",
                           .certificate = certificate,
                           .error = Http2Error::kEnhanceYourCalm,
                           .holder = {{.party = "LV", .office = "duty"}}});
  EXPECT_EQ(line["event"], "gate_ended");
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["reason"], "too many resets");
  EXPECT_EQ(line["http2_error"], "ENHANCE_YOUR_CALM");
  EXPECT_EQ(line["source"], "192.0.2.1");
  EXPECT_EQ(line["party"], "LV");
  EXPECT_EQ(line["office"], "duty");
  EXPECT_EQ(line["issuer"], certificate.issuer());
  EXPECT_EQ(line["serial"], certificate.serial());
}

TEST_F(LinesOfTheGate, NameTheStateOfARegisteredCertificateThatWasRefused) {
  const auto line = Write(Refused(OfLatvia()));
  EXPECT_EQ(line["event"], "gate_refused");
  EXPECT_EQ(line["http2_error"], "");
  EXPECT_EQ(line["party"], "LV");
  EXPECT_EQ(line["office"], "duty");
  EXPECT_EQ(line["serial"], OfLatvia().serial());
}

TEST_F(LinesOfTheGate, NameIssuerAndSerialOfAStranger) {
  const Issued stranger = TestPki::SelfSigned("EE duty");
  const auto line = Write({.kind = GateEvent::Kind::kRefused,
                           .reason = "not accepted",
                           .source = "192.0.2.1",
                           .certificate = stranger.certificate});
  EXPECT_EQ(line["event"], "gate_refused");
  EXPECT_EQ(line["party"], "");
  EXPECT_EQ(line["serial"], stranger.certificate.serial());
}

TEST_F(LinesOfTheGate, SayWhatTheyCanWithoutACertificate) {
  const auto line = Write({.kind = GateEvent::Kind::kRefused,
                           .reason = "the client left during the handshake",
                           .source = "192.0.2.1"});
  EXPECT_EQ(line["event"], "gate_refused");
  EXPECT_EQ(line["source"], "192.0.2.1");
  EXPECT_FALSE(line.contains("serial"));
}

TEST_F(LinesOfTheGate, AreAnErrorWhereTheServerIsInTrouble) {
  const auto line =
      Write({.kind = GateEvent::Kind::kTrouble, .reason = "no descriptors", .source = {}});
  EXPECT_EQ(line["event"], "gate_trouble");
  EXPECT_EQ(line["level"], "error");
}

TEST_F(LinesOfTheGate, AreBoundedAndSayHowManyWereLeftOut) {
  const GateEvent event{.kind = GateEvent::Kind::kRefused, .reason = "no", .source = "192.0.2.1"};
  for (int i = 0; i < 1'000; ++i) {
    Write(event);
  }
  EXPECT_THAT(lines(), SizeIs(100));
  EXPECT_TRUE(Write(event).is_null());
  const auto next = Write(event, kStart + std::chrono::milliseconds(101));
  EXPECT_EQ(next["lines_left_out"], 901);
  const auto last = Write(event, kStart + std::chrono::milliseconds(300));
  EXPECT_EQ(last["lines_left_out"], 0);
}

TEST_F(LinesOfTheGate, OfAnOfficeAreNotHiddenByStrangersNorByAnotherOffice) {
  EXPECT_EQ(Flood(Refused(std::nullopt)), 100U);
  EXPECT_EQ(Flood(Refused(OfEstonia())), 100U);
  EXPECT_EQ(Flood(WithoutPlace(Estonia())), 100U);
  EXPECT_EQ(Flood(Ended(Estonia())), 100U);
  for (const GateEvent& event : {Refused(OfLatvia()), WithoutPlace(Latvia()), Ended(Latvia())}) {
    const auto line = Write(event);
    EXPECT_EQ(line["party"], "LV");
    EXPECT_EQ(line["lines_left_out"], 0);
  }
}

// A certificate is no secret: whoever has not its key does not hide what who has it does.
TEST_F(LinesOfTheGate, OfWhoWasLetInAreNotHiddenByWhoShowsTheSameCertificateAndIsRefused) {
  EXPECT_EQ(Flood(Refused(OfLatvia())), 100U);
  EXPECT_EQ(Flood(WithoutPlace(Latvia())), 100U);
  EXPECT_EQ(Flood(WithoutPlace(Latvia()), kStart + std::chrono::seconds(1)), 10U);
  EXPECT_EQ(Flood(Ended(Latvia())), 100U);
  EXPECT_EQ(Flood(Ended(Latvia()), kStart + std::chrono::seconds(1)), 10U);
}

TEST_F(LinesOfTheGate, OfStrangersAreBoundedTogetherHoweverManyCertificatesTheyShow) {
  EXPECT_EQ(Flood(Refused(TestPki::SelfSigned("EE duty").certificate)), 100U);
  EXPECT_EQ(Flood(Refused(TestPki::SelfSigned("EE duty").certificate)), 0U);
  EXPECT_EQ(Flood(Refused(std::nullopt)), 0U);
}

// It was believed, though the gate cannot tell whose it is.
TEST_F(LinesOfTheGate, OfSessionsThatAreNobodysAreApartFromStrangers) {
  GateEvent event = Ended(Latvia());
  event.holder.reset();
  EXPECT_EQ(Flood(Refused(std::nullopt)), 100U);
  EXPECT_EQ(Flood(event), 100U);
  EXPECT_EQ(Said().back(), "gate_ended  0");
}

TEST_F(LinesOfTheGate, OfTheServersTroubleAreNotHidden) {
  EXPECT_EQ(Flood(Refused(std::nullopt)), 100U);
  EXPECT_EQ(Flood({.kind = GateEvent::Kind::kTrouble, .reason = "no", .source = {}}), 100U);
}

TEST_F(LinesOfTheGate, NameNobodyWhereTheStoreFails) {
  store_.faults.at_find_credential = [] { return absl::InternalError("broken"); };
  const auto line = Write(Refused(OfLatvia()));
  EXPECT_EQ(line["party"], "");
  EXPECT_EQ(line["office"], "");
  EXPECT_EQ(line["serial"], OfLatvia().serial());
}

// That Write returns is what this shows: the gate's threads go on.
TEST_F(LinesOfTheGate, WaitForTheStoreWhileWhoReportsGoesOn) {
  HangAt(Refused(OfLatvia()));
  gate_log_->Write(Refused(OfEstonia()), kStart);
  EXPECT_THAT(lines(), IsEmpty());
  gate_log_->Write({.kind = GateEvent::Kind::kTrouble, .reason = "no", .source = {}}, kStart);
  EXPECT_THAT(Said(), ElementsAre("gate_trouble  0"));
  door_.Open();
  gate_log_->Flush();
  EXPECT_THAT(Said(), ElementsAre("gate_trouble  0", "gate_refused LV 0", "gate_refused EE 0"));
}

// The store that hangs is not asked: the gate found whose they are before.
TEST_F(LinesOfTheGate, OfWhoWasLetInAreWrittenAtOnceAndNamedThoughTheStoreNeverAnswers) {
  HangAt(Refused(OfLatvia()));
  for (size_t i = 0; i < GateLog::kWaitingMax; ++i) {
    gate_log_->Write(Refused(OfLatvia()), kStart);
  }
  gate_log_->Write(Ended(Latvia()), kStart);
  gate_log_->Write(WithoutPlace(Estonia()), kStart);
  ASSERT_THAT(Said(), ElementsAre("gate_ended LV 0", "gate_refused EE 0"));
  EXPECT_EQ(nlohmann::json::parse(lines()[0])["office"], "duty");
  gate_log_->Stop();
  gate_log_->Write(Ended(Estonia()), kStart);
  EXPECT_EQ(Said().back(), "gate_ended EE 0");
}

TEST_F(LinesOfTheGate, AreLeftOutWhereTooManyWaitForTheStoreAndTheNextSaysSo) {
  const Certificate stranger = TestPki::SelfSigned("EE duty").certificate;
  HangAt(Refused(stranger));
  for (size_t i = 0; i < GateLog::kWaitingMax + 7; ++i) {
    gate_log_->Write(Refused(stranger), kStart);
  }
  gate_log_->Write(Refused(std::nullopt), kStart);
  door_.Open();
  gate_log_->Flush();
  ASSERT_THAT(lines(), SizeIs(100));
  EXPECT_EQ(Said()[0], "gate_refused  8") << "what had no room";
  const auto next = Write(Refused(std::nullopt), kStart + std::chrono::seconds(1));
  EXPECT_EQ(next["lines_left_out"], 1 + GateLog::kWaitingMax - 100);
}

// Who is registered is not told that strangers had no room: they are.
TEST_F(LinesOfTheGate, OfARegisteredCertificateDoNotCountStrangersThatHadNoRoom) {
  HangAt(Refused(OfLatvia()));
  for (size_t i = 0; i < GateLog::kWaitingMax + 1; ++i) {
    gate_log_->Write(Refused(std::nullopt), kStart);
  }
  door_.Open();
  gate_log_->Flush();
  EXPECT_EQ(Said()[0], "gate_refused LV 0");
  EXPECT_EQ(Said()[1], "gate_refused  1");
}

TEST_F(LinesOfTheGate, AreWrittenWithoutNamesAtAStopThoughTheStoreDoesNotAnswer) {
  HangAt(Refused(OfLatvia()));
  gate_log_->Write(Refused(OfEstonia()), kStart);
  gate_log_->Stop();
  ASSERT_THAT(Said(), ElementsAre("gate_refused  0"));
  gate_log_->Write(Refused(OfEstonia()), kStart);
  EXPECT_THAT(lines(), SizeIs(2)) << "what comes later";
  door_.Open();
  gate_log_.reset();
  EXPECT_EQ(Said().back(), "gate_refused LV 0") << "what the store was asked for is waited for";
}

TEST_F(LinesOfTheGate, AreAllWrittenBeforeItIsDestroyed) {
  for (int i = 0; i < 100; ++i) {
    gate_log_->Write(Refused(OfLatvia()), kStart);
  }
  gate_log_.reset();
  EXPECT_THAT(lines(), SizeIs(100));
}

}  // namespace
}  // namespace cbm::test
