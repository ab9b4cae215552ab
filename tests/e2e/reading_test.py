"""Reading: who is shown what of a notification, who is told of it, and who finds nothing."""

import contextlib
import shutil
import sqlite3
import unittest

import exchange
from exchange_case import UNKNOWN_ACT, ExchangeCase

SUBJECT = "Payment clearing disturbed"
TEXT = "The clearing host loses file systems."


class Reading(ExchangeCase):
    def delivery(self, act, state):
        sent = self.listed("EE-technical", act, "sent")
        return next(each for each in sent["deliveries"] if each["state"] == state)

    def test_inbox_opens_what_is_new_and_shows_its_subject(self):
        sent = self.notify()
        record = self.listed("LV-duty", sent, "inbox")
        self.assertEqual((record["subject"], record["opened"]), (SUBJECT, True))
        self.assertIsNotNone(self.delivery(sent, "LV")["opened"])
        self.assertEqual(self.delivery(sent, "LV")["opened_manner"], "automatic")

    def test_headers_open_nothing(self):
        sent = self.notify()
        told = self.cbm("LV-duty", "inbox", "--headers").must()
        self.assertIn(sent["act_digest"][:12], told.out)
        record = self.listed("LV-duty", sent)
        self.assertEqual((record["subject"], record["opened"]), (None, False))
        self.assertIsNone(self.delivery(sent, "LV")["opened"])

    def test_show_opens_by_hand_and_shows_all_of_it(self):
        sent = self.notify()
        shown = self.json("LV-duty", "show", sent["act_id"])
        self.assertEqual((shown["subject"], shown["body"]), (SUBJECT, TEXT))
        self.assertEqual(self.delivery(sent, "LV")["opened_manner"], "by_hand")

    def test_show_finds_an_act_by_the_beginning_of_its_digest(self):
        sent = self.notify()
        told = self.cbm("LV-duty", "show", sent["act_digest"][:12].upper()).must()
        self.assert_says(told.out, SUBJECT, TEXT, "Estonia", "AMBER", sent["act_id"])

    def test_what_is_not_there_says_where_to_look(self):
        for name in ("abcdef0123", "abc"):
            failed = self.cbm("LV-duty", "show", name).must(6)
            self.assert_says(failed.err, f"no act '{name}'", "cbm inbox", "at least 6 digits")

    def test_an_acknowledgement_reaches_the_sender(self):
        sent = self.notify()
        self.assertIsNone(self.delivery(sent, "LV")["acknowledged"])
        done = self.json("LV-duty", "ack", sent["act_id"], "--yes")
        self.assertEqual(done["acknowledged"], sent["act_digest"])
        self.assertIsNotNone(self.delivery(sent, "LV")["acknowledged"])
        self.assertEqual(self.delivery(sent, "LV")["acknowledged_office"], "duty")
        self.assertIsNotNone(self.listed("LV-duty", sent)["acknowledged"])

    def test_an_acknowledgement_opens_nothing(self):
        sent = self.notify()
        self.json("LV-duty", "ack", sent["act_id"], "--yes")
        self.assertIsNone(self.delivery(sent, "LV")["opened"])

    def test_a_second_acknowledgement_is_refused(self):
        sent = self.notify()
        self.json("LV-duty", "ack", sent["act_id"], "--yes")
        self.cbm("LV-duty", "ack", sent["act_id"], "--yes").must(3)

    def test_sent_shows_who_has_and_who_has_not(self):
        sent = self.notify()
        self.json("LV-duty", "show", sent["act_id"])
        self.json("LV-duty", "ack", sent["act_id"], "--yes")
        finland = self.delivery(sent, "FI")
        self.assertEqual((finland["opened"], finland["acknowledged"]), (None, None))
        rows = [row for row in self.cbm("EE-technical", "sent").must().out.splitlines()
                if sent["act_digest"][:12] in row]
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.assertEqual("not yet" in row, "Finland (FI)" in row, row)

    def test_the_sender_s_other_office_reads_without_opening(self):
        sent = self.notify(office="EE-technical")
        self.assertEqual(self.json("EE-policy", "show", sent["act_id"])["body"], TEXT)
        self.assertIsNone(self.delivery(sent, "LV")["opened"])

    def test_a_third_state_finds_nothing(self):
        sent = self.notify(to="LV,FI")
        for office in ("LT-duty", "SE-policy"):
            self.assertIsNone(self.listed(office, sent), office)
            for output in ((), ("--output", "json")):
                for command in (("show",), ("ack", "--yes"), ("export", "--dir", "unused")):
                    there = self.cbm(office, *command, sent["act_id"], *output).must(6)
                    nowhere = self.cbm(office, *command, UNKNOWN_ACT, *output).must(6)
                    self.assertEqual(there.err.replace(sent["act_id"], "ID"),
                                     nowhere.err.replace(UNKNOWN_ACT, "ID"))
                    self.assertEqual((there.out, nowhere.out), ("", ""))

    def test_a_third_state_s_ledger_does_not_grow(self):
        size = self.json("LT-duty", "log", "checkpoint")["tree_size"]
        self.notify(to="LV,FI")
        self.assertEqual(self.json("LT-duty", "log", "checkpoint")["tree_size"], size)
        self.assert_says(self.cbm("LT-duty", "log", "checkpoint", "--ledger", "state/LV").must(6).err,
                         "there is no ledger state/LV of yours")

    def test_the_secretariat_sees_that_it_happened_and_not_what_was_said(self):
        sent = self.notify()
        record = self.listed(exchange.SECRETARIAT, sent)
        self.assertEqual((record["role"], record["from_party"], record["subject"]),
                         ("header", "EE", None))
        for command in (("inbox",), ("inbox", "--headers"), ("show", sent["act_digest"])):
            for output in ((), ("--output", "json")):
                told = self.cbm(exchange.SECRETARIAT, *command, *output).must()
                self.assertNotIn(SUBJECT, told.out)
                self.assertNotIn(TEXT, told.out)

    def test_where_the_office_is_not_known_the_party_stands_alone(self):
        sent = self.notify()
        rows = self.cbm(exchange.SECRETARIAT, "inbox", "--headers").must().out.splitlines()
        row = next(row for row in rows if sent["act_digest"][:12] in row)
        self.assertRegex(row, " EE  ")
        shown = self.cbm(exchange.SECRETARIAT, "show", sent["act_digest"]).must().out
        self.assertRegex(shown, "(?m)^from +Estonia, EE$")

    def test_the_auditor_sees_no_party(self):
        sent = self.notify()
        record = self.listed("auditor", sent)
        self.assertEqual((record["from_party"], record["from_office"], record["deliveries"]),
                         ("", "", []))
        shown = self.cbm("auditor", "show", sent["act_digest"]).must().out
        self.assertNotIn("Estonia", shown)
        self.assertNotIn(SUBJECT, shown)

    def test_what_went_to_all_is_read_without_opening(self):
        size = self.json("SE-policy", "log", "checkpoint")["tree_size"]
        sent = self.notify(to="ALL", marking="GREEN")
        self.assertEqual(self.listed("SE-policy", sent, "inbox")["subject"], SUBJECT)
        self.assertEqual(self.json("SE-policy", "show", sent["act_id"])["body"], TEXT)
        self.assertEqual(self.json("SE-policy", "log", "checkpoint")["tree_size"], size)

    def test_a_kept_content_that_was_altered_is_fetched_again(self):
        sent = self.notify()
        self.json("LV-duty", "show", sent["act_id"])
        contents = list((self.exchange.profile("LV-duty") / "contents").iterdir())
        self.assertTrue(contents)
        for file in contents:
            file.write_bytes(file.read_bytes()[:-1] + b"!")
        self.assertEqual(self.json("LV-duty", "show", sent["act_id"])["body"], TEXT)

    def test_a_kept_content_that_cannot_be_looked_at_is_named(self):
        sent = self.notify()
        self.json("LV-duty", "show", sent["act_id"])
        contents = self.exchange.profile("LV-duty") / "contents"
        shutil.rmtree(contents)
        contents.symlink_to("contents")  # It leads to itself.
        self.addCleanup(contents.unlink)
        failed = self.cbm("LV-duty", "show", sent["act_id"]).must(1)
        self.assert_says(failed.err, str(contents))

    def set_content(self, id, content):
        with contextlib.closing(sqlite3.connect(self.exchange.database)) as database:
            database.execute("UPDATE content SET bytes = ? WHERE id = ?", (content, id))
            database.commit()

    def with_content_changed(self, change):
        """One notification whose content the exchange has no more as it was, and one beside it."""
        damaged, beside = self.notify(subject="Damaged"), self.notify(subject="Beside it")
        self.json("LV-duty", "inbox")
        shutil.rmtree(self.exchange.profile("LV-duty") / "contents")
        with contextlib.closing(sqlite3.connect(self.exchange.database)) as database:
            _, (id, content) = database.execute(
                "SELECT id, bytes FROM content ORDER BY id DESC LIMIT 2").fetchall()
        self.set_content(id, change(content))
        self.addCleanup(self.set_content, id, content)
        return damaged, beside

    def test_what_cannot_be_read_hides_nothing_else(self):
        damaged, beside = self.with_content_changed(lambda content: content[:-1] + b"!")
        for command in ("inbox", "todo"):
            with self.subTest(command):
                listed = self.cbm("LV-duty", command, "--output", "json").must(5)
                self.assert_error(listed, "DATA_LOSS", f"subject of {damaged['act_digest'][:12]}",
                                  "the rest is all there")
                self.assert_says(self.cbm("LV-duty", command).must(5).out, "Beside it")
        rows = {each["act_digest"]: each.get("subject") for each in
                self.cbm("LV-duty", "inbox", "--output", "json").must(5).json["notifications"]}
        self.assertEqual((rows[damaged["act_digest"]], rows[beside["act_digest"]]),
                         (None, "Beside it"))

    def test_of_what_was_erased_a_list_says_so(self):
        erased, _ = self.with_content_changed(lambda content: None)
        for command in ("inbox", "todo"):
            listed = self.cbm("LV-duty", command).must()
            self.assertEqual(listed.err, "the exchange gives no subject for "
                             f"{erased['act_digest'][:12]}: it was cut, erased or withheld\n")
            self.assert_says(listed.out, "Beside it")
            self.assertEqual(self.cbm("LV-duty", command, "--output", "json").must().err, "")


if __name__ == "__main__":
    unittest.main()
