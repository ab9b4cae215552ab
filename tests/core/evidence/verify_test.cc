// Verification of evidence: what a State rests on when nobody else can be asked. Nearly all of this
// is refusal: an exchange that takes anything makes evidence with one thing wrong, and none of it
// may convince. The last tests alter an honest receipt byte by byte.

#include "core/evidence/verify.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "tests/core/evidence/small_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::Doubts;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::SmallExchange;
using ::cbm::test::TestOffice;

// An office of EE that the secretariat enrolled, and one of its acts in its State's ledger.
class VerifyTest : public testing::Test {
 protected:
  absl::StatusOr<VerifiedReceipt> Verify(std::vector<v1::Evidence> evidence,
                                         const Registrations& proven = {}) {
    return VerifyReceipt(exchange_.ReceiptOf(std::move(evidence), duty_), exchange_.trust(),
                         proven);
  }

  // Of an enrolment with one thing changed before it was signed.
  absl::StatusOr<VerifiedReceipt> VerifyEnrolledBy(const SmallExchange::EditAct& edit) {
    const v1::Evidence enrolment = exchange_.Enrol(duty_, exchange_.secretariat, edit);
    return Verify({exchange_.Record(exchange_.Sign(duty_), "state/EE"), enrolment});
  }

  // Of an act with one thing changed before it was signed.
  absl::StatusOr<VerifiedReceipt> VerifyAct(const SmallExchange::EditAct& edit) {
    return Verify({exchange_.Record(exchange_.Sign(duty_, edit), "state/EE"), enrolment_});
  }

  // Of an entry with one thing changed before it was hashed.
  absl::StatusOr<VerifiedReceipt> VerifyEntry(const SmallExchange::EditEntry& edit) {
    return Verify({exchange_.Record(exchange_.Sign(duty_), "state/EE", edit), enrolment_});
  }

  SmallExchange exchange_;
  TestOffice duty_ = exchange_.NewOffice("EE", "duty");
  v1::Evidence enrolment_ = exchange_.Enrol(duty_, exchange_.secretariat);
  EncodedAct act_ = exchange_.Sign(duty_);
  v1::Evidence evidence_ = exchange_.Record(act_, "state/EE");
};

TEST_F(VerifyTest, ConvincesOfAnHonestReceipt) {
  const auto verified = Verify({evidence_, enrolment_});
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->evidence.act.digest, act_.digest);
  EXPECT_EQ(verified->evidence.ledger, LedgerId::State("EE"));
  EXPECT_EQ(verified->evidence.checkpoint.head.size, 3U);
  EXPECT_EQ(verified->evidence.time, exchange_.now);
  EXPECT_EQ(verified->signer, duty_.credential.certificate);
  ASSERT_EQ(verified->registrations.size(), 2U);
  EXPECT_EQ(verified->registrations[0].party, "EE");
  EXPECT_EQ(verified->registrations[1].party, "SECRETARIAT");
}

TEST_F(VerifyTest, ConvincesOfTheSecretariatByTheGenesisDocumentAlone) {
  const v1::Evidence own = exchange_.Record(exchange_.Sign(exchange_.secretariat), "secretariat");
  EXPECT_THAT(
      VerifyReceipt(exchange_.ReceiptOf({own}, exchange_.secretariat), exchange_.trust(), {}),
      IsOk());
}

TEST_F(VerifyTest, ConvincesOfAReceiptInBytes) {
  const auto read =
      ReadReceipt(exchange_.ReceiptOf({evidence_, enrolment_}, duty_).SerializeAsString());
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(VerifyReceipt(*read, exchange_.trust(), {}), IsOk());
}

TEST_F(VerifyTest, NeedsNoRegistrationThatWasProvenBefore) {
  const auto first = Verify({evidence_, enrolment_});
  ASSERT_THAT(first, IsOk());
  const Registrations proven = {
      {duty_.credential.certificate.fingerprint(), first->registrations.front()}};
  EXPECT_THAT(Verify({evidence_}, proven), IsOk());
  EXPECT_THAT(Verify({evidence_}), Doubts("do not lead to the genesis document"));
}

