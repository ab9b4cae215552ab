"""Whoever is on a revocation list is out at once, and for good; whatever becomes of the list, nobody
else is."""

import json
import signal
import unittest

import exchange
from exchange import wait_until
from exchange_case import ExchangeCase
from revocation_lists import make_list, serial_of
from watching import Watch

AUTHORITIES = ("States", "Exchange")


class Revocation(ExchangeCase):
    """Each test revokes an office of its own, which stays revoked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lists = cls.exchange.folder / "lists"
        cls.lists.mkdir()
        config = cls.exchange.config.read_text()
        cls.exchange.config.write_text(
            config.replace("[store]", 'revocation_lists = "lists"\n\n[store]'))
        for authority in AUTHORITIES:
            cls.put(make_list(cls.exchange.pki / "authorities" / authority), authority)
        cls.exchange.restart()

    @classmethod
    def put(cls, text, name="States"):
        """As a good tool does: the list is there at once, and whole."""
        fresh = cls.lists / ".new"
        fresh.write_bytes(text)
        fresh.rename(cls.lists / f"{name}.crl")

    def certificate(self, office):
        return self.exchange.pki / "offices" / office / "cert.pem"

    def list_of(self, *offices, **options):
        return make_list(self.exchange.pki / "authorities" / "States",
                         [self.certificate(each) for each in offices], **options)

    def revoke(self, *offices, **options):
        self.put(self.list_of(*offices, **options))
        for each in offices:
            self.wait_for_refusal(each)

    def wait_for_refusal(self, office):
        wait_until(f"{office} is refused", lambda: self.cbm(office, "whoami").code != 0)

    def assert_out(self, office):
        refused = self.cbm(office, "whoami").must(3)
        self.assert_says(refused.err, "your certificate was revoked")

    def assert_in(self, office="EE-technical"):
        self.cbm(office, "whoami").must()

    def logged(self, event):
        lines = (self.exchange.folder / "cbmd.log").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["event"] == event]

    def test_ends_an_open_stream_and_refuses_the_next_connection(self):
        watched = Watch(self.exchange, "LV-duty")
        self.addCleanup(watched.close)
        other = Watch(self.exchange, "EE-policy", "--output", "json")
        self.addCleanup(other.close)
        self.revoke("LV-duty", number=2)
        self.assertEqual(watched.wait(), 3)
        self.assert_says(" ".join(watched.rest(watched.err)), "your certificate was revoked")
        self.assert_out("LV-duty")
        serial = serial_of(self.certificate("LV-duty"))
        self.assertTrue([line for line in self.logged("sessions_ended")
                         if line["certificate"].startswith(serial)])
        refused = wait_until("it is in the log", lambda: [
            line for line in self.logged("gate_refused") if line.get("serial") == serial])[-1]
        self.assertEqual(refused["office"], "duty")
        self.assert_says(refused["reason"], "was revoked by its authority")
        sent = self.notify(to="FI")  # And nobody else noticed.
        self.assertEqual(len(other.until(other.out, sent["act_digest"])), 1)

    def test_lasts_whatever_becomes_of_the_list(self):
        self.revoke("LT-duty", number=3)
        whole = (self.lists / "States.crl").read_bytes()
        self.addCleanup(self.put, self.list_of(number=9))
        for damaged in (b"", whole[:200], b"no list", self.list_of(number=4)):
            with self.subTest(damaged=damaged[:10]):
                (self.lists / "States.crl").write_bytes(damaged)  # In place.
                self.exchange.process.send_signal(signal.SIGHUP)
                self.assert_out("LT-duty")
                self.assert_in()
                self.exchange.restart()
                self.assert_out("LT-duty")
                self.assert_in()
        (self.lists / "States.crl").unlink()
        self.exchange.restart()
        self.assert_out("LT-duty")
        self.assert_in()
        self.assert_says(self.logged("revocation_list_refused")[-1]["file"], "lists/States.crl")
        self.assert_says(self.logged("revocation_list_missing")[-1]["issuer"], "CN=States")

    def test_takes_effect_though_the_list_is_late(self):
        before = len(self.logged("revocation_list_stale"))
        self.revoke("FI-technical", number=5, seconds=1)
        wait_until("it is warned of",
                   lambda: len(self.logged("revocation_list_stale")) > before)
        self.assert_out("FI-technical")
        self.assert_in()
        self.exchange.restart()
        self.assert_out("FI-technical")
        self.assert_in()
        self.put(self.list_of(number=6))

    def test_is_asked_for_by_the_secretariat_alone(self):
        refused = self.cbm("EE-technical", "exchange", "reload").must(3)
        self.assert_says(refused.err, "the secretariat alone")
        served = self.json(exchange.SECRETARIAT, "exchange", "reload")
        certificate = self.exchange.pki / "server" / "cert.pem"
        self.assertEqual(served["serial"], serial_of(certificate))
        self.assertEqual(served["authorities"], 2)
        self.assertEqual(served["outcome"], "ALL_GOOD")
        self.assertEqual({each["issuer"] for each in served["revocation_lists"]},
                         {"CN=States,O=CBM development", "CN=Exchange,O=CBM development"})
        told = self.cbm(exchange.SECRETARIAT, "exchange", "reload").must().out
        self.assert_says(told, serial_of(certificate), "ALL_GOOD", "CN=States")
        whole = certificate.read_bytes()
        self.addCleanup(certificate.write_bytes, whole)
        certificate.write_bytes(whole[:200])
        damaged = self.cbm(exchange.SECRETARIAT, "exchange", "reload").must(3)
        self.assert_says(damaged.out, served["serial"], "NOT_TAKEN_UP")
        self.assert_says(damaged.err, "the last good ones are served")

    def test_is_not_believed_of_somebody_who_is_no_authority(self):
        before = len(self.logged("revocation_list_refused"))
        stranger = self.exchange.folder / "stranger"
        self.exchange.run_script(exchange.ROOT / "certs/make_development_pki.sh", stranger).must()
        self.put(make_list(stranger / "authorities" / "States",
                           [self.certificate("EE-technical")]), "stranger")
        self.addCleanup((self.lists / "stranger.crl").unlink)
        wait_until("it is refused",
                   lambda: len(self.logged("revocation_list_refused")) > before)
        self.assert_in()
        self.exchange.restart()
        self.assert_in()

    def test_does_not_start_where_what_was_revoked_is_damaged_or_missing(self):
        self.revoke("SE-policy", number=7)
        kept = self.exchange.folder / "exchange.db.revoked"
        self.exchange.stop()
        whole = kept.read_bytes()
        self.addCleanup(self.start_again)
        self.addCleanup(kept.write_bytes, whole)
        self.put(self.list_of(number=8))
        kept.write_bytes(whole[:-10])
        self.assert_says(self.exchange.cbmd("serve").must(1).err, str(kept), "put the newest copy")
        kept.unlink()
        self.assert_says(self.exchange.cbmd("serve").must(1).err, str(kept), "is not there",
                         "Put the newest copy", "'end' alone")
        kept.write_bytes(whole)
        self.exchange.start()
        self.assert_out("SE-policy")


if __name__ == "__main__":
    unittest.main()
