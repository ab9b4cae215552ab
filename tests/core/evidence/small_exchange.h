#ifndef CBM_TESTS_CORE_EVIDENCE_SMALL_EXCHANGE_H_
#define CBM_TESTS_CORE_EVIDENCE_SMALL_EXCHANGE_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/uuid.h"
#include "core/crypto/cms_signature.h"
#include "core/crypto/note_key.h"
#include "core/crypto/trust_store.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/encoded.h"
#include "core/evidence/genesis.h"
#include "core/evidence/origin.h"
#include "core/evidence/receipt.h"
#include "core/evidence/verify.h"
#include "core/log/checkpoint.h"
#include "core/log/merkle_tree.h"
#include "core/log/tlog_proof.h"
#include "gmock/gmock.h"
#include "tests/support/fake_random.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_pki.h"

namespace cbm::test {

MATCHER_P(Doubts, sentence, "is DATA_LOSS that says: " + std::string(sentence)) {
  *result_listener << StatusOf(arg);
  return StatusOf(arg).code() == absl::StatusCode::kDataLoss &&
         std::string(StatusOf(arg).message()).find(sentence) != std::string::npos;
}

// An office with its credential.
struct TestOffice {
  std::string party;
  std::string name;
  Issued credential;
};

// An exchange that takes whatever it is given, honestly or not: it makes the evidence that a
// verifier is to believe or refuse. It has a secretariat, EE and LV in OSCE, and EE alone in UN.
class SmallExchange {
 public:
  using EditEntry = std::function<void(v1::Entry&)>;
  using EditAct = std::function<void(v1::Act&)>;

  SmallExchange()
      : secretariat({"SECRETARIAT", "main", pki.Issue("Secretariat")}),
        log_key(NoteSigningKey::FromSeed(std::string(kEd25519SeedBytes, 'k')).value()),
        authorities(TrustStore::FromPem(pki.ca_pem()).value()) {
    v1::Genesis made;
    made.set_purpose("cbm.v1/genesis");
    made.set_version(1);
    made.set_name("test");
    made.set_log_key(log_key.public_key());
    made.set_secretariat_certificate(secretariat.credential.certificate.der());
    AddFramework(made, "OSCE", {"EE", "LV"});
    AddFramework(made, "UN", {"EE"});
    genesis = ReadGenesis(WriteGenesis(made).value()).value();
  }

  Trust trust() const {
    return {.log = {.exchange_id = genesis.exchange_id,
                    .epoch = epoch,
                    .public_key = log_key.public_key()},
            .genesis = genesis.genesis,
            .authorities = authorities};
  }

  TestOffice NewOffice(std::string_view party, std::string_view name,
                       const IssueOptions& options = {}) {
    return {std::string(party), std::string(name), pki.Issue(name, options)};
  }

  // An act signed by `by`: an acknowledgement unless `edit` makes it another.
  EncodedAct Sign(const TestOffice& by, const EditAct& edit = {}) {
    v1::Act act;
    act.set_purpose("cbm.v1/act");
    act.set_version(1);
    act.set_exchange_id(genesis.exchange_id);
    act.set_act_id(NewUuid(now, random));
    act.set_party(by.party);
    act.set_office(by.name);
    act.set_signing_credential(std::string(BytesOf(by.credential.certificate.fingerprint())));
    act.mutable_author_time()->set_seconds(absl::ToUnixSeconds(now));
    act.mutable_valid_until()->set_seconds(absl::ToUnixSeconds(now + absl::Hours(24)));
    act.mutable_audience()->mutable_own();
    act.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
    if (edit) {
      edit(act);
    }
    std::string bytes = SerializeDeterministically(act);
    std::string signature =
        SignDetached(by.credential.certificate, *by.credential.key, bytes).value();
    return EncodedAct::Read(std::move(bytes), std::move(signature)).value();
  }

  EncodedAct SignEnrolment(const TestOffice& of, const TestOffice& by, const EditAct& edit = {}) {
    return Sign(by, [&](v1::Act& act) {
      v1::Enrol& enrol = *act.mutable_enrol();
      enrol.set_party(of.party);
      enrol.set_office(of.name);
      enrol.set_type(v1::OFFICE_TYPE_POLICY);
      enrol.mutable_credential()->set_certificate(of.credential.certificate.der());
      enrol.mutable_credential()->add_purposes(v1::CREDENTIAL_PURPOSE_SIGN);
      enrol.mutable_credential()->add_scopes(v1::SCOPE_DIRECTORY);
      const std::string statement =
          PossessionStatement({.exchange_id = genesis.exchange_id,
                               .party = of.party,
                               .office = of.name,
                               .certificate = of.credential.certificate.fingerprint()});
      enrol.set_possession(
          SignDetached(of.credential.certificate, *of.credential.key, statement).value());
      if (edit) {
        edit(act);
      }
    });
  }

