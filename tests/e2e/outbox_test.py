"""What was typed is not lost when the exchange is away, and is sent exactly once."""

import unittest

from exchange_case import ExchangeCase, notify_words


class Outbox(ExchangeCase):
    OFFICES = ("EE-technical", "EE-policy", "LV-duty", "FI-technical")

    def setUp(self):
        for kept in self.json("EE-technical", "outbox")["acts"]:
            self.json("EE-technical", "outbox", "drop", kept["act_id"], "--yes")

    def keep(self, subject, *more, text="what was typed", **changed):
        """Notifies in vain; the id of what is kept."""
        words = notify_words(subject=subject, **changed)
        failed = self.cbm("EE-technical", *words, "--yes", *more, input=text).must(4)
        self.assert_says(failed.err, "nobody answers at", "not lost", "cbm outbox send")
        self.assertNotIn("may have been taken", failed.err)
        self.assertEqual(failed.out, "")
        return failed.err.split("cbm outbox send ")[1].strip(' \n"}')

    def kept(self):
        return [each["act_id"] for each in self.json("EE-technical", "outbox")["acts"]]

    def times_received(self, subject):
        received = self.json("LV-duty", "inbox")["notifications"]
        return [each["subject"] for each in received].count(subject)

    def test_keeps_the_notification_and_lists_it_without_the_exchange(self):
        self.without_server()
        act = self.keep("Kept and listed")
        for command in (("outbox",), ("outbox", "list")):
            listed = self.json("EE-technical", *command)["acts"]
            self.assertEqual([(each["act_id"], each["subject"], each["to"]) for each in listed],
                             [(act, "Kept and listed", "FI,LV")])
            self.assertIn(act, self.cbm("EE-technical", *command).must().out)

    def test_shows_what_was_written_to_a_hand_and_to_a_program(self):
        self.without_server()
        text = self.exchange.folder / "text.fr.txt"
        text.write_text("Ce qui fut dit.")
        act = self.keep("Kept and shown", "--translation", f"fr:{text}:The interpreter",
                        text="Line one\nline two", context="EXERCISE", cross_border="yes")
        shown = self.cbm("EE-technical", "outbox", "show", act[:13]).must().out
        self.assert_says(shown, act, "FI,LV", "AMBER", "URGENT", "OSCE-3", "Kept and shown",
                         "cross_border", "EXERCISE Line one\nEXERCISE line two\n",
                         "in fr, made by The interpreter\nEXERCISE Ce qui fut dit.")
        said = self.json("EE-technical", "outbox", "show", act)
        self.assertEqual((said["act_id"], said["context"], said["body"], said["fields"]),
                         (act, "EXERCISE", "Line one\nline two", {"cross_border": "yes"}))
        self.assertEqual([each["text"] for each in said["translations"]], ["Ce qui fut dit."])

    def test_shows_a_request_to_consult_whole(self):
        self.without_server()
        self.cbm("EE-technical", "consult", "request", "--to", "LV", "--measure", "OSCE-3",
                 "--time", "2099-03-12T09:00Z", "--level", "policy", "--format", "video",
                 "--subject", "The night", "--body", "-", "--yes", input="We ask.").must(4)
        (act,) = self.kept()
        shown = self.cbm("EE-technical", "outbox", "show", act).must().out
        self.assert_says(shown, "The night", "We ask.", "policy", "video",
                         "2099-03-12 09:00:00 UTC")

    def test_lists_texts_for_programs_too(self):
        failed = self.cbm("EE-technical", *notify_words(to="XX"), "--yes", input="Typed.").must(2)
        texts = self.json("EE-technical", "outbox")["texts"]
        self.assertIn(texts[-1], failed.err)

    def test_what_was_signed_with_an_earlier_credential_is_signed_anew(self):
        self.without_server()
        act = self.keep("Before the renewal")
        self.exchange.start()
        earlier = self.json("EE-technical", "whoami")["credential"]["credential"]
        files = self.exchange.pki / "offices" / "EE-technical"
        files.rename(files.with_name("EE-technical-earlier"))
        self.exchange.issue("EE-technical")
        self.json("EE-technical", "directory", "renew", "--cert", files / "cert.pem", "--key",
                  files / "key.pem", "--yes")
        self.json("EE-policy", "directory", "revoke", "EE-technical", "--credential", earlier,
                  "--reason", "key-lost", "--yes")
        (sent,) = self.json("EE-technical", "outbox", "send")["acts"]
        self.assertEqual(sent["act_id"], act)
        self.assertEqual(self.times_received("Before the renewal"), 1)

    def test_the_error_is_one_json_value(self):
        self.without_server()
        words = (*notify_words(), "--yes", "--output", "json")
        failed = self.cbm("EE-technical", *words, input="text").must(4)
        self.assert_error(failed, "UNAVAILABLE", "nobody answers", "not lost")

    def test_sends_what_is_kept_once_the_exchange_is_back(self):
        self.without_server()
        act = self.keep("Kept and sent", text="all of it")
        self.cbm("EE-technical", "outbox", "send").must(4)
        self.assertEqual(self.kept(), [act])
        self.exchange.start()
        (sent,) = self.json("EE-technical", "outbox", "send")["acts"]
        self.assertEqual((sent["act_id"], sent["ledger"]), (act, "state/EE"))
        self.cbm("EE-technical", "verify", sent["receipt"]).must()
        self.assertEqual(self.kept(), [])
        self.assertEqual(self.json("LV-duty", "show", act)["body"], "all of it")

    def test_sends_exactly_once(self):
        self.without_server()
        act = self.keep("Exactly once")
        file = self.exchange.profile("EE-technical") / "outbox" / f"{act}.act"
        kept = file.read_bytes()
        self.exchange.start()
        self.json("EE-technical", "outbox", "send")
        # As after a crash between the answer and the outbox.
        file.write_bytes(kept)
        self.json("EE-technical", "outbox", "send")
        self.assertEqual(self.json("EE-technical", "outbox", "send")["acts"], [])
        self.assertEqual(self.times_received("Exactly once"), 1)

    def test_sends_the_oldest_first(self):
        self.without_server()
        acts = [self.keep("First"), self.keep("Second"), self.keep("Third")]
        self.exchange.start()
        sent = self.json("EE-technical", "outbox", "send")["acts"]
        self.assertEqual([each["act_id"] for each in sent], acts)
        self.assertEqual([each["ordinal"] for each in sent],
                         sorted(each["ordinal"] for each in sent))

    def test_sends_one_that_is_named(self):
        self.without_server()
        first, second = self.keep("Stays"), self.keep("Goes")
        self.exchange.start()
        (sent,) = self.json("EE-technical", "outbox", "send", second)["acts"]
        self.assertEqual((sent["act_id"], self.kept()), (second, [first]))

    def test_one_that_is_refused_does_not_hold_up_the_others(self):
        self.without_server()
        refused = self.keep("Refused", precedence="EMERGENCY")
        good = self.keep("Not held up")
        self.exchange.start()
        done = self.cbm("EE-technical", "outbox", "send", "--output", "json").must(3)
        self.assertEqual([each["act_id"] for each in done.json["acts"]], [good])
        self.assert_error(done, "FAILED_PRECONDITION", "EMERGENCY", "kept",
                          f"cbm outbox show {refused}")
        self.assertEqual(self.kept(), [refused])

    def test_drops_what_is_named_and_nothing_else(self):
        self.without_server()
        first, second = self.keep("Dropped"), self.keep("Not dropped")
        self.assertEqual(self.json("EE-technical", "outbox", "drop", first, "--yes"),
                         {"dropped": first})
        self.assertEqual(self.kept(), [second])

    def test_a_name_that_is_not_there_is_not_found(self):
        for command in ("show", "send", "drop"):
            missing = self.cbm("EE-technical", "outbox", command, "0190163d", "--output", "json")
            self.assert_error(missing.must(6), "NOT_FOUND", "0190163d")

    def test_an_exercise_is_marked_in_the_outbox(self):
        self.without_server()
        act = self.keep("Only a drill", context="EXERCISE")
        rows = self.cbm("EE-technical", "outbox").must().out.splitlines()
        self.assertTrue(next(row for row in rows if act in row).startswith("EXERCISE"))
        self.exchange.start()
        for line in self.cbm("EE-technical", "outbox", "send").must().out.splitlines():
            self.assertTrue(line.startswith("EXERCISE "), line)

    def test_a_reply_to_an_exercise_is_marked_in_the_outbox(self):
        act = self.notify(office="LV-duty", to="EE", context="EXERCISE")["act_id"]
        self.json("EE-technical", "show", act)
        self.without_server()
        words = ("reply", act, "--outcome", "final", "--body", "-", "--yes")
        self.cbm("EE-technical", *words, input="Seen here too.").must(4)
        (kept,) = self.json("EE-technical", "outbox")["acts"]
        self.assertEqual((kept["act_kind"], kept["context"]), ("reply", "EXERCISE"))
        self.exchange.start()
        sent = self.cbm("EE-technical", "outbox", "send").must().out
        self.assertTrue(all(line.startswith("EXERCISE ") for line in sent.splitlines()), sent)

    def test_what_is_damaged_is_named_and_does_not_hold_up_the_others(self):
        self.without_server()
        act = self.keep("Beside a damaged one")
        damaged = self.exchange.profile("EE-technical") / "outbox" / "damaged.act"
        self.addCleanup(damaged.unlink, missing_ok=True)
        for bytes in (b"", b"no act", b"\x0a\x04\x0a\x02\xff\xff"):
            with self.subTest(bytes=bytes):
                damaged.write_bytes(bytes)
                refused = self.cbm("EE-technical", "outbox", "--output", "json").must(1)
                self.assert_error(refused, "FAILED_HERE", str(damaged), "move it away")
        self.exchange.start()
        self.cbm("EE-technical", "outbox", "send", act).must()

    def test_an_outbox_that_cannot_be_read_is_not_said_to_be_empty(self):
        outbox = self.exchange.profile("FI-technical") / "outbox"
        self.assertEqual(self.cbm("FI-technical", "outbox").must().out, "the outbox is empty\n")
        outbox.symlink_to(outbox)
        self.addCleanup(outbox.unlink)
        for command in ((), ("list",), ("send",), ("show", "0190163d"), ("drop", "0190163d")):
            refused = self.cbm("FI-technical", "outbox", *command).must(1)
            self.assert_says(refused.err, "cannot read the folder", str(outbox))

    def test_an_empty_outbox_is_no_error(self):
        for command in ((), ("list",), ("send",)):
            self.assertEqual(self.cbm("EE-technical", "outbox", *command).must().out,
                             "the outbox is empty\n")

    def test_another_office_s_outbox_is_another(self):
        self.without_server()
        self.keep("Of the technical office")
        self.assertEqual(self.json("EE-policy", "outbox")["acts"], [])


if __name__ == "__main__":
    unittest.main()
