"""A key that is lost at night, and certificates that end: scenario 3, cases J and K, with the real
programs; and the renewal of an office's certificate, in time and a little late."""

import unittest

import exchange
import faked_time
from exchange import ROOT, SECRETARIAT, run
from exchange_case import ExchangeCase
from watching import Watch

OFFICE = "RO-duty"


class CredentialCase(ExchangeCase):
    OFFICES = ("EE-technical", "EE-policy", "RO-duty", "LV-duty")

    @property
    def files(self):
        return self.exchange.pki / "offices"

    def enrol(self, office, files):
        """Has the secretariat enrol the certificate in a folder to an office."""
        party, _, name = office.partition("-")
        whose = ("--party", party, "--office", name, "--cert", files / "cert.pem")
        self.exchange.run(exchange.CBM, "directory", "possession", *whose, "--key",
                          files / "key.pem", "--log-key", self.exchange.log_key, "--out",
                          files / "possession.p7s").must()
        return self.cbm(SECRETARIAT, "directory", "enrol", *whose, "--type", name, "--possession",
                        files / "possession.p7s", "--yes", "--output", "json")

    def init(self, office, files):
        self.cbm(office, "init", "--server", self.exchange.address, "--ca",
                 self.exchange.pki / "ca.pem", "--cert", files / "cert.pem", "--key",
                 files / "key.pem", "--log-key", self.exchange.log_key).must()

    def office(self, name, by="LV-duty"):
        return self.json(by, "directory", "show", name)

    def row(self, name, by="LV-duty"):
        """What the table of offices says of one."""
        party, _, office = name.partition("-")
        lines = self.cbm(by, "directory", "offices", "--party", party).must().out.splitlines()
        return next(line for line in lines if f" {office} " in line)

    def subjects(self, office):
        return [each["subject"] for each in self.json(office, "inbox")["notifications"]]


class Night(CredentialCase):
    STARTS_AT = "2026-05-08 14:00"

    def test_a_lost_key_in_the_night_and_the_next_morning(self):
        clock = self.exchange.clock
        clock.set("2026-05-08 14:03")
        self.notify(to="RO", subject="Before the card was missed")
        watch = Watch(self.exchange, OFFICE, "--output", "json")
        self.addCleanup(watch.close)

        clock.set("2026-05-08 14:05")
        asked = self.cbm(SECRETARIAT, "directory", "suspend", OFFICE, "--reason", "key-lost")
        asked.must(2)  # Nobody is there to be asked.
        self.assert_says(asked.err, "RO-duty (Romania, duty)", "WARNING", "only the secretariat",
                         "--yes")
        self.cbm(OFFICE, "whoami").must()
        suspended = self.json(SECRETARIAT, "directory", "suspend", OFFICE, "--reason", "key-lost",
                              "--yes")
        self.assertEqual((suspended["office"], suspended["state"]), ("duty", "suspended"))

        # From 14:05 the credential is refused, and what was open ends.
        self.assert_error(self.cbm(OFFICE, "inbox", "--output", "json").must(3), "UNAUTHENTICATED",
                          "RO/duty was suspended at 2026-05-08T14:05:", "by SECRETARIAT (key lost)",
                          "call the secretariat")
        self.assertEqual(watch.wait(), 3)
        self.assert_says("\n".join(watch.rest(watch.err)), "was suspended at")
        # The office stays in the directory, for whoever wants to reach it.
        self.assertIn("suspended: reach by telephone", self.row(OFFICE))
        [credential] = self.office(OFFICE)["credentials"]
        self.assertEqual(credential["state"], "suspended")
        self.assertEqual(credential["suspended"]["by"], "SECRETARIAT")
        self.assertEqual(credential["suspended"]["reason"], "key-lost")
        # What comes meanwhile waits.
        clock.set("2026-05-08 22:00")
        self.notify(to="RO", subject="While nobody could look")

        # 9 May: another key, and the same office.
        clock.set("2026-05-09 10:00")
        self.exchange.issue("RO-duty-2")
        files = self.files / "RO-duty-2"
        self.enrol(OFFICE, files).must()
        self.init("RO-duty-2", files)
        self.assertEqual(set(self.subjects("RO-duty-2")),
                         {"Before the card was missed", "While nobody could look"})
        self.assertIn("active", self.row(OFFICE))
        self.cbm(OFFICE, "inbox").must(3)
        # For ever: nobody can bring the lost one back.
        lost = credential["credential"]
        self.json("RO-duty-2", "directory", "revoke", OFFICE, "--credential", lost[:12], "--reason",
                  "key-lost", "--yes")
        self.assert_says(
            self.cbm(SECRETARIAT, "directory", "restore", OFFICE, "--credential", lost, "--yes")
            .must(3).err, "revoked at 2026-05-09T10:", "for ever")
        self.assert_says(self.cbm(OFFICE, "inbox").must(3).err, "was revoked at", "by RO (key lost)")
        self.assertEqual([each["state"] for each in self.office(OFFICE)["credentials"]],
                         ["revoked", "active"])


