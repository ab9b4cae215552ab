"""The example client in Python: what it sends, opens, follows and verifies, `cbm` agrees with."""

import itertools
import json
import signal
import sys
import unittest

import exchange
import python_client
from exchange_case import UNKNOWN_ACT, ExchangeCase

TEXT = "The clearing host loses file systems.\nSince 21:10 UTC.\n"
SUBJECT = "Payment clearing disturbed"


class PythonClient(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical", "LT-duty")
    _numbers = itertools.count(1)

    def setUp(self):
        self.folder = self.exchange.folder / f"python {next(self._numbers)}"
        self.folder.mkdir()

    def client(self, office, *arguments, input=None):
        return python_client.run(self.exchange, office, *arguments, input=input)

    def submit_words(self, **changed):
        options = {"to": "LV,FI", "subject": SUBJECT, "body": "-", "cross-border": "yes",
                   "measure": "OSCE-3", "dir": self.folder, **changed}
        return ("submit", *itertools.chain.from_iterable((f"--{name}", value)
                                                         for name, value in options.items()))

    def submit(self, office="EE-technical", **changed):
        return self.client(office, *self.submit_words(**changed), input=TEXT).must().json

    def follower(self, office):
        follower = python_client.Follower(self.exchange, office, self.folder)
        self.addCleanup(follower.close)
        return follower

    # --- submit ---

    def test_what_it_submits_is_shown_to_those_it_is_for(self):
        sent = self.submit(context="EXERCISE", marking="GREEN")
        for office in ("LV-duty", "FI-technical"):
            shown = self.json(office, "show", sent["act_id"])
            self.assertEqual((shown["subject"], shown["body"], shown["kind"], shown["context"],
                              shown["marking"], shown["fields"], shown["measures"]),
                             (SUBJECT, TEXT, "INC", "EXERCISE", "GREEN", {"cross_border": "yes"},
                              ["OSCE-3"]))
        self.assertIsNone(self.listed("LT-duty", sent))
        deliveries = self.listed("EE-technical", sent, "sent")["deliveries"]
        self.assertEqual([each["state"] for each in deliveries], ["FI", "LV"])

    def test_its_receipt_is_proven_by_both(self):
        sent = self.submit()
        proven = self.json("EE-technical", "verify", sent["receipt"])
        for name in ("act_id", "act_digest", "ledger", "ordinal", "time"):
            self.assertEqual(proven[name], sent[name], name)
        again = self.client("EE-technical", "verify", sent["receipt"]).must().json
        self.assertEqual({name: again[name] for name in proven if name in again},
                         {name: proven[name] for name in proven if name in again})
        self.assertEqual(list(self.folder.glob("*.unsent")), [])

    def test_stock_tools_accept_its_signature(self):
        sent = self.submit()
        folder = self.folder / "exported"
        self.json("EE-technical", "export", sent["act_id"], "--dir", folder)
        exchange.run("openssl", "cms", "-verify", "-binary", "-inform", "DER",
                     "-in", folder / "act.p7s", "-content", folder / "act.bin",
                     "-certfile", folder / "chain.pem", "-CAfile", folder / "ca.pem",
                     "-purpose", "any", "-out", "/dev/null").must()

    def test_what_was_signed_is_sent_once_however_often_it_is_handed_in(self):
        self.without_server()
        tried = self.client("EE-technical", *self.submit_words(), input=TEXT).must(4)
        (unsent,) = self.folder.glob("*.unsent")
        self.assert_says(tried.err, "--again", str(unsent))
        self.start_again()
        kept = unsent.read_bytes()
        sent = self.client("EE-technical", "submit", "--again", unsent, "--dir", self.folder).must().json
        unsent.write_bytes(kept)
        same = self.client("EE-technical", "submit", "--again", unsent, "--dir", self.folder).must().json
        self.assertEqual(same, sent)
        self.assertIsNotNone(self.listed("LV-duty", sent))

    def test_what_cannot_be_sent_is_refused_with_a_reason(self):
        for code, changed, *said in (
                (2, {"subject": "x" * 201}, "subject", "200"), (2, {"to": "Latvia"}, "two capitals"),
                (2, {"body": "/nowhere"}, "--body"), (3, {"kind": "NONE"}, "INVALID_ARGUMENT", "kind"),
                (3, {"cross-border": "no", "field": "began=soon"}, "INVALID_ARGUMENT", "began"),
                (3, {"to": "EE"}, "itself")):
            with self.subTest(changed):
                refused = self.client("EE-technical", *self.submit_words(**changed), input=TEXT)
                self.assert_says(refused.must(code).err, *said)
                self.assertEqual(list(self.folder.iterdir()), [])

    # --- open ---

    def test_it_opens_what_cbm_sent_and_the_sender_is_told(self):
        sent = self.notify(text=TEXT)
        opened = self.client("LV-duty", "open", sent["act_digest"]).must().json
        self.assertEqual((opened["subject"], opened["body"], opened["fields"]),
                         (SUBJECT, TEXT, {"cross_border": "unknown"}))
        lv = next(each for each in self.listed("EE-technical", sent, "sent")["deliveries"]
                  if each["state"] == "LV")
        self.assertEqual(lv["opened_manner"], "automatic")
        self.assertEqual(self.client("LV-duty", "open", sent["act_digest"]).must().json, opened)

    def test_attachments_arrive_as_they_were_sent(self):
        attachment = self.folder / "log.txt"
        attachment.write_text("21:10 fsck: errors\n")
        sent = self.submit(attach=attachment)
        saved = self.folder / "saved"
        opened = self.client("LV-duty", "open", sent["act_digest"], "--save", saved).must().json
        self.assertEqual(opened["attachments"], ["log.txt"])
        self.assertEqual((saved / "log.txt").read_bytes(), attachment.read_bytes())

    def test_what_is_not_its_state_s_does_not_exist(self):
        sent = self.notify()
        self.client("LT-duty", "open", sent["act_digest"]).must(6)
        self.client("LT-duty", "open", "no digest").must(2)
        self.client("LT-duty", "open", UNKNOWN_ACT.encode().hex()).must(3)

    # --- follow ---

    def test_it_follows_through_restarts_with_nothing_missing_and_nothing_twice(self):
        sent = [self.notify(to="LV", subject=f"Before {each}") for each in range(2)]
        follower = self.follower("LV-duty")
        follower.until(sent[-1]["act_digest"])
        self.exchange.restart()
        sent.append(self.notify(to="LV", subject="After a restart"))
        follower.until(sent[-1]["act_digest"])
        self.exchange.kill()
        self.exchange.start()
        sent.append(self.submit(to="LV", subject="After a kill"))
        follower.until(sent[-1]["act_digest"])
        self.assertEqual(follower.end(signal.SIGKILL), -signal.SIGKILL)
        sent.append(self.notify(to="LV", subject="While nobody followed"))
        with open(follower.out, "ab") as torn:
            torn.write(b'{"ledger": "state/LV", "ord')  # What was written, and not counted any more.
        follower = self.follower("LV-duty")
        lines = follower.until(sent[-1]["act_digest"])
        self.assertEqual(follower.end(), 0, follower.err)
        self.assert_is_whole(lines, "LV-duty")
        shown = [line["act_digest"] for line in lines if line["kind"] == "submit"]
        for each in sent:
            self.assertEqual(shown.count(each["act_digest"]), 1)

    def assert_is_whole(self, lines, office):
        """Of each of the office's ledgers every entry, in order, once."""
        ledgers = self.json(office, "whoami")["ledgers"]
        self.assertEqual({line["ledger"] for line in lines}, set(ledgers))
        for ledger in ledgers:
            size = self.json(office, "log", "checkpoint", "--ledger", ledger)["tree_size"]
            ordinals = [line["ordinal"] for line in lines if line["ledger"] == ledger]
            self.assertEqual(ordinals, list(range(size)), ledger)

    def test_who_is_enrolled_meanwhile_is_known_when_its_acts_come(self):
        first = self.notify(to="LV")
        follower = self.follower("LV-duty")
        follower.until(first["act_digest"])
        self.exchange.enrol("SE-policy")
        sent = self.notify(office="SE-policy", to="LV")
        self.assert_is_whole(follower.until(sent["act_digest"]), "LV-duty")
        self.assertEqual(follower.end(), 0, follower.err)

    def test_a_line_says_what_it_is_without_opening_it(self):
        sent = self.notify(to="LV", context="TEST", marking="RED", precedence="ROUTINE")
        words = ("follow", "--cursor", self.folder / "cursor", "--once")
        told = self.client("LV-duty", *words).must()
        line = json.loads(told.out.splitlines()[-1])
        self.assertEqual((line["act_digest"], line["ledger"], line["role"], line["party"],
                          line["notification"]),
                         (sent["act_digest"], "state/LV", "addressed", "EE",
                          {"kind": "INC", "precedence": "ROUTINE", "context": "TEST", "marking": "RED"}))
        self.assertNotIn(SUBJECT, told.out)
        self.assertEqual(self.client("LV-duty", *words).must().out, "")

    def test_every_party_s_ledgers_can_be_followed(self):
        sent = self.notify()
        for office in ("EE-technical", "FI-technical", exchange.SECRETARIAT):
            out = self.folder / f"{office}.jsonl"
            words = ("follow", "--cursor", self.folder / f"{office}.cursor", "--out", out, "--once")
            self.client(office, *words).must()
            lines = python_client.lines_of(out)
            self.assertIn(sent["act_digest"], [line["act_digest"] for line in lines])
            self.assert_is_whole(lines, office)

    def test_a_file_of_another_run_is_not_written_over(self):
        out = self.folder / "entries.jsonl"
        out.write_text("something of mine\n")
        refused = self.client("LV-duty", "follow", "--cursor", self.folder / "cursor", "--out", out)
        self.assert_says(refused.must(2).err, str(out))
        self.assertEqual(out.read_text(), "something of mine\n")

    def test_a_ledger_that_does_not_go_on_from_what_it_was_is_refused(self):
        words = ("follow", "--cursor", self.folder / "cursor", "--once")
        self.client("LV-duty", *words).must()
        said = json.loads((self.folder / "cursor").read_text())
        tree = said["ledgers"]["state/LV"]["tree"]
        tree[0] = "00" * 32
        (self.folder / "cursor").write_text(json.dumps(said))
        self.notify(to="LV")
        refused = self.client("LV-duty", *words).must(5)
        self.assert_says(refused.err, "not proven", "checkpoint")
        self.assertEqual(refused.out, "")

    # --- what it says of itself ---

    def test_the_readme_s_commands_work_as_they_stand(self):
        text = (python_client.PROGRAM.parent / "README.md").read_text()
        section = text.split("## In three commands")[1].split("## ")[0]
        commands = [line[4:] for line in section.splitlines() if line.startswith("    ")]
        self.assertEqual(commands[0], "example=../../../docs/examples/python/cbm_client.py")
        commands[0] = f"example={python_client.PROGRAM}"
        told = self.exchange.run("bash", "-euo", "pipefail", "-c", "\n".join(commands),
                                 cwd=self.exchange.folder / "profiles").must()
        sent, opened, proven = map(json.loads, told.out.splitlines())
        self.assertEqual(opened["body"], "Signs of a foothold in the payment clearing network.\n")
        self.assertEqual((sent["act_digest"], True), (opened["act_digest"], proven["proven"]))

    def test_help_has_examples(self):
        self.assert_says(self.client("LV-duty", "submit", "--help").must().out, "--cross-border")
        self.assert_says(self.client("LV-duty", "--help").must().out, "examples:", "exit codes:")

    def test_a_missing_profile_is_a_usage_error(self):
        refused = exchange.run(sys.executable, "-B", python_client.PROGRAM, "--profile",
                               self.folder, "verify", "receipt").must(2)
        self.assert_says(refused.err, "cbm init")


if __name__ == "__main__":
    unittest.main()
