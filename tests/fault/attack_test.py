"""Every attack in small: how it ends, what the log says, and that nobody else meets anything.

Another State calls all the while, over one connection and over new ones, and sends acts. None of its
calls may fail, and each new connection must be answered within 3 s. No other time is looked at.
"""

import collections
import pathlib
import resource
import unittest

import exchange
from attacks import attack, crowd, floods, http2, server, slow, zoo
from attacks.victim import Victim

ATTACKER, VICTIM, SHORT_LIVED = crowd.OFFICES[0], "LV-duty", "LT-duty"
CALLS, CONNECTIONS, ACTS = 10, 2, 1  # That the victim makes before what is held is let go.
SESSIONS = 2  # Each with 64 calls: a certificate may have 128.
GROWTH_BYTES_MAX = 64 * server.MIB
# If gRPC kept each crumb in 64 KiB, or what is refused kept its page, it would be more.
GROWTH_IN_PARTS_MAX = 24 * server.MIB
# Sessions that stay open, at the least; of the 128 that a State may have.
LEFT_OPEN_LEAST = {"reads": len(crowd.OFFICES), "uploads": crowd.CRUMBED,
                   "calls": len(crowd.OFFICES), "sessions": 100, "all at once": 100}
SESSIONS_OF_STATE_MAX = 128
# Calls of a State that are served at the least (a Follow: admitted, and cancelled by its end): what is
# kept out altogether attacks nothing.
SERVED_LEAST = {"streams": {"Follow": 16}, "reads that": {"ListNotifications": 256},
                "reads of": {"ListEntries": 8}, "pages": {"ListEntries": 8}, "acts": {"PerformAct": 2},
                "all at once": {"Follow": 16, "ListEntries": 8, "PerformAct": 2}}
# For good: pools that are filled once. What an allocator keeps for the next attack is more.
KEPT_OF_ONE_KIND_MAX = 10 * server.MIB
KEPT_OF_ALL_MAX = 16 * server.MIB
TRANSPORT_LINES_MAX = 300  # 100 at once, and then a few for each second.
LIVES_SECONDS = 4
GATE_EVENTS = ("gate_ended", "gate_refused", "gate_trouble")


