"""cbm todo: what an office must do, by when, with commands that do it; and what it waits for."""

import datetime
import re
import shlex
import unittest

import exchange
from exchange_case import ExchangeCase

START = "2028-02-27 20:00"  # The first test goes over a leap day.
ISO = "%Y-%m-%d %H:%M:%S"


class Todo(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "LT-duty", "FI-technical", "SE-policy")
    STARTS_AT = START
    FIRST = datetime.datetime(2028, 2, 28, 8)

    def setUp(self):
        # Each test has days of its own, later than all that another test did.
        self.first = type(self).FIRST
        type(self).FIRST += datetime.timedelta(days=12)
        self.at()

    def time(self, **after):
        return (self.first + datetime.timedelta(**after)).strftime(ISO)

    def at(self, **after):
        self.exchange.clock.set(self.time(**after))

    def rows(self, office, about, part="to_do"):
        """What a State is to do, or waits for, of one act or consultation."""
        name = "consultation_id" if "consultation_id" in about else "act_digest"
        return [each for each in self.json(office, "todo")[part] if each[name] == about[name]]

    def tasks(self, office, about, part="to_do"):
        return [each["task"] for each in self.rows(office, about, part)]

    def row(self, office, about, task):
        (row,) = [each for each in self.rows(office, about) if each["task"] == task]
        return row

    def do(self, row, *more, input=None):
        """Does what the row says by the very command that it shows."""
        program, *words = shlex.split(row["command"])
        self.assertEqual(program, "cbm")
        return self.exchange.run(exchange.CBM, *words, *more, input=input).must()

    def size(self, office):
        return self.json(office, "log", "checkpoint")["tree_size"]

    def request(self, to="EE,FI,LT", context="REAL"):
        return self.exchange.json(
            "LV-duty", "consult", "request", "--to", to, "--precedence", "URGENT", "--measure",
            "OSCE-3", "--context", context, "--time", self.time(days=1)[:16], "--level", "policy",
            "--format", "video", "--subject", "The incident", "--body", "-", "--yes", input="Why?")

    def test_what_was_sent_is_to_be_acknowledged_and_answered(self):
        asked = self.notify(kind="INQ", to="LV")
        before = self.size("LV-duty")
        acknowledge, reply = self.rows("LV-duty", asked)
        self.assertEqual((acknowledge["task"], reply["task"]), ("acknowledge", "reply"))
        self.assertEqual(acknowledge["by"][:16], self.time(days=1)[:16].replace(" ", "T"))
        self.assertEqual(reply["by"][:16], self.time(days=2)[:16].replace(" ", "T"))
        self.assertEqual((reply["context"], reply["precedence"], reply["from"], reply["kind"]),
                         ("REAL", "URGENT", "EE-technical", "INQ"))
        self.assertTrue(86_300 < acknowledge["seconds_left"] <= 86_400, acknowledge)
        self.assertFalse(acknowledge["overdue"])
        # Nothing is opened for the list: the kind is shown, and no act is written.
        self.assertIsNone(reply["subject"])
        self.assertEqual(self.size("LV-duty"), before)
        self.json("LV-duty", "inbox")
        self.assertEqual(self.row("LV-duty", asked, "reply")["subject"],
                         "Payment clearing disturbed")
        self.assertEqual([(each["task"], each["state"]) for each in
                          self.rows("EE-technical", asked, "waiting")],
                         [("acknowledge", "LV"), ("reply", "LV")])
        self.do(self.rows("EE-technical", asked, "waiting")[0])
        self.do(acknowledge)
        self.assertEqual(self.tasks("LV-duty", asked), ["reply"])
        self.do(reply, "--yes", input="We look.")
        self.assertEqual(self.rows("LV-duty", asked), [])
        self.assertEqual(self.rows("EE-technical", asked, "waiting"), [])

    def test_what_is_late_is_shown_to_both_with_by_how_long(self):
        asked = self.notify(kind="INQ", to="LV,FI")
        self.json("FI-technical", "ack", asked["act_id"])
        for part, office in (("to_do", "LV-duty"), ("waiting", "EE-technical")):
            by = self.rows(office, asked, part)[0]["by"][:19].replace("T", " ")
            past = datetime.datetime.fromisoformat(by) + datetime.timedelta(seconds=1)
            self.exchange.clock.stop(by)
            self.assertFalse(self.rows(office, asked, part)[0]["overdue"])
            self.exchange.clock.stop(past.strftime(ISO))
            self.assertTrue(self.rows(office, asked, part)[0]["overdue"])
        self.at(days=1, hours=2, minutes=28, seconds=30)
        for office in ("LV-duty", "EE-technical"):
            lines = self.cbm(office, "todo").must().out.splitlines()
            (line,) = [each for each in lines if asked["act_digest"][:12] in each
                       and "acknowledge" in each]
            self.assertRegex(line, f"overdue since {self.time(days=1)[:16]}:.. UTC +late by 2 h 28 min")
        self.assert_says(self.cbm("LV-duty", "inbox").must().out,
                         "acknowledgement overdue since " + self.time(days=1)[:16])
        self.assert_says(self.cbm("EE-technical", "sent").must().out,
                         "overdue since " + self.time(days=1)[:16])

    def test_stays_late_though_the_clock_is_set_back(self):
        asked = self.notify(kind="INQ", to="LV")
        requested = self.request()
        self.at(days=2, minutes=1)
        self.notify(to="LV")  # By which the exchange has proved what time it was.
        self.at(hours=1)
        row = self.row("LV-duty", asked, "acknowledge")
        self.assertTrue(row["overdue"])
        self.assertGreaterEqual(row["seconds_overdue"], 86_400)
        self.assertEqual(self.tasks("LV-duty", requested), ["see_lapsed"])
        self.assertEqual(self.json("LV-duty", "consult", "show", requested["consultation_id"])["state"],
                         "lapsed")

    def test_an_incident_is_followed_up_and_reported_by_its_author(self):
        first = self.notify(to="LV")
        self.assertEqual(self.tasks("EE-technical", first), ["follow_up", "final_report"])
        self.at(days=3, minutes=1)
        follow_up, final = self.rows("EE-technical", first)
        self.assertTrue(follow_up["overdue"])
        self.assertEqual(final["by"][:16], self.time(days=30)[:16].replace(" ", "T"))
        self.assertNotIn("follow_up", self.tasks("LV-duty", first))
        said = ("--subject", "More", "--body", "-", "--yes")
        self.do(follow_up, *said, input="It goes on.")
        self.assertEqual(self.tasks("EE-technical", first), ["final_report"])
        self.do(final, *said, input="It is over.")
        self.assertEqual(self.rows("EE-technical", first), [])

    def test_what_was_sent_to_the_secretariat_is_its_own_to_acknowledge(self):
        sent = self.notify(to="SECRETARIAT")
        named, to_all = self.notify(to="LV"), self.notify(to="ALL")
        self.do(self.row("SE-policy", to_all, "acknowledge"))
        for others in (named, to_all):
            self.assertEqual(self.rows(exchange.SECRETARIAT, others), [])
        self.do(self.row(exchange.SECRETARIAT, sent, "acknowledge"))
        self.assertEqual(self.rows(exchange.SECRETARIAT, sent), [])

    def test_a_request_that_nobody_answers_lapses_at_its_time_for_all(self):
        asked = self.request()
        by = self.row("EE-technical", asked, "answer_consultation")["by"]
        self.assertEqual(by[:16], self.time(days=2)[:16].replace(" ", "T"))
        second = datetime.datetime.fromisoformat(by[:19].replace("T", " "))
        size = self.size("EE-technical")
        self.exchange.clock.stop(second.strftime(ISO))
        self.assertFalse(self.row("EE-technical", asked, "answer_consultation")["overdue"])
        self.assertEqual([each["state"] for each in self.rows("LV-duty", asked, "waiting")],
                         ["EE", "FI", "LT"])
        self.exchange.clock.stop((second + datetime.timedelta(seconds=1)).strftime(ISO))
        for office in ("EE-technical", "LV-duty"):
            lapsed = self.row(office, asked, "see_lapsed")
            self.assertTrue(lapsed["overdue"])
            self.assertEqual(self.rows(office, asked, "waiting"), [])
            self.do(lapsed)
            (line,) = [each for each in self.cbm(office, "todo").must().out.splitlines()
                       if asked["consultation_id"][:12] in each]
            self.assert_says(line, "overdue since", "lapsed: nobody accepted in time")
        self.assertEqual(self.size("EE-technical"), size)
        self.at(days=10)
        self.assertEqual(self.rows("LV-duty", asked), [])

    def test_leads_a_consultation_from_the_request_to_the_record(self):
        asked = self.request(to="EE,LT")
        self.assertEqual(self.row("EE-technical", asked, "answer_consultation")["subject"],
                         "The incident")
        self.do(self.row("EE-technical", asked, "answer_consultation"), "--yes")
        self.assertEqual(self.rows("LV-duty", asked, "waiting")[0]["state"], "LT")
        self.do(self.row("LT-duty", asked, "answer_consultation"), "--yes")
        self.do(self.row("EE-technical", asked, "schedule"), "--yes")
        self.assertEqual(self.row("LT-duty", asked, "meet")["by"][:16],
                         self.time(days=1)[:16].replace(" ", "T"))
        self.do(self.row("LT-duty", asked, "meet"))
        self.at(days=1, minutes=59)
        self.assertEqual(self.tasks("LV-duty", asked), ["meet"])
        self.at(days=1, minutes=61)
        self.do(self.row("LV-duty", asked, "mark_held"), "--yes")
        self.do(self.row("LV-duty", asked, "draft_record"), "--yes", input="One version.")
        self.do(self.row("EE-technical", asked, "confirm_record"), "--yes")
        self.cbm("LT-duty", "consult", "refuse", asked["consultation_id"], "--version", "1",
                 "--yes").must()
        self.assertEqual(self.tasks("EE-technical", asked), ["settle_record"])
        self.cbm("LV-duty", "consult", "record", asked["consultation_id"], "--text", "-", "--yes",
                 input="Another.").must()
        self.assertEqual([each["state"] for each in self.rows("EE-technical", asked, "waiting")],
                         ["LT", "LV"])
        for office in ("EE-technical", "LV-duty", "LT-duty"):
            self.do(self.row(office, asked, "confirm_record"), "--yes")
        for office in ("EE-technical", "LV-duty", "LT-duty"):
            self.assertEqual((self.rows(office, asked), self.rows(office, asked, "waiting")),
                             ([], []))

    def test_who_is_still_asked_when_others_agreed_is_late_to_both(self):
        asked = self.request()
        self.do(self.row("EE-technical", asked, "answer_consultation"), "--yes")
        self.at(days=2, minutes=1)
        self.assertTrue(self.row("FI-technical", asked, "answer_consultation")["overdue"])
        self.assertEqual([(each["state"], each["overdue"]) for each in
                          self.rows("LV-duty", asked, "waiting")], [("FI", True), ("LT", True)])
        (line,) = [each for each in self.cbm("FI-technical", "consult", "list").must().out.splitlines()
                   if asked["consultation_id"][:12] in each]
        self.assertIn(f"answer overdue since {self.time(days=2)[:16]}", line)
        # Who asked sees it too, in the list and in the consultation.
        late = f"overdue since {self.time(days=2)[:16]}"
        (line,) = [each for each in self.cbm("LV-duty", "consult", "list").must().out.splitlines()
                   if asked["consultation_id"][:12] in each]
        self.assertIn(f"answer of FI,LT {late}", line)
        shown = self.cbm("LV-duty", "consult", "show", asked["consultation_id"]).must().out
        self.assertRegex(shown, f"(?m)^FI +has not answered: {late}")
        self.do(self.row("FI-technical", asked, "answer_consultation"), "--yes")
        self.assertEqual(self.tasks("FI-technical", asked), ["schedule"])

    def test_who_accepted_after_the_draft_asks_for_another(self):
        asked = self.request(to="EE,LT")
        self.do(self.row("EE-technical", asked, "answer_consultation"), "--yes")
        self.cbm("LV-duty", "consult", "held", asked["consultation_id"], "--from",
                 self.time(hours=-2)[:16], "--to", self.time(hours=-1)[:16], "--yes").must()
        self.do(self.row("LV-duty", asked, "draft_record"), "--yes", input="One version.")
        self.do(self.row("LT-duty", asked, "answer_consultation"), "--yes")
        self.assertEqual(self.tasks("LT-duty", asked), ["ask_for_record"])
        self.do(self.row("LT-duty", asked, "ask_for_record"), "--yes", input="What was agreed?")
        self.cbm("LV-duty", "consult", "record", asked["consultation_id"], "--text", "-", "--yes",
                 input="The same again.").must()
        self.do(self.row("LT-duty", asked, "confirm_record"), "--yes")
        self.assertEqual(self.rows("LT-duty", asked), [])

    def test_who_declined_or_left_owes_nothing(self):
        asked = self.request()
        for office, answer in (("FI-technical", "decline"), ("EE-technical", "accept"),
                               ("LT-duty", "accept")):
            self.cbm(office, "consult", "answer", asked["consultation_id"], answer, "--yes").must()
        self.at(days=2, minutes=1)
        self.assertEqual(self.rows("FI-technical", asked), [])
        self.cbm("LT-duty", "consult", "leave", asked["consultation_id"], "--yes").must()
        for office in ("FI-technical", "LT-duty"):
            self.assertEqual((self.rows(office, asked), self.rows(office, asked, "waiting")),
                             ([], []), office)
        self.assertEqual(self.tasks("LV-duty", asked), ["schedule"])
        self.assertEqual(self.rows("LV-duty", asked, "waiting"), [])

    def test_keeps_what_is_real_apart_from_exercises(self):
        real = self.notify(to="LV", subject="A real one")
        drills = [self.notify(to="LV", context=context, precedence="URGENT", subject="A drill")
                  for context in ("EXERCISE", "TEST")]
        self.json("LV-duty", "inbox")
        for office, part in (("LV-duty", "to_do"), ("EE-technical", "waiting")):
            contexts = [each["context"] for each in self.json(office, "todo")[part]]
            self.assertEqual(contexts, sorted(contexts, key=("REAL", "EXERCISE", "TEST").index))
            text = self.cbm(office, "todo").must().out
            first = re.search("(?m)^EXERCISE: ", text).start()
            self.assertNotIn("A drill", text[:first])
            self.assertIn("A real one", text[:first])
            for line in text[first:].splitlines():
                self.assertRegex(line, "^(EXERCISE|TEST|$)")
            for drill in drills:
                self.assertIn(drill["act_digest"][:12], text[first:])
            self.assertNotIn(real["act_digest"][:12], text[first:])

    def test_says_so_when_there_is_nothing(self):
        self.assertRegex(self.cbm("SE-policy", "todo").must().out, r"\Anothing to do: .* UTC\n\Z")
        empty = self.json("SE-policy", "todo")
        self.assertEqual((empty["to_do"], empty["waiting"]), ([], []))


if __name__ == "__main__":
    unittest.main()
