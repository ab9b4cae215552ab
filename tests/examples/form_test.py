"""What a notification says is in the form of its kind for the exchange and for the second verifier, or
for neither.
"""

import json
import pathlib
import secrets
import tempfile
import unittest

import grpc

import cbm_client
import exchange
from cbm_formats import cms
from cbm_formats.content import read_new_manifest
from cbm_formats.digests import content_digest
from cbm_formats.forms import check_form
from cbm_formats.reading import read
from cbm_formats.refused import Refused
from client import submit
from exchange_case import ExchangeCase
from whole_ledgers import Office, messages

TAKEN, REFUSED = grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT


def rule(name, type, place="FIELD", **more):
    return {"name": name, "type": f"FIELD_TYPE_{type}", "place": f"FIELD_PLACE_{place}",
            "question": "What?", **more}


def between(least, most):
    return {"bounds": {"min": least, "max": most}}


# A kind with a field of each type.
KIND = {
    "kind": "TRY", "name": "A form", "audiences": ["NAMED"], "made_by": "notify",
    "precedences": ["ROUTINE", "URGENT", "EMERGENCY"],
    "fields": [
        rule("nature", "LINES", "BODY", required=True, **between(2, 20)),
        rule("needed", "CHOICE", required=True, choices=["yes", "no"]), rule("text", "TEXT"),
        rule("short", "TEXT", **between(2, 4)), rule("lines", "LINES", **between(1, 9)),
        rule("day", "DATE"), rule("days", "DATE", **between(2, 3)), rule("at", "INSTANT"),
        rule("state", "STATES"), rule("states", "STATES", **between(0, 3)),
        rule("measure", "MEASURES"), rule("measures", "MEASURES", **between(1, 2)),
        rule("number", "NUMBER"), rule("level", "NUMBER", **between(-1, 5))]}

# Characters that turn a line around, or that are not seen: the exchange counts them as control
# characters, and docs/formats.md does not name them where it says what one line is.
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202e\u2066\u2069\ufeff"
DIFFER = {f"text={f'a{each}b'!r}" for each in DIRECTIONS}
VALUES = {
    "needed": ("yes", "no", "maybe", "Yes", "yes ", ""),
    "text": ("a", "a\tb", "a\nb", "a\x7fb", "a\x85b", "a\u2028b", "щ" * 300, "\u200b", "",
             *(f"a{each}b" for each in DIRECTIONS)),
    "short": ("a", "ab", "щщщщ", "щщщщщ", "\U0001f600\U0001f600\U0001f600\U0001f600", ""),
    "lines": ("a\nb\r\n", "a\tb", "0123456789"),
    "day": ("2026-03-10", "2024-02-29", "2026-02-29", "2000-02-29", "1900-02-29", "2026-13-01",
            "2026-04-31", "2026-00-10", "2026-3-10", "20260310", "2026-03-10 ", "2026-03-10,2026-03-11",
            "0000-01-01", "9999-12-31", "-026-03-10"),
    "days": ("2026-03-10", "2026-03-10,2026-03-11", "2026-03-11,2026-03-10", "2026-03-10,2026-03-10",
             "2026-03-10, 2026-03-11", "2026-03-10,2026-03-11,", "2026-01-01,2026-01-02,2026-01-03",
             "2026-01-01,2026-01-02,2026-01-03,2026-01-04"),
    "at": ("2026-03-10T21:52:00Z", "2026-03-10T21:52:00.5Z", "2026-03-10T21:52:00.123456789012Z",
           "2026-03-10T21:52:00.Z", "2026-03-10T21:52Z", "2026-03-10T24:00:00Z", "2026-03-10T21:60:00Z",
           "2026-03-10T21:52:60Z", "2026-02-29T21:52:00Z", "2026-03-10 21:52:00Z", "2026-03-10T21:52:00",
           "2026-03-10T21:52:00z", "2026-03-10t21:52:00Z", "2026-03-10T21:52:00+00:00",
           "2026-03-10T21:52:00,5Z", "0000-03-10T21:52:00Z", "9999-12-31T23:59:59.999Z",
           "2026-03-10T21:52:00Z "),
    "state": ("EE", "LV", "XX", "ee", "EE,LV", "SECRETARIAT"),
    "states": ("EE", "EE,LV", "LV,EE", "EE,EE", "EE,FI,LV", "EE,FI,LT,LV", "EE,,LV", ","),
    "measure": ("OSCE-3", "UN-1", "OSCE-999", "OSCE-1,OSCE-2"),
    "measures": ("OSCE-1", "OSCE-1,OSCE-2", "OSCE-2,OSCE-1", "OSCE-1,OSCE-2,OSCE-3"),
    "number": ("0", "7", "-7", "-0", "07", "+7", "7.0", " 7", "7 ", "", "1e3", "٣",
               "9223372036854775807", "-9223372036854775808"),
    "level": ("-1", "0", "5", "6", "-2", "1"),
    "more": ("x", "")}


