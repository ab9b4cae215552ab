// The line that tells an operator who was refused or cut off: whose certificate it was, and, if
// that is known, which State's. No stranger can fill the log with it, and none of the gate's
// threads waits for the store because of it.

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

GateEvent Ended(std::optional<Certificate> certificate) {
  GateEvent event = Refused(std::move(certificate));
  event.kind = kEnded;
  return event;
}

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

  // Reports what happened with a certificate, or without one, and how many lines were written.
  size_t Flood(GateEvent::Kind kind, std::optional<Certificate> certificate,
               SteadyTime now = kStart) {
    const size_t before = count();
    GateEvent event = Refused(std::move(certificate));
    event.kind = kind;
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

  static const Certificate& OfLatvia() { return ServerWorld::Of("LV").credential.certificate; }
  static const Certificate& OfEstonia() { return ServerWorld::Of("EE").credential.certificate; }

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
                           .error = Http2Error::kEnhanceYourCalm});
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
  EXPECT_EQ(Flood(kRefused, std::nullopt), 100U);
  EXPECT_EQ(Flood(kRefused, OfEstonia()), 100U);
  EXPECT_EQ(Flood(kEnded, OfEstonia()), 100U);
  const auto refused =
      Write({.kind = kRefused, .reason = "no", .source = "192.0.2.1", .certificate = OfLatvia()});
  EXPECT_EQ(refused["party"], "LV");
  EXPECT_EQ(refused["lines_left_out"], 0);
  EXPECT_EQ(Write({.kind = kEnded,
                   .reason = "no",
                   .source = "192.0.2.1",
                   .certificate = OfLatvia()})["party"],
            "LV");
}

// A certificate is no secret: whoever has not its key does not hide what who has it does.
TEST_F(LinesOfTheGate, OfSessionsAreNotHiddenByWhoShowsTheSameCertificateAndIsRefused) {
  EXPECT_EQ(Flood(kRefused, OfLatvia()), 100U);
  EXPECT_EQ(Flood(kEnded, OfLatvia()), 100U);
  EXPECT_EQ(Flood(kEnded, OfLatvia(), kStart + std::chrono::seconds(1)), 10U);
}

TEST_F(LinesOfTheGate, OfStrangersAreBoundedTogetherHoweverManyCertificatesTheyShow) {
  EXPECT_EQ(Flood(kRefused, TestPki::SelfSigned("EE duty").certificate), 100U);
  EXPECT_EQ(Flood(kRefused, TestPki::SelfSigned("EE duty").certificate), 0U);
  EXPECT_EQ(Flood(kRefused, std::nullopt), 0U);
}

// It was believed, though the store does not say just now whose it is.
TEST_F(LinesOfTheGate, OfSessionsThatAreNobodysAreApartFromStrangers) {
  EXPECT_EQ(Flood(kRefused, std::nullopt), 100U);
  EXPECT_EQ(Flood(kEnded, ServerWorld::Spare("LV").credential.certificate), 100U);
}

TEST_F(LinesOfTheGate, OfTheServersTroubleAreNotHidden) {
  EXPECT_EQ(Flood(kRefused, std::nullopt), 100U);
  EXPECT_EQ(Flood(GateEvent::Kind::kTrouble, std::nullopt), 100U);
}

TEST_F(LinesOfTheGate, NameNobodyWhereTheStoreFails) {
  store_.faults.at_find_credential = [] { return absl::InternalError("broken"); };
  const auto line = Write(Ended(OfLatvia()));
  EXPECT_EQ(line["party"], "");
  EXPECT_EQ(line["office"], "");
  EXPECT_EQ(line["serial"], OfLatvia().serial());
}

// That Write returns is what this shows: the gate's threads go on.
TEST_F(LinesOfTheGate, WaitForTheStoreWhileWhoReportsGoesOn) {
  HangAt(Ended(OfLatvia()));
  gate_log_->Write(Refused(OfEstonia()), kStart);
  gate_log_->Write(Ended(OfEstonia()), kStart);
  EXPECT_THAT(lines(), IsEmpty());
  gate_log_->Write({.kind = GateEvent::Kind::kTrouble, .reason = "no", .source = {}}, kStart);
  EXPECT_THAT(Said(), ElementsAre("gate_trouble  0"));
  door_.Open();
  gate_log_->Flush();
  EXPECT_THAT(Said(), ElementsAre("gate_trouble  0", "gate_ended LV 0", "gate_ended EE 0",
                                  "gate_refused EE 0"))
      << "of sessions before those of who was refused";
}