class Changes(CredentialCase):
    def test_a_state_takes_its_own_back_in_by_another_office(self):
        self.json("EE-policy", "directory", "suspend", "EE-technical", "--reason", "other", "--yes")
        self.assert_says(self.cbm("EE-technical", "whoami").must(3).err, "by EE (other)",
                         "call another office of EE")
        # What a State did, the secretariat does not undo; and others have no say.
        self.assert_says(self.cbm(SECRETARIAT, "directory", "restore", "EE-technical", "--yes")
                         .must(3).err, "suspended by EE")
        self.cbm("LV-duty", "directory", "restore", "EE-technical", "--yes").must(6)
        self.cbm("LV-duty", "directory", "suspend", "EE-policy", "--reason", "other", "--yes").must(6)
        self.json("EE-policy", "directory", "restore", "EE-technical", "--yes")
        self.cbm("EE-technical", "whoami").must()

    def test_who_takes_its_own_away_is_warned_and_has_a_receipt(self):
        self.exchange.enrol("FI-policy")
        asked = self.cbm("FI-policy", "directory", "revoke", "FI-policy", "--reason", "other").must(2)
        self.assert_says(asked.err, "it is the one that you are using", "for ever")
        done = self.json("FI-policy", "directory", "revoke", "FI-policy", "--reason", "other", "--yes")
        self.assert_says(self.cbm("FI-policy", "verify", done["receipt"]).must().out, "FI-policy")
        self.cbm("FI-policy", "whoami").must(3)

    def test_nothing_is_left_undone_by_a_wrong_word(self):
        self.assert_says(self.cbm("EE-policy", "directory", "suspend", "EE-technical", "--reason",
                                  "lost", "--yes").must(2).err, "key-lost")
        self.cbm("EE-policy", "directory", "suspend", "technical", "--reason", "other").must(2)
        self.cbm("EE-policy", "directory", "suspend", "EE-nobody", "--reason", "other").must(6)
        self.assert_says(self.cbm("EE-policy", "directory", "restore", "EE-technical", "--yes")
                         .must(3).err, "no credential to restore")
        self.cbm("EE-technical", "whoami").must()

    def test_the_secretariat_keeps_one_that_it_can_act_with(self):
        refused = self.cbm(SECRETARIAT, "directory", "revoke", "SECRETARIAT-main", "--reason",
                           "other", "--yes").must(3)
        self.assert_says(refused.err, "renew it first")

    def test_what_it_keeps_follows_from_its_entries(self):
        self.json("EE-policy", "directory", "suspend", "EE-technical", "--reason", "other", "--yes")
        self.json("EE-policy", "directory", "restore", "EE-technical", "--yes")
        self.exchange.stop()
        self.addCleanup(self.start_again)
        self.exchange.cbmd("check").must()
        self.exchange.cbmd("rebuild").must()


class RenewalCase(CredentialCase):
    STARTS_AT = "2026-05-09 12:00"

    def enrolled_until(self, office, ends):
        """An office whose certificate was made a year before `ends`."""
        times = self.exchange.folder / f"time of {office}"
        times.mkdir()
        then = faked_time.FakedTime(times, ends.replace("2026", "2025"))
        run(ROOT / "certs/issue_office.sh", self.exchange.pki, office,
            environment=then.script_environment).must()
        self.enrol(office, self.files / office).must()
        self.init(office, self.files / office)

    def renew(self, office, name):
        files = self.exchange.issue(name)
        return self.cbm(office, "directory", "renew", "--cert", files / "cert.pem", "--key",
                        files / "key.pem", "--yes", "--output", "json")


class InTime(RenewalCase):
    def test_a_certificate_is_renewed_in_time(self):
        self.enrolled_until("LT-duty", "2026-05-20 12:00")
        self.assert_says(self.cbm("LT-duty", "whoami").must().out, "WARNING", "cbm directory renew")
        self.assertNotIn("WARNING", self.cbm("LV-duty", "whoami").must().out)
        before = self.json("LT-duty", "whoami")
        self.assertTrue(before["ends_soon"])
        renewed = self.renew("LT-duty", "LT-duty-2").must().json
        after = self.json("LT-duty", "whoami")
        self.assertEqual(after["credential"]["credential"], renewed["credential"])
        self.assertEqual(after["credential"]["scopes"], before["credential"]["scopes"])
        self.assertFalse(after["ends_soon"])
        self.assert_says(self.cbm("LT-duty", "verify", renewed["receipt"]).must().out, "LT-duty")
        # It acts with the new one, and is believed; what it did with the old one stays proven.
        self.notify("LT-duty", to="LV", subject="With the new key")
        self.assertIn("With the new key", self.subjects("LV-duty"))
        kept = self.exchange.profile("LT-duty") / "retired"
        self.assertTrue((kept / (before["credential"]["credential"] + ".key.pem")).exists())
        self.assertEqual([each["state"] for each in self.office("LT-duty")["credentials"]],
                         ["active", "active"])
        # Once more with the same one changes nothing.
        again = self.cbm("LT-duty", "directory", "renew", "--cert",
                         self.files / "LT-duty-2" / "cert.pem", "--key",
                         self.files / "LT-duty-2" / "key.pem", "--yes").must()
        self.assertIn(renewed["credential"], again.out)


class Late(RenewalCase):
    def test_a_certificate_that_ran_out_is_renewed_for_seven_days(self):
        clock = self.exchange.clock
        self.enrolled_until("SE-policy", "2026-05-12 12:00")
        self.enrolled_until("SE-duty", "2026-05-12 12:00")
        self.notify(to="SE", subject="What waits")
        clock.set("2026-05-15 12:00")
        self.assert_says(self.cbm("SE-policy", "inbox").must(3).err, "ended at 2026-05-12T12:00",
                         "cbm directory renew")
        renewed = self.renew("SE-policy", "SE-policy-2").must().json
        self.assertIn("What waits", self.subjects("SE-policy"))
        self.assertEqual(self.json("SE-policy", "whoami")["credential"]["credential"],
                         renewed["credential"])
        self.assertEqual(self.json("SE-policy", "outbox", "list")["acts"], [])
        self.assert_says(self.cbm("SE-policy", "verify", renewed["receipt"]).must().out, "SE-policy")
        clock.set("2026-05-19 12:01")
        refused = self.renew("SE-duty", "SE-duty-2").must(3)
        self.assert_error(refused, "UNAUTHENTICATED", "ended at", "call the secretariat")


if __name__ == "__main__":
    unittest.main()
