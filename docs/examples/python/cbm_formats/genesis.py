"""The genesis document: what an exchange is. docs/formats.md, "Genesis"."""

import json
import re

from cbm_formats import cms
from cbm_formats.certificate import Certificate
from cbm_formats.digests import sha256
from cbm_formats.names import is_exchange_id, is_state
from cbm_formats.note import from_base64
from cbm_formats.refused import Refused, require

PURPOSE = "cbm.v1/genesis"
GENESIS_BYTES_MAX = 1 << 20

# What each object may have, and of which type: the fields of proto/cbm/v1/genesis.proto. A list is in
# brackets.
_OBJECTS = {
    "Genesis": {"purpose": str, "version": "uint32", "name": str, "log_key": bytes,
                "secretariat_certificate": bytes, "frameworks": ["Framework"],
                "notification_kinds": ["NotificationKind"]},
    "Framework": {"id": str, "name": str, "measures": ["Measure"], "members": ["Member"],
                  "languages": [str], "clocks": "Clocks"},
    "Measure": {"id": str, "title": str, "paraphrase": str},
    "Member": {"code": str, "name": str, "membership": "MEMBERSHIP",
               "protocol_order": "uint32"},
    "Clocks": {name: "Duration" for name in (
        "acknowledge_emergency", "acknowledge_urgent", "acknowledge_routine", "incident_follow_up",
        "incident_final", "consultation_answer_urgent", "consultation_answer_routine",
        "answer_urgent", "answer_routine")},
    "NotificationKind": {"kind": str, "name": str, "audiences": [str], "precedences": [str],
                         "required_fields": [str], "acknowledgement_asked": bool, "made_by": str,
                         "fields": ["FieldRule"], "clocks": ["NOTIFICATION_CLOCK"]},
    "FieldRule": {"name": str, "type": "FIELD_TYPE", "required": bool, "choices": [str],
                  "bounds": "FieldBounds", "question": str, "place": "FIELD_PLACE"},
    "FieldBounds": {"min": "int64", "max": "int64"},
}
_ENUMS = {
    "MEMBERSHIP": {"UNSPECIFIED", "PARTICIPATING", "PARTNER"},
    "NOTIFICATION_CLOCK": {"UNSPECIFIED", "ANSWER", "INCIDENT"},
    "FIELD_TYPE": {"UNSPECIFIED", "TEXT", "LINES", "CHOICE", "DATE", "INSTANT", "STATES", "MEASURES",
                   "NUMBER"},
    "FIELD_PLACE": {"UNSPECIFIED", "FIELD", "BODY"},
}
# The mapping writes numbers of 64 bits as texts, and reads both.
_INT64 = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_DURATION = re.compile(r"(-?[0-9]{1,20})(\.[0-9]{1,9})?s")
_DURATION_SECONDS_MAX = 315_576_000_000  # Of the type that the mapping writes, in both directions.


class Genesis:
    """A document that was read."""

    def __init__(self, data, said):
        self.bytes = data
        self.digest = sha256(data)
        self.name = said["name"]
        self.exchange_id = f"{self.name}/{self.digest.hex()}"
        self.log_key = from_base64(said["log_key"])
        self.secretariat = Certificate(from_base64(said["secretariat_certificate"]))
        # The participating States of each framework.
        self.frameworks = {
            framework["id"]: {member["code"] for member in framework.get("members", [])
                              if member.get("membership") == "MEMBERSHIP_PARTICIPATING"}
            for framework in said.get("frameworks", [])}
        # What forms ask for: the kinds of notifications, the States, and which languages a measure has.
        self.kinds = {kind.get("kind", ""): kind for kind in said.get("notification_kinds", [])}
        self.states = {member.get("code", "") for framework in said.get("frameworks", [])
                       for member in framework.get("members", [])}
        self.languages_of = {
            measure.get("id", ""): framework.get("languages", [])
            for framework in said.get("frameworks", []) for measure in framework.get("measures", [])}

    def takes_part(self, party, framework):
        """Whether a party reads the ledger of all of a framework's members."""
        members = self.frameworks.get(framework)
        return members is not None and (party in members or not is_state(party))


def read_genesis(data, log_key=None):
    """The document in those bytes; with the anchor's key, only if it is the one of that exchange."""
    require(len(data) <= GENESIS_BYTES_MAX, "a genesis document has at most 1 MiB")
    try:
        said = json.loads(data.decode(), object_pairs_hook=_object)
    except (ValueError, RecursionError):  # One of which is for a number of thousands of digits.
        raise Refused("the genesis document is no JSON") from None
    _check(said, "Genesis", "the document")
    require(said.get("purpose") == PURPOSE and said.get("version") == 1,
            "the genesis document is of another purpose or version")
    for name in ("name", "log_key", "secretariat_certificate"):
        require(name in said, f"the genesis document has no {name}")
    genesis = Genesis(data, said)
    require(is_exchange_id(genesis.exchange_id), "the exchange's name is none")
    require(len(genesis.log_key) == 32, "the log's key has not 32 bytes")
    if log_key is not None:
        require((log_key.exchange_id, log_key.public_key) == (genesis.exchange_id, genesis.log_key),
                "the genesis document is not that of the log's key")
    return genesis


def check_signature(genesis, signature):
    """The secretariat has signed the document, like an act, with the key of the certificate in it."""
    cms.verify(signature, genesis.bytes, genesis.secretariat)


def _object(pairs):
    found = dict(pairs)
    require(len(found) == len(pairs), "the genesis document says something twice")
    return found


def _check(said, type, where):
    if isinstance(type, list):
        require(isinstance(said, list), f"{where} is no list")
        for each in said:
            _check(each, type[0], where)
    elif type in _OBJECTS:
        require(isinstance(said, dict), f"{where} is no object")
        for name, value in said.items():
            require(name in _OBJECTS[type], f"{where} has an unknown field: {name}")
            _check(value, _OBJECTS[type][name], name)
    elif type in _ENUMS:
        require(isinstance(said, str) and said.removeprefix(f"{type}_") in _ENUMS[type]
                and said.startswith(f"{type}_"), f"{where} is not one that is known: {said}")
    elif type == "Duration":
        found = _DURATION.fullmatch(said) if isinstance(said, str) else None
        require(found and abs(int(found[1])) <= _DURATION_SECONDS_MAX, f"{where} is no duration")
    elif type == "int64":
        require(isinstance(said, (int, str)) and _INT64.fullmatch(str(said))
                and -2**63 <= int(said) < 2**63, f"{where} is no number")
    elif type == "uint32":
        require(isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 2**32,
                f"{where} is no number")
    elif type is bytes:
        require(isinstance(said, str), f"{where} is no text")
        from_base64(said)
    else:
        require(isinstance(said, type), f"{where} is of another type")
        # JSON can name a half of a character that has two.
        require(type is not str or not any("\ud800" <= each <= "\udfff" for each in said),
                f"{where} is no text")
