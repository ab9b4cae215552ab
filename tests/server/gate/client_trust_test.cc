// Whose certificates are believed now: what changes counts for handshakes, calls and open sessions
// alike, and what was revoked stays so.

#include "server/gate/client_trust.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/crypto/digest.h"
#include "core/crypto/revocation_list.h"
#include "core/crypto/system_random.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

using ::cbm::test::FakeClock;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::IssueOptions;
using ::cbm::test::kTestStart;
using ::cbm::test::TestPki;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

constexpr absl::StatusCode kRefused = absl::StatusCode::kUnauthenticated;

class TrustInClients : public testing::Test {
 protected:
  TrustInClients() { EXPECT_THAT(trust_.SetAuthorities(pki_.ca_pem()), IsOk()); }

  // A session of this certificate, which was accepted by this chain.
  void Connect(const std::vector<Certificate>& chain) {
    ASSERT_THAT(trust_.Accept(chain), IsOk());
    auto place =
        sessions_.Enter({.certificate = chain.front(),
                         .source = "192.0.2.1",
                         .owner = chain.front().Name(),
                         .state = "EE",
                         .was_active = true,
                         .since = clock_.Now()},
                        {.owner = 10, .state = 10},
                        [this, serial = chain.front().serial()] { ended_.push_back(serial); });
    ASSERT_THAT(place, IsOk());
    places_.push_back(*std::move(place));
  }
  void Revoke(const Certificate& certificate) {
    EXPECT_THAT(trust_.Revoke(std::vector<std::string>{NameInLists(certificate)}), IsOk());
  }

  FakeClock clock_;
  SystemRandom random_;
  TestPki pki_{"Test CA", kTestStart, TestPki::Shape::kWithIntermediate};
  const Certificate estonia_ = pki_.Issue("EE duty").certificate;
  const Certificate latvia_ = pki_.Issue("LV duty").certificate;
  const Certificate intermediate_ = pki_.intermediates().front();
  const std::vector<Certificate> of_estonia_ = {estonia_, intermediate_, pki_.root()};
  const std::vector<Certificate> of_latvia_ = {latvia_, intermediate_, pki_.root()};
  ClientTrust trust_{clock_};
  SessionTable sessions_{random_};
  std::vector<SessionTable::Place> places_;
  std::vector<std::string> ended_;  // Serials, in their order.
};

TEST_F(TrustInClients, EndsWithRevocationForThatCertificateAlone) {
  Connect(of_estonia_);
  Connect(of_latvia_);
  EXPECT_THAT(trust_.EndUntrusted(sessions_), IsEmpty());
  Revoke(estonia_);
  EXPECT_THAT(trust_.Accept(of_estonia_), HasCode(kRefused));
  const absl::Status refused = trust_.CheckStill(estonia_);
  EXPECT_THAT(refused, HasCode(kRefused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr(estonia_.serial()));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("call the secretariat"));
  EXPECT_THAT(trust_.CheckStill(latvia_), IsOk());
  EXPECT_THAT(trust_.Accept(of_latvia_), IsOk());
  EXPECT_THAT(trust_.EndUntrusted(sessions_), ElementsAre(Key(NameInLists(estonia_))));
  EXPECT_THAT(ended_, ElementsAre(estonia_.serial()));
}

// What it signed may be brought by others long after its own last session.
TEST_F(TrustInClients, KeepsWhatWasLedToTheRootByOneThatWasRevokedOut) {
  Connect(of_estonia_);
  Revoke(intermediate_);
  EXPECT_THAT(trust_.Revoked(),
              UnorderedElementsAre(NameInLists(intermediate_), NameInLists(estonia_)));
  places_.clear();
  for (int second = 0; second < 1'000; ++second) {
    static_cast<void>(trust_.EndUntrusted(sessions_));
  }
  EXPECT_THAT(trust_.CheckStill(estonia_), HasCode(kRefused));
  EXPECT_THAT(trust_.CheckStill(latvia_), IsOk()) << "it was never connected";
}

// Whoever has a certificate's bytes, and not its key, may not say what leads from it to a root.
TEST_F(TrustInClients, RemembersAChainOnlyOnceTheKeyWasShown) {
  EXPECT_THAT(trust_.Check(of_estonia_), IsOk());
  Revoke(intermediate_);
  EXPECT_THAT(trust_.Check(of_estonia_), HasCode(kRefused));
  EXPECT_THAT(trust_.CheckStill(estonia_), IsOk()) << "nobody came with it";
}

