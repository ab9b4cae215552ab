// TLS as the gate speaks it: handshakes in memory, with a client that offers what an attacker
// might.
//
// That OpenSSL on this machine is configured otherwise must change nothing, so the whole is done
// under configurations that a site might have too.

#include "server/gate/tls_context.h"

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/hex.h"
#include "core/crypto/openssl_handles.h"
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
using ::cbm::test::TestKey;
using ::cbm::test::TestPki;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using ClientPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;

constexpr size_t kFlightBytesMax = size_t{256} << 10;
constexpr int kRoundsMax = 8;  // A handshake takes three.
const HolderName kEstonia{.party = "EE", .office = "duty"};

struct Offer {
  const Issued* certificate = nullptr;
  int version = TLS1_3_VERSION;
  std::string groups = {};
  std::string protocol = "h2";
  std::string ciphers = {};
};

struct Outcome {
  absl::Status agreed = absl::UnauthenticatedError("not made");
  absl::StatusOr<Admitted> admitted = absl::UnauthenticatedError("not agreed");
  TlsVerdict verdict;
  std::string alert;  // As the client heard it.
  bool tickets = false;
  int bytes_of_one = 0;  // That one byte from the server takes on the wire.
};

ContextPtr NewClient(const Offer& offer) {
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_clear_options(context.get(), SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
  SSL_CTX_set_security_level(context.get(), 0);
  constexpr const char* kSignatures = "ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256";
  EXPECT_EQ(SSL_CTX_set1_sigalgs_list(context.get(), kSignatures), 1);
  EXPECT_EQ(SSL_CTX_set1_client_sigalgs_list(context.get(), kSignatures), 1);
  EXPECT_EQ(SSL_CTX_set_min_proto_version(context.get(), offer.version), 1);
  EXPECT_EQ(SSL_CTX_set_max_proto_version(context.get(), offer.version), 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  EXPECT_EQ(SSL_CTX_set1_groups_list(context.get(),
                                     offer.groups.empty() ? "X25519:P-256" : offer.groups.c_str()),
            1);
  if (!offer.ciphers.empty()) {
    EXPECT_EQ(SSL_CTX_set_ciphersuites(context.get(), offer.ciphers.c_str()), 1);
  }
  if (!offer.protocol.empty()) {
    const std::string wire = static_cast<char>(offer.protocol.size()) + offer.protocol;
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(wire.data()),
                            static_cast<unsigned int>(wire.size()));
  }
  if (offer.certificate != nullptr) {
    const std::string& pem = offer.certificate->key_pem;
    const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const EvpPkeyPtr key(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr));
    EXPECT_EQ(SSL_CTX_use_certificate(context.get(), offer.certificate->certificate.handle()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), key.get()), 1);
  }
  return context;
}

std::string ReasonOf(int result) {
  const char* const reason = result == 1 ? nullptr : ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return reason == nullptr ? "" : reason;
}

class TlsOfTheGate : public testing::Test {
 protected:
  ServerIdentity Identity() const {
    return {.certificate = server_.chain_pem, .key = server_.key_pem, .client_ca = pki_.ca_pem()};
  }

  std::shared_ptr<const TlsContext> Make() {
    auto context = TlsContext::Make(
        Identity(), clock_,
        {.check_revoked =
             [this](std::span<const Certificate> chain) {
               chain_ = {chain.begin(), chain.end()};
               return revocation_;
             },
         .find_holder = [this](const Digest& digest) -> absl::StatusOr<std::optional<Holder>> {
           ++holder_asked_;
           return registered_ == digest
                      ? Holder{.name = kEstonia, .owner = owner_, .is_active = true}
                      : otherwise_;
         },
         .let_in =
             [this](std::span<const Certificate> chain) {
               let_in_ = {chain.begin(), chain.end()};
               return last_word_;
             }});
    EXPECT_THAT(context, IsOk());
    return *std::move(context);
  }

  Outcome ShakeHands(const Offer& offer) { return ShakeHands(*Make(), offer); }

