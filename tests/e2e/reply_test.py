"""Threads: what follows up a notification, what answers it, and who is shown which of it."""

import unittest

import exchange
from exchange_case import ExchangeCase

REPLY = "We see the same since 21:10."


class Threads(ExchangeCase):
    def ask(self, **changed):
        return self.notify(**{"kind": "INQ", "text": "Do you see the same?", **changed})

    def reply(self, office, act, *words, outcome="final", text=REPLY):
        return self.cbm(office, "reply", act["act_id"], "--outcome", outcome, "--body", "-", *words,
                        "--yes", "--output", "json", input=text)

    def delivery(self, act, state):
        sent = self.listed("EE-technical", act, "sent")
        return next(each for each in sent["deliveries"] if each["state"] == state)

    def test_a_reply_reaches_the_sender_and_is_shown_in_order(self):
        asked = self.ask()
        interim = self.reply("LV-duty", asked, outcome="interim", text="We look.").must().json
        final = self.reply("LV-duty", asked).must().json
        self.assertEqual((final["in_reply_to"], final["outcome"]), (asked["act_digest"], "final"))
        shown = self.json("EE-technical", "show", asked["act_id"])
        self.assertEqual([(each["act_digest"], each["outcome"], each["body"])
                          for each in shown["replies"]],
                         [(interim["act_digest"], "interim", "We look."),
                          (final["act_digest"], "final", REPLY)])
        self.assertEqual(shown["thread_acts"], [asked["act_digest"], interim["act_digest"],
                                                final["act_digest"]])
        told = self.cbm("EE-technical", "show", asked["act_id"]).must().out
        self.assertLess(told.index("We look."), told.index(REPLY))
        lv, fi = self.delivery(asked, "LV"), self.delivery(asked, "FI")
        self.assertEqual((lv["outcome"], fi["outcome"], fi["answered"]), ("final", None, None))
        self.assertIsNotNone(lv["answered"])
        self.assert_says(self.cbm("EE-technical", "sent").must().out, "ANSWERED", "final")

    def test_a_translation_of_a_reply_names_who_made_it(self):
        asked = self.ask()
        text = self.exchange.folder / "reply.fr.txt"
        text.write_text("Nous voyons cela aussi.")
        words = ("reply", asked["act_id"], "--outcome", "final", "--body", "-", "--yes")
        reply = self.exchange.json("LV-duty", *words, "--translation", f"fr:{text}:Language service",
                                   input=REPLY)
        self.assertEqual(self.json("EE-technical", "show", reply["act_id"])["translations"],
                         [{"language": "fr", "made_by": "Language service",
                           "text": "Nous voyons cela aussi."}])
        refused = self.cbm("FI-technical", *words, "--translation", f"lv:{text}:X", input="x").must(2)
        self.assert_says(refused.err, "'lv' is none")

    def test_a_reply_is_seen_by_nobody_else(self):
        asked = self.ask()
        reply = self.reply("LV-duty", asked).must().json
        for office in ("FI-technical", "LT-duty", "SE-policy"):
            self.assertIsNone(self.listed(office, reply), office)
        self.assertEqual(self.json("FI-technical", "show", asked["act_id"])["replies"], [])
        header = self.listed(exchange.SECRETARIAT, reply)
        self.assertEqual((header["from_party"], header["outcome"], header["subject"]),
                         ("LV", "final", None))
        audited = self.listed("auditor", reply)
        self.assertEqual((audited["from_party"], audited["deliveries"]), ("", []))
        self.assertNotIn(REPLY, self.cbm(exchange.SECRETARIAT, "show", reply["act_id"]).out
                         + self.cbm(exchange.SECRETARIAT, "show", reply["act_digest"]).must().out)

    def test_a_reply_keeps_context_marking_and_subject(self):
        asked = self.ask(context="EXERCISE", marking="AMBER+STRICT", to="LV")
        reply = self.reply("LV-duty", asked).must().json
        shown = self.json("EE-technical", "show", reply["act_id"])
        self.assertEqual((shown["context"], shown["marking"], shown["kind"], shown["measures"]),
                         ("EXERCISE", "AMBER+STRICT", "RSP", ["OSCE-3"]))
        self.assertEqual(shown["subject"], "Reply")  # LV had not opened what it answered.
        other = self.ask(to="LV")
        self.json("LV-duty", "show", other["act_id"])
        reply = self.reply("LV-duty", other).must().json
        self.assertEqual(self.json("EE-technical", "show", reply["act_id"])["subject"],
                         "Re: Payment clearing disturbed")

    def test_a_reply_is_less_strict_only_if_nothing_is_quoted(self):
        asked = self.ask(to="LV")
        refused = self.reply("LV-duty", asked, "--marking", "GREEN").must(3)
        self.assert_error(refused, "INVALID_ARGUMENT", "marking", "quoted")
        self.reply("LV-duty", asked, "--marking", "GREEN", "--quotes-nothing").must()

    def test_a_reply_goes_to_all_only_where_the_list_was_shown(self):
        hidden = self.ask()
        refused = self.reply("LV-duty", hidden, "--all").must(2)
        self.assert_says(refused.err, "--all", "no other addressee")
        asked = self.exchange.json("EE-technical", "notify", "--kind", "INQ", "--to", "LV,FI",
                                   "--measure", "OSCE-3", "--subject", "Asked", "--body", "-",
                                   "--show-list", "--yes", input="Do you see the same?")
        reply = self.reply("LV-duty", asked, "--all").must().json
        for office in ("EE-technical", "FI-technical"):
            self.assertEqual(self.json(office, "show", reply["act_id"])["body"], REPLY, office)

    def test_the_last_reply_is_the_last(self):
        asked = self.ask(to="LV")
        told = self.cbm("LV-duty", "reply", asked["act_id"], "--outcome", "not-in-a-position",
                        "--yes").must()
        self.assert_says(told.out, "replied")
        self.assertEqual(self.delivery(asked, "LV")["outcome"], "not-in-a-position")
        refused = self.reply("LV-duty", asked).must(3)
        self.assert_error(refused, "FAILED_PRECONDITION", "last reply", "kept in")

    def test_what_cannot_be_answered_is_refused(self):
        asked = self.ask(to="LV")
        self.assert_says(self.reply("EE-technical", asked).must(2).err, "--follow-up")
        self.reply("SE-policy", asked).must(6)
        self.reply("LV-duty", asked, outcome="maybe").must(2)
        missing = self.cbm("LV-duty", "reply", asked["act_id"], "--outcome", "final", "--yes")
        self.assert_says(missing.must(2).err, "--body")

    def test_what_went_to_all_is_answered_to_its_author(self):
        sent = self.notify(kind="NVT", to="ALL", marking="GREEN", precedence="ROUTINE")
        reply = self.reply("SE-policy", sent).must().json
        self.assertIsNone(self.listed("LV-duty", reply))
        self.assertEqual(self.json("EE-technical", "show", sent["act_id"])["replies"][0]["body"],
                         REPLY)

    def test_a_follow_up_takes_from_the_first_what_is_not_said(self):
        first = self.notify(context="TEST", marking="AMBER", cross_border="yes")
        more = self.exchange.json("EE-technical", "notify", "--follow-up", first["act_id"], "--to",
                                  "LV", "--subject", "More", "--body", "-", "--marking",
                                  "AMBER+STRICT", "--yes", input="It goes on.")
        shown = self.json("LV-duty", "show", more["act_id"])
        self.assertEqual((shown["kind"], shown["context"], shown["precedence"], shown["marking"],
                          shown["thread"], shown["follow_up"]),
                         ("INC", "TEST", "URGENT", "AMBER+STRICT", first["act_digest"], "update"))
        self.assertEqual(shown["fields"], {"cross_border": "yes"})
        self.assertEqual(shown["thread_acts"], [first["act_digest"], more["act_digest"]])
        self.assert_says(self.cbm("LV-duty", "inbox").must().out, "INC update")
        self.assert_says(self.cbm("LV-duty", "show", more["act_id"]).must().out, "thread",
                         first["act_digest"][:12])
        self.assertEqual(self.json("FI-technical", "show", first["act_id"])["thread_acts"],
                         [first["act_digest"]])
        last = self.exchange.json("EE-technical", "notify", "--follow-up", more["act_id"], "--stage",
                                  "final", "--subject", "Closed", "--body", "-", "--yes",
                                  input="Over.")
        sent = self.listed("EE-technical", first, "sent")
        self.assertIsNotNone(sent["reported"])
        self.assertEqual(self.listed("FI-technical", last)["follow_up"], "final")

    def test_a_follow_up_goes_no_wider_than_the_first(self):
        first = self.notify(to="LV")
        refused = self.cbm("EE-technical", "notify", "--follow-up", first["act_id"], "--to", "LV,SE",
                           "--subject", "More", "--body", "-", "--yes", input="typed").must(3)
        self.assert_says(refused.err, "SE is not", "kept in")
        self.assert_says(self.cbm("EE-technical", "notify", "--kind", "INC", "--stage", "final",
                                  "--yes").must(2).err, "--follow-up")

    def test_an_answer_is_wanted_by_a_time(self):
        asked = self.exchange.json("EE-technical", "notify", "--kind", "ASR", "--to", "LV",
                                   "--measure", "OSCE-15", "--subject", "Logs", "--body", "-",
                                   "--wanted-by", "2099-03-12 09:00", "--yes", input="Send logs.")
        self.assertEqual(self.listed("LV-duty", asked)["answer_by"], "2099-03-12T09:00:00Z")
        self.assert_says(self.cbm("LV-duty", "inbox").must().out, "answer by 2099-03-12 09:00:00 UTC")
        past = self.cbm("EE-technical", "notify", "--kind", "ASR", "--to", "LV", "--measure",
                        "OSCE-15", "--subject", "Logs", "--body", "-", "--wanted-by",
                        "2020-03-12 09:00", "--yes", input="Send logs.").must(3)
        self.assert_says(past.err, "ahead")


if __name__ == "__main__":
    unittest.main()
