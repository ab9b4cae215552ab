"""Whoever reads the log stops reading: the exchange goes on, and the log says afterwards what is missing."""

import fcntl
import json
import os
import unittest

import exchange
from looking_back import RECEIVER, SENDER, look_back, notify_words

LITTLE_ROOM = 8192  # For the log: less than the kernel's default.


class LogReader(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exchange = exchange.Exchange((SENDER, RECEIVER))
        cls.addClassCleanup(cls.exchange.close)

    def setUp(self):
        self.exchange.stop()
        config = self.exchange.config.read_text()
        without_file = config.replace('file = "cbmd.log"', "")
        self.assertNotEqual(without_file, config)
        self.exchange.config.write_text(without_file)
        self.reader, writer = os.pipe()
        self.addCleanup(os.close, self.reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, LITTLE_ROOM)
        self.exchange.start(stderr=writer)
        os.close(writer)

    def lines(self):
        """What is there to be read, which must not be nothing."""
        return [json.loads(each) for each in os.read(self.reader, LITTLE_ROOM).splitlines()]

    def test_nobody_waits_for_it(self):
        answered = {}
        for _ in range(10):  # Some five calls each.
            sent = self.exchange.cbm(SENDER, *notify_words(), "--output", "json",
                                     input="what was typed").must().json
            answered[sent["act_id"]] = (SENDER, sent["receipt"])
        self.assertEqual(look_back(self.exchange, answered), [])

        before = self.lines()
        self.assertEqual([each for each in before if "lines_lost" in each], [])
        self.exchange.cbm(RECEIVER, "whoami").must()
        first, *others = self.lines()
        self.assertGreater(first["lines_lost"], 20)
        self.assertEqual([each for each in others if "lines_lost" in each], [])


if __name__ == "__main__":
    unittest.main()
