"""What is printed: examples in every help, any script as it was written, nothing that deceives, and
one way to end for each reason."""

import itertools
import os
import re
import subprocess
import unicodedata
import unittest

from exchange import CBM, run
from exchange_case import UNKNOWN_ACT, ExchangeCase, notify_words

SCRIPTS = ("Порушення роботи клірингу",              # Cyrillic
           "Διακοπή εκκαθάρισης πληρωμών",           # Greek
           "გადახდების კლირინგი შეფერხდა",           # Georgian
           "Վճարումների քլիրինգը խաթարված է",        # Armenian
           "Zahlungsverkehr gestört – größer",
           "re\u0301seau de paiement",               # A combining accent.
           "支払い清算の障害")                        # Two columns each.
TURNING = ("\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
           "\u200e", "\u200f", "\u061c")
CONTROL = ("\x01", "\x07", "\x08", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029")


def columns(text):
    return sum(0 if unicodedata.combining(each) else
               2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def commands(*words):
    """Every command, by what the help of the one above it lists."""
    helped = run(CBM, *words, "--help").must()
    yield words, helped.out
    below = helped.out.partition("Subcommands:\n")[2]
    for name in re.findall(r"(?m)^  (\w+) ", below.partition("\n\n")[0]):
        yield from commands(*words, name)


class Help(unittest.TestCase):
    def test_each_command_has_an_example_that_begins_as_it_does(self):
        seen = dict(commands())
        self.assertLessEqual({("notify",), ("log", "checkpoint"), ("directory", "enrol"),
                              ("outbox", "send"), ("genesis", "sign")}, set(seen))
        for words, text in seen.items():
            with self.subTest(words):
                self.assertRegex(text, r"Example:\n  cbm ")
                self.assertIn(" ".join(("cbm", *words)), text.partition("Example:")[2]
                              if words else text)

    def test_the_version_is_one_line(self):
        self.assertRegex(run(CBM, "--version").must().out, r"\Acbm \d+\.\d+\.\d+\n\Z")

    def test_a_usage_error_names_the_help_of_its_command(self):
        for words, named in (((), "cbm --help"), (("notify",), "cbm notify --help"),
                             (("log", "checkpoint", "--frob"), "cbm log checkpoint --help")):
            self.assertIn(named, run(CBM, *words).must(2).err)


class Texts(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")

    def test_any_script_comes_through_unchanged(self):
        for subject in SCRIPTS:
            body = f"{subject}\n\n\t{subject}."
            act = self.notify(subject=subject, text=body)["act_id"]
            shown = self.json("LV-duty", "show", act)
            self.assertEqual((shown["subject"], shown["body"]), (subject, body))
            told = self.cbm("LV-duty", "show", act).must().out
            self.assertRegex(told, f"(?m)^subject +{subject}$")
            self.assertTrue(told.endswith(f"\n    {subject}\n\n    \t{subject}.\n"))

    def test_what_somebody_wrote_passes_for_no_line_of_ours(self):
        act = self.notify(text="Read on.\n\n--- RSP final of FI, today, AMBER, 0123\nNothing here.\n"
                               "marking       CLEAR")["act_id"]
        told = self.cbm("LV-duty", "show", act).must().out
        self.assertIn("    --- RSP final of FI", told)
        self.assertNotRegex(told, "(?m)^---")
        self.assertEqual(len([line for line in told.splitlines() if line.startswith("marking")]), 1)

    def test_any_script_lines_up_in_tables(self):
        for subject in SCRIPTS:
            self.notify(subject=subject)
        self.without_server()
        for subject in SCRIPTS:
            self.cbm("EE-technical", *notify_words(subject=subject), "--yes", input="x").must(4)
        outbox = self.cbm("EE-technical", "outbox").must().out
        self.exchange.start()
        self.json("EE-technical", "outbox", "send")
        tables = {"inbox": self.cbm("LV-duty", "inbox").must().out,
                  "sent": self.cbm("EE-technical", "sent").must().out, "outbox": outbox}
        for name, table in tables.items():
            heading, *rows = table.splitlines()
            self.assertTrue(all(any(subject in row for row in rows) for subject in SCRIPTS), name)
            last = heading.rindex("ACT")
            for row in rows:
                before, _, act = row.rpartition(" ")
                self.assertRegex(act, "^[0-9a-f-]+$")
                self.assertEqual(columns(before) + 1, last, row)

    def test_nothing_that_turns_direction_or_controls_a_terminal_is_shown(self):
        turning, signs = "".join(TURNING), "".join((*TURNING, *CONTROL))
        sent = self.notify(subject=f"pay{turning}ment", text=f"te{signs}xt\n{signs}")
        shown = self.json("LV-duty", "show", sent["act_id"])
        self.assertEqual((shown["subject"], shown["body"]), ("payment", "text\n"))
        self.without_server()
        words = notify_words(subject=f"pay{turning}ment")
        self.cbm("EE-technical", *words, "--yes", input="x").must(4)
        self.assert_clean("EE-technical", "outbox")
        self.exchange.start()
        self.json("EE-technical", "outbox", "send")
        for office, command in itertools.product(
                ("LV-duty", "EE-technical"), (("show", sent["act_id"]), ("inbox",), ("sent",), ("todo",))):
            self.assert_clean(office, *command)

    def test_a_subject_with_control_characters_is_refused(self):
        for sign in (*CONTROL, "\n", "\t"):
            refused = self.cbm("EE-technical", *notify_words(subject=f"pay{sign}ment"), "--yes",
                               input="typed")
            self.assertEqual(refused.code, 2, f"U+{ord(sign):04X}")
            self.assert_says(refused.err, "subject", "control characters", "kept in")

    def assert_clean(self, *command):
        for output in ("table", "json"):
            told = self.cbm(*command, "--output", output).must()
            for sign in (*TURNING, *CONTROL):
                self.assertNotIn(sign, told.out + told.err, f"U+{ord(sign):04X}")

    def test_what_was_typed_wrongly_controls_no_terminal_either(self):
        for words in (("show", "\x1b[2J\u202e"), ("inbox", "\x1b[2J\u202e"),
                      ("directory", "show", "LV-\x1b[2J\u202e"),
                      ("log", "key", "--ledger", "\x1b[2J\u202e"),
                      notify_words(kind="\x1b[2J\u202e"), notify_words(measure="\x1b[2J\u202e"),
                      notify_words(to="\x1b[2J\u202e"), notify_words(body="/\x1b[2J\u202e"),
                      ("verify", "/\x1b[2J\u202e"), ("outbox", "send", "\x1b[2J\u202e")):
            for output in ("table", "json"):
                with self.subTest(words, output=output):
                    failed = self.cbm("EE-technical", *words, "--output", output)
                    self.assertIn(failed.code, (1, 2, 6))
                    self.assertNotIn("\x1b", failed.err)
                    self.assertNotIn("\u202e", failed.err)

    def test_no_colour_where_no_terminal_is(self):
        self.notify()
        for command in (("inbox",), ("todo",), ("directory", "states")):
            self.assertNotIn("\x1b", self.cbm("LV-duty", *command).must().out)

    def test_an_exercise_begins_every_line_of_its_own(self):
        words = notify_words(context="EXERCISE", subject="A drill")
        told = self.cbm("EE-technical", *words, "--yes", input="first line\n\nthird line").must()
        act = told.out.split("act ")[1].split()[0]
        shown = self.cbm("LV-duty", "show", act).must().out
        acknowledged = self.cbm("LV-duty", "ack", act).must().out
        for text in (told.err, told.out, shown, acknowledged):
            self.assertGreater(len(text.splitlines()), 3)
            for line in text.splitlines():
                self.assertTrue(line.startswith("EXERCISE "), line)
        for office, command in (("LV-duty", "inbox"), ("EE-technical", "sent")):
            rows = [row for row in self.cbm(office, command).must().out.splitlines()
                    if "A drill" in row]
            self.assertTrue(rows)
            for row in rows:
                self.assertTrue(row.startswith("EXERCISE "), row)

    def test_what_is_real_begins_no_line_with_another_context(self):
        act = self.notify()["act_id"]
        shown = self.cbm("LV-duty", "show", act).must().out
        self.assertNotIn("EXERCISE", shown)
        self.assertRegex(shown, "(?m)^context +REAL$")


class Endings(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")

    def assert_fails(self, code, name, *words, input=None, says=()):
        """Ends with `code`, said once as text and once as JSON, and prints nothing else."""
        told = self.cbm("EE-technical", *words, input=input).must(code)
        self.assertTrue(told.err.splitlines()[-1].startswith("cbm: "), told)
        failed = self.cbm("EE-technical", *words, "--output", "json", input=input).must(code)
        self.assert_error(failed, name, *says)
        self.assertEqual((told.out, failed.out), ("", ""))

    def test_0_for_an_empty_list(self):
        self.assertEqual(self.json("FI-technical", "sent"), {"notifications": []})
        self.assertEqual(self.json("FI-technical", "outbox"), {"acts": [], "texts": []})
        self.assertEqual(self.json("FI-technical", "directory", "offices", "--party", "MT"),
                         {"offices": []})
        self.cbm("FI-technical", "sent").must()

    def test_1_for_what_failed_here(self):
        self.assert_fails(1, "FAILED_HERE", *notify_words(body="/nowhere"), "--yes", says=("/nowhere",))
        failed = self.cbm("EE-nobody", "inbox", "--output", "json").must(1)
        self.assert_error(failed, "FAILED_HERE", "no profile", "cbm init")

    def test_1_for_a_profile_that_cannot_be_found(self):
        folder = self.exchange.folder / "circle"
        folder.symlink_to(folder)
        for name in (folder, self.exchange.folder / ("n" * 300)):
            for words in (("whoami",), ("outbox",), ("init", "--server", "127.0.0.1:1", "--ca", "x",
                           "--cert", "x", "--key", "x", "--log-key", self.exchange.log_key)):
                with self.subTest(words, name=name):
                    failed = run(CBM, "--profile", name, *words, "--output",
                                          "json").must(1)
                    self.assert_error(failed, "FAILED_HERE", f"cannot find {name}/config.toml")

    def test_1_for_a_key_that_others_can_read(self):
        key = self.exchange.profile("FI-technical") / "key.pem"
        self.addCleanup(key.chmod, 0o600)
        key.chmod(0o644)
        failed = self.cbm("FI-technical", "inbox", "--output", "json").must(1)
        self.assert_error(failed, "FAILED_HERE", str(key), "chmod 600")

    def test_1_for_an_answer_that_could_not_be_written(self):
        """A script must not take half a list, or none, for the whole."""
        command = [CBM, "--profile", str(self.exchange.profile("EE-technical"))]
        for words in (["whoami"], ["directory", "states", "--output", "json"], ["log", "key"],
                      ["completion", "bash"], ["--help"], ["--version"]):
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                done = subprocess.run([*command, *words], stdin=subprocess.DEVNULL, stdout=full,
                                      stderr=subprocess.PIPE, timeout=60, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn("could not be written", done.stderr.decode())

    def test_says_nothing_to_a_reader_that_wants_no_more(self):
        """cbm directory states | head -1, say."""
        command = [CBM, "--profile", str(self.exchange.profile("EE-technical"))]
        read, write = os.pipe()
        os.close(read)
        with open(write, "wb") as closed:
            done = subprocess.run([*command, "directory", "states"], stdin=subprocess.DEVNULL,
                                  stdout=closed, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, b""))

    def test_1_for_a_standard_stream_that_is_closed(self):
        """No file or connection may take its place, and be written to."""
        command = [CBM, "--profile", str(self.exchange.profile("EE-technical"))]
        for stream, words in ((1, ["inbox"]), (1, ["whoami"]), (0, [*notify_words(), "--yes"])):
            with self.subTest(stream=stream, words=words):
                done = subprocess.run([*command, *words], stderr=subprocess.PIPE, timeout=60,
                                      preexec_fn=lambda: os.close(stream), check=False)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr.decode(),
                                 "could not be written|cannot read standard input")

    def test_2_for_what_cannot_be_followed(self):
        self.assert_fails(2, "USAGE", "notify", says=("--kind", "--help"))
        self.assert_fails(2, "USAGE", "frob", says=("frob",))
        self.assert_fails(2, "USAGE", *notify_words(), input="text", says=("--yes",))

    def test_2_for_names_that_there_are_not(self):
        for words, hint in ((("states", "--framework", "OCSE"), "OSCE, UN"),
                            (("offices", "--party", "XQ"), "cbm directory states"),
                            (("offices", "--party", "lv"), "cbm directory states")):
            refused = self.cbm("EE-technical", "directory", *words, "--output", "json").must(2)
            self.assert_error(refused, "USAGE", words[2], hint)
        # A State without an office, and who is no State.
        self.assertEqual(self.json("EE-technical", "directory", "offices", "--party", "MT"),
                         {"offices": []})
        self.assertTrue(self.json("EE-technical", "directory", "offices", "--party",
                                  "SECRETARIAT")["offices"])

    def test_3_for_what_the_exchange_refuses(self):
        act = self.notify()["act_id"]
        self.assert_fails(3, "FAILED_PRECONDITION", *notify_words(precedence="EMERGENCY"), "--yes",
                          input="text", says=("EMERGENCY",))
        self.json("LV-duty", "ack", act)
        refused = self.cbm("LV-duty", "ack", act, "--output", "json").must(3)
        self.assertRegex(refused.err, '"(FAILED_PRECONDITION|ALREADY_EXISTS)"')

    def test_4_for_not_now(self):
        self.without_server()
        for words in (("inbox",), ("sent",), ("whoami",), ("show", UNKNOWN_ACT),
                      ("log", "checkpoint"), ("directory", "states")):
            self.assert_fails(4, "UNAVAILABLE", *words, says=("nobody answers", self.exchange.address))

    def test_5_for_evidence_that_does_not_verify(self):
        file = self.exchange.folder / "no receipt"
        file.write_bytes(b"no receipt")
        self.assert_fails(5, "DATA_LOSS", "verify", file)

    def test_5_for_a_replica_that_was_altered(self):
        self.json("LV-duty", "inbox")
        log = self.exchange.profile("LV-duty") / "replica" / "state-LV.log"
        whole = log.read_bytes()
        self.addCleanup(log.write_bytes, whole)
        log.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        failed = self.cbm("LV-duty", "inbox", "--output", "json").must(5)
        self.assert_error(failed, "DATA_LOSS", str(log), "changed on disk", "remove")

    def test_6_for_what_is_not_there(self):
        for words in (("show", UNKNOWN_ACT), ("ack", UNKNOWN_ACT), ("outbox", "send", "0190163d"),
                      ("directory", "show", "EE-nobody"), ("export", UNKNOWN_ACT, "--dir", "unused"),
                      ("log", "checkpoint", "--ledger", "state/LV")):
            self.assert_fails(6, "NOT_FOUND", *words)
        self.assert_fails(6, "NOT_FOUND", "show", "abc", says=("at least 6 digits", "cbm inbox"))

    def test_json_has_one_style(self):
        act = self.notify()["act_id"]
        self.json("LV-duty", "ack", act)
        for office, words in itertools.product(
                ("EE-technical", "LV-duty"),
                (("inbox",), ("sent",), ("todo",), ("show", act), ("whoami",), ("log", "checkpoint"),
                 ("log", "key"), ("directory", "offices"), ("directory", "states"), ("outbox",))):
            self.assert_style(self.json(office, *words), words)

    def assert_style(self, value, where):
        if isinstance(value, list):
            for each in value:
                self.assert_style(each, where)
        if isinstance(value, dict):
            for name, each in value.items():
                self.assertRegex(name, "^[a-z][a-z0-9]*(_[a-z0-9]+)*$", where)
                if name == "ledger":
                    self.assertRegex(each, "^(state|ALL)/[A-Z]+$|^secretariat$", where)
                if name in ("ordinal", "leaf_index", "tree_size", "record_version", "epoch"):
                    self.assertIsInstance(each, int, where)
                if name in ("time", "opened", "acknowledge_by") and isinstance(each, str):
                    self.assertRegex(each, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", where)
                self.assert_style(each, where)


if __name__ == "__main__":
    unittest.main()
