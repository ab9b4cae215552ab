"""A disk that hangs while files are looked at anew, as a token may, keeps back no answer."""

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


if __name__ == "__main__":
    unittest.main()
