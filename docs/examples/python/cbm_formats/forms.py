"""Forms: what the manifest of a notification has to say. docs/formats.md, "Forms"."""

import calendar
import re

from cbm_formats.content import is_line
from cbm_formats.refused import require

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_INSTANT = re.compile(r"(.{10})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?Z")
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")
SUBJECT = "subject"  # What a kind may ask for beside its form.


def check_form(genesis, notification, manifest):
    """Refuses a manifest that is not in the form of its notification's kind."""
    kind = genesis.kinds.get(notification.kind)
    require(kind is not None, f"there is no kind {notification.kind}")
    languages = {language for measure in notification.measures
                 for language in genesis.languages_of.get(measure, ())} - {notification.language}
    for translation in manifest.translations:
        require(translation.language in languages,
                f"{translation.language} is no other language of the measures' frameworks")
    require(manifest.subject or SUBJECT not in kind.get("required_fields", []), "there is no subject")
    rules = kind.get("fields", [])
    if not rules:
        return
    said = {field.name: field.value for field in manifest.fields}
    named = {rule["name"] for rule in rules if rule["place"] == "FIELD_PLACE_FIELD"}
    require(said.keys() <= named, f"a field is not of the form: {sorted(said.keys() - named)}")
    for rule in rules:
        value = manifest.body if rule["place"] == "FIELD_PLACE_BODY" else said.get(rule["name"], "")
        require(value or not rule.get("required"), f"{rule['name']} is not there")
        if value:
            check_value(genesis, rule, value)


def check_value(genesis, rule, value):
    """Refuses a value of a field that its rule does not allow."""
    type = rule["type"].removeprefix("FIELD_TYPE_")
    require(_CHECKS[type](genesis, rule, value), f"{rule['name']} is not of the form of {type}")


def _is_text(genesis, rule, value):
    return is_line(value) and _is_within(rule, len(value))


def _is_lines(genesis, rule, value):
    return _is_within(rule, len(value))


def _is_choice(genesis, rule, value):
    return value in rule.get("choices", [])


def _is_instant(genesis, rule, value):
    found = _INSTANT.fullmatch(value)
    return (found is not None and is_date(found[1]) and int(found[2]) < 24
            and int(found[3]) < 60 and int(found[4]) < 60)


def _is_number(genesis, rule, value):
    return _NUMBER.fullmatch(value) is not None and _is_within(rule, int(value))


def _list_of(is_one):
    """Several with commas, ascending as bytes, each once; without bounds, one alone."""
    def check(genesis, rule, value):
        parts = value.split(",")
        encoded = [part.encode() for part in parts]
        return (all(is_one(genesis, part) for part in parts)
                and all(low < high for low, high in zip(encoded, encoded[1:]))
                and _is_within({"bounds": rule.get("bounds", {"min": 1, "max": 1})}, len(parts)))
    return check


def _is_within(rule, amount):
    bounds = rule.get("bounds")
    return bounds is None or int(bounds.get("min", 0)) <= amount <= int(bounds.get("max", 0))


def is_date(text):
    """Whether a text is a day that there is, as 2026-03-10."""
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


_CHECKS = {"TEXT": _is_text, "LINES": _is_lines, "CHOICE": _is_choice, "INSTANT": _is_instant,
           "NUMBER": _is_number,
           "DATE": _list_of(lambda genesis, part: is_date(part)),
           "STATES": _list_of(lambda genesis, part: part in genesis.states),
           "MEASURES": _list_of(lambda genesis, part: part in genesis.languages_of)}
