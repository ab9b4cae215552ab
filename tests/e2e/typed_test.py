"""What was typed or piped in is kept, from the first line on, until it is sent or in the outbox."""

import json
import signal
import unittest

import exchange
from at_terminal import Session
from exchange_case import UNKNOWN_ACT, ExchangeCase, notify_words

TEXT = "Typed at night.\nNobody else has it.\n"
# What a terminal takes in one line; what is typed beyond is lost.
LINE_BYTES_MAX = 4095


class Typed(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")

    def setUp(self):
        self.outbox = self.exchange.profile("EE-technical") / "outbox"
        self.before = self.kept_texts()

    def session(self, *words):
        session = Session("--profile", self.exchange.profile("EE-technical"), *words)
        self.addCleanup(session.close)
        return session

    def kept_texts(self):
        return set(self.outbox.glob("*.txt"))

    def kept(self):
        """The one text that the test left behind, and where."""
        (file,) = self.kept_texts() - self.before
        self.before.add(file)
        return file, file.read_text()

    def assert_kept(self, text, said):
        file, kept = self.kept()
        self.assertEqual(kept, text)
        self.assertIn(f"the text is kept in {file}", said)

    def until_kept(self, text):
        exchange.wait_until("it is kept", lambda: [
            file for file in self.kept_texts() - self.before if file.read_text() == text])

    def router(self):
        """At the question for the text of a vulnerability; one for an instant follows it."""
        session = self.session(*notify_words(kind="VUL", to="LV", measure="OSCE-16", body=None))
        session.answer("Router 4.1\n").until(lambda shown: "single dot" in shown)
        return session

    def test_each_line_is_kept_before_the_next(self):
        for end in (signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(end):
                session = self.router().answer("Line one\nline two\n")
                self.until_kept("Line one\nline two")
                session.process.send_signal(end)
                self.assertEqual(session.end(), -end)
                file, _ = self.kept()
                self.assertIn(str(file), self.cbm("EE-technical", "outbox").must().err)

    def test_so_it_is_where_the_body_is_standard_input(self):
        session = self.session(*notify_words())
        session.answer("Line one\nline two\n")
        self.until_kept("Line one\nline two\n")
        session.process.send_signal(signal.SIGINT)
        self.assertEqual(session.end(), -signal.SIGINT)
        self.kept()

    def test_it_outlives_the_questions_after_it(self):
        session = self.router().answer("Line one\nline two\n.\n")
        session.until(lambda shown: "Until when" in shown)
        session.process.send_signal(signal.SIGINT)
        self.assertEqual(session.end(), -signal.SIGINT)
        self.assertEqual(self.kept()[1], "Line one\nline two")

    def test_what_is_sent_is_kept_no_more(self):
        session = self.router().answer("Line one\n.\n2026-06-01 08:00\n")
        session.until_asked()
        self.assertEqual(session.answer("y\n").end(), 0)
        self.assertEqual(self.kept_texts(), self.before)

    def test_a_line_that_the_terminal_cut_is_not_sent(self):
        session = self.session(*notify_words(body=None, kind="FRE"))
        session.until(lambda shown: "single dot" in shown)
        session.answer("Line one\n" + "x" * (LINE_BYTES_MAX + 1) + "\n")
        session.until(lambda shown: "lost its end" in shown)
        session.answer("y" * (LINE_BYTES_MAX - 1) + "\nline three\n.\n").until_asked()
        self.assertEqual(session.answer("y\n").end(), 0)
        (sent, *_) = self.json("EE-technical", "sent")["notifications"]
        self.assertEqual(self.json("LV-duty", "show", sent["act_digest"])["body"],
                         "Line one\n" + "y" * (LINE_BYTES_MAX - 1) + "\nline three")

    def test_an_answer_that_the_terminal_cut_is_asked_for_again(self):
        session = self.session(*notify_words(kind="VUL", to="LV", measure="OSCE-16", body=None))
        session.until(lambda shown: "Which product" in shown)
        session.answer("x" * (LINE_BYTES_MAX + 1) + "\n")
        session.until(lambda shown: "lost its end" in shown)
        session.answer("Router 4.1\nLine one\n.\n2026-06-01 08:00\n")
        self.assertRegex(session.until_asked(), "(?m)^product +Router 4.1$")

    def test_nor_is_a_text_with_one_in_it(self):
        session = self.session(*notify_words(), "--yes")
        session.answer("Line one\n" + "x" * (LINE_BYTES_MAX + 1) + "\n")
        self.until_kept("Line one\n" + "x" * LINE_BYTES_MAX + "\n")
        self.assertEqual(session.answer("\x04").end(), 2)
        self.assert_says(session.shown, "lost its end", "put the text in a file")
        self.assert_kept("Line one\n" + "x" * LINE_BYTES_MAX + "\n", session.shown)

    def test_other_commands_need_not_wait_while_somebody_types(self):
        answered = self.notify(office="LV-duty", to="EE")["act_id"]
        self.json("EE-technical", "show", answered)
        mine = self.notify(to="LV")["act_id"]
        for session, typed in (
                (self.session("reply", answered, "--outcome", "final", "--body", "-"),
                 "Line one\n"),
                (self.session("notify", "--follow-up", mine, "--subject", "More", "--body", "-"),
                 "Line one\n"),
                (self.session("notify", "--follow-up", mine, "--to", "LV"), "More\n")):
            with self.subTest(session.process.args):
                session.answer(typed).until(lambda shown: typed.replace("\n", "") in shown)
                if typed == "Line one\n":
                    self.until_kept(typed)
                else:
                    session.until(lambda shown: "single dot" in shown)
                self.json("EE-technical", "inbox")
                session.process.send_signal(signal.SIGINT)
                session.end()
                if typed == "Line one\n":
                    self.kept()

    def test_what_was_piped_in_outlives_a_mistake_in_the_command_line(self):
        for words, code in (
                (("notify", "--body", "-"), 2),
                (notify_words(measure=None), 2),
                (notify_words(measure="OSCE-99"), 2),
                (notify_words(to="XX"), 2),
                (notify_words(follow_up=UNKNOWN_ACT), 6),
                (notify_words(stage="finl"), 2),
                (("notify", "--from-file", "-"), 2),
                (("reply", UNKNOWN_ACT, "--outcome", "final", "--body", "-"), 6),
                (("consult", "request", "--to", "LV", "--body", "-"), 2),
                (("consult", "answer", "ffffff", "perhaps", "--text", "-"), 2),
                (("consult", "schedule", "ffffff", "--from", "soon", "--text", "-"), 2),
                (("consult", "post", "ffffff", "--text", "-"), 6)):
            with self.subTest(words):
                failed = self.cbm("EE-technical", *words, "--yes", input=TEXT).must(code)
                self.assert_kept(TEXT, failed.err)

    def test_so_it_does_a_wrong_outcome(self):
        act = self.notify(office="LV-duty", to="EE")["act_id"]
        words = ("reply", act, "--outcome", "fnal", "--body", "-", "--yes")
        self.assert_kept(TEXT, self.cbm("EE-technical", *words, input=TEXT).must(2).err)

    def test_standard_input_is_one_thing_alone(self):
        words = (*notify_words(), "--translation", "fr:-:Language service", "--yes")
        failed = self.cbm("EE-technical", *words, input=TEXT).must(2)
        self.assertIn("one thing alone", failed.err)
        self.assert_kept(TEXT, failed.err)

    def test_what_cannot_be_kept_is_written_back_in_the_error(self):
        profile = self.exchange.folder / "nowhere"
        words = ("--profile", profile, *notify_words(), "--yes")
        failed = exchange.run(exchange.CBM, *words, input=TEXT).must(1)
        self.assertTrue(failed.err.startswith(TEXT), failed.err)
        failed = exchange.run(exchange.CBM, *words, "--output", "json", input=TEXT).must(1)
        error = json.loads(failed.err)["error"]
        self.assertEqual(error["text"], TEXT)
        self.assertIn("written back", error["message"])
        self.assertFalse(profile.exists())


if __name__ == "__main__":
    unittest.main()