TEST_F(TrustInClients, EndsWithRevocationOfWhatLedToTheRoot) {
  Connect(of_estonia_);
  Revoke(intermediate_);
  EXPECT_THAT(trust_.Accept(of_latvia_), HasCode(kRefused));
  const absl::Status refused = trust_.CheckStill(estonia_);
  EXPECT_THAT(refused, HasCode(kRefused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr(intermediate_.serial()));
  static_cast<void>(trust_.EndUntrusted(sessions_));
  EXPECT_THAT(ended_, ElementsAre(estonia_.serial()));
}

TEST_F(TrustInClients, GoesByIssuerAndSerialAndNoneAlone) {
  TestPki other("Other CA");
  const Certificate foreign = other.Issue("EE duty").certificate;
  const std::string issuer_of_estonia = NameInLists(estonia_).substr(estonia_.serial().size());
  EXPECT_THAT(trust_.Revoke(std::vector<std::string>{foreign.serial() + issuer_of_estonia}),
              IsOk());
  EXPECT_THAT(trust_.CheckStill(estonia_), IsOk());
  EXPECT_THAT(trust_.CheckStill(foreign), IsOk());
}

TEST_F(TrustInClients, OnlyEverShrinks) {
  Revoke(estonia_);
  EXPECT_EQ(trust_.Revoke({}).value(), 0U);
  EXPECT_EQ(trust_
                .Revoke(std::vector<std::string>{NameInLists(estonia_), NameInLists(estonia_),
                                                 NameInLists(latvia_)})
                .value(),
            1U);
  EXPECT_EQ(trust_.revoked_count(), 2U);
  std::vector<std::string> both = {NameInLists(estonia_), NameInLists(latvia_)};
  std::sort(both.begin(), both.end());
  EXPECT_EQ(trust_.Revoked(), both);
}

constexpr TrustLimits kFew = {.revoked_of_issuer_max = 5, .revoked_max = 12, .accepted_max = 3};

std::vector<std::string> FiveOf(std::string_view issuer) {
  std::vector<std::string> five;
  for (int i = 0; i < 5; ++i) {
    five.push_back(std::to_string(i) + " " + std::string(issuer));
  }
  return five;
}

TEST_F(TrustInClients, TakesNoMoreOfOneAuthorityThanItsShareAndAllOfTheOthers) {
  ClientTrust trust(clock_, kFew);
  EXPECT_EQ(trust.Revoke(FiveOf("cn=a")).value(), 5U);
  const std::vector<std::string> one_more = {"FF cn=a", NameInLists(estonia_)};
  EXPECT_THAT(trust.Revoke(one_more), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(trust.CheckStill(estonia_), IsOk());
  EXPECT_EQ(trust.Revoke(FiveOf("cn=a")).value(), 0U);
  EXPECT_EQ(trust.Revoke(std::vector<std::string>{NameInLists(estonia_)}).value(), 1U);
  EXPECT_THAT(trust.CheckStill(estonia_), HasCode(kRefused));
}

TEST_F(TrustInClients, TakesNoMoreThanItCanHoldAndTakesUpWhatItHeldBefore) {
  ClientTrust trust(clock_, kFew);
  EXPECT_THAT(trust.Revoke(FiveOf("cn=a")), IsOk());
  EXPECT_THAT(trust.Revoke(FiveOf("cn=b")), IsOk());
  EXPECT_THAT(trust.Revoke(FiveOf("cn=c")), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(trust.revoked_count(), 10U);
  trust.Restore(FiveOf("cn=d"));
  trust.Restore(std::vector<std::string>{NameInLists(estonia_)});
  EXPECT_EQ(trust.revoked_count(), 16U);
  EXPECT_EQ(trust.Revoke(FiveOf("cn=b")).value(), 0U);
  EXPECT_THAT(trust.CheckStill(estonia_), HasCode(kRefused));
}

// Authorities choose how long names and serials are.
TEST_F(TrustInClients, TakesNoMoreBytesOfOneAuthorityThanItsShareAndAllOfTheOthers) {
  const std::string a =
      "cn=" + std::string(46, 'a');  // With a serial of one digit 52 bytes a line.
  ClientTrust trust(clock_, {.revoked_bytes_of_issuer_max = 6 * 52, .revoked_bytes_max = 1'000});
  EXPECT_EQ(trust.Revoke(FiveOf(a)).value(), 5U);
  const std::vector<std::string> two_more = {"8 " + a, "9 " + a};
  const auto refused = trust.Revoke(two_more);
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(std::string(refused.status().message()),
              AllOf(HasSubstr("of one authority"), HasSubstr("312 bytes")));
  EXPECT_EQ(trust.Revoke(std::vector<std::string>{"8 " + a}).value(), 1U);
  EXPECT_EQ(trust.revoked_bytes(), 6U * 52U);
  EXPECT_THAT(trust.Revoke(std::vector<std::string>{"9 " + a}),
              HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(trust.Revoke(FiveOf("cn=b")).value(), 5U);
}

TEST_F(TrustInClients, TakesNoMoreBytesThanItCanHoldAndTakesUpWhatItHeldBefore) {
  ClientTrust trust(clock_, {.revoked_bytes_max = 70});  // Seven bytes a line.
  EXPECT_THAT(trust.Revoke(FiveOf("cn=a")), IsOk());
  EXPECT_THAT(trust.Revoke(FiveOf("cn=b")), IsOk());
  EXPECT_THAT(trust.Revoke(std::vector<std::string>{"1 c"}),
              HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(trust.Revoke(FiveOf("cn=a")).value(), 0U);
  trust.Restore(FiveOf("cn=d"));
  EXPECT_EQ(trust.revoked_bytes(), 105U);
}

std::vector<std::string> ManyOf(std::string_view issuer, size_t count) {
  std::vector<std::string> many;
  for (size_t i = 0; i < count; ++i) {
    many.push_back(fmt::format("{:X} {}", i, issuer));
  }
  return many;
}

// Calls come when what takes long has had time to begin, and whether they do before it has ended is
// chance: hence until it is so.
TEST_F(TrustInClients, IsAskedWhileALongListIsTakenUpOrReadOut) {
  ClientTrust trust(clock_, {.revoked_of_issuer_max = 1'000'000, .revoked_max = 100'000'000});
  enum Doing { kNothing, kRevoking, kReading, kDone };
  std::atomic<Doing> doing = kNothing;
  std::atomic<size_t> asked_in_revoking = 0;
  std::atomic<size_t> asked_in_reading = 0;
  std::thread asks([&] {
    const std::string work(5'000'000, 'x');
    while (doing != kDone) {
      const Doing now = doing;
      static_cast<void>(Sha256(work));
      while (now != kNothing && doing == now) {
        static_cast<void>(trust.CheckStill(estonia_));
        std::this_thread::yield();  // For who has just let go of a lock to say that it is done.
        ++(now == kRevoking ? asked_in_revoking : asked_in_reading);
      }
    }
  });
  constexpr size_t kEnough = 10;  // One may fall between the deed and the word.
  size_t in_revoking = 0;         // The most of a round.
  size_t in_reading = 0;
  size_t revoked = 0;
  for (int round = 0; round < 15 && (in_revoking < kEnough || in_reading < kEnough); ++round) {
    asked_in_revoking = asked_in_reading = 0;
    const std::vector<std::string> list = ManyOf(fmt::format("cn={}", round), 100'000);
    doing = kRevoking;
    EXPECT_THAT(trust.Revoke(list), IsOk());
    doing = kReading;
    const std::vector<std::string> read = trust.Revoked();
    doing = kNothing;
    revoked = read.size();
    in_revoking = std::max(in_revoking, asked_in_revoking.load());
    in_reading = std::max(in_reading, asked_in_reading.load());
  }
  doing = kDone;
  asks.join();
  EXPECT_GE(in_revoking, kEnough);
  EXPECT_GE(in_reading, kEnough);
  EXPECT_EQ(revoked, trust.revoked_count());
}

TEST_F(TrustInClients, LosesNothingOfTwoListsAtOnce) {
  ClientTrust trust(clock_);
  constexpr size_t kLists = 20;
  constexpr size_t kNames = 1'000;  // Of each.
  const auto revoke = [&trust](const std::string& issuer) {
    for (size_t i = 0; i < kLists; ++i) {
      EXPECT_THAT(trust.Revoke(ManyOf(issuer + std::to_string(i), kNames)), IsOk());
    }
  };
  std::thread other([&] { revoke("cn=a"); });
  revoke("cn=b");
  other.join();
  EXPECT_EQ(trust.revoked_count(), 2 * kLists * kNames);
  EXPECT_THAT(trust.Revoked(), testing::SizeIs(2 * kLists * kNames));
}

// Nobody has asked for its dates before, whether an authority made it or whoever likes.
TEST_F(TrustInClients, TakesACertificateThatNeverHoldsForOneThatDoesNot) {
  const IssueOptions never = {.not_before = kTestStart + absl::Hours(48),
                              .not_after = kTestStart + absl::Hours(24)};
  const Certificate genuine = pki_.Issue("EE duty", never).certificate;
  Connect({genuine, intermediate_, pki_.root()});
  EXPECT_THAT(trust_.EndUntrusted(sessions_), ElementsAre(Key(NameInLists(genuine))));
  const Certificate alone = TestPki::SelfSigned("EE duty", never).certificate;
  EXPECT_THAT(trust_.CheckGenuine(alone, estonia_.fingerprint()),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(TrustInClients, RemembersTheConnectedHoweverManyOthersComeByAnAuthority) {
  ClientTrust trust(clock_, kFew);
  EXPECT_THAT(trust.SetAuthorities(pki_.ca_pem()), IsOk());
  Connect(of_estonia_);
  ASSERT_THAT(trust.Accept(of_estonia_), IsOk());
  ASSERT_THAT(trust.Accept(of_latvia_), IsOk());  // It came, and did not stay.
  static_cast<void>(trust.EndUntrusted(sessions_));
  for (int i = 0; i < 3; ++i) {
    const Certificate stranger = pki_.Issue("a stranger").certificate;
    ASSERT_THAT(trust.Accept(std::vector{stranger, pki_.root()}), IsOk());
  }
  EXPECT_THAT(trust.Revoke(std::vector<std::string>{NameInLists(intermediate_)}), IsOk());
  EXPECT_THAT(trust.CheckStill(estonia_), HasCode(kRefused));
  EXPECT_THAT(trust.CheckStill(latvia_), IsOk()) << "nothing is left of it";
}

TEST_F(TrustInClients, EndsWithTheAuthority) {
  TestPki other("Other CA");
  const Certificate finland = other.Issue("FI duty").certificate;
  EXPECT_THAT(trust_.SetAuthorities(pki_.ca_pem() + other.ca_pem()), IsOk());
  Connect(of_estonia_);
  Connect({finland, other.root()});
  EXPECT_THAT(trust_.EndUntrusted(sessions_), IsEmpty());
  EXPECT_THAT(trust_.SetAuthorities(pki_.ca_pem()), IsOk());
  EXPECT_THAT(trust_.EndUntrusted(sessions_), ElementsAre(Key(NameInLists(finland))));
  EXPECT_THAT(ended_, ElementsAre(finland.serial()));
}

TEST_F(TrustInClients, EndsWithTheAuthorityForAHandshakeThatWasUnderWayToo) {
  EXPECT_THAT(trust_.EndUntrusted(sessions_), IsEmpty());
  TestPki other("Other CA");
  EXPECT_THAT(trust_.SetAuthorities(other.ca_pem()), IsOk());
  EXPECT_THAT(trust_.EndUntrusted(sessions_), IsEmpty());
  Connect(of_estonia_);  // By what was trusted when it began.
  static_cast<void>(trust_.EndUntrusted(sessions_));
  EXPECT_THAT(ended_, ElementsAre(estonia_.serial()));
}

TEST_F(TrustInClients, HoldsWithAnIntermediateThatTheClientBringsItself) {
  Connect(of_estonia_);
  EXPECT_THAT(trust_.SetAuthorities(pki_.root().pem()), IsOk());
  EXPECT_THAT(trust_.EndUntrusted(sessions_), IsEmpty());
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(TrustInClients, IsNotEndedByAClientsOwnDates) {
  for (const absl::Time now :
       {estonia_.not_after() + absl::Hours(1), estonia_.not_before() - absl::Hours(1)}) {
    clock_.Set(now);
    places_.clear();
    Connect(of_estonia_);
    EXPECT_THAT(trust_.SetAuthorities(pki_.ca_pem()), IsOk());
    EXPECT_THAT(trust_.EndUntrusted(sessions_), IsEmpty()) << now;
  }
}

TEST_F(TrustInClients, IsNotChangedByABundleThatIsNotGood) {
  Connect(of_estonia_);
  EXPECT_THAT(trust_.SetAuthorities("no PEM"), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(trust_.EndUntrusted(sessions_), IsEmpty());
}

}  // namespace
}  // namespace cbm
