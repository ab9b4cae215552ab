#ifndef CBM_TESTS_CLIENT_FAKE_EXCHANGE_H_
#define CBM_TESTS_CLIENT_FAKE_EXCHANGE_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "client/replica.h"
#include "core/base/uuid.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/log/checkpoint.h"
#include "core/rules/credentials.h"
#include "core/rules/facts.h"
#include "core/rules/projection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/entries_api.h"
#include "tests/support/fake_random.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_exchange.h"

namespace cbm::test {

// The ledger of the replicas' reader.
inline const LedgerId kOwn = LedgerId::State("LV");

// An exchange with EE's office enrolled, and acknowledgements of it in LV's ledger.
class FakeExchange final : public EntriesOnly {
 public:
  FakeExchange() : office_(founded.pki.Issue("EE duty")) {
    for (const std::string framework : {"OSCE", "UN"}) {
      Add(LedgerId::All(framework),
          rules::GenesisEntry(exchange, framework, founded.document.digest), nullptr);
    }
    AddToAll(Enrolment("EE", "duty", office_));
  }

  // By the secretariat, with what every enrolment has unless `edit` takes it away.
  EncodedAct Enrolment(
      const std::string& party, const std::string& office, const Issued& enrolled,
      const std::function<void(v1::Enrol&)>& edit = [](v1::Enrol&) {}) {
    return Sign("SECRETARIAT", "main", founded.secretariat, [&](v1::Act& act) {
      *act.mutable_enrol() = EnrolOf(party, office, enrolled);
      edit(*act.mutable_enrol());
    });
  }

  v1::Enrol EnrolOf(const std::string& party, const std::string& office, const Issued& enrolled) {
    v1::Enrol enrol;
    enrol.set_party(party);
    enrol.set_office(office);
    enrol.set_type(v1::OFFICE_TYPE_DUTY);
    v1::Credential& credential = *enrol.mutable_credential();
    credential.set_certificate(enrolled.certificate.der());
    credential.add_purposes(v1::CREDENTIAL_PURPOSE_CONNECT);
    credential.add_purposes(v1::CREDENTIAL_PURPOSE_SIGN);
    for (const v1::Scope scope :
         {v1::SCOPE_READ, v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE, v1::SCOPE_DIRECTORY}) {
      credential.add_scopes(scope);
    }
    enrol.set_possession(
        SignDetached(enrolled.certificate, *enrolled.key,
                     PossessionStatement({.exchange_id = exchange.id(),
                                          .party = party,
                                          .office = office,
                                          .certificate = enrolled.certificate.fingerprint()}))
            .value());
    return enrol;
  }

  void AddToAll(const EncodedAct& act) {
    for (const std::string framework : {"OSCE", "UN"}) {
      Add(LedgerId::All(framework), {}, &act);
    }
  }

  // A notification of EE to LV by name, with the opening for LV.
  EncodedAct Notification(v1::AddresseeOpening& opening) {
    opening.set_state("LV");
    opening.set_salt(std::string(kAddresseeSaltBytes, 's'));
    return Sign("EE", "duty", office_, [&](v1::Act& act) {
      act.mutable_submit()->mutable_notification()->set_kind("INC");
      act.mutable_audience()->mutable_commitments()->add_commitments(
          std::string(BytesOf(AddresseeCommitment(opening.salt(), opening.state()))));
    });
  }

  const Issued& office() const { return office_; }

  EncodedAct Acknowledgement() {
    return Sign("EE", "duty", office_, [&](v1::Act& act) {
      act.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
      act.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
    });
  }

  EncodedAct Sign(const std::string& party, const std::string& office, const Issued& by,
                  const std::function<void(v1::Act&)>& edit) {
    v1::Act act;
    act.set_purpose("cbm.v1/act");
    act.set_version(1);
    act.set_exchange_id(exchange.id());
    act.set_act_id(NewUuid(kTestStart, random_));
    act.set_party(party);
    act.set_office(office);
    act.set_signing_credential(std::string(BytesOf(by.certificate.fingerprint())));
    edit(act);
    std::string bytes = SerializeDeterministically(act);
    std::string signature = SignDetached(by.certificate, *by.key, bytes).value();
    return EncodedAct::Read(std::move(bytes), std::move(signature)).value();
  }

  // Appends an entry, with what every entry has unless `entry` has it already. It has the time of
  // the entry before if both are of one act.
  void Add(const LedgerId& ledger, v1::Entry entry, const EncodedAct* act) {
    std::vector<v1::LedgerRecord>& records = ledgers[ledger];
    entry.set_purpose("cbm.v1/entry");
    entry.set_version(1);
    if (entry.exchange_id().empty()) {
      entry.set_exchange_id(exchange.id());
    }
    if (entry.ledger().empty()) {
      entry.set_ledger(ledger.text());
    }
    if (entry.ordinal() == 0) {
      entry.set_ordinal(records.size());
    }
    if (act == nullptr || act->digest != last_act_) {
      now_ += absl::Seconds(1);
    }
    last_act_ = act == nullptr ? Digest{} : act->digest;
    *entry.mutable_time() = rules::ToTimestamp(now_);
    v1::LedgerRecord record;
    if (act != nullptr) {
      entry.set_kind(static_cast<v1::ActKind>(act->act.kind_case()));
      if (entry.role() == v1::ENTRY_ROLE_UNSPECIFIED) {
        entry.set_role(v1::ENTRY_ROLE_ADDRESSED);
      }
      if (entry.act_digest().empty()) {
        entry.set_act_digest(std::string(BytesOf(act->digest)));
      }
      entry.set_signature_digest(std::string(BytesOf(act->signature_digest)));
      SetValidity(act->act, *entry.mutable_effect());
      record.set_act(act->bytes);
      record.set_signature(act->signature);
    }
    record.set_entry(EncodedEntry::Create(entry).value().bytes);
    records.push_back(std::move(record));
    trees[ledger].Append(LeafHash(records.back().entry()));
  }

