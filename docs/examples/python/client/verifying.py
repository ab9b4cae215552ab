"""Verifies receipts, contents, entries and proofs from files, without the exchange."""

import json
import pathlib

from cbm_formats.content import open_content
from cbm_formats.entry import read_entry
from cbm_formats.instants import nanos_of, show
from cbm_formats.messages import KINDS
from cbm_formats.note import parse_key
from cbm_formats.receipt import verify_entry, verify_entry_with, verify_receipt
from client.acts import describe
from client.failures import USAGE, Failure


def run(profile, words):
    """Prints what is proven, as one JSON value."""
    if bool(words.receipt) == bool(words.entry) or bool(words.entry) != bool(words.proof):
        raise Failure(USAGE, "name a receipt, or an entry (--entry) and its proof (--proof)")
    if words.receipt:
        proven = _receipt(profile, words)
    else:
        proven = _entry(profile, words)
    print(json.dumps({"proven": True, **proven}))


def _receipt(profile, words):
    pieces = verify_receipt(_read(words.receipt), profile.verifier)
    proven = describe(pieces[0])
    if words.content:
        open_content(_read(words.content), pieces[0].act.manifest_digest)
        proven["content_proven"] = True
    return proven


def _entry(profile, words):
    entry_bytes, proof_bytes = _read(words.entry), _read(words.proof)
    if words.key:
        key = parse_key(words.key)
        verify_entry_with(entry_bytes, proof_bytes, key)
    else:
        key = profile.log_key
        verify_entry(entry_bytes, proof_bytes, profile.verifier)
    entry = read_entry(entry_bytes, key.exchange_id)
    return {"ledger": entry.ledger, "ordinal": entry.ordinal, "kind": KINDS.get(entry.kind),
            "act_digest": entry.act_digest.hex(), "time": show(nanos_of(entry.time, "time"))}


def _read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as why:
        raise Failure(USAGE, f"cannot be read: {why}") from None
