"""Sending: whom a notification goes to, what it carries, and what is refused before it is sent."""

import json
import pathlib
import tempfile
import unittest

import exchange
from exchange_case import ExchangeCase, notify_words


class Notify(ExchangeCase):
    def received(self, office, act):
        return self.listed(office, act)

    def test_answers_where_the_act_stands_and_keeps_its_receipt(self):
        sent = self.notify()
        self.assertEqual(sent["ledger"], "state/EE")
        self.assertIsInstance(sent["ordinal"], int)
        self.assertEqual(sent["leaf_index"], sent["ordinal"])
        self.assertGreater(sent["tree_size"], sent["leaf_index"])
        self.assertRegex(sent["act_id"], "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17}$")
        self.assertGreater(pathlib.Path(sent["receipt"]).stat().st_size, 0)

    def test_text_answer_says_the_same(self):
        told = self.cbm("EE-technical", *notify_words(), "--yes", input="text").must()
        self.assert_says(told.out, "state/EE", ".receipt")
        self.assertRegex(told.out, "(?m)^act +[0-9a-f-]{36}$")

    def test_goes_to_the_named_and_to_nobody_else(self):
        sent = self.notify(to="LV,FI")
        for office in ("LV-duty", "FI-technical"):
            self.assertEqual(self.received(office, sent)["from_party"], "EE", office)
        for office in ("LT-duty", "SE-policy"):
            self.assertIsNone(self.received(office, sent), office)

    def test_carries_the_body_as_it_was_written(self):
        body = "nature: wiper\ntext: Two hosts lost their disks.\nasked_of_recipient: Do you see it?"
        sent = self.notify(text=body)
        self.assertEqual(self.json("LV-duty", "show", sent["act_id"])["body"], body)

    def test_reads_the_body_from_a_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("from a file")
            file.flush()
            sent = self.notify(text=None, body=file.name)
        self.assertEqual(self.json("LV-duty", "show", sent["act_id"])["body"], "from a file")

    def test_a_body_that_cannot_be_read_sends_nothing(self):
        size = self.json("EE-technical", "log", "checkpoint")["tree_size"]
        failed = self.cbm("EE-technical", *notify_words(body="/nowhere/incident.txt"), "--yes")
        self.assert_says(failed.must(1).err, "/nowhere/incident.txt", "No such file")
        self.assertEqual(self.json("EE-technical", "log", "checkpoint")["tree_size"], size)

    def test_what_is_no_text_is_refused_by_option_and_byte(self):
        refused = self.cbm("EE-technical", *notify_words(), "--yes", "--output", "json",
                           input=b"caf\xe9")
        self.assert_error(refused.must(2), "USAGE", "--body", "UTF-8", "byte 4", "the text is kept")
        refused = self.cbm("EE-technical", *notify_words(subject=b"caf\xe9".decode(
            errors="surrogateescape")), "--yes", "--output", "json", input="text")
        self.assert_error(refused.must(2), "USAGE", "--subject", "UTF-8", "byte 4")

    def test_a_body_that_is_too_long_is_refused_with_the_bound(self):
        file = self.exchange.folder / "long.txt"
        for size, code in ((65_536, 0), (65_537, 1), (1 << 20, 1)):
            file.write_text("a" * size)
            words = notify_words(body=str(file), context="TEST")
            done = self.cbm("EE-technical", *words, "--yes").must(code)
            if code:
                self.assert_says(done.err, str(file), "more than 65536 bytes")
        typed = self.cbm("EE-technical", *notify_words(), "--yes", input="a" * 65_537).must(2)
        self.assert_says(typed.err, "65537 bytes", "at most 65536", "the text is kept")

    def test_a_notification_without_subject_is_refused(self):
        refused = self.cbm("EE-technical", *notify_words(subject=""), "--yes", input="text").must(2)
        self.assert_says(refused.err, "--subject")

    def test_all_is_the_framework_of_the_measures(self):
        sent = self.notify(to="ALL", marking="GREEN", measure="OSCE-3")
        for office in ("LV-duty", "SE-policy", "LT-duty"):
            record = self.received(office, sent)
            self.assertEqual((record["ledger"], record["audience"]), ("ALL/OSCE", "ALL/OSCE"), office)

    def test_all_of_another_framework_is_named(self):
        sent = self.notify(to="ALL/UN", marking="GREEN", measure="OSCE-3,UN-2")
        self.assertEqual(self.received("LV-duty", sent)["ledger"], "ALL/UN")

    def test_all_for_measures_of_two_frameworks_is_a_usage_error(self):
        size = self.json("EE-technical", "log", "checkpoint")["tree_size"]
        refused = self.cbm("EE-technical", *notify_words(to="ALL", measure="OSCE-3,UN-2"), "--yes")
        self.assert_says(refused.must(2).err, "OSCE", "UN", "ALL/OSCE")
        self.assertEqual(self.json("EE-technical", "log", "checkpoint")["tree_size"], size)

    def test_the_secretariat_can_be_addressed_alone(self):
        sent = self.notify(to="SECRETARIAT")
        self.assertEqual(self.json(exchange.SECRETARIAT, "show", sent["act_id"])["subject"],
                         "Payment clearing disturbed")
        self.assertIsNone(self.received("LV-duty", sent))

    def test_cross_border_is_unknown_unless_said_and_is_shown(self):
        for typed, kept in ((None, "unknown"), ("yes", "yes"), ("no", "no"), ("unknown", "unknown")):
            words = notify_words(cross_border=typed)
            told = self.cbm("EE-technical", *words, "--yes", input="text").must()
            self.assertRegex(told.err, f"(?m)^cross_border +{kept}$")
            act = told.out.split("act ")[1].split()[0]
            self.assertEqual(self.json("LV-duty", "show", act)["fields"], {"cross_border": kept})

    def test_cross_border_belongs_to_incidents_alone(self):
        words = notify_words(kind="FRE", cross_border="yes")
        self.assert_says(self.cbm("EE-technical", *words, "--yes", input="t").must(2).err, "INC")
        sent = self.notify(kind="FRE")
        self.assertEqual(self.json("LV-duty", "show", sent["act_id"])["fields"], {})

    def test_what_is_mistyped_is_a_usage_error_that_names_it(self):
        for change, *said in (({"to": "XX"}, "XX", "--to"),
                              ({"to": ""}, "--to"),
                              ({"kind": "ABC"}, "ABC", "--kind"),
                              ({"measure": "OSCE-99"}, "OSCE-99", "--measure"),
                              ({"marking": "PINK"}, "PINK", "AMBER+STRICT"),
                              ({"precedence": "SOON"}, "SOON", "ROUTINE"),
                              ({"context": "PLAY"}, "PLAY", "EXERCISE"),
                              ({"cross_border": "maybe"}, "maybe", "unknown"),
                              ({"subject": None}, "--subject")):
            with self.subTest(change):
                refused = self.cbm("EE-technical", *notify_words(**change), "--yes", input="text")
                self.assert_says(refused.must(2).err, *said)
                self.assertEqual(refused.out, "")

    def test_every_kind_is_taken_with_its_form(self):
        day, instant = "2026-05-04", "2026-06-01T00:00:00Z"
        forms = {"INQ": {}, "ASR": {}, "VUL": {"product": "Router 4.1", "embargo_until": instant},
                 "NVT": {}, "OIS": {}, "LEG": {}, "ORG": {"valid_from": day}, "CIP": {},
                 "GLO": {"term": "incident", "language": "en"}, "FRE": {},
                 "EVT": {"title": "Spring exercise", "dates": f"{day},2026-05-06"}}
        for kind, fields in forms.items():
            with self.subTest(kind):
                to_all = kind not in ("INQ", "ASR", "VUL", "FRE")
                words = notify_words(kind=kind, to="ALL" if to_all else "LV",
                                     marking="GREEN" if to_all else "AMBER", precedence="ROUTINE")
                for name, value in fields.items():
                    words += ["--field", f"{name}={value}"]
                sent = self.exchange.json("EE-technical", *words, "--yes", input="text")
                self.assertEqual(self.json("LV-duty", "show", sent["act_id"])["fields"], fields)

    def test_all_that_is_missing_is_named_at_once(self):
        refused = self.cbm("EE-technical", "notify", "--kind", "VUL", "--to", "LV", "--yes")
        self.assert_says(refused.must(2).err, "--measure", "--subject", "product=", "--body",
                         "embargo_until=", "Until when must it stay secret?")
        self.assert_says(self.cbm("EE-technical", "notify", "--yes").must(2).err, "--kind", "--to")

    def test_a_field_that_is_wrong_or_unknown_is_refused_and_the_text_is_kept(self):
        for field, *said in (("severity=9", "severity", "1 to 5"), ("colour=red", "colour", "severity"),
                             ("affected_states=LV,XX", "affected_states", "States")):
            words = (*notify_words(), "--field", field, "--yes")
            refused = self.cbm("EE-technical", *words, input="typed")
            self.assert_says(refused.must(2).err, "kept in", *said)

    def test_kinds_that_other_commands_make_are_refused_with_their_name(self):
        for kind, command in (("RSP", "reply"), ("CRQ", "consult"), ("REC", "consult"),
                              ("POC", "directory"), ("CHK", "check"), ("CON", "round")):
            refused = self.cbm("EE-technical", *notify_words(kind=kind), "--yes", input="text")
            self.assert_says(refused.must(2).err, f"cbm {command}", kind)

    def test_a_whole_notification_comes_from_a_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            said = {"kind": "INC", "to": ["LV", "FI"], "measures": ["OSCE-3"], "context": "TEST",
                    "subject": "From a file", "body": "Two hosts.",
                    "fields": {"severity": 4, "affected_states": ["LT", "LV"]}}
            json.dump(said, file)
            file.flush()
            sent = self.json("EE-technical", "notify", "--from-file", file.name, "--yes")
            shown = self.json("LV-duty", "show", sent["act_id"])
            self.assertEqual(shown["fields"], {"affected_states": "LT,LV", "cross_border": "unknown",
                                               "severity": "4"})
            self.assertEqual((shown["context"], shown["body"]), ("TEST", "Two hosts."))
            other = self.json("EE-technical", "notify", "--from-file", file.name, "--subject", "Other",
                              "--yes")
            self.assertEqual(self.json("LV-duty", "show", other["act_id"])["subject"], "Other")
        refused = self.cbm("EE-technical", "notify", "--from-file", "-", "--yes", input='{"too": "LV"}')
        self.assert_says(refused.must(2).err, "'too'", "measures")

    def test_translations_name_who_made_them(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("Deux serveurs.")
            file.flush()
            words = (*notify_words(to="LV"), "--translation", f"fr:{file.name}:Language service")
            told = self.cbm("EE-technical", *words, "--yes", input="Two hosts.").must()
            self.assert_says(told.err, "translation   fr, made by Language service")
            act = told.out.split("act ")[1].split()[0]
            self.assertEqual(self.json("LV-duty", "show", act)["translations"],
                             [{"language": "fr", "made_by": "Language service",
                               "text": "Deux serveurs."}])
            self.assert_says(self.cbm("LV-duty", "show", act).must().out, "Two hosts.", "fr, made by")
            shown = self.cbm("LV-duty", "show", act, "--language", "fr").must().out
            self.assert_says(shown, "Deux serveurs.", "translated from en by Language service")
            self.assertNotIn("Two hosts.", shown)
            self.assert_says(self.cbm("LV-duty", "show", act, "--language", "ru").must(6).err, "en, fr")
            twice = (*words, "--translation", f"fr:{file.name}:Another", "--yes")
            self.assert_says(self.cbm("EE-technical", *twice, input="x").must(2).err, "'fr'", "twice")
            for bad, *said in ((f"lv:{file.name}:X", "'lv' is none", "fr"),
                               (f"en:{file.name}:X", "'en' is none"), (f"fr:{file.name}", "MADE-BY")):
                words = (*notify_words(), "--translation", bad, "--yes")
                self.assert_says(self.cbm("EE-technical", *words, input="t").must(2).err, *said)

    def test_emergency_is_refused_with_the_reason_and_sends_nothing(self):
        words = (*notify_words(precedence="EMERGENCY"), "--yes", "--output", "json")
        size = self.json("EE-technical", "log", "checkpoint")["tree_size"]
        refused = self.cbm("EE-technical", *words, input="all of this was typed").must(3)
        self.assert_says(refused.err, '"FAILED_PRECONDITION"', "two offices", "telephone")
        self.assertEqual(self.json("EE-technical", "log", "checkpoint")["tree_size"], size)
        kept = refused.err.split("kept in ")[1].split('"')[0]
        self.assertEqual(pathlib.Path(kept).read_text(), "all of this was typed")

    def test_without_terminal_and_yes_nothing_is_sent(self):
        size = self.json("EE-technical", "log", "checkpoint")["tree_size"]
        refused = self.cbm("EE-technical", *notify_words(), input="text")
        self.assert_says(refused.must(2).err, "--yes")
        self.assertEqual(self.json("EE-technical", "log", "checkpoint")["tree_size"], size)
        self.assertEqual(self.json("EE-technical", "outbox")["acts"], [])

    def test_a_subject_that_is_too_long_is_refused_with_the_bound_and_the_text_is_kept(self):
        words = notify_words(subject="x" * 5000)
        refused = self.cbm("EE-technical", *words, "--yes", input="typed")
        self.assert_says(refused.must(2).err, "subject", "5000", "kept in")


if __name__ == "__main__":
    unittest.main()