  // Changes an entry that was added; the exchange signs for what it is then.
  void Change(const LedgerId& ledger, size_t ordinal, const std::function<void(v1::Entry&)>& edit) {
    std::vector<v1::LedgerRecord>& records = ledgers[ledger];
    v1::Entry entry;
    ASSERT_TRUE(entry.ParseFromString(records[ordinal].entry()));
    edit(entry);
    records[ordinal].set_entry(SerializeDeterministically(entry));
    trees[ledger] = MerkleTree();
    for (const v1::LedgerRecord& record : records) {
      trees[ledger].Append(LeafHash(record.entry()));
    }
  }

  std::string NoteOf(const LedgerId& ledger) {
    return SignCheckpoint({.origin = KeyOfLedger(log(), ledger).name, .head = trees[ledger].Head()},
                          founded.log_key)
        .value();
  }

  LogIdentity log() const {
    return {.exchange_id = exchange.id(), .epoch = 1, .public_key = founded.log_key.public_key()};
  }

  absl::StatusOr<v1::ListEntriesResponse> ListEntries(
      const v1::ListEntriesRequest& request) override {
    const LedgerId ledger = LedgerId::Parse(request.cursor().ledger()).value();
    if (const absl::Status refused = before_list(ledger); !refused.ok()) {
      return refused;
    }
    v1::ListEntriesResponse response;
    const std::vector<v1::LedgerRecord>& records = ledgers[ledger];
    for (uint64_t i = request.cursor().ordinal(); i < records.size() && i < given_max; ++i) {
      if (response.records_size() == 2) {
        break;  // So that there are several pages.
      }
      *response.add_records() = records[i];
    }
    response.set_checkpoint(notes.contains(ledger) ? notes[ledger] : NoteOf(ledger));
    return response;
  }

  TestExchange founded;
  const rules::Exchange exchange = founded.exchange();
  std::map<LedgerId, std::vector<v1::LedgerRecord>> ledgers;
  std::map<LedgerId, MerkleTree> trees;
  std::map<LedgerId, std::string> notes;  // Given instead of the right one.
  uint64_t given_max = 1'000;
  // What happens when a ledger is asked for; a failure is the answer.
  std::function<absl::Status(const LedgerId&)> before_list = [](const LedgerId&) {
    return absl::OkStatus();
  };

 private:
  // As the certificate that an act registers says of itself, if there is one.
  static void SetValidity(const v1::Act& act, v1::Effect& effect) {
    const auto certificate = Certificate::FromDer(rules::CertificateRegisteredBy(act));
    if (certificate.ok() && !effect.has_valid_to()) {
      *effect.mutable_valid_from() = rules::ToTimestamp(certificate->not_before());
      *effect.mutable_valid_to() = rules::ToTimestamp(certificate->not_after());
    }
  }

  FakeRandom random_;
  absl::Time now_ = kTestStart;
  Digest last_act_{};
  Issued office_;
};

// What a reader of kOwn who has read nothing before says of it.
inline absl::Status SyncFresh(FakeExchange& api) {
  const TemporaryFolder folder;
  auto replica = Replica::Open(
      folder.path() / "replica",
      {.exchange = api.exchange, .genesis = api.founded.document, .log = api.log()}, kOwn);
  return replica.ok() ? replica->Sync(api) : replica.status();
}

// Replicas of such an exchange.
class ReplicaTest : public ::testing::Test {
 protected:
  absl::StatusOr<Replica> Open() {
    return Replica::Open(
        folder_.path() / "replica",
        {.exchange = api_.exchange, .genesis = api_.founded.document, .log = api_.log()}, kOwn);
  }

  void AddGood(int count) {
    for (int i = 0; i < count; ++i) {
      const EncodedAct act = api_.Acknowledgement();
      api_.Add(kOwn, {}, &act);
    }
  }

  // Syncs a fresh replica, which must refuse, say `why`, and keep nothing of the own ledger.
  void ExpectRefused(const std::string& why = "") { ExpectRefusedIn(kOwn, why); }

  // The same of another ledger.
  void ExpectRefusedIn(const LedgerId& ledger, const std::string& why = "") {
    auto replica = Open();
    ASSERT_THAT(replica, IsOk());
    const absl::Status refused = replica->Sync(api_);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr(why));
    EXPECT_EQ(replica->Find(ledger)->size(), 0U);
    const auto again = Open();
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->Find(ledger)->size(), 0U);
  }

  TemporaryFolder folder_;
  FakeExchange api_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_CLIENT_FAKE_EXCHANGE_H_
