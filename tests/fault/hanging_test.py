"""A disk that hangs while files are looked at anew, as a token may, keeps back no answer and no list;
one that hangs while an act is taken is told of.
"""

import concurrent.futures
import contextlib
import json
import os
import signal
import unittest
import unittest.mock

import exchange
import fault_shim
from exchange import SECRETARIAT, wait_until
from revocation_lists import make_list

READER = "EE-technical"


class Hanging(unittest.TestCase):
    def setUp(self):
        with contextlib.ExitStack() as undo:
            self.exchange = undo.enter_context(exchange.Exchange((READER,)))
            self.faults = undo.enter_context(
                contextlib.closing(fault_shim.Faults(self.exchange.folder)))
            self.restart()
            self.addCleanup(undo.pop_all().close)

    def restart(self):
        with unittest.mock.patch.dict(os.environ, self.faults.environment):
            self.exchange.restart()

    def said(self, event, **fields):
        lines = (self.exchange.folder / "cbmd.log").read_text().splitlines()
        return sum({"event": event, **fields}.items() <= json.loads(line).items() for line in lines)

    def test_calls_are_answered_and_drained_while_a_reload_hangs(self):
        stops = self.said("stop")
        # A server that serves reads whole what it looks at anew, and nothing else.
        self.faults.hang("fopen", 1)
        wait_until("a reload hangs", lambda: self.faults.failed == 1)
        # Who asks for a look waits for the one that hangs, and is told at the end that there will be
        # none.
        with concurrent.futures.ThreadPoolExecutor() as asking:
            told = asking.submit(self.exchange.cbm, SECRETARIAT, "exchange", "reload")
            # That it has asked is said by nobody: one that comes later is refused, and shows nothing.
            for _ in range(3):
                self.exchange.cbm(READER, "whoami").must()
            self.exchange.process.send_signal(signal.SIGTERM)
            wait_until("it has drained", lambda: self.said("stop") > stops)
            self.assertIsNone(self.exchange.process.poll())  # The reload still hangs.
            self.assertNotEqual(told.result().code, 0)
        self.assertEqual(self.said("call", method="ReloadTls", code="UNAVAILABLE"), 1)
        self.faults.disarm()
        self.assertEqual(self.exchange._wait(), 0)

    def test_a_commit_that_hangs_is_told_of_and_ends_well(self):
        self.faults.hang("fsync", 1)
        with concurrent.futures.ThreadPoolExecutor() as asking:
            told = asking.submit(self.exchange.cbm, SECRETARIAT, "directory", "suspend", READER,
                                 "--reason", "key-lost", "--yes")
            wait_until("it is said", lambda: self.said("acts_stalled", **{"in": "commit"}))
            self.exchange.cbm(READER, "inbox").must()  # Whoever reads is answered.
            self.faults.disarm()
            told.result().must()
        wait_until("it goes on", lambda: self.said("acts_go_on"))
        self.assertEqual(self.said("acts_stalled", waiting=1), 1)

    def test_a_list_is_taken_while_a_reload_hangs(self):
        lists = self.exchange.folder / "lists"
        lists.mkdir()
        config = self.exchange.config.read_text()
        self.exchange.config.write_text(
            config.replace("[store]", 'revocation_lists = "lists"\n\n[store]'))
        self.restart()
        self.exchange.cbm(READER, "whoami").must()
        self.faults.hang("fopen", 1)  # There is no list yet: it is one of the other files.
        wait_until("a reload hangs", lambda: self.faults.failed == 1)
        self.exchange.process.send_signal(signal.SIGHUP)
        certificate = self.exchange.pki / "offices" / READER / "cert.pem"
        (lists / ".new").write_bytes(
            make_list(self.exchange.pki / "authorities" / "States", [certificate]))
        (lists / ".new").rename(lists / "States.crl")
        wait_until("it is revoked", lambda: "your certificate was revoked" in
                   self.exchange.cbm(READER, "whoami").err)
        self.assertEqual(self.said("revocation_list_taken"), 1)
        self.faults.disarm()
        self.exchange.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.exchange._wait(), 0)


if __name__ == "__main__":
    unittest.main()