TEST_F(VerifyTest, FollowsARegistrationByTheSameParty) {
  const TestOffice night = exchange_.NewOffice("EE", "night");
  const v1::Evidence by_duty = exchange_.Enrol(night, duty_);
  const v1::Evidence act = exchange_.Record(exchange_.Sign(night), "state/EE");
  const auto verified =
      VerifyReceipt(exchange_.ReceiptOf({act, by_duty, enrolment_}, night), exchange_.trust(), {});
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->registrations.size(), 3U);
}

TEST_F(VerifyTest, ConvincesOfAnEarlierEpochAndNotOfALaterOne) {
  Trust trust = exchange_.trust();
  trust.log.epoch = 2;
  const v1::Receipt receipt = exchange_.ReceiptOf({evidence_, enrolment_}, duty_);
  EXPECT_THAT(VerifyReceipt(receipt, trust, {}), IsOk());
  exchange_.epoch = 2;
  const v1::Evidence later = exchange_.Record(act_, "state/EE");
  trust.log.epoch = 1;
  EXPECT_THAT(VerifyReceipt(exchange_.ReceiptOf({later, enrolment_}, duty_), trust, {}),
              Doubts("epoch 2"));
}

// --- Who trusts whom ---

TEST_F(VerifyTest, RefusesAnotherLogKey) {
  Trust trust = exchange_.trust();
  trust.log.public_key.front() = static_cast<char>(trust.log.public_key.front() ^ 1);
  EXPECT_THAT(VerifyReceipt(exchange_.ReceiptOf({evidence_, enrolment_}, duty_), trust, {}),
              Doubts("the proof"));
}

TEST_F(VerifyTest, RefusesAnotherExchange) {
  Trust trust = exchange_.trust();
  trust.log.exchange_id.back() = trust.log.exchange_id.back() == '0' ? '1' : '0';
  EXPECT_THAT(VerifyReceipt(exchange_.ReceiptOf({evidence_, enrolment_}, duty_), trust, {}),
              Doubts("another exchange"));
}

TEST_F(VerifyTest, RefusesAnotherSecretariat) {
  v1::Genesis genesis = exchange_.genesis.genesis;
  genesis.set_secretariat_certificate(exchange_.pki.Issue("Another").certificate.der());
  const Trust honest = exchange_.trust();
  const Trust trust{.log = honest.log, .genesis = genesis, .authorities = honest.authorities};
  EXPECT_THAT(VerifyReceipt(exchange_.ReceiptOf({evidence_, enrolment_}, duty_), trust, {}),
              Doubts("do not lead to the genesis document"));
}

TEST_F(VerifyTest, RefusesACertificateOfAnotherAuthority) {
  const test::TestPki other("Other CA");
  const TrustStore authorities = TrustStore::FromPem(other.ca_pem()).value();
  const Trust honest = exchange_.trust();
  const Trust trust{.log = honest.log, .genesis = honest.genesis, .authorities = authorities};
  EXPECT_THAT(VerifyReceipt(exchange_.ReceiptOf({evidence_, enrolment_}, duty_), trust, {}),
              Doubts("the signer's certificate"));
}

TEST_F(VerifyTest, RefusesACertificateThatHadRunOutWhenTheActWasTaken) {
  exchange_.now += absl::Hours(24 * 400);
  EXPECT_THAT(VerifyAct({}), Doubts("the signer's certificate"));
}

// --- The act ---

TEST_F(VerifyTest, RefusesAnActThatIsNotOne) {
  EXPECT_THAT(VerifyAct([](v1::Act& act) { act.set_purpose("cbm.v1/entry"); }),
              Doubts("the act is"));
  EXPECT_THAT(VerifyAct([](v1::Act& act) { act.set_version(2); }), Doubts("the act is"));
  EXPECT_THAT(VerifyAct([](v1::Act& act) { act.set_exchange_id("other"); }),
              Doubts("the act is of another exchange"));
}

TEST_F(VerifyTest, RefusesAnActInTheNameOfAnother) {
  EXPECT_THAT(VerifyAct([](v1::Act& act) { act.set_party("LV"); }), Doubts("another office"));
  EXPECT_THAT(VerifyAct([](v1::Act& act) { act.set_office("night"); }), Doubts("another office"));
}