class Attacks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        cls.exchange = exchange.Exchange((ATTACKER, VICTIM))
        cls.addClassCleanup(cls.exchange.close)
        # Each attack is to meet its own bound, and not what keeps out who attacks again and again.
        config = cls.exchange.config
        config.write_text(config.read_text() + "\n[gate]\nabuses_burst = 1000\n")
        cls.exchange.restart()
        host, port = cls.exchange.address.split(":")
        cls.target = (host, int(port))
        cls.tls = cls.tls_of(ATTACKER)
        cls.victim = cls.enterClassContext(Victim(cls.exchange, VICTIM))
        cls.log = cls.enterClassContext(server.Log(cls.exchange))

    def setUp(self):
        self.met = {"calls": [], "connections": [], "acts": [], "failures": []}
        self.log.take()

    @classmethod
    def tls_of(cls, office):
        profile = cls.exchange.profile(office)
        return http2.client_tls(profile / "ca.pem", profile / "cert.pem", profile / "key.pem")

    def victim_works(self):
        """Whether the victim has still to do what it does in each attack."""
        for kind, each in self.victim.take().items():
            self.met[kind] += each
        self.assertEqual(self.met["failures"], [])
        return any(len(self.met[kind]) < times for kind, times in (
            ("calls", CALLS), ("connections", CONNECTIONS), ("acts", ACTS)))

    def attack(self, what, offices=(), acts=()):
        """One round; how it ended, and the lines in the log."""
        self.log.take()
        holds = False

        def lasts():
            nonlocal holds
            if not holds:  # What the victim did before counts for nothing, but may not have failed.
                holds = True
                self.victim_works()
                self.met = {kind: [] for kind in self.met}
            return self.victim_works()
        ended = what.run(attack.Ground(self.target, self.tls, lasts, SESSIONS, offices, acts))
        exchange.wait_until("the victim has worked", lambda: not lasts())
        self.assertIsNone(self.exchange.process.poll(), "cbmd has ended")
        return ended, self.log.take()

    @staticmethod
    def of(lines, *events):
        return [line for line in lines if line["event"] in events]

    def test_what_is_sent_over_http2_ends_as_it_must_and_harms_nobody(self):
        before = server.memory_bytes(self.exchange.process)
        with server.Peak(self.exchange.process) as peak:
            for what in floods.FLOODS:
                with self.subTest(what.name):
                    ended, lines = self.attack(what)
                    self.assertEqual(set(ended), {what.ends})
                    self.assert_logged(what, self.of(lines, *GATE_EVENTS))
        self.assertLess(peak.bytes - before, GROWTH_BYTES_MAX)
        self.assert_given_back(before, KEPT_OF_ONE_KIND_MAX)

    def assert_logged(self, what, lines):
        """One line of each session that was ended, and which State's it was."""
        error, colon, reason = what.ends.partition(": ")
        said = [(line["event"], line["http2_error"], line["reason"], line["party"], line["office"])
                for line in lines]
        self.assertEqual(said, [("gate_ended", error, reason, "EE", "technical")] if colon else [])

    def test_a_whole_state_is_bounded_as_one_and_harms_nobody(self):
        crowd.enrol(self.exchange)
        offices = [self.tls_of(office) for office in crowd.OFFICES]
        for what in crowd.CROWDS:
            part = what.name.removeprefix("16 offices: ")
            with self.subTest(part):
                acts = crowd.long_acts(self.exchange)
                self.exchange.restart()
                self.victim.until_served()
                before = server.memory_bytes(self.exchange.process)
                with server.Peak(self.exchange.process) as peak:
                    self.assert_served(part, *self.attack(what, offices, acts))
                    # What that leaves is used again. The rate of acts has little left.
                    self.attack(what, offices, acts)
                self.assertLess(peak.bytes - before, GROWTH_IN_PARTS_MAX
                                if part.startswith(("uploads", "pages")) else GROWTH_BYTES_MAX)
                self.assert_given_back(before, KEPT_OF_ALL_MAX if part == "all at once"
                                       else KEPT_OF_ONE_KIND_MAX)

    def assert_given_back(self, before, kept):
        exchange.wait_until("what it took is given back", lambda:
                            server.memory_bytes(self.exchange.process) - before < kept)

    def assert_served(self, part, ended, lines):
        """That the attack was one."""
        for kind, least in LEFT_OPEN_LEAST.items():
            if part.startswith(kind):
                self.assertGreaterEqual(ended[attack.LEFT_OPEN], least)
        self.assertLessEqual(ended[attack.LEFT_OPEN], SESSIONS_OF_STATE_MAX)
        served = collections.Counter()

        def count():
            served.update(line["method"] for line in lines if line["event"] == "call"
                          and line["party"] == crowd.STATE and line["code"] in ("OK", "CANCELLED"))
            lines[:] = self.log.take()
            return all(served[method] >= times for kind in SERVED_LEAST if part.startswith(kind)
                       for method, times in SERVED_LEAST[kind].items())
        exchange.wait_until(f"what {part} asked for", count)

    def test_odd_calls_do_not_fill_the_log(self):
        said = []
        for what in floods.FLOODS:
            if what.name.startswith("odd"):
                said += self.of(self.attack(what)[1], "transport")
        self.assertGreater(len(said), 0)
        self.assertLess(len(said), TRANSPORT_LINES_MAX)

    def test_slow_connections_keep_nobody_out(self):
        for what in slow.SLOW_CONNECTIONS:
            with self.subTest(what.name):
                ended, lines = self.attack(what)
                if what.ends is not None:
                    self.assertEqual(set(ended), {what.ends})
                self.assertEqual(self.of(lines, "gate_ended", "gate_trouble"), [])

    def test_each_certificate_that_must_not_connect_is_refused_and_logged(self):
        for specimen in zoo.specimens(self.exchange, self.exchange.folder / "zoo"):
            with self.subTest(specimen.name):
                self.log.take()
                self.assertRegex(zoo.show(self.exchange, self.target, specimen.files),
                                 f"^(?:{specimen.alert})$")
                lines = exchange.wait_until("a line", lambda: self.log.take("gate_refused"))
                self.assertEqual(len(lines), 1, lines)
                self.assertIn(specimen.reason, lines[0]["reason"])
                self.assertEqual(lines[0].get("party", ""), "")

    def test_who_is_registered_and_has_expired_is_told_so(self):
        folder = self.exchange.pki / "offices" / SHORT_LIVED
        ends = zoo.short_lived(self.exchange, folder, LIVES_SECONDS)
        self.exchange.enrol(SHORT_LIVED, files=folder)
        exchange.wait_until("it has ended", lambda: zoo.now() > ends)
        refused = self.exchange.cbm(SHORT_LIVED, "whoami", "--output", "json").must(3)
        self.assertIn("UNAUTHENTICATED", refused.err)
        self.assertEqual(self.log.take("gate_refused"), [])

    def test_a_name_is_no_registration_and_writes_no_line_of_the_log(self):
        for name, files in zoo.oddly_named(self.exchange, self.exchange.folder / "odd").items():
            with self.subTest(name):
                refused = self.exchange.run(
                    exchange.CBM, "--profile", self.exchange.folder / f"new {name}", "init",
                    "--server", self.exchange.address, "--ca", self.exchange.pki / "ca.pem",
                    "--cert", files / "cert.pem", "--key", files / "key.pem",
                    "--log-key", self.exchange.log_key)
                self.assertEqual(refused.code, 3, refused)
                self.assertIn("registered to no office", refused.err)
                self.assertRegex(zoo.show(self.exchange, self.target, files),
                                 "^INADEQUATE_SECURITY: .*registered to no office")
                lines = exchange.wait_until("a line", lambda: self.log.take("gate_refused"))
                self.assertEqual({line["party"] for line in lines}, {""})
                for line in lines:
                    self.assertIn("registered to no office", line["reason"])
        text = pathlib.Path(self.exchange.folder / "cbmd.log").read_text()
        for character in ("\0", "\x1b", '"event":"x"'):
            self.assertNotIn(character, text)


if __name__ == "__main__":
    unittest.main()
