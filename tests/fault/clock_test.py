"""Clocks that are set, stand, or differ: entries stay in order, and what is not taken says why.

The exchange and its offices live in a time of the test's choice. Nothing is restarted: acts are taken
again as soon as the clock has passed the last entry.
"""

import datetime
import re
import unittest

import exchange
from looking_back import RECEIVER, SENDER, look_back, notify_words

START = "2026-03-10 21:40"
HOURS_BETWEEN_TESTS = 48


class Clock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exchange = exchange.Exchange((SENDER, RECEIVER), START)
        cls.addClassCleanup(cls.exchange.close)
        cls.now = datetime.datetime.fromisoformat(START)
        cls.answered = {}

    def setUp(self):
        # Later than all that another test did.
        type(self).now += datetime.timedelta(hours=HOURS_BETWEEN_TESTS)
        self.set()
        self.alarms_before = len(self.alarms())

    def tearDown(self):
        """In order, complete and as it was answered, whatever the clocks did."""
        self.set(hours=HOURS_BETWEEN_TESTS - 1)
        self.assertEqual(look_back(self.exchange, self.answered), [])
        self.assertIn("nothing is wrong", self.exchange.cbmd("check").must().out)

    def at(self, **after):
        return (self.now + datetime.timedelta(**after)).isoformat(sep=" ")

    def set(self, **after):
        self.exchange.clock.set(self.at(**after))

    def stop(self, **after):
        self.exchange.clock.stop(self.at(**after))

    def alarms(self):
        log = (self.exchange.folder / "cbmd.log").read_text()
        return re.findall(r'"level":"error","event":"clock_behind","milliseconds":(\d+)', log)

    def send(self, subject, environment=None):
        sent = exchange.run(exchange.CBM, "--profile", self.exchange.profile(SENDER),
                            *notify_words(subject), "--output", "json", input="what was typed",
                            environment={**self.exchange.environment, **(environment or {})})
        if sent.code == 0:
            self.answered[sent.json["act_id"]] = (SENDER, sent.json["receipt"])
        return sent

    def send_again(self):
        return [each["act_id"]
                for each in self.exchange.json(SENDER, "outbox", "send")["acts"]]

    def subjects(self):
        return [each["subject"] for each in self.exchange.json(SENDER, "sent")["notifications"]]

    def assert_says(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)

    def assert_not_taken(self, subject, least_milliseconds):
        """Refused with the reason and what to do, and with an alarm; what was sent is read on."""
        before = self.subjects()
        refused = self.send(subject).must(4)
        self.assert_says(refused.err, "clock", "behind", "not lost", "cbm outbox send")
        self.assertGreaterEqual(int(self.alarms()[-1]), least_milliseconds)
        self.assertGreater(len(self.alarms()), self.alarms_before)
        self.assertEqual(self.subjects(), before)

    def assert_goes_on(self, subject):
        self.assertEqual(len(self.send_again()), 1)
        self.assertEqual(self.subjects().count(subject), 1)

    def test_a_second_back_is_waited_for(self):
        first = self.send("Before a second").must().json
        self.exchange.clock.set(first["time"][:len("2026-03-10T21:40:00")])  # Its second.
        second = self.send("After a second back").must().json
        self.assertLess(first["time"], second["time"])
        self.assertEqual(len(self.alarms()), self.alarms_before)

    def test_two_seconds_and_an_hour_back_stop_acts_until_the_clock_has_caught_up(self):
        for back in ({"seconds": -2}, {"hours": -1}):
            with self.subTest(back):
                subject = f"Back by {back}"
                self.set()
                self.send(f"Before {subject}").must()
                self.stop(**back)
                self.assert_not_taken(subject, 2000)
                self.stop()  # The instant of the last entry's second: not past it yet.
                self.assert_not_taken(f"Once more {subject}", 0)
                self.set(seconds=30)
                self.assertEqual(len(self.send_again()), 2)
                self.assertEqual(self.subjects().count(subject), 1)
                type(self).now += datetime.timedelta(hours=1)

    def test_ten_years_ahead_nobody_can_connect_and_is_told_of_the_clock(self):
        self.set(days=3650)
        refused = self.send("Ten years ahead").must(3)
        self.assert_says(refused.err, "has run out", "clock right?", "the text is kept in")
        self.set(minutes=1)
        self.send("After the ten years").must()

    def test_a_year_back_nobody_can_connect_and_is_told_of_the_clock(self):
        self.send("Before the year").must()
        self.set(days=-365)
        refused = self.send("A year ago").must(3)
        self.assert_says(refused.err, "not valid yet", "clock right?", "the text is kept in")
        self.set(minutes=1)
        self.assertEqual(self.subjects().count("A year ago"), 0)
        self.send("After the year").must()

    def test_a_day_ahead_and_back_stops_acts_for_that_day(self):
        self.set(days=1)
        self.send("From tomorrow").must()
        self.set(minutes=1)
        self.assert_not_taken("Today", 23 * 3600 * 1000)
        self.exchange.cbm(RECEIVER, "inbox", "--headers").must()
        self.set(days=1, minutes=1)
        self.assert_goes_on("Today")

    def test_a_clock_that_stands_is_not_waited_for_for_ever(self):
        self.stop(minutes=1)
        self.send("At the instant").must()
        self.assert_not_taken("At the same instant", 0)
        self.set(minutes=2)
        self.assert_goes_on("At the same instant")

    def test_a_server_that_starts_behind_its_last_entry_is_read_and_takes_nothing(self):
        self.send("Before the restart").must()
        self.set(hours=-3)
        self.exchange.restart()
        self.assert_not_taken("Three hours ago", 2 * 3600 * 1000)
        self.set(minutes=1)
        self.assert_goes_on("Three hours ago")

    def send_by_another_clock(self, subject, **apart):
        """By an office whose clock differs from that of the exchange, which stands meanwhile."""
        self.stop(minutes=5)
        other = self.exchange.folder / "another-clock"
        other.write_text(self.at(minutes=5, **apart))
        type(self).now += datetime.timedelta(minutes=1)
        return self.send(subject, {"FAKETIME_TIMESTAMP_FILE": str(other)})

    def test_an_office_by_another_clock_is_taken_or_told(self):
        self.send_by_another_clock("Four minutes ahead", seconds=240).must()
        self.send_by_another_clock("An hour behind", hours=-1).must()
        ahead = self.send_by_another_clock("An hour ahead", hours=1).must(3)
        self.assert_says(ahead.err, "5m ahead", "set the clock of the machine that signs",
                         "the text is kept in")
        behind = self.send_by_another_clock("Thirty hours behind", hours=-30).must(3)
        self.assert_says(behind.err, "was good until", "set the clock of the machine that signs",
                         "the text is kept in")
        self.assertEqual(len(self.alarms()), self.alarms_before)


if __name__ == "__main__":
    unittest.main()
