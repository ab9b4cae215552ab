"""At a terminal: what a person is shown before anything is sent, and what each answer does."""

import re
import signal
import unittest

import exchange
from at_terminal import QUESTION, Session
from exchange_case import ExchangeCase, notify_words


class Terminal(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical", "GR-duty", "GB-duty")

    def setUp(self):
        self.body = self.exchange.folder / "incident.txt"
        self.body.write_text("The clearing host loses file systems.")

    def session(self, *words, office="EE-technical", **how):
        session = Session("--profile", self.exchange.profile(office), *words, **how)
        self.addCleanup(session.close)
        return session

    def notify_at_terminal(self, *more, **changed):
        return self.session(*notify_words(body=self.body, **changed), *more)

    def sent_count(self):
        return len(self.json("EE-technical", "sent")["notifications"])

    def test_shows_who_receives_it_under_which_context_and_marking_before_it_asks(self):
        session = self.notify_at_terminal(context="EXERCISE", marking="AMBER+STRICT")
        shown = session.until_asked()
        for name, value in (("context", "EXERCISE"), ("to", r"Finland \(FI\), Latvia \(LV\)"),
                            ("marking", r"AMBER\+STRICT"), ("precedence", "URGENT"),
                            ("subject", "Payment clearing disturbed"),
                            ("cross_border", "unknown")):
            self.assertRegex(shown, f"(?m)^EXERCISE {name} +{value}$")

    def test_names_every_state_of_a_framework_before_it_asks(self):
        shown = self.notify_at_terminal(to="ALL", marking="GREEN").until_asked()
        states = self.json("EE-technical", "directory", "states", "--framework", "OSCE")["states"]
        self.assert_says(shown, f"all {len(states)} participating States of OSCE",
                         *(f"({state['code']})" for state in states))

    def test_begins_every_line_of_an_exercise_with_exercise(self):
        shown = self.notify_at_terminal(context="EXERCISE").until_asked()
        *lines, question = shown.splitlines()
        self.assertTrue(question.endswith(QUESTION))
        for line in lines:
            self.assertTrue(line.startswith("EXERCISE "), line)

    def test_says_which_code_was_understood_as_another(self):
        session = self.notify_at_terminal(to="EL,UK")
        self.assert_says(session.until_asked(), "EL is understood as GR", "UK is understood as GB",
                         "(GR)", "(GB)")

    def test_asks_for_all_that_is_missing_and_again_for_what_is_wrong(self):
        session = self.session("notify", "--kind", "VUL", "--to", "LV")
        session.answer("OSCE-16\nRouter\nRouter 4.1\nLine one\nline two\n.\n"
                       "soon\n2026-06-01 08:00\n")
        shown = session.until_asked()
        self.assert_says(shown, "Under which measures", "in one line?", "Which product",
                         "single dot", "embargo_until must be an instant",
                         "2026-06-01T08:00:00Z")
        self.assertEqual(session.answer("y\n").end(), 0)
        act = re.search("act +([0-9a-f-]{36})", session.shown)[1]
        said = self.json("LV-duty", "show", act)
        self.assertEqual((said["body"], said["fields"]["product"]),
                         ("Line one\nline two", "Router 4.1"))

    def test_asks_again_for_a_kind_an_addressee_or_a_measure_that_is_none(self):
        session = self.session("notify")
        session.answer("INX\nPOC\nFRE\nXX\nLV\nOSCE-99\nOSCE-3\nA question\nOf ours.\n.\n")
        shown = session.until_asked()
        self.assert_says(shown, "no kind of notification 'INX'", "cbm directory makes it",
                         "'XX' is none", "no measure 'OSCE-99'", "Latvia (LV)", "OSCE-3")

    def test_nobody_types_a_text_for_what_cannot_be_sent(self):
        session = self.session("notify", "--kind", "FRE", "--to", "ALL", "--subject", "To whom?")
        session.answer("OSCE-3,UN-2\n")
        self.assertEqual(session.end(), 2)
        self.assert_says(session.shown, "--to ALL is not clear")
        self.assertNotIn("What do you want to say", session.shown)
        first = self.notify()
        session = self.session("notify", "--follow-up", first["act_id"], "--stage", "finl",
                               "--subject", "More", "--body", "-")
        self.assertEqual(session.end(), 2)
        self.assert_says(session.shown, "'finl' is none")

    def test_a_subject_that_cannot_be_sent_is_asked_for_again_before_the_text(self):
        session = self.session("notify", "--kind", "FRE", "--to", "LV", "--measure", "OSCE-3")
        session.answer("\u00a0 \n" + "s" * 201 + "\nA question\n")
        session.until(lambda shown: "single dot" in shown)
        self.assert_says(session.shown, "empty or blank", "201 characters; at most 200")
        for subject in (" ", "s" * 201):
            session = self.session(*notify_words(body=None, subject=subject))
            self.assertEqual(session.end(), 2)
            self.assertNotIn("single dot", session.shown)

    def test_the_question_says_under_what_and_to_how_many(self):
        for changed, question in (
                ({}, "Is that right? REAL, AMBER: it is signed and sent to all 2 of them."),
                ({"to": "LV", "context": "EXERCISE", "marking": "RED"},
                 "Is that right? EXERCISE, RED: it is signed and sent to that one alone."),
                ({"to": "ALL", "marking": "GREEN"}, r"REAL, GREEN: it is .* to all \d\d of them."),
                ({"to": "SECRETARIAT"}, "REAL, AMBER: it is signed and sent to that one alone.")):
            shown = self.notify_at_terminal(**changed).until_asked()
            self.assertRegex(shown.splitlines()[-1], question.replace("?", r"\?"))
        session = self.session("consult", "request", "--to", "LV,FI", "--measure", "OSCE-3",
                               "--time", "2099-03-12T09:00Z", "--level", "policy", "--format",
                               "video", "--subject", "The night", "--body", self.body)
        self.assertIn("REAL, AMBER: it is signed and sent to all 2 of them.",
                      session.until_asked())

    def test_a_text_may_end_with_the_end_of_input(self):
        session = self.session("notify", "--kind", "VUL", "--to", "LV", "--measure", "OSCE-16",
                               "--subject", "Router")
        session.answer("Router 4.1\nLine one\nline two\n\x04")
        session.until(lambda shown: "Until when" in shown)
        self.assert_says(session.answer("2026-06-01 08:00\n").until_asked(), "17 bytes: Line one")

    def test_a_text_that_was_typed_outlives_what_is_wrong_after_it(self):
        for end in ("soon\nlater\nnever\n", "\x04"):
            with self.subTest(end):
                before = self.kept_texts()
                session = self.session("notify", "--kind", "VUL", "--to", "LV", "--measure",
                                       "OSCE-16", "--subject", "Router")
                session.answer("Router 4.1\nTyped at night.\n.\n" + end)
                self.assertIn(session.end(), (1, 2))
                (kept,) = self.kept_texts() - before
                self.assertEqual(kept.read_text(), "Typed at night.")
                self.assertIn(f"the text is kept in {kept}", session.shown)

    def test_a_request_to_consult_shows_its_language_and_how_it_begins_before_it_asks(self):
        session = self.session("consult", "request", "--to", "LV", "--measure", "OSCE-3", "--time",
                               "2099-03-12T09:00Z", "--level", "policy", "--format", "video",
                               "--subject", "The night", "--body", self.body, "--language", "fr")
        shown = session.until_asked()
        self.assertRegex(shown, "(?m)^language +fr$")
        self.assertRegex(shown, "(?m)^body +The clearing host loses file systems.$")

    def test_a_request_to_consult_asks_for_all_that_is_missing_and_again_for_what_is_wrong(self):
        session = self.session("consult", "request", "--measure", "OSCE-3")
        session.answer("ALL\nLV\nsoon\n2099-03-12 09:00,2099-03-13 09:00\nhigh\npolicy\nvideo\n"
                       "The night\nWe ask\nto consult.\n.\n")
        shown = session.until_asked()
        self.assert_says(shown, "Which States", "must name States", "could the meeting begin",
                         "--time", "At which level", "'high'", "How: in_person", "in one line?",
                         "single dot", "2099-03-12 09:00:00 UTC, 2099-03-13 09:00:00 UTC")
        self.assertEqual(session.answer("y\n").end(), 0)
        asked = re.search("consultation ([0-9a-f]{64})", session.shown)[1]
        said = self.cbm("LV-duty", "consult", "show", asked).must().out
        self.assert_says(said, "The night", "We ask", "to consult.")

    def test_another_command_may_read_the_ledger_while_a_question_waits(self):
        requested = self.json("EE-technical", "consult", "request", "--to", "LV", "--measure", "OSCE-3",
                              "--time", "2099-03-12T09:00Z", "--level", "policy", "--format", "video",
                              "--subject", "The night", "--body", self.body, "--yes")
        self.cbm("LV-duty", "consult", "answer", requested["consultation_id"], "accept", "--yes").must()
        asked = self.session("consult", "post", requested["consultation_id"], "--text", self.body)
        asked.until_asked()
        self.notify(office="LV-duty", to="EE")
        self.notify(office="LV-duty", to="EE")
        received = self.json("EE-technical", "inbox")
        self.assertEqual(asked.answer("y\n").end(), 0)
        self.assertEqual(len(self.json("EE-technical", "inbox")["notifications"]), len(received["notifications"]))

    def test_nobody_types_a_text_for_a_request_that_cannot_be_made(self):
        session = self.session("consult", "request", "--to", "LV", "--measure", "OSCE-3", "--time",
                               "soon", "--level", "policy", "--format", "video", "--subject", "S")
        self.assertEqual(session.end(), 2)
        self.assertIn("--time", session.shown)
        self.assertNotIn("What do you want to say", session.shown)

    def test_a_text_of_a_request_outlives_an_answer_of_no(self):
        before = self.kept_texts()
        session = self.session("consult", "request", "--to", "LV", "--measure", "OSCE-3", "--time",
                               "2099-03-12T09:00Z", "--level", "policy", "--format", "video",
                               "--subject", "The night")
        session.answer("Typed at night.\n.\n").until_asked()
        self.assertEqual(session.answer("n\n").end(), 1)
        (kept,) = self.kept_texts() - before
        self.assertEqual(kept.read_text(), "Typed at night.")

    def kept_texts(self):
        return set((self.exchange.profile("EE-technical") / "outbox").glob("*.txt"))

    def test_what_was_typed_outlives_an_interrupted_question(self):
        before = self.kept_texts()
        session = self.session(*notify_words(body="-"))
        session.answer("Typed at night.\n\x04").until_asked()
        session.process.send_signal(signal.SIGINT)
        self.assertEqual(session.end(), -signal.SIGINT)
        (kept,) = self.kept_texts() - before
        self.assertEqual(kept.read_text(), "Typed at night.\n")
        self.assertIn(str(kept), self.cbm("EE-technical", "outbox").must().err)

    def test_what_was_typed_outlives_an_exchange_that_hangs(self):
        before = self.kept_texts()
        server = self.exchange.process
        server.send_signal(signal.SIGSTOP)
        self.addCleanup(server.send_signal, signal.SIGCONT)
        session = self.session(*notify_words(body="-"), "--yes")
        session.answer("Typed at night.\n\x04")
        exchange.wait_until("the text is kept", lambda: self.kept_texts() - before)
        session.process.send_signal(signal.SIGINT)
        self.assertEqual(session.end(), -signal.SIGINT)
        (kept,) = self.kept_texts() - before
        self.assertEqual(kept.read_text(), "Typed at night.\n")

    def test_what_was_piped_in_is_written_back_where_nothing_can_be_kept(self):
        outbox = self.exchange.profile("EE-technical") / "outbox"
        moved = outbox.with_name("moved")
        if outbox.exists():
            outbox.rename(moved)
            self.addCleanup(moved.rename, outbox)
        outbox.write_text("a file where the folder should be")
        self.addCleanup(outbox.unlink)
        before = self.sent_count()
        failed = self.cbm("EE-technical", *notify_words(body="-"), "--yes",
                          input="Typed at night.\nNobody else has it.").must(1)
        self.assert_says(failed.err, "Typed at night.\nNobody else has it.\n",
                         "nothing was sent; what you wrote could not be kept here")
        self.assertEqual(self.sent_count(), before)

    def test_what_would_be_refused_is_refused_before_anybody_confirms_it(self):
        for words, why in (
                (notify_words(body=self.body, to="EE,LV"), "a State cannot address itself"),
                (notify_words(body=self.body, to="ALL/UN", marking="GREEN"), "UN"),
                (("consult", "request", "--to", "EE,LV", "--measure", "OSCE-3", "--time",
                  "2099-03-12T09:00Z", "--level", "policy", "--format", "video", "--subject",
                  "The night", "--body", self.body), "a State cannot address itself")):
            with self.subTest(words):
                session = self.session(*words)
                self.assertNotEqual(session.end(), 0)
                self.assertNotIn(QUESTION, session.shown)
                self.assertIn(why, session.shown)

    def test_what_became_an_act_is_not_kept_as_a_text(self):
        before = self.kept_texts()
        self.notify(text="Sent at once.")
        self.without_server()
        self.cbm("EE-technical", *notify_words(), "--yes", input="Sent later.").must(4)
        self.assertEqual(self.kept_texts(), before)

    def test_shows_how_the_body_begins_before_it_asks(self):
        self.body.write_text("Since 20:55 UTC\nthe host fails.")
        self.assertRegex(self.notify_at_terminal().until_asked(),
                         r"(?m)^body +31 bytes: Since 20:55 UTC$")
        self.body.write_text("")
        event = self.notify_at_terminal("--field", "title=Spring", "--field", "dates=2026-05-04",
                                        kind="EVT", to="ALL", marking="GREEN",
                                        precedence="ROUTINE")
        self.assertRegex(event.until_asked(), r"(?m)^body +empty$")

    def test_sends_nothing_before_it_is_answered(self):
        before = self.sent_count()
        session = self.notify_at_terminal()
        session.until_asked()
        self.assertEqual(self.sent_count(), before)

    def test_sends_nothing_unless_the_answer_is_yes(self):
        before = self.sent_count()
        for answer in ("n\n", "no\n", "\n", "N\n", "nyes\n", "\x04"):
            with self.subTest(answer):
                session = self.notify_at_terminal()
                session.until_asked()
                self.assertEqual(session.answer(answer).end(), 1)
                self.assert_says(session.shown, "not confirmed", "nothing was sent")
        self.assertEqual(self.sent_count(), before)
        self.assertEqual(self.json("EE-technical", "outbox")["acts"], [])

    def test_sends_once_the_answer_is_yes(self):
        before = self.sent_count()
        for answer in ("y\n", "Y\n", "yes\n"):
            session = self.notify_at_terminal()
            session.until_asked()
            self.assertEqual(session.answer(answer).end(), 0)
            self.assert_says(session.shown, "sent at", "state/EE")
        self.assertEqual(self.sent_count(), before + 3)

    def test_yes_asks_nothing(self):
        session = self.notify_at_terminal("--yes")
        self.assertEqual(session.end(), 0)
        self.assertNotIn(QUESTION, session.shown)

    def test_asks_also_where_the_answer_is_json(self):
        session = self.session(*notify_words(body=self.body), "--output", "json",
                               out_at_terminal=False)
        self.assert_says(session.until_asked(), "Latvia (LV)", "AMBER", "REAL")
        self.assertEqual(session.answer("y\n").end(), 0)
        self.assertTrue(session.out.startswith("{"), session.out)

    def test_the_server_away_is_said_after_the_answer_and_nothing_is_lost(self):
        self.without_server()
        session = self.notify_at_terminal()
        session.until_asked()
        self.assertEqual(session.answer("y\n").end(), 4)
        self.assert_says(session.shown, "cannot be reached", "not lost: cbm outbox send")
        (kept,) = self.json("EE-technical", "outbox")["acts"]
        drop = self.session("outbox", "drop", kept["act_id"])
        self.assert_says(drop.until_asked(), kept["act_id"], "Payment clearing disturbed")
        self.assertEqual(drop.answer("n\n").end(), 1)
        drop = self.session("outbox", "drop", kept["act_id"])
        drop.until_asked()
        self.assertEqual(drop.answer("y\n").end(), 0)
        self.assertEqual(self.json("EE-technical", "outbox")["acts"], [])

    def test_an_enrolment_shows_the_fingerprint_before_it_asks(self):
        files = self.exchange.issue("MT-duty")
        whose = ("--party", "MT", "--office", "duty", "--cert", files / "cert.pem")
        exchange.run(exchange.CBM, "directory", "possession", *whose, "--key", files / "key.pem",
                     "--log-key", self.exchange.log_key, "--out", files / "possession.p7s").must()
        printed = exchange.run("openssl", "x509", "-in", files / "cert.pem", "-noout",
                               "-fingerprint", "-sha256").must().out
        session = self.session("directory", "enrol", *whose, "--type", "duty", "--possession",
                               files / "possession.p7s", office=exchange.SECRETARIAT)
        self.assert_says(session.until_asked(), "Malta",
                         printed.partition("=")[2].strip().replace(":", "").lower())
        self.assertEqual(session.answer("n\n").end(), 1)
        self.assertEqual(self.json("EE-technical", "directory", "offices", "--party", "MT"),
                         {"offices": []})

    def test_a_terminal_has_colour_unless_it_wants_none(self):
        self.notify()
        session = self.session("inbox", office="LV-duty")
        session.end()
        self.assertRegex(session.shown, "\x1b\\[1m")
        plain = re.sub("\x1b\\[[0-9;]*m", "", session.shown)
        self.assertEqual(plain, self.cbm("LV-duty", "inbox").must().out)


class Waiting(ExchangeCase):
    OFFICES = ("EE-technical",)

    def whoami_of_a_hanging_exchange(self, **options):
        """cbm while nothing is answered; its session, and what lets the exchange go on."""
        self.exchange.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.exchange.process.send_signal, signal.SIGCONT)
        session = Session("--profile", self.exchange.profile("EE-technical"), "whoami", **options)
        self.addCleanup(session.close)
        return session

    def test_a_person_is_told_what_is_waited_for_and_for_how_long(self):
        session = self.whoami_of_a_hanging_exchange(out_at_terminal=False)
        line = f"waiting for the exchange at {self.exchange.address}: 2 s"
        session.until(lambda shown: line in shown)
        self.exchange.process.send_signal(signal.SIGCONT)
        self.assertEqual(session.end(), 0)
        self.assertIn("EE-technical", session.out)
        # The line is taken away again.
        self.assertTrue(session.shown.endswith("\r\x1b[K"), session.shown)

    def test_what_is_answered_at_once_is_not_announced(self):
        session = Session("--profile", self.exchange.profile("EE-technical"), "whoami",
                          out_at_terminal=False)
        self.addCleanup(session.close)
        self.assertEqual(session.end(), 0)
        self.assertNotIn("waiting", session.shown)


if __name__ == "__main__":
    unittest.main()
