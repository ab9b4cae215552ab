"""What an exchange could say of credentials and must not: the second verifier refuses each. The first has
the same in tests/core/rules/change_credential_test.cc and tests/client/replica_credentials_test.cc.
"""

import datetime
import types
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cbm_formats.certificate import Certificate
from cbm_formats.refused import Refused
from cbm_formats.registration import CONNECT, SIGN
from cbm_formats.registry import DIRECTORY, INTEGRATION, RENEWAL_NANOS_MAX, Registry

BEGIN = datetime.datetime(2026, 1, 1)
END = datetime.datetime(2027, 1, 1)
END_NANOS = int(END.replace(tzinfo=datetime.timezone.utc).timestamp()) * 10**9
NOON = 1_780_000_000 * 10**9  # While all of them hold.
POLICY, DUTY = 1, 3  # Of OfficeType.
KINDS = ("enrol", "renew_credential", "suspend_credential", "restore_credential", "revoke_credential")


def certificate_of(name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(BEGIN).not_valid_after(END).sign(key, hashes.SHA256()))
    return Certificate(made.public_bytes(serialization.Encoding.DER))


def act(by, party, office, **kind):
    return types.SimpleNamespace(signing_credential=by.digest, party=party, office=office,
                                 **{each: kind.get(each) for each in KINDS})


class RegistryTest(unittest.TestCase):
    def setUp(self):
        self.secretariat = certificate_of("secretariat")
        self.registry = Registry(types.SimpleNamespace(secretariat=self.secretariat))
        self.now = NOON
        self.duty, self.mfa = certificate_of("duty"), certificate_of("mfa")
        self.enrol(self.duty, "duty")
        self.enrol(self.mfa, "mfa")

    def take(self, one):
        self.now += 1
        self.registry.take(one, self.now)

    def refuses(self, words, one):
        with self.assertRaisesRegex(Refused, words):
            self.take(one)

    def enrolment(self, certificate, office, scopes=(DIRECTORY,), type=DUTY):
        said = types.SimpleNamespace(certificate=certificate.bytes, scopes=list(scopes),
                                     purposes=[CONNECT, SIGN])
        return act(self.secretariat, "SECRETARIAT", "main", enrol=types.SimpleNamespace(
            party="LV", office=office, type=type, credential=said))

    def enrol(self, certificate, office, **more):
        self.take(self.enrolment(certificate, office, **more))

    def change(self, kind, of, office, by="LV"):
        signer, name = (self.secretariat, "main") if by == "SECRETARIAT" else (self.mfa, "mfa")
        said = types.SimpleNamespace(party="LV", office=office, credential=of.digest)
        return act(signer, by, name, **{f"{kind}_credential": types.SimpleNamespace(of=said)})

    def test_what_is_suspended_is_restored_and_suspended_again(self):
        for kind in ("suspend", "restore", "suspend", "revoke"):
            self.take(self.change(kind, self.duty, "duty"))

    def test_the_same_act_in_another_ledger_is_no_second_one(self):
        self.take(self.change("suspend", self.duty, "duty"))
        self.registry.take(self.change("suspend", self.duty, "duty"), self.now)

    def test_nobody_suspends_what_is_suspended_or_restores_what_is_not(self):
        self.refuses("not suspended", self.change("restore", self.duty, "duty"))
        self.take(self.change("suspend", self.duty, "duty"))
        self.refuses("is suspended", self.change("suspend", self.duty, "duty", by="SECRETARIAT"))

    def test_the_secretariat_does_not_restore_what_a_state_suspended(self):
        self.take(self.change("suspend", self.duty, "duty"))
        self.refuses("neither its State", self.change("restore", self.duty, "duty", by="SECRETARIAT"))

    def test_the_state_restores_what_the_secretariat_suspended(self):
        self.take(self.change("suspend", self.duty, "duty", by="SECRETARIAT"))
        self.take(self.change("restore", self.duty, "duty"))

    def test_what_is_revoked_stays_so(self):
        self.take(self.change("revoke", self.duty, "duty"))
        for kind in ("suspend", "restore", "revoke"):
            self.refuses("revoked", self.change(kind, self.duty, "duty"))

    def test_who_may_not_manage_changes_nothing(self):
        self.mfa = certificate_of("reader")
        self.enrol(self.mfa, "reader", scopes=())
        self.refuses("DIRECTORY", self.change("suspend", self.duty, "duty"))

    def test_an_integration_changes_nothing(self):
        self.mfa = certificate_of("siem")
        self.enrol(self.mfa, "siem", type=INTEGRATION)
        self.refuses("integration", self.change("suspend", self.duty, "duty"))

    def test_a_certificate_is_registered_once(self):
        self.refuses("second time", self.enrolment(self.duty, "other"))

    def test_an_office_is_enrolled_again_only_once_it_has_nothing_in_use(self):
        self.refuses("in use", self.enrolment(certificate_of("duty"), "duty"))
        self.take(self.change("suspend", self.duty, "duty"))
        self.refuses("another type", self.enrolment(certificate_of("duty"), "duty", type=POLICY))
        self.enrol(certificate_of("duty"), "duty")

    def test_an_office_is_enrolled_again_from_the_end_of_its_certificate_on(self):
        self.now = END_NANOS - 2
        self.refuses("in use", self.enrolment(certificate_of("duty"), "duty"))
        self.enrol(certificate_of("duty"), "duty")

    def test_a_renewal_has_seven_days(self):
        for late, words in ((RENEWAL_NANOS_MAX - 1, None), (RENEWAL_NANOS_MAX, "any more")):
            said = types.SimpleNamespace(certificate=certificate_of("next").bytes)
            renewal = act(self.duty, "LV", "duty", renew_credential=said)
            if words is None:
                self.registry.take(renewal, END_NANOS + late)
            else:
                with self.assertRaisesRegex(Refused, words):
                    self.registry.take(renewal, END_NANOS + late)

    def test_all_of_it_is_kept(self):
        self.take(self.change("suspend", self.duty, "duty"))
        kept = Registry(types.SimpleNamespace(secretariat=self.secretariat))
        kept.add_json(self.registry.to_json())
        self.assertEqual(kept.to_json(), self.registry.to_json())
        self.registry = kept
        self.refuses("neither its State", self.change("restore", self.duty, "duty", by="SECRETARIAT"))


if __name__ == "__main__":
    unittest.main()
