// Requests that were tampered with, or signed as they must not be: none is taken, and none leaves
// anything behind. What fits into a loop over every byte is tried at every byte.

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/pem.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/crypto/cms_signature.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/encoded.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::Draft;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

LimitsConfig WithoutRates() {
  LimitsConfig limits;
  limits.state_acts_burst = 100'000;
  return limits;
}

// A detached CMS signature as OpenSSL makes it where nobody asks for signed attributes.
std::string SignWithoutAttributes(const Issued& signer, const std::string& bytes) {
  const auto text = [](const std::string& pem) {
    return std::unique_ptr<BIO, decltype(&BIO_free)>(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  };
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(text(signer.key_pem).get(), nullptr, nullptr, nullptr),
      &EVP_PKEY_free);
  const auto content = text(bytes);
  const std::unique_ptr<CMS_ContentInfo, decltype(&CMS_ContentInfo_free)> cms(
      CMS_sign(signer.certificate.handle(), key.get(), nullptr, content.get(),
               CMS_NOATTR | CMS_NOCERTS | CMS_DETACHED | CMS_BINARY),
      &CMS_ContentInfo_free);
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms.get(), &der);
  EXPECT_GT(size, 0);
  std::string signature(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return signature;
}

class AlteredAct : public testing::Test {
 protected:
  void ExpectRefused(const v1::PerformActRequest& request, const std::string& words) {
    const LedgerHeads before = exchange_.Heads();
    const auto answer = exchange_.Perform(estonia_, request);
    EXPECT_THAT(answer, HasCode(kInvalid));
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(words));
    EXPECT_EQ(exchange_.Heads(), before);
  }

  // Takes the signature for what it is: these bytes were signed by the office's own key.
  static v1::PerformActRequest SignBytes(const TestOffice& signer, const Draft& draft,
                                         std::string bytes) {
    v1::PerformActRequest request = ServedExchange::Sign(signer, draft);
    request.mutable_signed_act()->set_signature(
        SignDetached(signer.credential.certificate, *signer.credential.key, bytes).value());
    request.mutable_signed_act()->set_act(std::move(bytes));
    return request;
  }

  Draft NewDraft() { return exchange_.DraftSubmit(estonia_, {"FI", "LV"}); }
  v1::PerformActRequest NewRequest() { return ServedExchange::Sign(estonia_, NewDraft()); }

  ServedExchange exchange_{{.limits = WithoutRates()}};
  const TestOffice& estonia_ = exchange_.Office("EE");
};

// ---- The act's bytes and its signature ----

TEST_F(AlteredAct, IsRefusedWithAnyByteOfTheActAltered) {
  const v1::PerformActRequest good = NewRequest();
  const LedgerHeads before = exchange_.Heads();
  for (size_t i = 0; i < good.signed_act().act().size(); ++i) {
    SCOPED_TRACE(fmt::format("byte {}", i));
    v1::PerformActRequest request = good;
    (*request.mutable_signed_act()->mutable_act())[i] ^= 1;
    // UNAUTHENTICATED where the byte belongs to the name of the credential.
    ASSERT_THAT(exchange_.Perform(estonia_, request),
                AnyOf(HasCode(kInvalid), HasCode(absl::StatusCode::kUnauthenticated)));
  }
  EXPECT_EQ(exchange_.Heads(), before);
  EXPECT_THAT(exchange_.Perform(estonia_, good), IsOk());
}

TEST_F(AlteredAct, IsRefusedWithAnyByteOfTheSignatureAltered) {
  const v1::PerformActRequest good = NewRequest();
  const LedgerHeads before = exchange_.Heads();
  for (size_t i = 0; i < good.signed_act().signature().size(); ++i) {
    SCOPED_TRACE(fmt::format("byte {}", i));
    v1::PerformActRequest request = good;
    (*request.mutable_signed_act()->mutable_signature())[i] ^= 1;
    ASSERT_THAT(exchange_.Perform(estonia_, request), HasCode(kInvalid));
  }
  EXPECT_EQ(exchange_.Heads(), before);
}

