// What a replica asks of an act, whatever the exchange signs: that it is one, that its signer may
// do it, and, if it was refused, that nothing follows from it.

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

using ReplicaOfActs = test::ReplicaTest;

void Acknowledge(v1::Act& act) {
  act.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
  act.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
}

TEST_F(ReplicaOfActs, RefusesOneOfAnotherPurposeOrVersion) {
  const std::vector<std::function<void(v1::Act&)>> forgeries = {
      [](v1::Act& act) { act.set_purpose("cbm.v1/entry"); },
      [](v1::Act& act) { act.set_version(2); },
  };
  for (const auto& forge : forgeries) {
    FakeExchange api;
    const EncodedAct act = api.Sign("EE", "duty", api.office(), [&](v1::Act& made) {
      Acknowledge(made);
      forge(made);
    });
    api.Add(kOwn, {}, &act);
    const absl::Status refused = SyncFresh(api);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()),
                HasSubstr("entry 0 of state/LV is refused: what it gives as its act is not an act "
                          "of cbm.v1, version 1"));
  }
}

TEST_F(ReplicaOfActs, RefusesOneThatNamesAnotherByNoDigest) {
  for (const size_t size : {size_t{0}, kDigestBytes - 1, kDigestBytes + 1}) {
    FakeExchange api;
    const EncodedAct act = api.Sign("EE", "duty", api.office(), [&](v1::Act& made) {
      Acknowledge(made);
      made.add_references()->set_act_digest(std::string(size, 'y'));
    });
    api.Add(kOwn, {}, &act);
    const absl::Status refused = SyncFresh(api);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("that it names by no digest"));
  }
}

// What one of LV's offices with these scopes alone did, as LV's replica takes it.
absl::Status SyncActWithScopes(const std::vector<v1::Scope>& scopes,
                               const std::function<void(v1::Act&)>& edit) {
  FakeExchange api;
  const Issued latvia = api.founded.pki.Issue("LV duty");
  api.AddToAll(api.Enrolment("LV", "duty", latvia, [&](v1::Enrol& enrol) {
    enrol.mutable_credential()->mutable_scopes()->Assign(scopes.begin(), scopes.end());
  }));
  const EncodedAct act = api.Sign("LV", "duty", latvia, edit);
  v1::Entry entry;
  entry.set_role(v1::ENTRY_ROLE_OWN);
  api.Add(kOwn, entry, &act);
  return SyncFresh(api);
}

TEST_F(ReplicaOfActs, RefusesOneWithoutTheScopeThatItNeeds) {
  const std::vector<v1::Scope> all = {v1::SCOPE_READ,    v1::SCOPE_DRAFT,
                                      v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE,
                                      v1::SCOPE_CONSULT, v1::SCOPE_DIRECTORY};
  struct Case {
    v1::Scope scope;
    std::function<void(v1::Act&)> edit;
  };
  const std::vector<Case> cases = {
      {v1::SCOPE_RELEASE, [](v1::Act& act) { act.mutable_submit(); }},
      {v1::SCOPE_RELEASE,
       [](v1::Act& act) {
         act.mutable_reply();
         act.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
       }},
      {v1::SCOPE_READ,
       [](v1::Act& act) {
         act.mutable_open();
         act.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
       }},
      {v1::SCOPE_ACKNOWLEDGE, Acknowledge},
  };
  for (const Case& each : cases) {
    const std::string scope = v1::Scope_Name(each.scope).substr(std::string("SCOPE_").size());
    SCOPED_TRACE(scope);
    EXPECT_THAT(SyncActWithScopes({each.scope}, each.edit), IsOk());
    std::vector<v1::Scope> others = all;
    std::erase(others, each.scope);
    const absl::Status refused = SyncActWithScopes(others, each.edit);
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("without the scope " + scope));
  }
  const absl::Status grants =
      SyncActWithScopes({v1::SCOPE_READ}, [](v1::Act& act) { act.mutable_grant_integration(); });
  EXPECT_THAT(std::string(grants.message()), HasSubstr("without the scope DIRECTORY"));
}

TEST_F(ReplicaOfActs, LetsNobodyActByAnEnrolmentThatWasRefused) {
  const Issued later = api_.founded.pki.Issue("EE later");
  const EncodedAct enrolment = api_.Enrolment("EE", "later", later);
  for (const std::string framework : {"OSCE", "UN"}) {
    v1::Entry entry;
    entry.set_role(v1::ENTRY_ROLE_REFUSED);
    api_.Add(LedgerId::All(framework), entry, &enrolment);
  }
  EXPECT_THAT(SyncFresh(api_), IsOk());
  const EncodedAct act = api_.Sign("EE", "later", later, Acknowledge);
  api_.Add(kOwn, {}, &act);
  ExpectRefused("signed by a credential that the directory does not have");
}

TEST_F(ReplicaOfActs, TakesNothingOutOfUseByASuspensionThatWasRefused) {
  const EncodedAct suspension =
      api_.Sign("SECRETARIAT", "main", api_.founded.secretariat, [this](v1::Act& act) {
        v1::CredentialName& of = *act.mutable_suspend_credential()->mutable_of();
        of.set_party("EE");
        of.set_office("duty");
        of.set_credential(std::string(BytesOf(api_.office().certificate.fingerprint())));
      });
  v1::Entry entry;
  entry.set_role(v1::ENTRY_ROLE_REFUSED);
  api_.Add(LedgerId::All("OSCE"), entry, &suspension);
  AddGood(1);
  EXPECT_THAT(SyncFresh(api_), IsOk());
}

TEST_F(ReplicaOfActs, TakesARefusalOfWhatItsAuthorMayNotDoButNotOfWhatItDidNotSign) {
  const Issued stranger = api_.founded.pki.Issue("Stranger");
  const std::function<void(v1::Act&)> consults = [](v1::Act& act) {
    act.mutable_post()->set_consultation_id(std::string(kDigestBytes, 'c'));
  };
  v1::Entry entry;
  entry.set_role(v1::ENTRY_ROLE_REFUSED);
  const EncodedAct refused = api_.Sign("EE", "duty", api_.office(), consults);
  api_.Add(kOwn, entry, &refused);
  EXPECT_THAT(SyncFresh(api_), IsOk());
  const EncodedAct forged = api_.Sign("EE", "duty", stranger, consults);
  api_.Add(kOwn, entry, &forged);
  ExpectRefused("entry 1 of state/LV is refused");
}

}  // namespace
}  // namespace cbm
