"""The exchange in a time of the test's choice: what is overdue, and what a clock that is set does."""

import unittest

import exchange
from exchange_case import ExchangeCase, notify_words

START = "2026-03-10 21:40"


class Time(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")
    STARTS_AT = START

    def setUp(self):
        self.exchange.clock.set(self.day(self.NEXT_DAY))
        type(self).NEXT_DAY += 5  # Later than all that another test did.

    NEXT_DAY = 11

    @staticmethod
    def day(day, time="08:00"):
        month, day = (3, day) if day <= 31 else (4, day - 31)
        return f"2026-{month:02}-{day:02} {time}"

    def received(self):
        return [each["subject"] for each in self.json("LV-duty", "inbox")["notifications"]]

    def deliveries(self, act):
        return {each["state"]: each
                for each in self.listed("EE-technical", act, "sent")["deliveries"]}

    def test_an_act_has_the_time_of_the_exchange(self):
        today = self.day(self.NEXT_DAY - 5)[:10]
        self.assertTrue(self.notify()["time"].startswith(f"{today}T08:00:0"))

    def test_what_nobody_acknowledged_is_overdue_and_what_was_is_not(self):
        day = self.NEXT_DAY - 5
        act = self.notify(precedence="URGENT", subject="Who acknowledges in time?")
        self.exchange.clock.set(self.day(day, "08:25"))
        self.json("LV-duty", "ack", act["act_id"])
        shown = self.cbm("EE-technical", "sent").must().out
        self.assertNotIn("overdue since " + self.day(day + 1), shown)
        # 24 hours for an URGENT one.
        self.exchange.clock.set(self.day(day + 1, "08:01"))
        lines = [line for line in self.cbm("EE-technical", "sent").must().out.splitlines()
                 if "overdue since " + self.day(day + 1) in line]
        self.assertEqual(len(lines), 1)
        self.assertIn("Finland", lines[0])
        acknowledged = self.deliveries(act)["LV"]["acknowledged"]
        self.assertTrue(acknowledged.startswith(self.day(day)[:10] + "T08:25:0"), acknowledged)

    def test_what_nobody_answered_is_overdue_to_both(self):
        day = self.NEXT_DAY - 5
        asked = self.notify(kind="INQ", precedence="URGENT", subject="Who answers in time?")
        self.exchange.clock.set(self.day(day, "09:00"))
        self.exchange.json("LV-duty", "reply", asked["act_id"], "--outcome", "interim", "--body",
                           "-", "--yes", input="We look.")
        self.exchange.clock.set(self.day(day + 2, "07:59"))
        self.assertEqual(self.listed("FI-technical", asked)["overdue"], ["acknowledgement"])
        # 48 hours for an URGENT one.
        self.exchange.clock.set(self.day(day + 2, "08:01"))
        late = "overdue since " + self.day(day + 2)
        self.assertEqual(self.listed("FI-technical", asked)["overdue"],
                         ["acknowledgement", "answer"])
        self.assertEqual(self.listed("LV-duty", asked)["overdue"], ["acknowledgement"])
        self.assert_says(self.cbm("FI-technical", "inbox").must().out, "answer " + late)
        deliveries = self.deliveries(asked)
        self.assertTrue(deliveries["FI"]["answer_overdue"])
        self.assertFalse(deliveries["LV"]["answer_overdue"])
        (line,) = [each for each in self.cbm("EE-technical", "sent").must().out.splitlines()
                   if late in each]
        self.assertIn("Finland", line)
        self.assert_says(self.cbm("EE-technical", "show", asked["act_id"]).must().out,
                         "answer " + late)

    def test_an_incident_without_follow_up_is_overdue_to_its_author_alone(self):
        day = self.NEXT_DAY - 5
        first = self.notify(subject="Who follows up?")
        self.exchange.clock.set(self.day(day + 3, "08:01"))
        self.assertEqual(self.listed("EE-technical", first, "sent")["overdue"], ["follow_up"])
        self.assertEqual(self.listed("LV-duty", first)["overdue"], ["acknowledgement"])
        self.exchange.json("EE-technical", "notify", "--follow-up", first["act_id"], "--subject",
                           "More", "--body", "-", "--yes", input="It goes on.")
        self.assertEqual(self.listed("EE-technical", first, "sent")["overdue"], [])

    def test_a_clock_set_back_stops_acts_and_loses_nothing(self):
        day = self.NEXT_DAY - 5
        self.notify(subject="Before the clock was set")
        self.exchange.clock.set(self.day(day, "07:00"))
        refused = self.cbm("EE-technical", *notify_words(subject="Meanwhile"), "--yes",
                           input="what was typed").must(4)
        self.assert_says(refused.err, "clock", "not lost", "cbm outbox send")
        self.json("LV-duty", "inbox", "--headers")
        log = (self.exchange.folder / "cbmd.log").read_text()
        self.assertRegex(log, r'"level":"error","event":"clock_behind","milliseconds":3[56]\d{5}')
        self.exchange.clock.set(self.day(day, "08:10"))
        (sent,) = self.json("EE-technical", "outbox", "send")["acts"]
        self.assertTrue(sent["act_id"] in refused.err)
        self.assertEqual(self.received().count("Meanwhile"), 1)

    def test_an_act_that_was_kept_too_long_is_signed_anew(self):
        day = self.NEXT_DAY - 5
        self.without_server()
        self.cbm("EE-technical", *notify_words(subject="Kept for two days"), "--yes",
                 input="what was typed").must(4)
        self.exchange.clock.set(self.day(day + 2))
        self.exchange.start()
        self.assertEqual(len(self.json("EE-technical", "outbox", "send")["acts"]), 1)
        self.assertEqual(self.received().count("Kept for two days"), 1)
        self.assertEqual(self.json("EE-technical", "outbox")["acts"], [])

    def test_an_act_that_was_made_by_a_fast_clock_is_signed_anew(self):
        day = self.NEXT_DAY - 5
        self.without_server()
        self.exchange.clock.set(self.day(day, "09:00"))
        self.cbm("EE-technical", *notify_words(subject="By a fast clock"), "--yes",
                 input="what was typed").must(4)
        self.exchange.clock.set(self.day(day, "08:01"))
        self.exchange.start()
        self.assertEqual(len(self.json("EE-technical", "outbox", "send")["acts"]), 1)
        self.assertEqual(self.received().count("By a fast clock"), 1)


if __name__ == "__main__":
    unittest.main()
