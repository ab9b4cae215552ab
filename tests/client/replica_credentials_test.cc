// What a replica believes of credentials: no exchange can let one act that was suspended or
// revoked, nor bring back what was revoked, nor have a State's credential changed by another, nor
// register one whose key was not shown to be held.

#include <filesystem>
#include <functional>
#include <string>

#include "client/lookup.h"
#include "client/replica.h"
#include "core/rules/facts.h"
#include "tests/client/fake_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::kOwn;

class ReplicaOfCredentials : public test::ReplicaTest {
 protected:
  static v1::CredentialName Of(const Issued& credential) {
    v1::CredentialName of;
    of.set_party("EE");
    of.set_office("duty");
    of.set_credential(std::string(BytesOf(credential.certificate.fingerprint())));
    return of;
  }
  EncodedAct BySecretariat(const std::function<void(v1::Act&)>& edit) {
    return api_.Sign("SECRETARIAT", "main", api_.founded.secretariat, edit);
  }
  EncodedAct Suspend() {
    return BySecretariat(
        [this](v1::Act& act) { *act.mutable_suspend_credential()->mutable_of() = Of(office_); });
  }
  EncodedAct Restore() {
    return BySecretariat(
        [this](v1::Act& act) { *act.mutable_restore_credential()->mutable_of() = Of(office_); });
  }
  EncodedAct Revoke() {
    return BySecretariat(
        [this](v1::Act& act) { *act.mutable_revoke_credential()->mutable_of() = Of(office_); });
  }

  EncodedAct Enrol(const Issued& next) { return api_.Enrolment("EE", "later", next); }

  void AddLater() { api_.AddToAll(Enrol(later_)); }
  EncodedAct Renew(const Issued& by, const Issued& next, const std::string& office = "later") {
    return api_.Sign("EE", office, by, [&](v1::Act& act) {
      act.mutable_renew_credential()->set_certificate(next.certificate.der());
      act.mutable_renew_credential()->set_possession(
          api_.EnrolOf("EE", "later", next).possession());
    });
  }

  void ExpectTaken() {
    auto replica = Open();
    ASSERT_THAT(replica, IsOk());
    EXPECT_THAT(replica->Sync(api_), IsOk());
  }

  const Issued& office_ = api_.office();
  const Issued later_ = api_.founded.pki.Issue("EE later");
  const Issued next_ = api_.founded.pki.Issue("EE later, the next");
  const Issued third_ = api_.founded.pki.Issue("EE later, the third");
};

