"""`cbm` and the second verifier read the same genesis documents: each in order but for one thing, with the
log key that names it.
"""

import base64
import hashlib
import json
import re
import shutil
import unittest

import exchange
from cbm_formats.genesis import read_genesis
from cbm_formats.note import Key, parse_anchor_key
from exchange import CBM, run
from exchange_case import ExchangeCase
from verdicts import NOT_PROVEN, PROVEN, second_says


def changes(said):
    """(name, whether it holds, the document): `said` is one in order, read from its text."""
    text = json.dumps(said)

    def changed(change):
        other = json.loads(text)
        change(other)
        return json.dumps(other)

    yield "as it is", True, text
    yield from _texts(text)
    yield from _fields(said, changed)
    yield from _types(changed)


def _texts(text):
    """Of the document as a text."""
    yield "blanks behind it", True, text + " \n"
    yield "characters by their numbers", True, text.replace('"cbm', '"\\u0063bm', 1)
    yield "1 MiB", True, text + " " * ((1 << 20) - len(text))
    yield "more than 1 MiB", False, text + " " * ((1 << 20) - len(text) + 1)
    yield "something behind it", False, text + "x"
    yield "a comma too many", False, text[:-1] + ",}"
    yield "quotes that are none", False, text.replace('"purpose"', "'purpose'", 1)
    yield "a list", False, f"[{text}]"
    yield "no text", False, ""
    yield "too deep", False, "[" * 5000
    yield "a field twice", False, text.replace('"purpose"', '"name": "test", "purpose"', 1)


def _fields(said, changed):
    """Of fields that are there, are not, or are others."""
    certificate = said["secretariat_certificate"]

    def in_framework(**fields):
        return changed(lambda other: other["frameworks"][0].update(fields))

    yield "an unknown field", False, in_framework(more=1)
    yield "a text for a list", False, in_framework(languages="en")
    yield "no clocks", True, in_framework(clocks={})
    yield "a name that is no text", False, in_framework(name=7)
    yield "nothing for a name", False, in_framework(name=None)
    yield "half a character", False, in_framework(name="\ud800")
    yield "nothing", False, changed(lambda other: other.update(notification_kinds=None))
    for field in ("frameworks", "notification_kinds"):
        yield f"without {field}", True, changed(lambda other, field=field: other.pop(field))
    for field in ("purpose", "version", "log_key", "secretariat_certificate"):
        yield f"without {field}", False, changed(lambda other, field=field: other.pop(field))
    yield "a later version", False, changed(lambda other: other.update(version=2))
    yield "a number as a text", False, changed(lambda other: other.update(version="1"))
    yield "a whole number with a point", False, changed(lambda other: other.update(version=1.0))
    yield "a name in capitals", False, changed(lambda other: other.update(name="Test"))
    yield "a long name", False, changed(lambda other: other.update(name="a" * 33))
    yield "a field by its other name", False, changed(lambda other: other.update(
        logKey=other.pop("log_key")))
    yield "base64 without padding", False, changed(lambda other: other.update(
        log_key=other["log_key"].rstrip("=")))
    yield "base64 of the other alphabet", False, changed(lambda other: other.update(
        secretariat_certificate=certificate.replace("+", "-").replace("/", "_")))
    yield "no certificate", False, changed(lambda other: other.update(secretariat_certificate="AAAA"))
    yield "something behind the certificate", False, changed(lambda other: other.update(
        secretariat_certificate=base64.b64encode(base64.b64decode(certificate) + b"\0").decode()))


def _types(changed):
    """Of enums, numbers, durations and truth values."""
    def in_member(**fields):
        return changed(lambda other: other["frameworks"][0]["members"][0].update(fields))

    def of_a_clock(duration):
        return changed(lambda other: other["frameworks"][0]["clocks"].update(
            acknowledge_urgent=duration))

    def of_bounds(most):
        return changed(lambda other: next(
            field for kind in other["notification_kinds"] for field in kind.get("fields", [])
            if "bounds" in field)["bounds"].update(max=most))

    yield "an enum by its number", False, in_member(membership=1)
    yield "an enum by a number that is none", False, in_member(membership=9)
    for name in ("membership_participating", "MEMBERSHIP_FRIEND", ""):
        yield f"an enum by '{name}'", False, in_member(membership=name)
    for order, holds in ((0, True), (2**32 - 1, True), (2**32, False), (-1, False), (1.5, False)):
        yield f"an order of {order}", holds, in_member(protocol_order=order)
    yield "an order of thousands of digits", False, in_member(protocol_order="more").replace(
        '"more"', "7" * 5000)
    yield "bounds of thousands of digits", False, of_bounds("7" * 5000)
    yield "a truth value as a text", False, changed(lambda other: other["notification_kinds"][0].update(
        acknowledgement_asked="true"))
    yield "a truth value as a number", False, changed(
        lambda other: other["notification_kinds"][0].update(acknowledgement_asked=1))
    for duration, holds in (("7200s", True), ("7200.5s", True), ("-7200s", True), ("7200", False),
                            ("1.0000000001s", False), ("1e3s", False), ("", False), (" 7s", False),
                            ("+3s", False), ("7200.s", False), ("315576000000s", True),
                            ("315576000001s", False), ("-315576000001s", False)):
        yield f"a duration of '{duration}'", holds, of_a_clock(duration)
    for most, holds in ((1, True), ("1", True), (2**63 - 1, True), (str(2**63 - 1), True),
                        (-2**63, True), (2**63, False), (str(2**63), False), (str(-2**63 - 1), False),
                        ("+1", False), ("01", False), ("", False), (" 1", False), (1.0, False),
                        ("1.0", False), (True, False)):
        yield f"bounds of {most!r}", holds, of_bounds(most)


class GenesisVerdicts(ExchangeCase):
    OFFICES = ()

    def test_a_genesis_document_has_one_verdict(self):
        self.exchange.stop()
        profile = self.exchange.folder / "another"
        shutil.copytree(self.exchange.profile(exchange.SECRETARIAT), profile)
        config = (profile / "config.toml").read_text()
        said = json.loads((self.exchange.folder / "genesis.json").read_text())
        public_key, wrong, verdicts = base64.b64decode(said["log_key"]), [], set()
        for name, holds, text in changes(said):
            data = text.encode()
            found = re.search(r'"name": "([a-zA-Z]*)"', text)
            key = Key(f"{found[1] if found else 'test'}/{hashlib.sha256(data).hexdigest()}/1", public_key)
            (profile / "genesis.json").write_bytes(data)
            (profile / "config.toml").write_text(
                re.sub(r"(?m)^log_key = .*$", lambda _, key=key: f"log_key = '{key}'", config))
            told = run(CBM, "--profile", profile, "log", "key")
            second = second_says(lambda: read_genesis(data, parse_anchor_key(str(key))))
            if (told.code == PROVEN) != holds or (second[0] == PROVEN) != holds:
                wrong.append(f"{name}: cbm {told.code} {told.err}, second {second}")
            verdicts.add(second[0])
        self.assertEqual(wrong, [], "\n".join(wrong))
        self.assertEqual(verdicts, {PROVEN, NOT_PROVEN})


if __name__ == "__main__":
    unittest.main()
