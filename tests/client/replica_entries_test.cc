// What a replica asks of an entry, whatever the exchange signs: its time, its openings, what begins
// the ledger of a framework, and what it says of a certificate.

#include <functional>
#include <string>
#include <vector>

#include "client/replica.h"
#include "tests/client/fake_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::FakeExchange;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::kOwn;
using ::cbm::test::SyncFresh;
using ::testing::HasSubstr;

using ReplicaOfEntries = test::ReplicaTest;
using Forge = std::function<void(v1::Entry&)>;

const LedgerId kOsce = LedgerId::All("OSCE");

TEST_F(ReplicaOfEntries, RefusesAFirstOfAllThatIsNotAsTheGenesisDocumentMakesIt) {
  const std::vector<Forge> forgeries = {
      [](auto& entry) { entry.set_kind(v1::ACT_KIND_ENROL); },
      [](auto& entry) { entry.set_role(v1::ENTRY_ROLE_ADDRESSED); },
      [](auto& entry) { entry.set_act_digest(std::string(kDigestBytes, 'g')); },
      [](auto& entry) { entry.set_signature_digest(std::string(kDigestBytes, 's')); },
      [](auto& entry) { entry.set_given_digest(std::string(kDigestBytes, 'c')); },
      [](auto& entry) { entry.set_carrying_credential(std::string(kDigestBytes, 'c')); },
      [](auto& entry) { entry.mutable_summary(); },
      [](auto& entry) { entry.clear_effect(); },
      [](auto& entry) { entry.mutable_effect()->add_states("XX"); },
      [](auto& entry) { entry.mutable_effect()->mutable_states()->RemoveLast(); },
      [](auto& entry) { entry.mutable_effect()->mutable_valid_to()->set_seconds(1); },
      [](auto& entry) { entry.mutable_effect()->mutable_valid_from()->set_seconds(1); },
  };
  for (size_t i = 0; i < forgeries.size(); ++i) {
    SCOPED_TRACE(i);
    FakeExchange api;
    EXPECT_THAT(SyncFresh(api), IsOk());
    api.Change(kOsce, 0, forgeries[i]);
    const absl::Status refused = SyncFresh(api);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("entry 0 of ALL/OSCE is refused"));
  }
}

TEST_F(ReplicaOfEntries, RefusesALedgerOfAllThatBeginsWithAnAct) {
  api_.ledgers.erase(kOsce);
  api_.trees.erase(kOsce);
  const EncodedAct act = api_.Enrolment("EE", "later", api_.founded.pki.Issue("EE later"));
  api_.Add(kOsce, {}, &act);
  ExpectRefusedIn(kOsce, "entry 0 of ALL/OSCE is refused: it begins the ledger of a framework");
}

