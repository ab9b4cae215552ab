"""Makes acts: builds them, signs them, hands them in, and keeps the proof."""

import os
import secrets
import sys
import time
import uuid

import grpc

from cbm_formats import cms, receipt
from cbm_formats.act import PURPOSE, read_new
from cbm_formats.content import PURPOSE as MANIFEST_PURPOSE
from cbm_formats.content import read_new_manifest
from cbm_formats.digests import content_digest, sha256
from cbm_formats.instants import show
from client.failures import is_worth_another_try

VALID_SECONDS = 24 * 3600
TRIES = 8
FIRST_WAIT_SECONDS, WAIT_SECONDS_MAX = 0.25, 8


def new_act_id():
    """A UUID of version 7: the milliseconds since 1970, then random bits."""
    bits = int(time.time() * 1000).to_bytes(6, "big") + secrets.token_bytes(10)
    bits = bytearray(bits)
    bits[6] = bits[6] & 0x0F | 0x70
    bits[8] = bits[8] & 0x3F | 0x80
    return bytes(bits)


def new_act(profile, protos):
    """An act of the profile's office, which lacks what makes it one: audience and kind."""
    now = int(time.time())
    act = protos.Act(purpose=PURPOSE, version=1, exchange_id=profile.exchange_id,
                     act_id=new_act_id(), party=profile.party, office=profile.office,
                     signing_credential=profile.certificate.digest)
    act.author_time.seconds = now
    act.valid_until.seconds = now + VALID_SECONDS
    return act


def new_content(protos, plaintext):
    """A content as it is handed in, and its digest, which names it."""
    content = protos.Content()
    content.open.salt, content.open.plaintext = secrets.token_bytes(32), plaintext
    return content, content_digest(content.open.salt, plaintext)


def new_manifest(protos, subject, body, fields, attachments=()):
    """What an act says: the contents to hand in, manifest first, and the digest that the act names.

    `attachments` are (file name, media type, bytes).
    """
    manifest = protos.Manifest(purpose=MANIFEST_PURPOSE, version=1, subject=subject, body=body)
    for name, value in sorted(fields.items()):
        manifest.fields.add(name=name, value=value)
    contents = []
    for name, media_type, data in attachments:
        content, digest = new_content(protos, data)
        manifest.contents.add(digest=digest, name=name, media_type=media_type, size=len(data))
        contents.append(content)
    plaintext = manifest.SerializeToString(deterministic=True)
    read_new_manifest(plaintext)
    content, digest = new_content(protos, plaintext)
    return [content, *contents], digest


def new_request(profile, protos, act, openings=(), contents=()):
    """The act, signed, and what is handed in with it.

    These bytes are made once: they are what is signed, hashed and kept. So that a mistake ends here,
    they are held against the specification before anything is signed.
    """
    data = act.SerializeToString(deterministic=True)
    read_new(data)
    signature = cms.sign(data, profile.certificate, profile.sign)
    request = protos.PerformActRequest(contents=contents)
    request.signed_act.act, request.signed_act.signature = data, signature
    for salt, state in openings:
        request.addressees.add(salt=salt, state=state)
    return request


def perform(exchange, request):
    """Hands an act in, again and again if the exchange is away or busy. The same bytes are one act."""
    wait = FIRST_WAIT_SECONDS
    for left in reversed(range(TRIES)):
        try:
            return exchange.call("ActService.PerformAct", request)
        except grpc.RpcError as error:
            if left == 0 or not is_worth_another_try(error):
                raise
            print(f"not taken yet ({error.details()}); trying again", file=sys.stderr)
            time.sleep(wait)
            wait = min(2 * wait, WAIT_SECONDS_MAX)


def fetch_receipt(exchange, profile, protos, act_id, path):
    """The receipt of an act of the own office, with all that leads to its credential; kept at `path`
    once it is proven. What it proves.
    """
    answer = exchange.call("ActService.GetReceipt", protos.GetReceiptRequest(act_id=act_id))
    data = answer.receipt.SerializeToString(deterministic=True)
    pieces = receipt.verify_receipt(data, profile.verifier)
    write_durably(path, data)
    return describe(pieces[0])


def describe(piece):
    """A proven act, for programs to read."""
    kind = piece.act.which("kind")
    return {"act_id": str(uuid.UUID(bytes=piece.act.act_id)),
            "act_digest": sha256(piece.act_bytes).hex(),
            "kind": kind.name if kind else None,
            "party": piece.act.party, "office": piece.act.office,
            "ledger": piece.entry.ledger, "ordinal": piece.entry.ordinal,
            "time": show(piece.nanos)}


def write_durably(path, data):
    """Replaces a file as a whole: whoever reads it finds the old one or the new."""
    fresh = path.with_name(path.name + ".new")
    with open(fresh, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
