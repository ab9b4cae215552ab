"""What somebody is told whose connection the exchange does not take, or has ended."""

import shutil
import unittest

from at_terminal import Session
from breaking import Way
from exchange import SECRETARIAT
from exchange_case import ExchangeCase, notify_words
from watching import Watch

LOST = "was lost"


class Ended(ExchangeCase):
    OFFICES = ("EE-technical", "EE-policy", "LV-duty")

    def over(self, office):
        """A way to the exchange, which the office's profile goes from now on."""
        way = Way(self.exchange)
        self.addCleanup(way.close)
        config = self.exchange.profile(office) / "config.toml"
        text = config.read_text()
        self.assertIn(self.exchange.address, text)
        config.write_text(text.replace(self.exchange.address, way.address))
        return way

    def suspend(self, office):
        self.json(SECRETARIAT, "directory", "suspend", office, "--reason", "key-lost", "--yes")

    def test_a_certificate_of_no_office_is_told_whom_to_call(self):
        """As after somebody put other files into a profile."""
        fresh = self.exchange.issue("EE-unknown")
        profile = self.exchange.profile("EE-unknown")
        shutil.copytree(self.exchange.profile("EE-technical"), profile)
        for name in ("cert.pem", "key.pem"):
            (profile / name).write_bytes((fresh / name).read_bytes())
        for words in (("inbox",), ("whoami",), ("ack", "abcdef"), ("watch",),
                      (*notify_words(body="-"), "--yes")):
            with self.subTest(words=words):
                refused = self.cbm("EE-unknown", *words, input="What is not sent.").must(3)
                self.assert_says(refused.err, "does not take this connection", "CN=EE-unknown",
                                 "is registered to no office: call the secretariat")
                self.assertNotIn(LOST, refused.err)
        self.assert_error(self.cbm("EE-unknown", "inbox", "--output", "json").must(3),
                          "UNAUTHENTICATED", "call the secretariat")

    def test_who_was_suspended_meanwhile_is_told_so_and_not_that_a_line_broke(self):
        way = self.over("LV-duty")
        watch = Watch(self.exchange, "LV-duty")
        self.addCleanup(watch.close)
        way.break_until("server")  # No last word of the exchange comes through.
        self.suspend("LV-duty")
        self.assertEqual(watch.wait(), 3)
        said = "\n".join(watch.rest(watch.err))
        self.assert_says(said, "LV/duty was suspended at", "by SECRETARIAT (key lost)",
                         "call the secretariat")
        self.assertNotIn(LOST, said)

    def test_an_act_is_kept_that_may_have_been_taken_before_its_author_was_suspended(self):
        way = self.over("EE-policy")
        session = Session("--profile", self.exchange.profile("EE-policy"), "directory", "suspend",
                          "EE-technical", "--reason", "key-lost")
        self.addCleanup(session.close)
        session.until_asked()
        way.break_until("client")
        self.suspend("EE-policy")
        self.assertEqual(session.answer("y\n").end(), 3)
        self.assert_says(session.shown, "EE/policy was suspended at", "call the secretariat",
                         "the act is kept and not lost, and may have been taken already; to find "
                         "out, and to send it if it was not: cbm outbox send")
        self.assertNotIn(LOST, session.shown)
        [kept] = self.json("EE-policy", "outbox", "list")["acts"]
        self.assertIn(kept["act_id"], session.shown)


if __name__ == "__main__":
    unittest.main()
