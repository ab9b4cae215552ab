// Whom the exchange believes. Each refusal must name the certificate and the reason: an operator
// reads it at night, with somebody waiting.

#include "core/crypto/trust_store.h"

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::kTestStart;
using ::cbm::test::TestPki;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kUnauthenticated = absl::StatusCode::kUnauthenticated;
constexpr auto kWithIntermediate = TestPki::Shape::kWithIntermediate;

TrustStore StoreOf(const std::string& pem) { return TrustStore::FromPem(pem).value(); }

TEST(TrustStore, AcceptsWhatARootIssued) {
  TestPki pki;
  const TrustStore store = StoreOf(pki.ca_pem());
  EXPECT_THAT(store.Verify(pki.Issue("EE duty").certificate, {}, kTestStart), IsOk());
}

TEST(TrustStore, AcceptsWhateverTheUsages) {
  TestPki pki;
  const TrustStore store = StoreOf(pki.ca_pem());
  for (const std::string usage : {"", "serverAuth", "emailProtection", "codeSigning"}) {
    EXPECT_THAT(
        store.Verify(pki.Issue("EE", {.extended_key_usage = usage}).certificate, {}, kTestStart),
        IsOk())
        << usage;
  }
}

TEST(TrustStore, AcceptsAChainWithWhatItHasOrIsLent) {
  TestPki pki("Test CA", kTestStart, kWithIntermediate);
  const Issued issued = pki.Issue("EE duty");
  EXPECT_THAT(StoreOf(pki.ca_pem()).Verify(issued.certificate, {}, kTestStart), IsOk());
  const TrustStore root_alone = StoreOf(pki.root().pem());
  EXPECT_THAT(root_alone.Verify(issued.certificate, pki.intermediates(), kTestStart), IsOk());
  EXPECT_THAT(root_alone.Verify(issued.certificate, {}, kTestStart), HasCode(kUnauthenticated));
}

TEST(TrustStore, RefusesAForeignAuthorityEvenIfItIsLent) {
  TestPki pki;
  TestPki foreign("Foreign CA");
  const Issued issued = foreign.Issue("EE duty");
  const std::array<Certificate, 1> chain = {foreign.root()};
  const TrustStore store = StoreOf(pki.ca_pem());
  EXPECT_THAT(store.Verify(issued.certificate, chain, kTestStart), HasCode(kUnauthenticated));
  EXPECT_THAT(store.Verify(issued.certificate, {}, kTestStart).message(),
              AllOf(HasSubstr("issuer CN=Foreign CA,O=Test"),
                    HasSubstr(issued.certificate.serial()), HasSubstr("issuer certificate")));
}

TEST(TrustStore, RefusesAnAuthorityOfTheSameNameWithAnotherKey) {
  TestPki pki;
  TestPki impostor;
  EXPECT_THAT(StoreOf(pki.ca_pem()).Verify(impostor.Issue("EE duty").certificate, {}, kTestStart),
              HasCode(kUnauthenticated));
}

TEST(TrustStore, AcceptsFromTheFirstInstantUntilTheLast) {
  TestPki pki;
  const Certificate leaf = pki.Issue("EE duty").certificate;
  const TrustStore store = StoreOf(pki.ca_pem());
  EXPECT_THAT(store.Verify(leaf, {}, leaf.not_before()), IsOk());
  EXPECT_THAT(store.Verify(leaf, {}, leaf.not_after() - absl::Microseconds(1)), IsOk());
  const absl::Status early = store.Verify(leaf, {}, leaf.not_before() - absl::Microseconds(1));
  EXPECT_THAT(early, HasCode(kUnauthenticated));
  EXPECT_THAT(early.message(), HasSubstr("not yet valid"));
  const absl::Status late = store.Verify(leaf, {}, leaf.not_after());
  EXPECT_THAT(late, HasCode(kUnauthenticated));
  EXPECT_THAT(late.message(),
              AllOf(HasSubstr("CN=EE duty"), HasSubstr(leaf.serial()), HasSubstr("expired")));
}

TEST(TrustStore, RefusesAnAuthorityAsLeaf) {
  TestPki pki("Test CA", kTestStart, kWithIntermediate);
  const TrustStore store = StoreOf(pki.ca_pem());
  EXPECT_THAT(store.Verify(pki.root(), {}, kTestStart), HasCode(kUnauthenticated));
  EXPECT_THAT(store.Verify(pki.intermediates().front(), {}, kTestStart), HasCode(kUnauthenticated));
}

TEST(TrustStore, RefusesAChainThatIsTooLong) {
  TestPki pki;
  const std::vector<Certificate> chain(kChainCertificatesMax + 1, pki.root());
  EXPECT_THAT(StoreOf(pki.ca_pem()).Verify(pki.Issue("EE").certificate, chain, kTestStart),
              HasCode(kUnauthenticated));
}

TEST(TrustStore, BelievesSeveralAuthorities) {
  TestPki states("States CA", kTestStart, kWithIntermediate);
  TestPki exchange("Exchange CA");
  const TrustStore store = StoreOf(states.ca_pem() + exchange.ca_pem() + states.ca_pem());
  EXPECT_THAT(store.Verify(states.Issue("EE").certificate, {}, kTestStart), IsOk());
  EXPECT_THAT(store.Verify(exchange.Issue("server").certificate, {}, kTestStart), IsOk());
}

TEST(TrustStore, IsMadeOfAuthoritiesAlone) {
  TestPki pki;
  const auto with_leaf = TrustStore::FromPem(pki.ca_pem() + pki.Issue("EE duty").certificate_pem);
  EXPECT_THAT(with_leaf, HasCode(kInvalid));
  EXPECT_THAT(with_leaf.status().message(), HasSubstr("CN=EE duty"));
  EXPECT_THAT(TrustStore::FromPem(""), HasCode(kInvalid));
  EXPECT_THAT(TrustStore::FromPem(pki.ca_pem() + pki.Issue("EE").key_pem), HasCode(kInvalid));
}

TEST(TrustStore, NeedsARoot) {
  const TestPki pki("Test CA", kTestStart, kWithIntermediate);
  EXPECT_THAT(TrustStore::FromPem(pki.intermediates().front().pem()), HasCode(kInvalid));
}

TEST(TrustStore, VerifiesOnManyThreadsAtOnce) {
  TestPki pki("Test CA", kTestStart, kWithIntermediate);
  TestPki foreign("Foreign CA");
  const TrustStore store = StoreOf(pki.ca_pem());
  const Certificate leaf = pki.Issue("EE duty").certificate;
  const Certificate stranger = foreign.Issue("EE duty").certificate;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int count = 0; count < 20; ++count) {
        EXPECT_THAT(store.Verify(leaf, {}, kTestStart), IsOk());
        EXPECT_THAT(store.Verify(stranger, {}, kTestStart), HasCode(kUnauthenticated));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace cbm
