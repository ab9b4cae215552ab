"""Consultations, from the request to the record: who is shown what, and what is not lost."""

import pathlib
import unittest

import exchange
from exchange_case import ExchangeCase

START = "2026-03-10 20:00"
PARTIES = ("LV-duty", "EE-policy", "LT-duty")


class Consult(ExchangeCase):
    OFFICES = ("EE-policy", "LV-duty", "LT-duty", "FI-technical", "SE-policy")
    STARTS_AT = START
    DAY = 11

    def setUp(self):
        # Each test has days of its own, later than all that another test did.
        type(self).DAY += 4
        self.first = self.DAY - 4
        self.at(0, "08:00")

    def day(self, days=0):
        day = self.first + days
        month, day = divmod(day - 1, 28)
        return f"2026-{3 + month:02}-{day + 1:02}"

    def at(self, days, time):
        self.exchange.clock.set(f"{self.day(days)} {time}")

    def request(self, *more, office="LV-duty", to="EE,FI,LT", text="What we know, and ask.",
                context="TEST"):
        return self.exchange.json(
            office, "consult", "request", "--to", to, "--precedence", "URGENT", "--measure", "OSCE-3",
            "--context", context, "--time", f"{self.day(1)}T09:00Z", "--time",
            f"{self.day(1)}T14:00Z", "--level", "policy_with_technical", "--format", "video",
            "--subject", "The incident of the night", "--body", "-", "--yes", *more, input=text)

    def consult(self, office, command, asked, *words, text=None):
        if text is not None:
            words += ("--text", "-")
        return self.exchange.json(office, "consult", command, asked["consultation_id"], *words,
                                  "--yes", input=text)

    def refused(self, office, command, asked, *words, code=3, text=None):
        if text is not None:
            words += ("--text", "-")
        return self.cbm(office, "consult", command, asked["consultation_id"], *words, "--yes",
                        input=text).must(code)

    def show(self, office, asked):
        return self.json(office, "consult", "show", asked["consultation_id"])

    def said(self, office, asked):
        return [each["body"] for each in self.show(office, asked)["history"] if "body" in each]

    def meeting(self):
        return ("--from", f"{self.day(1)}T09:00Z", "--to", f"{self.day(1)}T10:30Z")

    def hold(self, asked, *acceptors):
        for office in acceptors:
            self.consult(office, "answer", asked, "accept")
        self.at(1, "10:31")
        self.consult("LV-duty", "held", asked, *self.meeting())

    def test_plays_from_the_request_to_one_confirmed_record(self):
        asked = self.request()
        shown = self.show("FI-technical", asked)
        self.assertEqual((shown["state"], shown["standing"], shown["context"]),
                         ("requested", "asked", "TEST"))
        self.assertEqual(shown["invitees"], ["EE", "FI", "LT"])
        self.assertEqual(shown["request"]["format"], "video")
        self.assertEqual(self.said("FI-technical", asked), ["What we know, and ask."])

        accepted = self.consult("EE-policy", "answer", asked, "accept")
        self.assertEqual(accepted["state"], "agreed")
        self.consult("LT-duty", "answer", asked, "accept")
        declined = self.consult("FI-technical", "answer", asked, "decline",
                                text="handled between CSIRTs")
        self.assertIn("handled between CSIRTs", self.said("EE-policy", asked))
        before = self.show("FI-technical", asked)
        size = self.json("FI-technical", "log", "checkpoint")["tree_size"]

        self.consult("EE-policy", "schedule", asked, *self.meeting(), text="The usual bridge")
        self.consult("EE-policy", "post", asked, text="An agenda follows.")
        self.assertIn("An agenda follows.", self.said("LT-duty", asked))
        self.at(1, "10:31")
        self.assertEqual(self.consult("LV-duty", "held", asked, *self.meeting())["state"], "held")
        self.consult("LV-duty", "record", asked, text="One: facts were shared. Two: a clause.")
        self.consult("LV-duty", "confirm", asked, "--version", "1")
        self.consult("LT-duty", "post", asked, text="Strike the second.")
        self.consult("LV-duty", "record", asked, text="One: facts were shared.")
        self.assertEqual(self.show("EE-policy", asked)["confirmed"], [])
        receipts = [self.consult(office, "confirm", asked, "--version", "2") for office in PARTIES]
        self.assertEqual(receipts[1]["state"], "recording")
        self.assertEqual(receipts[2]["state"], "concluded_agreed")
        for office, act in zip(PARTIES, receipts):
            shown = self.show(office, asked)
            self.assertEqual((shown["state"], shown["confirmed"], shown["record_version"]),
                             ("concluded_agreed", ["EE", "LT", "LV"], 2))
            self.cbm(office, "verify", act["receipt"]).must()

        # FI declined: nothing later reached it, not by so much as a number.
        self.assertEqual(self.show("FI-technical", asked), before)
        self.assertEqual(self.json("FI-technical", "log", "checkpoint")["tree_size"], size)
        self.assertEqual((before["standing"], before["state"]), ("declined", "agreed"))
        self.cbm("FI-technical", "verify", declined["receipt"]).must()
        # SE has no part.
        self.assertEqual(self.cbm("SE-policy", "consult", "show", asked["consultation_id"]).code, 6)

        # The secretariat has parties and times, and nothing that was said.
        seen = self.show(exchange.SECRETARIAT, asked)
        self.assertEqual((seen["state"], seen["parties"], seen["requester"]),
                         ("concluded_agreed", ["EE", "LT", "LV"], "LV"))
        self.assertEqual(seen["held_from"][:16], f"{self.day(1)}T09:00")
        self.assertEqual((seen["request"], seen["record_digest"], seen["confirmed"]), (None, None, []))
        self.assertFalse([each for each in seen["history"] if "body" in each or each["party"]])
        # Of two drafts, it is told of the one that changed the state.
        self.assertEqual([each["act_kind"] for each in seen["history"]][-3:],
                         ["mark_held", "draft_record", "confirm_record"])
        text = self.cbm(exchange.SECRETARIAT, "consult", "show", asked["consultation_id"]).must().out
        for secret in ("facts", "agenda", "incident of the night"):
            self.assertNotIn(secret, text)

        self.exchange.stop()
        self.addCleanup(self.start_again)
        self.exchange.cbmd("check").must()
        self.exchange.cbmd("rebuild").must()

    def test_an_act_for_parties_that_changed_is_aborted_with_the_new_list_and_keeps_its_text(self):
        asked = self.request()
        self.consult("EE-policy", "answer", asked, "accept")
        self.json("EE-policy", "consult", "list")
        self.exchange.stop()
        self.addCleanup(self.start_again)
        kept = self.refused("EE-policy", "post", asked, code=4, text="Written while it was away")
        self.assert_says(kept.err, "cbm outbox send")
        [item] = self.json("EE-policy", "outbox")["acts"]
        self.assertEqual((item["act_kind"], item["context"]), ("post", "TEST"))
        self.start_again()
        self.consult("LT-duty", "answer", asked, "accept")

        aborted = self.cbm("EE-policy", "outbox", "send", "--output", "json").must(3)
        self.assert_error(aborted, "ABORTED", "the parties are EE, LT, LV; still asked: FI",
                          "the text is kept in ")
        file = aborted.err.split("kept in ")[1].split('"')[0]
        self.assertEqual(pathlib.Path(file).read_text(), "Written while it was away")
        self.assertEqual(self.json("EE-policy", "outbox")["acts"], [])
        self.assertNotIn("Written while it was away", self.said("LV-duty", asked))
        self.consult("EE-policy", "post", asked, "--text", file)
        self.assertIn("Written while it was away", self.said("LT-duty", asked))

    def test_what_is_no_text_or_has_no_subject_is_not_sent(self):
        words = ("consult", "request", "--to", "EE", "--measure", "OSCE-3", "--time",
                 f"{self.day(1)}T09:00Z", "--level", "policy", "--format", "video", "--body", "-",
                 "--yes", "--subject")
        before = len(self.json("LV-duty", "consult", "list")["consultations"])
        failed = self.cbm("LV-duty", *words, "", input="Why we ask.").must(2)
        self.assert_says(failed.err, "still to be said: --subject (", "the text is kept in ")
        failed = self.cbm("LV-duty", "consult", "request", "--to", "EE").must(2)
        self.assert_says(failed.err, "still to be said: --measure (", "; --time (", "; --level (",
                         "; --format (", "; --subject (", "; --body (")
        failed = self.cbm("LV-duty", *words, "The incident", input=b"Why \xff").must(2)
        self.assert_says(failed.err, "--body is no text in UTF-8, from byte 5 on")
        self.assertEqual(len(self.json("LV-duty", "consult", "list")["consultations"]), before)
        asked = self.request()
        failed = self.cbm("EE-policy", "consult", "answer", asked["consultation_id"], "refer",
                          "--text", "-", "--yes", input=b"\xff").must(2)
        self.assert_says(failed.err, "--text is no text in UTF-8")

    def test_what_was_signed_while_the_exchange_was_away_is_sent_later(self):
        asked = self.request()
        self.json("EE-policy", "consult", "list")
        self.exchange.stop()
        self.addCleanup(self.start_again)
        self.refused("EE-policy", "answer", asked, "accept", code=4)
        self.start_again()
        self.json("EE-policy", "outbox", "send")
        self.assertEqual(self.show("LV-duty", asked)["parties"], ["EE", "LV"])

    def test_lapses_when_nobody_accepted_in_time_and_writes_nothing_for_it(self):
        asked = self.request("--answer-by", f"{self.day(1)}T08:00Z")
        self.consult("LT-duty", "answer", asked, "other-time", text="Not before Friday")
        size = self.json("LV-duty", "log", "checkpoint")["tree_size"]
        self.at(1, "07:58")
        self.assertEqual(self.show("LV-duty", asked)["state"], "requested")
        self.at(1, "08:01")
        for office in ("LV-duty", "LT-duty", "FI-technical", exchange.SECRETARIAT):
            self.assertEqual(self.show(office, asked)["state"], "lapsed", office)
        self.assert_says(self.refused("EE-policy", "answer", asked, "accept").err, "lapsed")
        self.assertEqual(self.json("LV-duty", "log", "checkpoint")["tree_size"], size)

    def test_ends_without_a_record_by_the_statements_of_all(self):
        asked = self.request(to="EE")
        self.hold(asked, "EE-policy")
        self.consult("LV-duty", "record", asked, text="A record")
        self.consult("EE-policy", "refuse", asked, "--version", "1", text="Not as we remember it")
        self.assertEqual(self.show("LV-duty", asked)["refused"], ["EE"])
        self.consult("EE-policy", "statement", asked, text="Our view")
        ended = self.consult("LV-duty", "statement", asked, text="And ours")
        self.assertEqual(ended["state"], "concluded_not_agreed")
        self.assertIn("Our view", self.said("LV-duty", asked))
        self.assert_says(self.refused("LV-duty", "post", asked, text="More").err, "over")

    def test_is_withdrawn_by_the_requester_alone_and_before_the_meeting(self):
        asked = self.request()
        self.consult("EE-policy", "answer", asked, "accept")
        self.assert_says(self.refused("EE-policy", "withdraw", asked).err, "requester")
        self.assertEqual(self.consult("LV-duty", "withdraw", asked)["state"], "withdrawn")
        self.assertEqual(self.show("FI-technical", asked)["state"], "withdrawn")
        held = self.request(to="EE")
        self.hold(held, "EE-policy")
        self.assert_says(self.refused("LV-duty", "withdraw", held).err, "held")

    def test_who_leaves_is_told_nothing_later(self):
        asked = self.request()
        for office in ("EE-policy", "LT-duty"):
            self.consult(office, "answer", asked, "accept")
        self.consult("LT-duty", "leave", asked, text="For now")
        size = self.json("LT-duty", "log", "checkpoint")["tree_size"]
        self.consult("EE-policy", "post", asked, text="Between us")
        self.consult("LV-duty", "schedule", asked, *self.meeting())
        self.consult("LV-duty", "schedule", asked, "--postpone")
        self.assertEqual(self.json("LT-duty", "log", "checkpoint")["tree_size"], size)
        self.assertEqual(self.show("LT-duty", asked)["standing"], "left")
        self.assert_says(self.refused("LT-duty", "post", asked, text="Wait").err, "left")
        self.assertEqual(self.consult("EE-policy", "leave", asked)["state"], "concluded_not_agreed")

    def test_confirms_the_version_that_was_read_and_no_other(self):
        asked = self.request(to="EE")
        self.hold(asked, "EE-policy")
        self.consult("LV-duty", "record", asked, text="First")
        self.assert_says(self.refused("EE-policy", "confirm", asked, code=2).err, "--version")
        self.consult("LV-duty", "record", asked, text="Second")
        stale = self.refused("EE-policy", "confirm", asked, "--version", "1")
        self.assert_says(stale.err, "version 2 now")
        self.assertEqual(self.show("EE-policy", asked)["confirmed"], [])

    def test_shows_by_name_who_gets_it_and_begins_every_line_with_the_context(self):
        asked = self.request(context="EXERCISE")
        told = self.cbm("EE-policy", "consult", "answer", asked["consultation_id"], "accept",
                        "--yes").must()
        self.assert_says(told.err, "Latvia (LV)", "Finland (FI)", "Lithuania (LT)", "AMBER")
        for text in (told.err, told.out,
                     self.cbm("EE-policy", "consult", "show", asked["consultation_id"]).must().out):
            for line in text.splitlines():
                self.assertTrue(line.startswith("EXERCISE "), line)
        [line] = [each for each in self.cbm("EE-policy", "consult", "list").must().out.splitlines()
                  if asked["consultation_id"][:12] in each]
        self.assertTrue(line.startswith("EXERCISE "), line)
        [line] = [each for each in self.cbm("LT-duty", "consult", "list").must().out.splitlines()
                  if asked["consultation_id"][:12] in each]
        self.assertIn(f"answer by {self.day(2)} 08:00", line)  # Agreed, and LT is still asked.

    def test_without_terminal_and_yes_nothing_is_sent(self):
        asked = self.request()
        size = self.json("EE-policy", "log", "checkpoint")["tree_size"]
        refused = self.cbm("EE-policy", "consult", "answer", asked["consultation_id"], "accept")
        self.assert_says(refused.must(2).err, "--yes")
        typed = self.cbm("EE-policy", "consult", "answer", asked["consultation_id"], "decline",
                         "--text", "-", input="typed at length").must(2)
        file = typed.err.split("kept in ")[1].strip()
        self.assertEqual(pathlib.Path(file).read_text(), "typed at length")
        self.assertEqual(self.json("EE-policy", "log", "checkpoint")["tree_size"], size)

    def test_what_is_mistyped_is_a_usage_error_that_names_it(self):
        asked = self.request()
        name = asked["consultation_id"]
        for words, *said in ((("answer", name, "perhaps"), "perhaps", "other_time"),
                             (("schedule", name, "--from", "soon", "--to", "later"), "--from", "soon"),
                             (("schedule", name, "--postpone", "--from", "2026-03-12T09:00Z"),
                              "--postpone"),
                             (("post", name), "--text"),
                             (("held", name, "--from", "2026-03-12T09:00Z", "--to",
                               "2026-03-12T08:00Z"), "--to")):
            with self.subTest(words):
                refused = self.cbm("EE-policy", "consult", *words, "--yes").must(2)
                self.assert_says(refused.err, *said)
        self.assert_says(self.cbm("EE-policy", "consult", "show", "abc").must(6).err, "cbm consult list")
        self.assert_says(
            self.cbm("LV-duty", "consult", "request", "--to", "ALL", "--measure", "OSCE-3", "--time",
                     "2026-03-12T09:00Z", "--level", "policy", "--format", "video", "--subject", "s",
                     "--body", "-", "--yes", input="text").must(2).err, "--to")

    def test_is_followed_as_it_happens(self):
        asked = self.request()
        listed = self.json("LV-duty", "consult", "list")["consultations"]
        self.assertEqual(listed[0]["consultation_id"], asked["consultation_id"])
        self.assertEqual(self.json("LV-duty", "consult", "show", asked["act_digest"])["state"],
                         "requested")


if __name__ == "__main__":
    unittest.main()