TEST_F(LinesOfTheGate, OfSessionsAreNotPushedOutByStrangersThatWaitForTheStore) {
  const Certificate stranger = TestPki::SelfSigned("EE duty").certificate;
  HangAt(Refused(stranger));
  for (size_t i = 0; i < GateLog::kRefusedWaitingMax + 7; ++i) {
    gate_log_->Write(Refused(stranger), kStart);
  }
  gate_log_->Write(Refused(std::nullopt), kStart);
  gate_log_->Write(Ended(OfLatvia()), kStart);
  door_.Open();
  gate_log_->Flush();
  ASSERT_THAT(lines(), SizeIs(101));
  EXPECT_EQ(Said()[0], "gate_refused  8") << "what had no room";
  EXPECT_EQ(Said()[1], "gate_ended LV 0");
  const auto next = Write(Refused(std::nullopt), kStart + std::chrono::seconds(1));
  EXPECT_EQ(next["lines_left_out"], 1 + GateLog::kRefusedWaitingMax - 100);
}

// Who is registered is not told that strangers had no room: they are.
TEST_F(LinesOfTheGate, OfARegisteredCertificateDoNotCountStrangersThatHadNoRoom) {
  HangAt(Refused(OfLatvia()));
  for (size_t i = 0; i < GateLog::kRefusedWaitingMax + 1; ++i) {
    gate_log_->Write(Refused(std::nullopt), kStart);
  }
  door_.Open();
  gate_log_->Flush();
  EXPECT_EQ(Said()[0], "gate_refused LV 0");
  EXPECT_EQ(Said()[1], "gate_refused  1");
}

TEST_F(LinesOfTheGate, OfASessionAreNotPushedOutByAnotherCertificatesWhileTheyWait) {
  HangAt(Ended(OfLatvia()));
  for (size_t i = 0; i < 2 * GateLog::kEndedWaitingMax; ++i) {
    gate_log_->Write(Ended(OfLatvia()), kStart);
  }
  gate_log_->Write(Ended(OfEstonia()), kStart);
  door_.Open();
  gate_log_->Flush();
  ASSERT_THAT(lines(), SizeIs(101));
  EXPECT_EQ(Said().back(), "gate_ended EE 0");
}

TEST_F(LinesOfTheGate, OfSessionsAreWrittenWithoutNamesWhereTooManyWait) {
  HangAt(Ended(OfLatvia()));
  constexpr size_t kCertificates = 11;
  for (size_t i = 0; i < kCertificates; ++i) {
    const Certificate certificate = TestPki::SelfSigned("EE duty").certificate;
    for (size_t j = 0; j < 100; ++j) {
      gate_log_->Write(Ended(certificate), kStart);
    }
  }
  ASSERT_THAT(lines(), SizeIs(kCertificates * 100 - GateLog::kEndedWaitingMax));
  gate_log_->Write(Ended(OfEstonia()), kStart);
  EXPECT_EQ(Said().back(), "gate_ended  0");
  door_.Open();
  gate_log_->Flush();
  EXPECT_THAT(lines(), SizeIs(kCertificates * 100 + 2));
}

TEST_F(LinesOfTheGate, AreWrittenWithoutNamesAtAStopThoughTheStoreDoesNotAnswer) {
  HangAt(Ended(OfLatvia()));
  gate_log_->Write(Refused(OfEstonia()), kStart);
  gate_log_->Write(Ended(OfEstonia()), kStart);
  gate_log_->Stop();
  ASSERT_THAT(Said(), ElementsAre("gate_ended  0", "gate_refused  0"));
  gate_log_->Write(Ended(OfEstonia()), kStart);
  gate_log_->Write(Refused(OfEstonia()), kStart);
  EXPECT_THAT(lines(), SizeIs(4)) << "what comes later";
  door_.Open();
  gate_log_.reset();
  EXPECT_EQ(Said().back(), "gate_ended LV 0") << "what the store was asked for is waited for";
}

TEST_F(LinesOfTheGate, AreAllWrittenBeforeItIsDestroyed) {
  for (int i = 0; i < 100; ++i) {
    gate_log_->Write(Ended(OfLatvia()), kStart);
  }
  gate_log_.reset();
  EXPECT_THAT(lines(), SizeIs(100));
}

}  // namespace
}  // namespace cbm::test