TEST_F(VerifyTest, RefusesAnActThatNamesAnotherCredential) {
  EXPECT_THAT(VerifyAct([](v1::Act& act) { act.set_signing_credential(std::string(32, 'x')); }),
              Doubts("signing_credential"));
}

TEST_F(VerifyTest, RefusesASignatureByAnother) {
  TestOffice impostor = exchange_.NewOffice("EE", "duty");
  const EncodedAct forged = exchange_.Sign(impostor, [this](v1::Act& act) {
    act.set_signing_credential(std::string(BytesOf(duty_.credential.certificate.fingerprint())));
  });
  EXPECT_THAT(Verify({exchange_.Record(forged, "state/EE"), enrolment_}),
              Doubts("the act's signature"));
}

TEST_F(VerifyTest, RefusesWhatTheExchangeRefused) {
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.set_role(v1::ENTRY_ROLE_REFUSED); }),
              Doubts("refused the act"));
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.clear_role(); }),
              Doubts("does not say why"));
}

// --- The entry and its proof ---

TEST_F(VerifyTest, RefusesAnEntryThatDoesNotBelongToTheAct) {
  const std::string digest(32, 'x');
  EXPECT_THAT(VerifyEntry([&](v1::Entry& entry) { entry.set_act_digest(digest); }),
              Doubts("another act"));
  EXPECT_THAT(VerifyEntry([&](v1::Entry& entry) { entry.set_signature_digest(digest); }),
              Doubts("another signature"));
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.set_kind(v1::ACT_KIND_OPEN); }),
              Doubts("another kind"));
}

// An exchange could otherwise show what somebody signed as something that it is not.
TEST_F(VerifyTest, RefusesAnActOfAnUnknownKindAsOneOfAKnownKind) {
  const EncodedAct act = exchange_.Sign(duty_, [](v1::Act& changed) { changed.clear_kind(); });
  const auto verify_as = [&](v1::ActKind kind) {
    return Verify(
        {exchange_.Record(act, "state/EE", [&](v1::Entry& entry) { entry.set_kind(kind); }),
         enrolment_});
  };
  EXPECT_THAT(verify_as(v1::ACT_KIND_SUBMIT), Doubts("another kind"));
  EXPECT_THAT(verify_as(static_cast<v1::ActKind>(139)), IsOk());
}

TEST_F(VerifyTest, RefusesAnEntryThatIsNotOne) {
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.set_purpose("cbm.v1/act"); }),
              Doubts("the entry is"));
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.set_version(2); }), Doubts("the entry is"));
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.set_exchange_id("other"); }),
              Doubts("the entry is of another exchange"));
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.clear_time(); }), Doubts("no time"));
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.mutable_time()->set_nanos(-1); }),
              Doubts("no time"));
}

TEST_F(VerifyTest, RefusesAnEntryOfAnotherLedgerOrPlace) {
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.set_ledger("state/LV"); }),
              Doubts("another log"));
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.set_ledger("nobody"); }),
              Doubts("the entry's ledger"));
  EXPECT_THAT(VerifyEntry([](v1::Entry& entry) { entry.set_ordinal(entry.ordinal() + 1); }),
              Doubts("ordinal"));
}

TEST_F(VerifyTest, RefusesAProofOfAnotherEntry) {
  v1::Evidence mixed = evidence_;
  mixed.set_tlog_proof(exchange_.Record(exchange_.Sign(duty_), "state/EE").tlog_proof());
  EXPECT_THAT(Verify({mixed, enrolment_}), Doubts("evidence 0"));
  mixed.set_tlog_proof("");
  EXPECT_THAT(Verify({mixed, enrolment_}), Doubts("the proof"));
}

TEST_F(VerifyTest, RefusesAProofWithUnsignedData) {
  TlogProof proof = ParseTlogProof(evidence_.tlog_proof()).value();
  proof.extra = "trust me";
  v1::Evidence evidence = evidence_;
  evidence.set_tlog_proof(FormatTlogProof(proof));
  EXPECT_THAT(Verify({evidence, enrolment_}), Doubts("nobody signed"));
}

