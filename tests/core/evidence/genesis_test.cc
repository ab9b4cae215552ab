// The genesis document: what an exchange is named after, and what its secretariat signs.

#include "core/evidence/genesis.h"

#include <string>

#include "core/base/hex.h"
#include "core/crypto/cms_signature.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "tests/core/evidence/small_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::google::protobuf::util::MessageDifferencer;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class GenesisTest : public testing::Test {
 protected:
  absl::StatusOr<GenesisDocument> ReadWith(const std::string& from, const std::string& to) const {
    std::string text = exchange_.genesis.bytes;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return ReadGenesis(text.replace(at, from.size(), to));
  }

  test::SmallExchange exchange_;
};

TEST_F(GenesisTest, IsWrittenTheSameEachTimeAndReadBack) {
  const v1::Genesis& genesis = exchange_.genesis.genesis;
  const auto text = WriteGenesis(genesis);
  ASSERT_THAT(text, IsOk());
  EXPECT_EQ(*text, WriteGenesis(genesis).value());
  EXPECT_THAT(*text, testing::HasSubstr("\"secretariat_certificate\""));
  const auto document = ReadGenesis(*text);
  ASSERT_THAT(document, IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(document->genesis, genesis));
  EXPECT_EQ(document->bytes, *text);
  const Certificate& certificate = exchange_.secretariat.credential.certificate;
  EXPECT_EQ(document->secretariat_not_before, certificate.not_before());
  EXPECT_EQ(document->secretariat_not_after, certificate.not_after());
}

TEST_F(GenesisTest, NamesTheExchangeByItsBytes) {
  const GenesisDocument& document = exchange_.genesis;
  EXPECT_EQ(document.digest, Sha256(document.bytes));
  EXPECT_EQ(document.exchange_id, "test/" + ToHex(BytesOf(document.digest)));
  const auto spaced = ReadGenesis(document.bytes + "\n");
  ASSERT_THAT(spaced, IsOk());
  EXPECT_NE(spaced->exchange_id, document.exchange_id);
}

TEST_F(GenesisTest, IsRefusedWithAnUnknownField) {
  EXPECT_THAT(ReadWith("\"name\"", "\"nickname\": \"x\", \"name\""), HasCode(kInvalid));
  EXPECT_THAT(ReadWith("\"members\"", "\"guests\": [], \"members\""), HasCode(kInvalid));
}

TEST_F(GenesisTest, IsRefusedInAnotherFormThatReadersLetPass) {
  EXPECT_THAT(ReadWith("\"log_key\"", "\"logKey\""), HasCode(kInvalid));
  EXPECT_THAT(ReadWith("\"name\"", "\"name\": \"test\", \"name\""), HasCode(kInvalid));
  EXPECT_THAT(ReadWith("\"MEMBERSHIP_PARTICIPATING\"", "1"), HasCode(kInvalid));
}

TEST_F(GenesisTest, IsRefusedIfMalformedOrTooLong) {
  EXPECT_THAT(ReadGenesis(""), HasCode(kInvalid));
  EXPECT_THAT(ReadGenesis("{"), HasCode(kInvalid));
  EXPECT_THAT(ReadGenesis(exchange_.genesis.bytes + "x"), HasCode(kInvalid));
  const size_t room = kGenesisBytesMax - exchange_.genesis.bytes.size();
  EXPECT_THAT(ReadGenesis(exchange_.genesis.bytes + std::string(room, ' ')), IsOk());
  EXPECT_THAT(ReadGenesis(exchange_.genesis.bytes + std::string(room + 1, ' ')), HasCode(kInvalid));
}

TEST_F(GenesisTest, IsRefusedIfWhatItIsKnownByIsNotGood) {
  EXPECT_THAT(ReadWith("cbm.v1/genesis", "cbm.v1/act"), HasCode(kInvalid));
  EXPECT_THAT(ReadWith("\"version\": 1", "\"version\": 2"), HasCode(kInvalid));
  EXPECT_THAT(ReadWith("\"test\"", "\"Test\""), HasCode(kInvalid));
  EXPECT_THAT(ReadWith("\"test\"", "\"\""), HasCode(kInvalid));
  v1::Genesis genesis = exchange_.genesis.genesis;
  genesis.set_log_key("short");
  EXPECT_THAT(WriteGenesis(genesis), HasCode(kInvalid));
  genesis = exchange_.genesis.genesis;
  genesis.set_secretariat_certificate("none");
  EXPECT_THAT(WriteGenesis(genesis), HasCode(kInvalid));
}

TEST_F(GenesisTest, IsSignedByTheCertificateInIt) {
  const test::Issued& secretariat = exchange_.secretariat.credential;
  const std::string& bytes = exchange_.genesis.bytes;
  const std::string signature =
      SignDetached(secretariat.certificate, *secretariat.key, bytes).value();
  EXPECT_THAT(VerifyGenesisSignature(exchange_.genesis, signature), IsOk());
  const GenesisDocument spaced = ReadGenesis(bytes + "\n").value();
  EXPECT_THAT(VerifyGenesisSignature(spaced, signature), HasCode(kInvalid));
  const test::Issued other = exchange_.pki.Issue("Secretariat");
  EXPECT_THAT(VerifyGenesisSignature(exchange_.genesis,
                                     SignDetached(other.certificate, *other.key, bytes).value()),
              HasCode(kInvalid));
}

}  // namespace
}  // namespace cbm