  static Outcome ShakeHands(const TlsContext& context, const Offer& offer) {
    Outcome outcome;
    const SslPtr server = context.NewConnection(outcome.verdict);
    const ContextPtr client_context = NewClient(offer);
    const ClientPtr client(SSL_new(client_context.get()));
    BIO* server_end = nullptr;
    BIO* client_end = nullptr;
    EXPECT_EQ(BIO_new_bio_pair(&server_end, kFlightBytesMax, &client_end, kFlightBytesMax), 1);
    SSL_set_bio(server.get(), server_end, server_end);
    SSL_set_bio(client.get(), client_end, client_end);
    SSL_set_connect_state(client.get());
    for (int round = 0; round < kRoundsMax; ++round) {
      ERR_clear_error();
      const std::string heard = ReasonOf(SSL_do_handshake(client.get()));
      outcome.alert = heard.empty() ? outcome.alert : heard;
      ERR_clear_error();
      static_cast<void>(SSL_do_handshake(server.get()));
    }
    outcome.tickets = SSL_is_init_finished(server.get()) == 1 && BIO_pending(client_end) > 0;
    char byte = 0;
    ERR_clear_error();
    const std::string heard = ReasonOf(SSL_read(client.get(), &byte, 1));
    outcome.alert = heard.empty() ? outcome.alert : heard;
    outcome.agreed = TlsContext::CheckAgreed(server.get());
    if (outcome.agreed.ok()) {
      outcome.admitted = context.Admit(outcome.verdict);
    }
    if (outcome.agreed.ok() && SSL_write(server.get(), "x", 1) == 1) {
      outcome.bytes_of_one = static_cast<int>(BIO_pending(client_end));
    }
    return outcome;
  }

  void ExpectRefused(const Offer& offer, const std::string& why, const std::string& alert) {
    const Outcome outcome = ShakeHands(offer);
    EXPECT_THAT(outcome.agreed, Not(IsOk()));
    EXPECT_THAT(std::string(outcome.verdict.status.message()), HasSubstr(why));
    EXPECT_THAT(outcome.alert, HasSubstr(alert));
  }

  FakeClock clock_;
  TestPki pki_;
  const Issued server_ = pki_.Issue("Exchange", {.extended_key_usage = "serverAuth"});
  const Issued estonia_ = pki_.Issue("EE duty");
  std::optional<Digest> registered_ = estonia_.certificate.fingerprint();
  std::string owner_ = "EE/duty";
  absl::StatusOr<std::optional<Holder>> otherwise_ = std::nullopt;  // Of any other certificate.
  int holder_asked_ = 0;
  absl::Status revocation_;
  absl::Status last_word_;
  std::vector<Certificate> chain_;   // That it was last asked about in a handshake,
  std::vector<Certificate> let_in_;  // and after one.
};

TEST_F(TlsOfTheGate, TakesACertificateByAnAuthority) {
  const Outcome outcome = ShakeHands({.certificate = &estonia_});
  EXPECT_THAT(outcome.agreed, IsOk());
  EXPECT_THAT(outcome.verdict.status, IsOk());
  EXPECT_EQ(outcome.verdict.certificate, estonia_.certificate);
  EXPECT_EQ(outcome.alert, "");
}

TEST_F(TlsOfTheGate, TakesTheKeysThatOfficesHave) {
  for (const TestKey key : {TestKey::kP256, TestKey::kP384, TestKey::kRsa2048}) {
    const Issued issued = pki_.Issue("An office", {.key = key});
    EXPECT_THAT(ShakeHands({.certificate = &issued}).agreed, IsOk());
  }
}

TEST_F(TlsOfTheGate, SpeaksBothGroupsAndNoOther) {
  for (const std::string groups : {"X25519", "P-256"}) {
    EXPECT_THAT(ShakeHands({.certificate = &estonia_, .groups = groups}).agreed, IsOk()) << groups;
  }
  for (const std::string groups : {"P-384", "X448", "ffdhe2048"}) {
    EXPECT_THAT(ShakeHands({.certificate = &estonia_, .groups = groups}).agreed, Not(IsOk()))
        << groups;
  }
}

TEST_F(TlsOfTheGate, SpeaksNoVersionBut13) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
    const Outcome outcome = ShakeHands({.certificate = &estonia_, .version = version});
    EXPECT_THAT(outcome.agreed, Not(IsOk())) << version;
  }
  EXPECT_THAT(ShakeHands({.certificate = &estonia_, .version = TLS1_2_VERSION}).alert,
              HasSubstr("protocol version"));
}

TEST_F(TlsOfTheGate, WantsHttp2) {
  for (const std::string protocol : {"", "http/1.1", "h", "h2c"}) {
    EXPECT_THAT(ShakeHands({.certificate = &estonia_, .protocol = protocol}).agreed, Not(IsOk()))
        << protocol;
  }
}

TEST_F(TlsOfTheGate, GivesNoTicketByWhichAClientComesBackUnchecked) {
  EXPECT_FALSE(ShakeHands({.certificate = &estonia_}).tickets);
}

TEST_F(TlsOfTheGate, WantsACertificate) {
  const Outcome outcome = ShakeHands({});
  EXPECT_THAT(outcome.agreed, Not(IsOk()));
  EXPECT_FALSE(outcome.verdict.certificate.has_value());
  EXPECT_THAT(outcome.alert, HasSubstr("certificate required"));
}

