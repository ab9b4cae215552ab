"""A State's integration: enrolled by the secretariat, it reads what its State grants, no more."""

import base64
import hashlib
import itertools
import unittest

from exchange import CBM, SECRETARIAT, run
from exchange_case import ExchangeCase, notify_words

TEXT = "The clearing host loses file systems."


class Integration(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")
    _numbers = itertools.count(1)

    def enrol(self, *grant):
        """A new integration of Estonia; `grant` is what it may read and up to which marking."""
        name = f"siem{next(self._numbers)}"
        office = f"EE-{name}"
        self.exchange.enrol(office, type="integration")
        if grant:
            reading, ceiling = grant
            self.json("EE-technical", "directory", "integration", "--office", name,
                      "--reading", reading, "--ceiling", ceiling)
        return office

    def to_estonia(self, **changed):
        return self.notify(office="LV-duty", to="EE", text=TEXT, **changed)

    def test_it_has_a_ledger_of_its_own(self):
        office = self.enrol()
        about = self.json(office, "whoami")
        self.assertEqual((about["party"], about["type"], about["ledgers"][0]),
                         ("EE", "integration", f"integration/{office}"))
        note = self.cbm(office, "log", "checkpoint").must().out
        self.assertTrue(note.splitlines()[0].endswith(f"/1/integration/{office}"))

    def test_everybody_sees_it_in_the_directory_and_its_grant_is_seen_at_home_alone(self):
        office = self.enrol("NOTIFICATIONS", "AMBER")
        self.assertEqual(self.json("EE-technical", "directory", "show", office)["grant"],
                         {"reading": "NOTIFICATIONS", "ceiling": "AMBER"})
        for other in ("LV-duty", SECRETARIAT):
            shown = self.json(other, "directory", "show", office)
            self.assertEqual(shown["type"], "integration")
            self.assertNotIn("grant", shown)

    def test_without_a_grant_it_reads_nothing(self):
        office = self.enrol()
        sent = self.to_estonia()
        self.assertIsNone(self.listed(office, sent))
        self.cbm(office, "show", sent["act_id"]).must(6)

    def test_with_a_grant_it_reads_what_comes_and_what_its_state_sends(self):
        office = self.enrol("NOTIFICATIONS", "AMBER")
        came, went = self.to_estonia(), self.notify(text=TEXT)
        record = self.listed(office, came, "inbox")
        self.assertEqual((record["ledger"], record["subject"]),
                         (f"integration/{office}", "Payment clearing disturbed"))
        self.assertEqual(self.json(office, "show", came["act_id"])["body"], TEXT)
        self.assertIsNotNone(self.listed(office, went, "sent"))

    def test_what_it_opens_is_opened_by_its_state(self):
        office = self.enrol("NOTIFICATIONS", "AMBER")
        sent = self.to_estonia()
        self.json(office, "inbox")
        (delivery,) = self.listed("LV-duty", sent, "sent")["deliveries"]
        self.assertEqual((delivery["state"], delivery["opened_manner"]), ("EE", "automatic"))

    def test_what_is_above_its_ceiling_does_not_exist_for_it(self):
        office = self.enrol("NOTIFICATIONS", "AMBER")
        for marking in ("AMBER+STRICT", "RED"):
            sent = self.to_estonia(marking=marking)
            self.assertIsNotNone(self.listed("EE-technical", sent))
            self.assertIsNone(self.listed(office, sent), marking)
            self.cbm(office, "show", sent["act_id"]).must(6)

    def test_what_it_was_granted_can_be_taken_back(self):
        office = self.enrol("NOTIFICATIONS", "AMBER")
        before = self.to_estonia()
        self.json("EE-technical", "directory", "integration", "--office", office[3:],
                  "--reading", "NOTHING", "--ceiling", "AMBER")
        self.assertIsNone(self.listed(office, self.to_estonia()))
        self.assertIsNotNone(self.listed(office, before))

    def test_an_office_of_another_state_cannot_grant(self):
        office = self.enrol()
        grant = ("directory", "integration", "--office", office[3:],
                 "--reading", "NOTIFICATIONS", "--ceiling", "RED")
        self.cbm("LV-duty", *grant).must(6)
        self.cbm(SECRETARIAT, *grant).must(3)
        self.cbm(office, *grant).must(3)
        self.assertIsNone(self.listed(office, self.to_estonia()))

    def test_it_may_not_send_or_acknowledge(self):
        office = self.enrol("NOTIFICATIONS", "AMBER")
        sent = self.to_estonia()
        self.cbm(office, "ack", sent["act_id"], "--yes").must(3)
        self.cbm(office, *notify_words(), "--yes", input="typed").must(3)
        (delivery,) = self.listed("LV-duty", sent, "sent")["deliveries"]
        self.assertIsNone(delivery["acknowledged"])

    def test_its_receipts_are_proven_in_its_own_ledger(self):
        office = self.enrol("NOTIFICATIONS", "AMBER")
        sent = self.to_estonia()
        folder = self.exchange.folder / office
        self.json(office, "export", sent["act_id"], "--dir", folder)
        proven = self.json(office, "verify", folder / "receipt")
        self.assertEqual(proven["ledger"], f"integration/{office}")


class Enrolment(ExchangeCase):
    OFFICES = ("EE-technical",)

    def enrol_words(self, files, party="LV", office="duty", **more):
        words = ["directory", "enrol", "--party", party, "--office", office, "--type", "duty",
                 "--cert", files / "cert.pem"]
        return words + [word for name, value in more.items() for word in (f"--{name}", value)]

    def possession(self, files, party, office):
        out = files / f"{party}-{office}.p7s"
        run(CBM, "directory", "possession", "--party", party, "--office", office,
            "--cert", files / "cert.pem", "--key", files / "key.pem",
            "--log-key", self.exchange.log_key, "--out", out).must()
        return out

    def test_only_the_secretariat_enrols(self):
        files = self.exchange.issue("LV-by-estonia")
        proof = self.possession(files, "LV", "duty")
        self.cbm("EE-technical", *self.enrol_words(files, possession=proof), "--yes").must(3)

    def test_the_key_must_be_proven_to_be_held(self):
        files = self.exchange.issue("LV-unproven")
        self.cbm(SECRETARIAT, *self.enrol_words(files), "--yes").must(3)

    def test_a_proof_for_another_office_is_refused(self):
        files = self.exchange.issue("LV-other")
        proof = self.possession(files, "LV", "policy")
        words = self.enrol_words(files, possession=proof)
        self.assert_says(self.cbm(SECRETARIAT, *words, "--yes").must(5).err, "LV-duty")

    def test_without_terminal_and_yes_nobody_is_enrolled(self):
        files = self.exchange.issue("LV-unconfirmed")
        words = self.enrol_words(files, possession=self.possession(files, "LV", "duty"))
        self.assert_says(self.cbm(SECRETARIAT, *words).must(2).err, "--yes", "fingerprint")
        offices = self.json(SECRETARIAT, "directory", "offices", "--party", "LV")["offices"]
        self.assertEqual(offices, [])

    def test_a_certificate_that_is_not_enrolled_is_told_what_to_do(self):
        self.exchange.issue("FI-unknown")
        refused = self.exchange.init_profile("FI-unknown").must(3)
        self.assert_says(refused.err, "registered to no office", "call the secretariat")

    def test_a_certificate_of_another_authority_is_told_what_to_do(self):
        other = self.exchange.folder / "other"
        run(*self.other_authority(other)).must()
        refused = run(CBM, "--profile", self.exchange.profile("foreign"), "init",
                      "--server", self.exchange.address, "--ca", self.exchange.pki / "ca.pem",
                      "--cert", other / "cert.pem", "--key", other / "key.pem",
                      "--log-key", self.exchange.log_key)
        self.assertIn(refused.code, (3, 4))
        self.assert_says(refused.err, "authority")

    def test_an_exchange_that_another_log_key_speaks_for_is_not_believed(self):
        name = self.exchange.log_key.split("+")[0]
        key = b"\x01" + bytes(range(32))
        hint = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex()
        refused = run(CBM, "--profile", self.exchange.profile("deceived"), "init",
                      "--server", self.exchange.address, "--ca", self.exchange.pki / "ca.pem",
                      "--cert", self.exchange.pki / "offices/EE-technical/cert.pem",
                      "--key", self.exchange.pki / "offices/EE-technical/key.pem",
                      "--log-key", f"{name}+{hint}+{base64.b64encode(key).decode()}")
        self.assertNotEqual(refused.must(5).err, "")
        self.cbm("deceived", "inbox").must(1)

    def other_authority(self, folder):
        folder.mkdir(mode=0o700)
        return ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=Elsewhere/CN=EE-technical",
                "-keyout", folder / "key.pem", "-out", folder / "cert.pem")


if __name__ == "__main__":
    unittest.main()