// --- The registrations ---

TEST_F(VerifyTest, RefusesAnEnrolmentOfAnotherOffice) {
  EXPECT_THAT(VerifyEnrolledBy([](v1::Act& act) { act.mutable_enrol()->set_office("night"); }),
              Doubts("possession"));
  const TestOffice night{"EE", "night", exchange_.pki.Issue("night")};
  EXPECT_THAT(Verify({exchange_.Record(exchange_.Sign(duty_), "state/EE"),
                      exchange_.Enrol(night, exchange_.secretariat)}),
              Doubts("another credential"));
}

TEST_F(VerifyTest, RefusesAnEnrolmentWithoutProofOfPossession) {
  EXPECT_THAT(VerifyEnrolledBy([](v1::Act& act) { act.mutable_enrol()->clear_possession(); }),
              Doubts("possession"));
}

TEST_F(VerifyTest, RefusesACredentialThatMayNotSign) {
  EXPECT_THAT(VerifyEnrolledBy([](v1::Act& act) {
                act.mutable_enrol()->mutable_credential()->set_purposes(
                    0, v1::CREDENTIAL_PURPOSE_CONNECT);
              }),
              Doubts("may not sign"));
}

TEST_F(VerifyTest, RefusesAnEnrolmentThatWasRefused) {
  const v1::Evidence refused =
      exchange_.Record(exchange_.SignEnrolment(duty_, exchange_.secretariat), "ALL/OSCE",
                       [](v1::Entry& entry) { entry.set_role(v1::ENTRY_ROLE_REFUSED); });
  EXPECT_THAT(Verify({exchange_.Record(exchange_.Sign(duty_), "state/EE"), refused}),
              Doubts("evidence 1: the exchange refused the act"));
}

TEST_F(VerifyTest, RefusesAnEnrolmentByAnotherState) {
  TestOffice foreign = exchange_.NewOffice("LV", "duty");
  const v1::Evidence of_foreign = exchange_.Enrol(foreign, exchange_.secretariat);
  const v1::Evidence by_foreign = exchange_.Enrol(duty_, foreign);
  const v1::Evidence act = exchange_.Record(exchange_.Sign(duty_), "state/EE");
  EXPECT_THAT(Verify({act, by_foreign, of_foreign}), Doubts("neither by the secretariat nor"));
}

TEST_F(VerifyTest, RefusesAnEnrolmentByOneWhoMayNotEnrol) {
  const v1::Evidence weak = exchange_.Enrol(duty_, exchange_.secretariat, [](v1::Act& act) {
    act.mutable_enrol()->mutable_credential()->clear_scopes();
  });
  TestOffice night = exchange_.NewOffice("EE", "night");
  const v1::Evidence by_duty = exchange_.Enrol(night, duty_);
  const v1::Evidence act = exchange_.Record(exchange_.Sign(night), "state/EE");
  EXPECT_THAT(
      VerifyReceipt(exchange_.ReceiptOf({act, by_duty, weak}, night), exchange_.trust(), {}),
      Doubts("may not enrol"));
}

TEST_F(VerifyTest, RefusesAnEnrolmentThatTheSecretariatDidNotSign) {
  const TestOffice impostor{"SECRETARIAT", "main", exchange_.pki.Issue("Impostor")};
  const v1::Evidence forged = exchange_.Enrol(duty_, impostor, [this](v1::Act& act) {
    act.set_signing_credential(
        std::string(BytesOf(exchange_.secretariat.credential.certificate.fingerprint())));
  });
  EXPECT_THAT(Verify({exchange_.Record(exchange_.Sign(duty_), "state/EE"), forged}),
              Doubts("the registration's signature"));
}

TEST_F(VerifyTest, RefusesAnEnrolmentAfterTheAct) {
  const v1::Evidence early = exchange_.Record(exchange_.Sign(duty_), "state/EE");
  EXPECT_THAT(Verify({early, exchange_.Enrol(duty_, exchange_.secretariat)}),
              Doubts("registered only later"));
}

