// The line that tells an operator who was refused or cut off: whose certificate it was, and, if
// that is known, which State's. And no stranger can fill the log with it.

#include "server/program/gate_log.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/fake_clock.h"
#include "tests/support/server_world.h"

namespace cbm::test {
namespace {

using ::testing::SizeIs;

constexpr GateEvent::Kind kRefused = GateEvent::Kind::kRefused;
constexpr GateEvent::Kind kEnded = GateEvent::Kind::kEnded;
constexpr SteadyTime kStart = SteadyTime() + std::chrono::hours(1);

class LinesOfTheGate : public testing::Test {
 protected:
  nlohmann::json Write(const GateEvent& event, SteadyTime now = kStart) {
    const size_t before = lines_.size();
    gate_log_.Write(event, now);
    return lines_.size() == before ? nlohmann::json() : nlohmann::json::parse(lines_.back());
  }

  // Reports what happened with a certificate, or without one, and how many lines were written.
  size_t Flood(GateEvent::Kind kind, std::optional<Certificate> certificate,
               SteadyTime now = kStart) {
    const size_t before = lines_.size();
    const GateEvent event{
        .kind = kind, .reason = "no", .source = "192.0.2.1", .certificate = std::move(certificate)};
    for (int i = 0; i < 200; ++i) {
      gate_log_.Write(event, now);
    }
    return lines_.size() - before;
  }

  static const Certificate& OfLatvia() { return ServerWorld::Of("LV").credential.certificate; }
  static const Certificate& OfEstonia() { return ServerWorld::Of("EE").credential.certificate; }

  ServerWorld world_;
  std::vector<std::string> lines_;
  Log log_{world_.clock(), LogLevel::kInfo, [this](std::string_view line) {
             lines_.emplace_back(line);
             return true;
           }};
  HolderLookup holders_{world_.store(), std::chrono::seconds(30)};  // However busy the machine.
  GateLog gate_log_{log_, holders_};
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
    gate_log_.Write(event, kStart);
  }
  EXPECT_THAT(lines_, SizeIs(100));
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

}  // namespace
}  // namespace cbm::test
