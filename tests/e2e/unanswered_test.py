"""A request that nobody answers for 48 hours: who is shown that it is overdue, and who nothing."""

import unittest

import exchange
from exchange_case import ExchangeCase
from onlooking import Onlooker


class Unanswered(ExchangeCase):
    OFFICES = ("EE-technical", "EE-policy", "LV-duty", "FI-technical", "SE-policy")
    STARTS_AT = "2026-03-10 21:00"

    def at(self, time):
        self.exchange.clock.set(f"2026-{time}")

    def ask_to_consult(self, to, subject):
        return self.exchange.json(
            "LV-duty", "consult", "request", "--to", to, "--precedence", "URGENT", "--measure",
            "OSCE-3", "--level", "policy", "--format", "video", "--time", "2026-03-20T09:00Z",
            "--subject", subject, "--body", "-", "--yes", input="We ask to consult.")

    def next_of(self, office, asked):
        (line,) = [line for line in self.cbm(office, "consult", "list").must().out.splitlines()
                   if asked["consultation_id"][:12] in line]
        return line

    def state(self, office, asked):
        return self.json(office, "consult", "show", asked["consultation_id"])["state"]

    def test_a_request_is_overdue_to_both_sides_and_to_nobody_else(self):
        self.at("03-11 08:00")
        sweden = Onlooker(self.exchange, "SE-policy")
        self.addCleanup(sweden.close)
        inquiry = self.notify(kind="INQ", to="LV", text="Do you see the same?")
        both = self.ask_to_consult("EE,FI", "One will answer")
        nobody = self.ask_to_consult("EE,FI", "Nobody will answer")
        self.exchange.json("EE-policy", "consult", "answer", both["consultation_id"], "accept",
                           "--yes")
        size = self.json("FI-technical", "log", "checkpoint")["tree_size"]

        self.at("03-13 07:59")
        self.assertNotIn("answer", self.listed("LV-duty", inquiry)["overdue"])
        self.assert_says(self.next_of("FI-technical", both), "answer by 2026-03-13 08:00")
        self.assertEqual(self.state("FI-technical", nobody), "requested")

        self.at("03-13 08:01")
        self.assertIn("answer", self.listed("LV-duty", inquiry)["overdue"])
        (delivery,) = self.listed("EE-technical", inquiry, "sent")["deliveries"]
        self.assertEqual((delivery["state"], delivery["answer_overdue"]), ("LV", True))
        for office, command in (("LV-duty", "inbox"), ("EE-technical", "sent")):
            self.assert_says(self.cbm(office, command).must().out, "overdue since 2026-03-13 08:00")
        self.assert_says(self.next_of("FI-technical", both),
                         "answer overdue since 2026-03-13 08:00")
        self.assert_says(self.next_of("LV-duty", both),
                         "answer of FI overdue since 2026-03-13 08:00")
        self.assertNotIn("overdue", self.next_of("EE-policy", both))
        for office, is_told in (("LV-duty", True), ("FI-technical", True), ("EE-policy", False)):
            shown = self.cbm(office, "consult", "show", both["consultation_id"]).must().out
            self.assertEqual("overdue" in shown, is_told, office)
        # Its time is over, for all alike.
        for office in ("LV-duty", "EE-policy", "FI-technical", exchange.SECRETARIAT):
            self.assertEqual(self.state(office, nobody), "lapsed", office)
        # Nothing was written of it.
        self.assertEqual(self.json("FI-technical", "log", "checkpoint")["tree_size"], size)
        sweden.must_have_seen_nothing()


if __name__ == "__main__":
    unittest.main()