TEST_F(VerifyTest, RefusesAnEnrolmentWhereNobodyConcernedSeesIt) {
  const TestOffice riga = exchange_.NewOffice("LV", "duty");
  const EncodedAct enrol = exchange_.SignEnrolment(riga, exchange_.secretariat);
  const v1::Evidence act = exchange_.Record(exchange_.Sign(riga), "state/LV");
  exchange_.now = test::kTestStart;
  for (const char* const ledger : {"secretariat", "ALL/UN", "ALL/FAKE", "state/EE", "state/LV"}) {
    SCOPED_TRACE(ledger);
    exchange_.now = test::kTestStart - absl::Minutes(1);
    const v1::Receipt receipt = exchange_.ReceiptOf({act, exchange_.Record(enrol, ledger)}, riga);
    EXPECT_THAT(VerifyReceipt(receipt, exchange_.trust(), {}), Doubts("the registration is in"));
    Trust own = exchange_.trust();
    own.own_ledger = LedgerId::Parse(ledger).value();
    EXPECT_THAT(VerifyReceipt(receipt, own, {}), IsOk());
  }
}

TEST_F(VerifyTest, RefusesRegistrationsThatNothingLeadsTo) {
  EXPECT_THAT(Verify({evidence_, enrolment_, enrolment_}), Doubts("evidence 2"));
  EXPECT_THAT(Verify({evidence_, evidence_}), Doubts("neither an enrolment nor a renewal"));
}

TEST_F(VerifyTest, RefusesAReceiptWithoutItsParts) {
  const v1::Receipt honest = exchange_.ReceiptOf({evidence_, enrolment_}, duty_);
  v1::Receipt receipt = honest;
  receipt.clear_evidence();
  EXPECT_THAT(VerifyReceipt(receipt, exchange_.trust(), {}), Doubts("pieces of evidence"));
  receipt = honest;
  receipt.clear_certificate_chain();
  EXPECT_THAT(VerifyReceipt(receipt, exchange_.trust(), {}), Doubts("certificates"));
  receipt = honest;
  receipt.set_purpose("cbm.v1/act");
  EXPECT_THAT(VerifyReceipt(receipt, exchange_.trust(), {}), Doubts("the receipt is"));
  receipt = honest;
  receipt.set_version(2);
  EXPECT_THAT(VerifyReceipt(receipt, exchange_.trust(), {}), Doubts("the receipt is"));
  receipt = honest;
  for (int i = 0; i < 64; ++i) {
    *receipt.add_evidence() = enrolment_;
  }
  EXPECT_THAT(VerifyReceipt(receipt, exchange_.trust(), {}), Doubts("pieces of evidence"));
}

TEST_F(VerifyTest, ReadsNoReceiptBeyondItsBound) {
  EXPECT_THAT(ReadReceipt(std::string(kReceiptBytesMax + 1, '\0')),
              HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ReadReceipt("\x0A"), HasCode(absl::StatusCode::kDataLoss));
}

// --- Altered bytes ---

TEST_F(VerifyTest, RefusesAReceiptWithAnyByteAltered) {
  const v1::Receipt honest = exchange_.ReceiptOf({evidence_, enrolment_}, duty_);
  const std::string bytes = honest.SerializeAsString();
  const google::protobuf::LogSilencer quiet;  // It tells of every text that is not UTF-8.
  std::mt19937 engine(7);                     // The seed of which bit is altered.
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string altered = bytes;
    altered[at] = static_cast<char>(altered[at] ^ (1 << (engine() % 8)));
    const auto read = ReadReceipt(altered);
    if (!read.ok() || !VerifyReceipt(*read, exchange_.trust(), {}).ok()) {
      continue;
    }
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*read, honest))
        << "byte " << at << " of " << bytes.size() << " was altered, and the receipt convinces";
  }
}

TEST_F(VerifyTest, RefusesAReceiptThatWasCutShort) {
  const std::string bytes = exchange_.ReceiptOf({evidence_, enrolment_}, duty_).SerializeAsString();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto read = ReadReceipt(std::string_view(bytes).substr(0, size));
    if (read.ok()) {
      EXPECT_THAT(VerifyReceipt(*read, exchange_.trust(), {}), HasCode(absl::StatusCode::kDataLoss))
          << "cut to " << size;
    }
  }
}