class Forms(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty")

    @classmethod
    def setUpClass(cls):
        made = tempfile.TemporaryDirectory(prefix="cbm-forms-")
        cls.addClassCleanup(made.cleanup)
        kinds = json.loads((exchange.ROOT / "data/notification_kinds.json").read_text())
        file = pathlib.Path(made.name) / "kinds.json"
        file.write_text(json.dumps([*kinds, KIND]))
        config, usual = exchange.CONFIG, "{root}/data/notification_kinds.json"
        exchange.CONFIG = config.replace(usual, str(file))
        cls.addClassCleanup(lambda: setattr(exchange, "CONFIG", config))
        super().setUpClass()
        cls.office = Office(cls.exchange, "EE-technical")
        cls.addClassCleanup(cls.office.exchange.__exit__)

    def request(self, change, kind="TRY"):
        """A notification that is in order, but for what its manifest says."""
        words = cbm_client.parser().parse_args(
            ["--profile", "any", "submit", "--to", "LV", "--kind", kind, "--field", "needed=yes",
             "--measure", "OSCE-3"])
        words.body = "The host."
        request = submit.build(self.office.profile, messages(), words)
        content = request.contents[0].open
        manifest = messages().Manifest.FromString(content.plaintext)
        change(manifest)
        content.plaintext = manifest.SerializeToString(deterministic=True)
        content.salt = secrets.token_bytes(32)
        act = messages().Act.FromString(request.signed_act.act)
        act.manifest_digest = content_digest(content.salt, content.plaintext)
        request.signed_act.act = act.SerializeToString(deterministic=True)
        profile = self.office.profile
        request.signed_act.signature = cms.sign(request.signed_act.act, profile.certificate, profile.sign)
        return request

    def exchange_says(self, request):
        def answer():
            try:
                self.office.call("ActService.PerformAct", request)
            except grpc.RpcError as error:
                busy = error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
                return None if busy else (error.code(), error.details())
            return TAKEN, ""

        return exchange.wait_until("the exchange has time for one more", answer)

    def second_says(self, request):
        act = read(request.signed_act.act, "Act")
        try:
            manifest = read_new_manifest(request.contents[0].open.plaintext)
            check_form(self.office.profile.genesis, act.submit.notification, manifest)
        except Refused as why:
            return REFUSED, str(why)
        return TAKEN, ""

    def judge(self, cases):
        differ, verdicts = [], set()
        for name, change in cases:
            request = self.request(change)
            served, second = self.exchange_says(request), self.second_says(request)
            verdicts.add(served[0])
            if (served[0] != second[0]) != (name in DIFFER):
                differ.append(f"{name}: exchange {served}, second {second}")
        self.assertEqual(differ, [], "\n".join(differ))
        self.assertEqual(verdicts, {TAKEN, REFUSED})

    def test_a_value_of_every_type_has_one_verdict(self):
        def with_field(name, value):
            def change(manifest):
                said = {field.name: field.value for field in manifest.fields} | {name: value}
                del manifest.fields[:]
                for each in sorted(said):
                    manifest.fields.add(name=each, value=said[each])
            return change

        self.judge((f"{name}={value!r}", with_field(name, value))
                   for name, values in VALUES.items() for value in values)

    def test_what_is_beside_the_fields_has_one_verdict(self):
        def saying(**fields):
            return lambda manifest: [setattr(manifest, name, value) for name, value in fields.items()]

        def translated(*languages):
            return lambda manifest: [manifest.translations.add(language=each, made_by="us", text="A")
                                     for each in languages]

        self.judge({
            "as it is": saying(), "no body": saying(body=""), "a short body": saying(body="a"),
            "the longest body": saying(body="щ" * 20), "a long body": saying(body="щ" * 21),
            "lines": saying(body="a\n\tb"), "a subject": saying(subject="About"),
            "no fields": lambda manifest: manifest.ClearField("fields"),
            "into French": translated("fr"), "into two languages": translated("fr", "ru"),
            "into its own language": translated("en"), "into no language of theirs": translated("et"),
            "into a language in capitals": translated("FR")}.items())


if __name__ == "__main__":
    unittest.main()