  // Of `by`, to a new credential of the same office.
  EncodedAct SignRenewal(const TestOffice& next, const TestOffice& by, const EditAct& edit = {}) {
    return Sign(by, [&](v1::Act& act) {
      const Certificate& certificate = next.credential.certificate;
      act.mutable_renew_credential()->set_certificate(certificate.der());
      const std::string statement = PossessionStatement({.exchange_id = genesis.exchange_id,
                                                         .party = next.party,
                                                         .office = next.name,
                                                         .certificate = certificate.fingerprint()});
      act.mutable_renew_credential()->set_possession(
          SignDetached(certificate, *next.credential.key, statement).value());
      if (edit) {
        edit(act);
      }
    });
  }

  // Appends an entry of `act` to a ledger, with another before it and one after.
  v1::Evidence Record(const EncodedAct& act, std::string_view ledger, const EditEntry& edit = {}) {
    MerkleTree& tree = ledgers_[std::string(ledger)];
    tree.Append(LeafHash("an entry before"));
    now += absl::Seconds(1);
    v1::Entry entry;
    entry.set_purpose("cbm.v1/entry");
    entry.set_version(1);
    entry.set_exchange_id(genesis.exchange_id);
    entry.set_ledger(std::string(ledger));
    entry.set_ordinal(tree.size());
    entry.mutable_time()->set_seconds(absl::ToUnixSeconds(now));
    entry.set_kind(static_cast<v1::ActKind>(act.act.kind_case()));
    entry.set_role(v1::ENTRY_ROLE_OWN);
    entry.set_act_digest(std::string(BytesOf(act.digest)));
    entry.set_signature_digest(std::string(BytesOf(act.signature_digest)));
    entry.set_salt(random.Bytes(16));
    if (edit) {
      edit(entry);
    }
    const EncodedEntry encoded = EncodedEntry::Create(entry).value();
    const uint64_t index = tree.size();
    tree.Append(encoded.leaf_hash);
    tree.Append(LeafHash("an entry after"));
    const LogIdentity log{genesis.exchange_id, epoch, log_key.public_key()};
    const Checkpoint checkpoint{.origin = KeyOfLedger(log, LedgerId::Parse(ledger).value()).name,
                                .head = tree.Head()};
    return BuildEvidence({.act = act.bytes, .signature = act.signature, .entry = encoded.bytes},
                         {.extra = {},
                          .index = index,
                          .path = tree.ProveInclusion(index).value(),
                          .checkpoint = SignCheckpoint(checkpoint, log_key).value()});
  }

  v1::Evidence Enrol(const TestOffice& of, const TestOffice& by, const EditAct& edit = {}) {
    return Record(SignEnrolment(of, by, edit), "ALL/OSCE");
  }

  v1::Evidence Renew(const TestOffice& next, const TestOffice& by, const EditAct& edit = {}) {
    return Record(SignRenewal(next, by, edit), "ALL/OSCE");
  }

  v1::Receipt ReceiptOf(std::vector<v1::Evidence> evidence, const TestOffice& signer) const {
    std::vector<Certificate> chain = {signer.credential.certificate};
    chain.insert(chain.end(), pki.intermediates().begin(), pki.intermediates().end());
    return BuildReceipt(std::move(evidence), chain);
  }

  absl::Time now = kTestStart;
  FakeRandom random;
  TestPki pki;
  TestOffice secretariat;
  NoteSigningKey log_key;
  TrustStore authorities;
  GenesisDocument genesis;
  uint32_t epoch = 1;

 private:
  static void AddFramework(v1::Genesis& genesis, std::string_view id,
                           const std::vector<std::string>& states) {
    v1::Framework& framework = *genesis.add_frameworks();
    framework.set_id(std::string(id));
    for (const std::string& state : states) {
      v1::Member& member = *framework.add_members();
      member.set_code(state);
      member.set_membership(v1::MEMBERSHIP_PARTICIPATING);
    }
  }

  std::map<std::string, MerkleTree> ledgers_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_CORE_EVIDENCE_SMALL_EXCHANGE_H_
