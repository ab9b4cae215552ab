#ifndef CBM_TESTS_SUPPORT_TEST_PKI_H_
#define CBM_TESTS_SUPPORT_TEST_PKI_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "core/crypto/certificate.h"
#include "core/crypto/signing_key.h"

namespace cbm::test {

// When a FakeClock starts.
inline constexpr absl::Time kTestStart = absl::FromUnixSeconds(1'773'180'000);

enum class TestKey { kP256, kP384, kRsa2048 };

// What a certificate is to be. Times that are not given: a day before and a year after the PKI's.
struct IssueOptions {
  std::optional<absl::Time> not_before = {};
  std::optional<absl::Time> not_after = {};
  TestKey key = TestKey::kP256;
  // As OpenSSL's configuration spells them; empty: the extension is left out.
  std::string key_usage = "critical,digitalSignature,keyAgreement";
  std::string extended_key_usage = "clientAuth,emailProtection";
  std::string alternative_name = {};  // Such as `DNS:localhost,IP:127.0.0.1`.
  bool is_authority = false;
};

// What a revocation list is to be. Times that are not given: an hour before and a week after the
// PKI's.
struct ListOptions {
  int number = 1;
  std::optional<absl::Time> this_update = {};
  std::optional<absl::Time> next_update = {};
  int reason = -1;                      // Of each entry, by RFC 5280's numbers; -1: none is given.
  std::string distribution_point = {};  // As OpenSSL's configuration spells it; empty: none.
  bool is_by_root = false;              // Rather than by whoever issues.
  bool is_sha1 = false;
};

// A certificate with all that its holder has.
struct Issued {
  Certificate certificate;
  std::optional<SigningKey> key;  // None for RSA, which signs no acts.
  std::string certificate_pem;
  std::string chain_pem;  // The certificate, then the intermediates.
  std::string key_pem;
};

// A root, perhaps an intermediate under it, and what they issue. Two with different names know
// nothing of each other. What OpenSSL cannot do stops the test.
//
// Keys are new in each run; not thread-safe.
class TestPki {
 public:
  enum class Shape { kRootAlone, kWithIntermediate };

  explicit TestPki(std::string_view name = "Test CA", absl::Time now = kTestStart,
                   Shape shape = Shape::kRootAlone);
  TestPki(TestPki&&) noexcept;
  TestPki& operator=(TestPki&&) noexcept;
  ~TestPki();

  // A certificate for `CN=<common_name>,O=Test` by the intermediate, or else by the root.
  Issued Issue(std::string_view common_name, const IssueOptions& options = {});

  // A revocation list in PEM that names these.
  std::string IssueList(const std::vector<Certificate>& revoked,
                        const ListOptions& options = {}) const;

  // One that nobody vouches for but itself.
  static Issued SelfSigned(std::string_view common_name, const IssueOptions& options = {},
                           absl::Time now = kTestStart);

  const Certificate& root() const;

  // Those that lead from what was issued to the root; none if that is direct.
  const std::vector<Certificate>& intermediates() const;

  // Root and intermediates, for -CAfile and for a TrustStore.
  std::string ca_pem() const;

 private:
  struct Authority;

  absl::Time now_;
  std::unique_ptr<Authority> root_;
  std::unique_ptr<Authority> intermediate_;  // Null without one.
  std::vector<Certificate> intermediates_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_TEST_PKI_H_