// --- One signature, one delivery ---

TEST_F(VerifyTest, TellsWhoSignedAnAct) {
  EXPECT_THAT(VerifyActSignature(act_, duty_.credential.certificate), IsOk());
  EXPECT_THAT(VerifyActSignature(act_, exchange_.secretariat.credential.certificate),
              HasCode(absl::StatusCode::kInvalidArgument));
  EncodedAct altered = act_;
  altered.bytes.back() = static_cast<char>(altered.bytes.back() ^ 1);
  EXPECT_THAT(VerifyActSignature(altered, duty_.credential.certificate),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(VerifyTest, RefusesASignerWhoseCertificateIsNotForSigning) {
  test::IssueOptions options;
  options.key_usage = "critical,keyAgreement";
  const TestOffice sealed{"EE", "duty", exchange_.pki.Issue("sealed", options)};
  EncodedAct act = act_;
  act.act.set_signing_credential(std::string(BytesOf(sealed.credential.certificate.fingerprint())));
  const absl::Status unfit = sealed.credential.certificate.CheckFitToSign();
  ASSERT_FALSE(unfit.ok());
  EXPECT_EQ(VerifyActSignature(act, sealed.credential.certificate), unfit);
}

TEST(Delivery, IsTheEntryThatTheAuthorsEntryNames) {
  struct Case {
    const char* ledger;
    const char* party;
  };
  for (const Case& to :
       {Case{"state/LV", "LV"}, Case{"secretariat", "SECRETARIAT"}, Case{"ALL/OSCE", "ALL/OSCE"}}) {
    SCOPED_TRACE(to.ledger);
    v1::Entry made;
    made.set_ledger(to.ledger);
    made.set_act_digest("act");
    const EncodedEntry other = EncodedEntry::Create(made).value();
    v1::Entry own;
    own.set_role(v1::ENTRY_ROLE_OWN);
    own.set_act_digest("act");
    v1::Delivered& delivered = *own.add_delivered();
    delivered.set_party(to.party);
    delivered.set_leaf_hash(std::string(BytesOf(other.leaf_hash)));
    EXPECT_THAT(VerifyDelivered(own, other), IsOk());

    own.set_act_digest("other");
    EXPECT_THAT(VerifyDelivered(own, other), Doubts("different acts"));
    own.set_act_digest("act");
    own.set_role(v1::ENTRY_ROLE_ADDRESSED);
    EXPECT_THAT(VerifyDelivered(own, other), Doubts("the author's own entry"));
    own.set_role(v1::ENTRY_ROLE_OWN);
    delivered.set_leaf_hash(std::string(32, 'x'));
    EXPECT_THAT(VerifyDelivered(own, other), Doubts("has another entry"));
    delivered.set_party("FI");
    EXPECT_THAT(VerifyDelivered(own, other), Doubts("does not say"));
  }
}

TEST(Delivery, MayBeBySeveralEntriesToOneReader) {
  v1::Entry own;
  own.set_role(v1::ENTRY_ROLE_OWN);
  own.set_act_digest("act");
  std::vector<EncodedEntry> entries;
  for (uint64_t ordinal = 0; ordinal < 3; ++ordinal) {
    v1::Entry made;
    made.set_ledger("state/LV");
    made.set_ordinal(ordinal);
    made.set_act_digest("act");
    entries.push_back(EncodedEntry::Create(made).value());
  }
  for (const EncodedEntry* const named : {&entries[0], &entries[1]}) {
    v1::Delivered& delivered = *own.add_delivered();
    delivered.set_party("LV");
    delivered.set_leaf_hash(std::string(BytesOf(named->leaf_hash)));
  }
  EXPECT_THAT(VerifyDelivered(own, entries[0]), IsOk());
  EXPECT_THAT(VerifyDelivered(own, entries[1]), IsOk());
  EXPECT_THAT(VerifyDelivered(own, entries[2]), Doubts("has another entry"));
}

}  // namespace
}  // namespace cbm
