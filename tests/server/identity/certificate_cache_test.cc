// A cache that is right however often, by how many, and with whatever it is asked.

#include "server/identity/certificate_cache.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_pki.h"

namespace cbm::test {
namespace {

class CertificateCacheOfThree : public ::testing::Test {
 protected:
  CertificateCacheOfThree() {
    for (const std::string name : {"a", "b", "c", "d", "e"}) {
      issued_.push_back(pki_.Issue(name));
    }
  }

  TestPki pki_;
  std::vector<Issued> issued_;
  CertificateCache cache_{3};
};

TEST_F(CertificateCacheOfThree, AnswersTheDigestOfTheCertificate) {
  for (const Issued& one : issued_) {
    const absl::StatusOr<Digest> fingerprint = cache_.Fingerprint(one.certificate_pem);
    ASSERT_THAT(fingerprint, IsOk());
    EXPECT_EQ(*fingerprint, Sha256(one.certificate.der()));
  }
}

TEST_F(CertificateCacheOfThree, AnswersTheSameOnceItWasFullAndAgain) {
  for (int round = 0; round < 3; ++round) {
    for (const Issued& one : issued_) {
      EXPECT_EQ(cache_.Fingerprint(one.certificate_pem).value(), one.certificate.fingerprint());
      EXPECT_EQ(cache_.Fingerprint(one.certificate_pem).value(), one.certificate.fingerprint());
    }
  }
}

TEST_F(CertificateCacheOfThree, RefusesWhatIsNotOneCertificate) {
  const std::string& pem = issued_.front().certificate_pem;
  ASSERT_THAT(cache_.Fingerprint(pem), IsOk());
  for (const std::string& bad :
       {std::string(), std::string("no certificate"), pem.substr(0, pem.size() / 2),
        issued_.front().key_pem, pem + issued_.back().certificate_pem, std::string(100, '\0')}) {
    EXPECT_THAT(cache_.Fingerprint(bad), HasCode(absl::StatusCode::kInvalidArgument)) << bad;
    EXPECT_THAT(cache_.Fingerprint(bad), HasCode(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

TEST_F(CertificateCacheOfThree, AnswersManyAtOnce) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const Issued& one = issued_[static_cast<size_t>(i) % issued_.size()];
        EXPECT_EQ(cache_.Fingerprint(one.certificate_pem).value(), one.certificate.fingerprint());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace cbm::test