TEST_F(TlsOfTheGate, RefusesOneThatNobodyVouchesFor) {
  const Issued alone = TestPki::SelfSigned("EE duty");
  ExpectRefused({.certificate = &alone}, alone.certificate.serial(), "unknown ca");
  TestPki other("Test CA");  // Of the same name.
  const Issued foreign = other.Issue("EE duty");
  ExpectRefused({.certificate = &foreign}, foreign.certificate.serial(), "");
}

TEST_F(TlsOfTheGate, RefusesOneThatIsForServersAlone) {
  ExpectRefused({.certificate = &server_}, "clientAuth", "certificate");
}

TEST_F(TlsOfTheGate, RefusesOneThatSignsOthers) {
  const Issued authority =
      pki_.Issue("EE duty", {.key_usage = "critical,digitalSignature,keyCertSign",
                             .extended_key_usage = "clientAuth",
                             .is_authority = true});
  ExpectRefused({.certificate = &authority}, "authority", "certificate");
}

TEST_F(TlsOfTheGate, RefusesOneByAnIntermediateThatIsNotAnAuthority) {
  const Issued leaf = TestPki::SelfSigned("EE duty");
  ServerIdentity identity = Identity();
  identity.client_ca += leaf.certificate_pem;
  EXPECT_THAT(TlsContext::Make(identity, clock_, {}), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(TlsOfTheGate, LetsInNobodyWhoIsRegisteredToNobodyOrOfWhomItCannotBeTold) {
  for (const absl::Time now : {kTestStart, estonia_.certificate.not_after() + absl::Seconds(2),
                               estonia_.certificate.not_before() - absl::Seconds(2)}) {
    SCOPED_TRACE(absl::FormatTime(now));
    clock_.Set(now);
    registered_.reset();
    otherwise_ = std::nullopt;
    EXPECT_THAT(ShakeHands({.certificate = &estonia_}).admitted,
                HasCode(absl::StatusCode::kUnauthenticated));
    otherwise_ = absl::InternalError("broken");
    const auto untold = ShakeHands({.certificate = &estonia_}).admitted;
    EXPECT_THAT(untold, HasCode(absl::StatusCode::kUnavailable));
    EXPECT_THAT(std::string(untold.status().message()), HasSubstr("try again"));
    EXPECT_TRUE(let_in_.empty());
    registered_ = estonia_.certificate.fingerprint();
    EXPECT_THAT(ShakeHands({.certificate = &estonia_}).admitted, IsOk());
    EXPECT_THAT(let_in_, ElementsAre(estonia_.certificate, pki_.root()));
    let_in_.clear();
  }
}

// In the handshake nobody has shown yet that the certificate is theirs: whoever has its bytes, and
// not its key, learns nothing of its holder, whatever its dates are.
TEST_F(TlsOfTheGate, DoesNotTellInTheHandshakeWhetherOneIsRegistered) {
  for (const absl::Time now : {kTestStart, estonia_.certificate.not_after() + absl::Seconds(2)}) {
    clock_.Set(now);
    for (const bool is_registered : {false, true}) {
      registered_.reset();
      if (is_registered) {
        registered_ = estonia_.certificate.fingerprint();
      }
      holder_asked_ = 0;
      const Outcome outcome = ShakeHands({.certificate = &estonia_});
      EXPECT_THAT(outcome.agreed, IsOk());
      EXPECT_EQ(outcome.alert, "");
      EXPECT_EQ(holder_asked_, 1) << "only once the handshake was over";
    }
  }
}

TEST_F(TlsOfTheGate, CountsAClientForItsOfficeOrElseForItsCertificate) {
  EXPECT_EQ(ShakeHands({.certificate = &estonia_}).admitted.value().owner, "EE/duty");
  const std::string alone = ToHex(BytesOf(estonia_.certificate.fingerprint()));
  owner_.clear();
  EXPECT_EQ(ShakeHands({.certificate = &estonia_}).admitted.value().owner, alone);
  EXPECT_TRUE(ShakeHands({.certificate = &estonia_}).admitted->is_active);
}

TEST_F(TlsOfTheGate, SaysTheNameOfWhoIsLetInHoweverItIsCounted) {
  for (const std::string owner : {"EE/duty out of use", ""}) {
    owner_ = owner;
    EXPECT_EQ(ShakeHands({.certificate = &estonia_}).admitted.value().holder, kEstonia);
  }
  const auto unasked = TlsContext::Make(Identity(), clock_, {});
  ASSERT_THAT(unasked, IsOk());
  EXPECT_EQ(ShakeHands(**unasked, {.certificate = &estonia_}).admitted.value().holder,
            std::nullopt);
}

TEST_F(TlsOfTheGate, LetsOneInOnlyIfOthersStillDo) {
  last_word_ = absl::UnauthenticatedError("revoked just now");
  EXPECT_EQ(ShakeHands({.certificate = &estonia_}).admitted.status(), last_word_);
}

TEST_F(TlsOfTheGate, RefusesOneThatWasRevokedThoughItsHolderIsKnown) {
  EXPECT_THAT(ShakeHands({.certificate = &estonia_}).agreed, IsOk());
  EXPECT_THAT(chain_, ElementsAre(estonia_.certificate, pki_.root()));
  revocation_ = absl::UnauthenticatedError("it was revoked");
  ExpectRefused({.certificate = &estonia_}, "it was revoked", "certificate revoked");
  clock_.Set(estonia_.certificate.not_after() + absl::Seconds(2));
  ExpectRefused({.certificate = &estonia_}, "it was revoked", "certificate revoked");
}

TEST_F(TlsOfTheGate, AsksAboutRevocationOnlyWhereAnAuthorityVouches) {
  const Issued alone = TestPki::SelfSigned("EE duty");
  ExpectRefused({.certificate = &alone}, "not accepted", "unknown ca");
  EXPECT_TRUE(chain_.empty());
}

TEST_F(TlsOfTheGate, NeverTakesAKnownCertificateForAnythingButItsDates) {
  const Issued alone = TestPki::SelfSigned("EE duty");
  registered_ = alone.certificate.fingerprint();
  clock_.Set(alone.certificate.not_after() + absl::Seconds(2));
  ExpectRefused({.certificate = &alone}, "not accepted", "");
}

TEST_F(TlsOfTheGate, TakesNoCertificateOfAnAuthorityThatHasEnded) {
  clock_.Set(pki_.root().not_after() + absl::Seconds(2));
  registered_ = estonia_.certificate.fingerprint();
  ExpectRefused({.certificate = &estonia_}, "has expired", "");
}

TEST_F(TlsOfTheGate, IsTheSameWhateverOpensslIsConfiguredTo) {
  for (const std::string commands :
       {"MinProtocol=TLSv1.2\nNumTickets=4\n", "Options=SessionTicket\n", "MaxProtocol=TLSv1.2\n",
        "Protocol=-TLSv1.3\n", "Groups=P-384\n", "Ciphersuites=TLS_AES_128_CCM_8_SHA256\n",
        "VerifyMode=Request\n", "SignatureAlgorithms=ed448\n", "ClientSignatureAlgorithms=ed448\n",
        "RecordPadding=4096\n"}) {
    SCOPED_TRACE(commands);
    const std::string text =
        "openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\n" + commands;
    const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    const std::unique_ptr<CONF, FreeWith<NCONF_free>> site(NCONF_new(nullptr));
    ASSERT_GT(NCONF_load_bio(site.get(), bio.get(), nullptr), 0);
    ASSERT_GT(CONF_modules_load(site.get(), nullptr, 0), 0);
    const auto context = Make();
    const std::string ciphers = "TLS_AES_256_GCM_SHA384";
    const Outcome good = ShakeHands(*context, {.certificate = &estonia_, .ciphers = ciphers});
    EXPECT_THAT(good.agreed, IsOk());
    EXPECT_FALSE(good.tickets);
    EXPECT_GT(good.bytes_of_one, 0);
    EXPECT_LT(good.bytes_of_one, 64);
    EXPECT_THAT(ShakeHands(*context, {.certificate = &estonia_, .version = TLS1_2_VERSION}).agreed,
                Not(IsOk()));
    EXPECT_THAT(ShakeHands(*context, {}).agreed, Not(IsOk()));
  }
  CONF_modules_unload(1);
}

TEST_F(TlsOfTheGate, IsNotMadeOfWhatDoesNotBelongTogether) {
  ServerIdentity key_of_another = Identity();
  key_of_another.key = estonia_.key_pem;
  ServerIdentity no_authorities = Identity();
  no_authorities.client_ca = "";
  ServerIdentity no_authority = Identity();
  no_authority.client_ca = estonia_.certificate_pem;
  ServerIdentity no_certificate = Identity();
  no_certificate.certificate = "";
  for (const ServerIdentity& identity :
       {key_of_another, no_authorities, no_authority, no_certificate}) {
    EXPECT_THAT(TlsContext::Make(identity, clock_, {}),
                HasCode(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace cbm
