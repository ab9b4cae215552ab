"""A disk that hangs while files are looked at anew, as a token may, keeps back no answer."""

import contextlib
import json
import os
import signal
import unittest
import unittest.mock

import exchange
import fault_shim
from exchange import wait_until

READER = "EE-technical"


class Hanging(unittest.TestCase):
    def setUp(self):
        with contextlib.ExitStack() as undo:
            self.exchange = undo.enter_context(exchange.Exchange((READER,)))
            self.faults = undo.enter_context(
                contextlib.closing(fault_shim.Faults(self.exchange.folder)))
            with unittest.mock.patch.dict(os.environ, self.faults.environment):
                self.exchange.restart()
            self.addCleanup(undo.pop_all().close)

    def said(self, event):
        lines = (self.exchange.folder / "cbmd.log").read_text().splitlines()
        return sum(json.loads(line)["event"] == event for line in lines)

    def test_calls_are_answered_and_drained_while_a_reload_hangs(self):
        stops = self.said("stop")
        # A server that serves reads whole what it looks at anew, and nothing else.
        self.faults.hang("fopen", 1)
        wait_until("a reload hangs", lambda: self.faults.failed == 1)
        self.exchange.cbm(READER, "whoami").must()
        self.exchange.process.send_signal(signal.SIGTERM)
        wait_until("it has drained", lambda: self.said("stop") > stops)
        self.assertIsNone(self.exchange.process.poll())  # The reload still hangs.
        self.faults.disarm()
        self.assertEqual(self.exchange._wait(), 0)


if __name__ == "__main__":
    unittest.main()