TEST_F(AlteredAct, IsRefusedWithoutSignedAttributes) {
  v1::PerformActRequest request = NewRequest();
  request.mutable_signed_act()->set_signature(
      SignWithoutAttributes(estonia_.credential, request.signed_act().act()));
  ExpectRefused(request, "signed attributes");
}

TEST_F(AlteredAct, IsRefusedWithoutASignature) {
  v1::PerformActRequest request = NewRequest();
  request.mutable_signed_act()->clear_signature();
  ExpectRefused(request, "signature");
}

TEST_F(AlteredAct, IsRefusedWithTheSignatureOfAnotherAct) {
  v1::PerformActRequest request = NewRequest();
  request.mutable_signed_act()->set_signature(NewRequest().signed_act().signature());
  ExpectRefused(request, "signature");
}

TEST_F(AlteredAct, IsRefusedIfItIsMissing) {
  ExpectRefused(v1::PerformActRequest(), "");
  v1::PerformActRequest request = NewRequest();
  request.mutable_signed_act()->clear_act();
  ExpectRefused(request, "");
}

// ---- Bytes that say more than they seem to, though they were signed ----

TEST_F(AlteredAct, IsRefusedWithAnUnknownFieldAtAnyDepth) {
  const auto add_to = [](google::protobuf::Message* message) {
    message->GetReflection()->MutableUnknownFields(message)->AddVarint(5'000, 1);
  };
  const std::vector<std::function<google::protobuf::Message*(v1::Act&)>> places = {
      [](v1::Act& act) { return &act; },
      [](v1::Act& act) { return act.mutable_author_time(); },
      [](v1::Act& act) { return act.mutable_audience(); },
      [](v1::Act& act) { return act.mutable_audience()->mutable_commitments(); },
      [](v1::Act& act) { return act.mutable_submit(); },
      [](v1::Act& act) { return act.mutable_submit()->mutable_notification(); },
  };
  for (size_t i = 0; i < places.size(); ++i) {
    SCOPED_TRACE(fmt::format("place {}", i));
    Draft draft = NewDraft();
    add_to(places[i](draft.act));
    ExpectRefused(ServedExchange::Sign(estonia_, draft), "does not know");
  }
}

TEST_F(AlteredAct, IsRefusedWithAnUnknownEnumValue) {
  Draft draft = NewDraft();
  draft.act.mutable_submit()->mutable_notification()->set_marking(static_cast<v1::Marking>(99));
  ExpectRefused(ServedExchange::Sign(estonia_, draft), "does not know");
}

TEST_F(AlteredAct, IsRefusedUnlessItIsSerializedDeterministically) {
  const Draft draft = NewDraft();
  const std::string bytes = SerializeDeterministically(draft.act);
  // purpose (field 1) comes first: 0x0a, its length, "cbm.v1/act"; then version (field 2).
  const std::string purpose =
      "\x0a\x0a"
      "cbm.v1/act";
  const std::string version = "\x10\x01";
  ASSERT_TRUE(bytes.starts_with(purpose + version));
  const std::string rest = bytes.substr(purpose.size() + version.size());
  const std::vector<std::string> variants = {
      version + purpose + rest,                             // Not in the order of the numbers.
      purpose + version + version + rest,                   // Twice.
      purpose + version + rest + version,                   // Twice, far apart.
      purpose + "\x10\x81" + std::string(1, '\0') + rest,   // A longer form of the same number.
      purpose + "\x90" + std::string("\0\x01", 2) + rest,   // A longer form of the same tag.
      purpose + version + rest + std::string("\x6a\0", 2),  // Another manifest digest, empty.
  };
  for (size_t i = 0; i < variants.size(); ++i) {
    SCOPED_TRACE(fmt::format("variant {}", i));
    ExpectRefused(SignBytes(estonia_, draft, variants[i]), "act");
  }
  EXPECT_THAT(exchange_.Perform(estonia_, SignBytes(estonia_, draft, bytes)), IsOk());
}

TEST_F(AlteredAct, IsRefusedIfItDoesNotParse) {
  const Draft draft = NewDraft();
  const std::string bytes = SerializeDeterministically(draft.act);
  ExpectRefused(SignBytes(estonia_, draft, bytes.substr(0, bytes.size() - 1)), "act");
  ExpectRefused(SignBytes(estonia_, draft, bytes + "\xff"), "act");
}

// ---- What travels beside the act ----

TEST_F(AlteredAct, IsRefusedWithItsContentAltered) {
  v1::PerformActRequest request = NewRequest();
  request.mutable_contents(0)->mutable_open()->mutable_plaintext()->back() ^= 1;
  ExpectRefused(request, "not the manifest");
  request = NewRequest();
  request.mutable_contents(0)->mutable_open()->mutable_salt()->back() ^= 1;
  ExpectRefused(request, "not the manifest");
}

TEST_F(AlteredAct, IsRefusedWithoutItsContent) {
  v1::PerformActRequest request = NewRequest();
  request.clear_contents();
  ExpectRefused(request, "must be handed in");
}

TEST_F(AlteredAct, IsRefusedWithAContentTooMany) {
  v1::PerformActRequest request = NewRequest();
  *request.add_contents() = request.contents(0);
  ExpectRefused(request, "the manifest lists 0, and 1 were handed in");
}

TEST_F(AlteredAct, IsRefusedWithAContentThatItNamesNone) {
  Draft draft = NewDraft();
  draft.act.clear_manifest_digest();
  ExpectRefused(ServedExchange::Sign(estonia_, draft), "names no manifest");
}

TEST_F(AlteredAct, IsRefusedUnlessItsOpeningsAreThoseItCommitsTo) {
  v1::PerformActRequest too_few = NewRequest();
  too_few.mutable_addressees()->RemoveLast();
  v1::PerformActRequest none = NewRequest();
  none.clear_addressees();
  v1::PerformActRequest twice = NewRequest();
  *twice.add_addressees() = twice.addressees(1);
  v1::PerformActRequest disordered = NewRequest();
  disordered.mutable_addressees()->SwapElements(0, 1);
  v1::PerformActRequest another = NewRequest();
  another.mutable_addressees(0)->set_state("EE");
  v1::PerformActRequest salted = NewRequest();
  salted.mutable_addressees(0)->mutable_salt()->back() ^= 1;
  for (const auto* request : {&none, &twice, &disordered, &another, &salted}) {
    ExpectRefused(*request, "");
  }
}

// ---- Whose certificate an enrolment registers ----

TEST_F(AlteredAct, IsRefusedUnlessTheNewCredentialsKeyAgreesToBeRegisteredThere) {
  const TestOffice& secretariat = exchange_.Office(kSecretariatParty);
  const Issued credential = exchange_.IssueCertificate();
  const auto expect_refused = [&](const Draft& draft, const std::string& words) {
    const LedgerHeads before = exchange_.Heads();
    const auto answer = exchange_.Perform(secretariat, ServedExchange::Sign(secretariat, draft));
    EXPECT_THAT(answer, HasCode(kInvalid));
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(words));
    EXPECT_EQ(exchange_.Heads(), before);
  };
  Draft elsewhere = exchange_.DraftEnrol(secretariat, {.party = "LT"}, credential);
  elsewhere.act.mutable_enrol()->set_party("SE");
  expect_refused(elsewhere, "possession");

  Draft another = exchange_.DraftEnrol(secretariat, {.party = "LT"}, credential);
  another.act.mutable_enrol()->mutable_credential()->set_certificate(
      exchange_.IssueCertificate().certificate.der());
  expect_refused(another, "possession");

  Draft without = exchange_.DraftEnrol(secretariat, {.party = "LT"}, credential);
  without.act.mutable_enrol()->clear_possession();
  expect_refused(without, "possession");

  expect_refused(exchange_.DraftEnrol(secretariat, {.party = "LT"}, estonia_.credential),
                 "registered already");
}

}  // namespace
}  // namespace cbm