TEST_F(ReplicaOfEntries, RefusesATimeThatIsNone) {
  const std::vector<Forge> forgeries = {
      [](auto& entry) { entry.clear_time(); },
      [](auto& entry) { entry.mutable_time()->set_nanos(-1); },
      [](auto& entry) { entry.mutable_time()->set_nanos(1'000'000'000); },
      [](auto& entry) { entry.mutable_time()->set_seconds(-1); },
      [](auto& entry) { entry.mutable_time()->set_seconds(253'402'300'800); },
  };
  for (size_t i = 0; i < forgeries.size(); ++i) {
    SCOPED_TRACE(i);
    FakeExchange api;
    const EncodedAct act = api.Acknowledgement();
    api.Add(kOwn, {}, &act);
    api.Change(kOwn, 0, forgeries[i]);
    const absl::Status refused = SyncFresh(api);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()),
                HasSubstr("entry 0 of state/LV is refused: it has no time"));
  }
}

TEST_F(ReplicaOfEntries, RefusesOpeningsInDisorderOrTwice) {
  const auto opening_of = [](const std::string& state) {
    v1::AddresseeOpening opening;
    opening.set_state(state);
    opening.set_salt(std::string(kAddresseeSaltBytes, 's'));
    return opening;
  };
  const EncodedAct act = api_.Sign("EE", "duty", api_.office(), [&](v1::Act& made) {
    made.mutable_submit();
    for (const std::string state : {"FI", "LV"}) {
      made.mutable_audience()->mutable_commitments()->add_commitments(
          std::string(BytesOf(AddresseeCommitment(opening_of(state).salt(), state))));
    }
  });
  const auto with = [&](const std::vector<std::string>& states) {
    api_.ledgers.erase(kOwn);
    api_.trees.erase(kOwn);
    v1::Entry entry;
    for (const std::string& state : states) {
      *entry.add_openings() = opening_of(state);
    }
    api_.Add(kOwn, entry, &act);
    return SyncFresh(api_);
  };
  EXPECT_THAT(with({"FI", "LV"}), IsOk());
  for (const std::vector<std::string>& states :
       {std::vector<std::string>{"LV", "FI"}, {"LV", "LV"}}) {
    const absl::Status refused = with(states);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("in disorder, or one of them twice"));
  }
}

TEST_F(ReplicaOfEntries, RefusesASignatureWithoutAnAct) {
  v1::Entry entry;
  entry.set_kind(v1::ACT_KIND_OPEN);
  entry.set_role(v1::ENTRY_ROLE_INFORMED);
  entry.set_act_digest(std::string(kDigestBytes, 'y'));
  entry.set_signature_digest(std::string(kDigestBytes, 'z'));
  entry.mutable_summary()->set_acted_on(std::string(kDigestBytes, 'x'));
  api_.Add(kOwn, entry, nullptr);
  EXPECT_THAT(SyncFresh(api_), IsOk());
  api_.ledgers[kOwn][0].set_signature("signature");
  ExpectRefused("entry 0 of state/LV is refused: a signature was given, and no act");
}

TEST_F(ReplicaOfEntries, RefusesAnEnrolmentOfNoCertificate) {
  const std::vector<std::function<void(v1::Enrol&)>> forgeries = {
      [](v1::Enrol& enrol) { enrol.clear_credential(); },
      [](v1::Enrol& enrol) { enrol.mutable_credential()->set_certificate("none"); },
      [](v1::Enrol& enrol) {
        enrol.mutable_credential()->clear_purposes();
        enrol.mutable_credential()->add_purposes(v1::CREDENTIAL_PURPOSE_OPEN);
        enrol.mutable_credential()->clear_certificate();
      },
  };
  for (size_t i = 0; i < forgeries.size(); ++i) {
    SCOPED_TRACE(i);
    FakeExchange api;
    api.AddToAll(api.Enrolment("EE", "later", api.founded.pki.Issue("EE later"), forgeries[i]));
    const absl::Status refused = SyncFresh(api);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()),
                HasSubstr("entry 2 of ALL/OSCE is refused: it registers a credential without a "
                          "certificate"));
  }
}

// Else an office could be enrolled again beside a credential that is in use.
TEST_F(ReplicaOfEntries, RefusesARegistrationThatSaysOtherTimesThanItsCertificate) {
  const Issued later = api_.founded.pki.Issue("EE later");
  const EncodedAct enrolment = api_.Enrolment("EE", "later", later);
  for (const Forge& forge : std::vector<Forge>{
           [](auto& entry) { entry.mutable_effect()->mutable_valid_to()->set_seconds(1); },
           [](auto& entry) { entry.mutable_effect()->mutable_valid_from()->set_seconds(1); }}) {
    const auto ledgers = api_.ledgers;
    const auto trees = api_.trees;
    api_.Add(kOsce, {}, &enrolment);
    EXPECT_THAT(SyncFresh(api_), IsOk());
    api_.Change(kOsce, 2, forge);
    const absl::Status refused = SyncFresh(api_);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()),
                HasSubstr("entry 2 of ALL/OSCE is refused: it says that the certificate that it "
                          "registers holds at other times"));
    api_.ledgers = ledgers;
    api_.trees = trees;
  }
}

}  // namespace
}  // namespace cbm