TEST_F(ReplicaOfCredentials, ShowsTheOwnOneAndWhetherTheExchangeSaysAnother) {
  AddGood(1);
  auto replica = Open();
  ASSERT_THAT(replica, IsOk());
  ASSERT_THAT(replica->Sync(api_), IsOk());
  const Digest own = office_.certificate.fingerprint();
  v1::CredentialRecord said;
  EXPECT_THAT(OwnCredential(*replica, own, said), HasCode(absl::StatusCode::kDataLoss));
  const v1::CredentialRecord shown = rules::FindCredential(*replica, own).value().value();
  said = shown;
  said.mutable_suspended();  // Meanwhile.
  const auto found = OwnCredential(*replica, own, said);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->SerializeAsString(), shown.SerializeAsString());

  const std::function<void(v1::CredentialRecord&)> lies[] = {
      [](auto& lie) { lie.set_party("LV"); }, [](auto& lie) { lie.set_office("policy"); },
      [](auto& lie) { lie.set_type(v1::OFFICE_TYPE_SECRETARIAT); },
      [](auto& lie) { lie.clear_scopes(); },
      [](auto& lie) { lie.mutable_not_after()->set_seconds(4'000'000'000); }};
  for (const auto& edit : lies) {
    v1::CredentialRecord lie = shown;
    edit(lie);
    EXPECT_THAT(OwnCredential(*replica, own, lie), HasCode(absl::StatusCode::kDataLoss))
        << lie.ShortDebugString();
  }
  // Of one that no ledger shows there is the exchange's word alone.
  EXPECT_EQ(OwnCredential(*replica, Digest{}, said)->SerializeAsString(), said.SerializeAsString());
}

TEST_F(ReplicaOfCredentials, TakesWhatWasDoneBeforeASuspensionAndAfterARestoration) {
  AddGood(1);
  api_.AddToAll(Suspend());
  ExpectTaken();
  api_.AddToAll(Restore());
  AddGood(1);
  ExpectTaken();
}

TEST_F(ReplicaOfCredentials, RefusesAnActOfOneThatIsSuspended) {
  api_.AddToAll(Suspend());
  AddGood(1);
  ExpectRefused();
}

TEST_F(ReplicaOfCredentials, RefusesAnActOfOneThatIsRevoked) {
  api_.AddToAll(Revoke());
  AddGood(1);
  ExpectRefused();
}

// What one ledger says counts, whatever the others keep back.
TEST_F(ReplicaOfCredentials, RefusesAnActOfOneThatASingleLedgerSaysIsOutOfUse) {
  const EncodedAct changes[] = {Suspend(), Revoke()};
  for (const std::string framework : {"OSCE", "UN"}) {
    for (const EncodedAct& change : changes) {
      SCOPED_TRACE(framework);
      const auto before = api_.ledgers;
      const auto trees = api_.trees;
      api_.Add(LedgerId::All(framework), {}, &change);
      AddGood(1);
      ExpectRefused("entry 0 of state/LV is refused: its act is signed by a credential that was");
      api_.ledgers = before;
      api_.trees = trees;
      std::filesystem::remove_all(folder_.path() / "replica");
    }
  }
}

TEST_F(ReplicaOfCredentials, RefusesAnActOfItsOwnOneThatAnotherLedgerSaysIsRevoked) {
  const Issued latvia = api_.founded.pki.Issue("LV duty");
  const EncodedAct enrolment = api_.Enrolment("LV", "duty", latvia);
  api_.AddToAll(enrolment);
  api_.Add(kOwn, {}, &enrolment);
  const EncodedAct revocation = BySecretariat([&](v1::Act& act) {
    v1::CredentialName& of = *act.mutable_revoke_credential()->mutable_of();
    of = Of(latvia);
    of.set_party("LV");
  });
  api_.Add(LedgerId::All("UN"), {}, &revocation);
  const EncodedAct act = api_.Sign("LV", "duty", latvia, [](v1::Act& made) {
    made.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
    made.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
  });
  api_.Add(kOwn, {}, &act);
  ExpectRefused(
      "entry 1 of state/LV is refused: its act is signed by a credential that was revoked");
}

TEST_F(ReplicaOfCredentials, RefusesAnActOfTheTimeWhenItWasSuspended) {
  api_.AddToAll(Suspend());
  AddGood(1);
  api_.AddToAll(Restore());
  ExpectRefused("suspended before");
}

// The ledger of the UN is read after that of the OSCE.
TEST_F(ReplicaOfCredentials, RefusesAChangeThatWhatAnotherLedgerSaysDoesNotAllow) {
  const EncodedAct revoked = Revoke();
  api_.Add(LedgerId::All("OSCE"), {}, &revoked);
  const EncodedAct suspended = Suspend();
  api_.Add(LedgerId::All("UN"), {}, &suspended);
  ExpectRefusedIn(LedgerId::All("UN"), "entry 2 of ALL/UN is refused: a credential is changed as");
}

// Each could be, as far as what was read before it says.
TEST_F(ReplicaOfCredentials, RefusesAnActOfOneOfWhichTheLedgersContradictEachOther) {
  const EncodedAct first = Suspend();
  api_.Add(LedgerId::All("UN"), {}, &first);
  const EncodedAct second = Suspend();
  api_.Add(LedgerId::All("OSCE"), {}, &second);
  AddGood(1);
  ExpectRefused("entry 2 of ALL/OSCE suspends, restores or revokes it as the others do not allow");
}

TEST_F(ReplicaOfCredentials, RefusesACertificateThatAnotherLedgerRegistersByAnotherAct) {
  const EncodedAct first = Enrol(later_);
  api_.Add(LedgerId::All("OSCE"), {}, &first);
  const EncodedAct second = Enrol(later_);
  api_.Add(LedgerId::All("UN"), {}, &second);
  ExpectRefusedIn(LedgerId::All("UN"), "entry 2 of ALL/UN is refused: it registers a certificate");
}

TEST_F(ReplicaOfCredentials, TakesARegistrationThatWasRefusedBesideAnother) {
  const EncodedAct first = Enrol(later_);
  api_.Add(LedgerId::All("OSCE"), {}, &first);
  const EncodedAct second = Enrol(later_);
  v1::Entry refused;
  refused.set_role(v1::ENTRY_ROLE_REFUSED);
  api_.Add(LedgerId::All("UN"), refused, &second);
  ExpectTaken();
}

TEST_F(ReplicaOfCredentials, RefusesARenewalWithACertificateThatAnotherLedgerHasOtherwise) {
  AddLater();
  const EncodedAct first = Renew(later_, next_);
  api_.Add(LedgerId::All("OSCE"), {}, &first);
  const EncodedAct second = Renew(later_, next_);
  api_.Add(LedgerId::All("UN"), {}, &second);
  ExpectRefusedIn(LedgerId::All("UN"), "entry 3 of ALL/UN is refused: it registers a certificate");
}

TEST_F(ReplicaOfCredentials, RefusesAnOfficeThatAnotherLedgerEnrolsWithAnotherCertificate) {
  const EncodedAct first = Enrol(later_);
  api_.Add(LedgerId::All("OSCE"), {}, &first);
  const EncodedAct second = Enrol(next_);
  api_.Add(LedgerId::All("UN"), {}, &second);
  ExpectRefusedIn(LedgerId::All("UN"),
                  "entry 2 of ALL/UN is refused: it enrols an office of which another");
}

TEST_F(ReplicaOfCredentials, RefusesAnOfficeThatAnotherLedgerHasAsOneOfAnotherType) {
  const EncodedAct first = Enrol(later_);
  api_.Add(LedgerId::All("OSCE"), {}, &first);
  const EncodedAct revoked = BySecretariat([this](v1::Act& act) {
    *act.mutable_revoke_credential()->mutable_of() = Of(later_);
    act.mutable_revoke_credential()->mutable_of()->set_office("later");
  });
  api_.Add(LedgerId::All("OSCE"), {}, &revoked);
  const auto before = api_.ledgers;
  const auto trees = api_.trees;
  const EncodedAct other = api_.Enrolment(
      "EE", "later", next_, [](v1::Enrol& enrol) { enrol.set_type(v1::OFFICE_TYPE_POLICY); });
  api_.Add(LedgerId::All("UN"), {}, &other);
  ExpectRefusedIn(LedgerId::All("UN"),
                  "entry 2 of ALL/UN is refused: it enrols an office that another");
  api_.ledgers = before;
  api_.trees = trees;
  const EncodedAct again = Enrol(next_);  // The one before is out of use.
  api_.Add(LedgerId::All("UN"), {}, &again);
  ExpectTaken();
}

// One ledger is read after the other: the first says what was done to a credential before the
// others are asked.
TEST_F(ReplicaOfCredentials, TakesAnOfficeAgainOfWhichItHadTheCredentialInUse) {
  AddLater();
  ExpectTaken();
  api_.AddToAll(BySecretariat([this](v1::Act& act) {
    *act.mutable_revoke_credential()->mutable_of() = Of(later_);
    act.mutable_revoke_credential()->mutable_of()->set_office("later");
  }));
  api_.AddToAll(Enrol(next_));
  ExpectTaken();
  api_.AddToAll(BySecretariat([this](v1::Act& act) {
    *act.mutable_suspend_credential()->mutable_of() = Of(next_);
    act.mutable_suspend_credential()->mutable_of()->set_office("later");
  }));
  api_.AddToAll(Enrol(third_));
  ExpectTaken();
}

TEST_F(ReplicaOfCredentials, TakesAnOfficeOfItsOwnAgainOfWhichItHadTheCredentialInUse) {
  const Issued first = api_.founded.pki.Issue("LV duty");
  const Issued second = api_.founded.pki.Issue("LV duty, the second");
  const auto add = [&](const EncodedAct& act) {
    api_.AddToAll(act);
    api_.Add(kOwn, {}, &act);
  };
  add(api_.Enrolment("LV", "duty", first));
  ExpectTaken();
  add(BySecretariat([&](v1::Act& act) {
    v1::CredentialName& of = *act.mutable_suspend_credential()->mutable_of();
    of = Of(first);
    of.set_party("LV");
  }));
  add(api_.Enrolment("LV", "duty", second));
  ExpectTaken();
}

TEST_F(ReplicaOfCredentials, TakesTheSameRegistrationsInEachLedger) {
  AddLater();
  api_.AddToAll(Renew(later_, next_));
  api_.AddToAll(BySecretariat([this](v1::Act& act) {
    *act.mutable_revoke_credential()->mutable_of() = Of(later_);
    act.mutable_revoke_credential()->mutable_of()->set_office("later");
  }));
  api_.AddToAll(BySecretariat([this](v1::Act& act) {
    *act.mutable_revoke_credential()->mutable_of() = Of(next_);
    act.mutable_revoke_credential()->mutable_of()->set_office("later");
  }));
  api_.AddToAll(Enrol(third_));
  ExpectTaken();
}

TEST_F(ReplicaOfCredentials, TakesWhatOneDidBeforeItWasRevoked) {
  AddGood(1);
  api_.AddToAll(Revoke());
  ExpectTaken();
}

TEST_F(ReplicaOfCredentials, RefusesThatWhatWasRevokedComesBack) {
  api_.AddToAll(Revoke());
  api_.AddToAll(Restore());
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

TEST_F(ReplicaOfCredentials, RefusesAChangeByAnotherState) {
  const Issued latvia = api_.founded.pki.Issue("LV duty");
  api_.AddToAll(api_.Enrolment("LV", "duty", latvia));
  api_.AddToAll(api_.Sign("LV", "duty", latvia, [this](v1::Act& act) {
    *act.mutable_suspend_credential()->mutable_of() = Of(office_);
  }));
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

TEST_F(ReplicaOfCredentials, RefusesAChangeOfAnotherStateThatIsSaidToBeOnesOwn) {
  const Issued latvia = api_.founded.pki.Issue("LV duty");
  api_.AddToAll(api_.Enrolment("LV", "duty", latvia));
  api_.AddToAll(api_.Sign("LV", "duty", latvia, [this](v1::Act& act) {
    *act.mutable_suspend_credential()->mutable_of() = Of(office_);
    act.mutable_suspend_credential()->mutable_of()->set_party("LV");
  }));
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

TEST_F(ReplicaOfCredentials, RefusesAChangeThatConcernsSomebodyElse) {
  const EncodedAct act = Suspend();
  api_.Add(kOwn, {}, &act);
  ExpectRefused();
}

TEST_F(ReplicaOfCredentials, TakesARenewalAndTheActsOfTheNewOne) {
  AddLater();
  api_.AddToAll(Renew(later_, next_));
  const EncodedAct act = api_.Sign("EE", "later", next_, [](v1::Act& made) {
    made.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
    made.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
  });
  api_.Add(kOwn, {}, &act);
  ExpectTaken();
}

// It reads no ledger of all, and has the first of all from the genesis document.
TEST_F(ReplicaOfCredentials, OfTheAuditorRefusesAnActOfTheFirstOneOnceItIsRevoked) {
  const auto of_secretariat = [&](const Issued& by, const std::function<void(v1::Act&)>& edit) {
    const EncodedAct act = api_.Sign("SECRETARIAT", "main", by, edit);
    api_.Add(LedgerId::Auditor(), {}, &act);
  };
  const auto enrol = [&](const std::string& office) {
    of_secretariat(api_.founded.secretariat, [&](v1::Act& act) {
      *act.mutable_enrol() = api_.EnrolOf("AUDITOR", office, api_.founded.pki.Issue(office));
      act.mutable_enrol()->set_type(v1::OFFICE_TYPE_AUDITOR);
    });
  };
  enrol("first");
  of_secretariat(api_.founded.secretariat, [&](v1::Act& act) {
    act.mutable_renew_credential()->set_certificate(next_.certificate.der());
    act.mutable_renew_credential()->set_possession(
        api_.EnrolOf("SECRETARIAT", "main", next_).possession());
  });
  enrol("second");
  of_secretariat(next_, [&](v1::Act& act) {
    v1::CredentialName& of = *act.mutable_revoke_credential()->mutable_of();
    of = Of(api_.founded.secretariat);
    of.set_party("SECRETARIAT");
    of.set_office("main");
  });
  auto replica = Replica::Open(
      folder_.path() / "of auditor",
      {.exchange = api_.exchange, .genesis = api_.founded.document, .log = api_.log()},
      LedgerId::Auditor());
  ASSERT_THAT(replica, IsOk());
  EXPECT_THAT(replica->Sync(api_), IsOk());
  enrol("third");
  const absl::Status refused = replica->Sync(api_);
  EXPECT_THAT(refused, test::HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("revoked before"));
}

TEST_F(ReplicaOfCredentials, RefusesARenewalWithoutPossession) {
  AddLater();
  api_.AddToAll(api_.Sign("EE", "later", later_, [this](v1::Act& act) {
    act.mutable_renew_credential()->set_certificate(next_.certificate.der());
    act.mutable_renew_credential()->set_possession(api_.EnrolOf("EE", "duty", next_).possession());
  }));
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

TEST_F(ReplicaOfCredentials, RefusesARenewalByOneThatMayNot) {
  AddLater();
  api_.AddToAll(BySecretariat([this](v1::Act& act) {
    *act.mutable_suspend_credential()->mutable_of() = Of(later_);
    act.mutable_suspend_credential()->mutable_of()->set_office("later");
  }));
  api_.AddToAll(Renew(later_, next_));
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

TEST_F(ReplicaOfCredentials, RefusesARenewalInTheNameOfAnotherOffice) {
  AddLater();
  api_.AddToAll(Renew(later_, next_, "duty"));
  ExpectRefusedIn(LedgerId::All("OSCE"));
}

}  // namespace
}  // namespace cbm
