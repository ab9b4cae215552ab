"""The forms of names: exchanges, parties, offices, ledgers."""

import re

from cbm_formats.refused import require

_EXCHANGE = re.compile(r"[a-z0-9.-]{1,32}/[0-9a-f]{64}")
_STATE = re.compile(r"[A-Z]{2}")
_OFFICE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_FRAMEWORK = re.compile(r"[A-Z0-9]{1,16}")
_OTHER_PARTIES = ("SECRETARIAT", "CHAIR", "AUDITOR")


def is_exchange_id(text):
    return _EXCHANGE.fullmatch(text) is not None


def is_state(text):
    return _STATE.fullmatch(text) is not None


def is_party(text):
    return is_state(text) or text in _OTHER_PARTIES


def is_office(text):
    return _OFFICE.fullmatch(text) is not None


def is_framework(text):
    return _FRAMEWORK.fullmatch(text) is not None


def is_ledger(text):
    """For instance state/EE, integration/EE-siem, secretariat, chair/2026, auditor, ALL/OSCE."""
    sort, _, name = text.partition("/")
    if sort == "integration":
        state, _, office = name.partition("-")
        return is_state(state) and is_office(office)
    return {"state": is_state, "chair": is_office, "ALL": is_framework}.get(
        sort, lambda _: text in ("secretariat", "auditor"))(name)


def is_own_ledger(ledger, party, office):
    """Whether a ledger is that of this office: its State's, or an integration's own."""
    own = {"SECRETARIAT": "secretariat", "AUDITOR": "auditor", "CHAIR": f"chair/{office}"}
    return ledger in (own.get(party, f"state/{party}"), f"integration/{party}-{office}")


def require_is_of(message, purpose, exchange_id=None):
    """Refuses a message with another purpose or version, or of another exchange."""
    require(message.purpose == purpose, f"its purpose is not {purpose}")
    require(message.version == 1, f"its version is {message.version}, and this reads version 1")
    if exchange_id is not None:
        require(message.exchange_id == exchange_id, "it is of another exchange")
