"""Signed notes, keys and checkpoints (C2SP). docs/formats.md, "Checkpoint, origins and keys"."""

import base64
import binascii
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cbm_formats.digests import DIGEST_BYTES, sha256
from cbm_formats.merkle import EMPTY_ROOT
from cbm_formats.names import is_exchange_id
from cbm_formats.refused import Refused, require

NOTE_BYTES_MAX = 1 << 20
SIGNATURES_MAX = 64
ED25519 = b"\x01"
KEY_ID_BYTES, PUBLIC_KEY_BYTES = 4, 32
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}")
_SIGNATURE_LINE = re.compile(r"— (\S+) (\S+)")


class Key:
    """The verifier key of a log: a name, which is the log's origin, and an Ed25519 public key."""

    def __init__(self, name, public_key):
        self.name = name
        self.public_key = public_key
        self.id = sha256(name.encode(), b"\n", ED25519, public_key)[:KEY_ID_BYTES]

    def __str__(self):
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public_key).decode()}"

    @property
    def exchange_id(self):
        return "/".join(self.name.split("/")[:2])

    @property
    def epoch(self):
        return int(self.name.split("/")[2])

    def of_ledger(self, ledger, epoch=None):
        """Of an anchor's key: that of a ledger, which has another name alone."""
        return Key(f"{self.exchange_id}/{epoch or self.epoch}/{ledger}", self.public_key)

    def verify(self, signature, text):
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except InvalidSignature:
            raise Refused("the checkpoint's signature does not verify") from None


def parse_key(text):
    """A verifier key from its text."""
    # Base64 may have a plus of its own, a name may not.
    parts = text.strip().split("+", 2)
    require(len(parts) == 3 and re.fullmatch("[0-9a-f]{8}", parts[1]), "this is no verifier key")
    decoded = from_base64(parts[2])
    require(decoded[:1] == ED25519 and len(decoded) == 1 + PUBLIC_KEY_BYTES,
            "the verifier key is not of Ed25519")
    key = Key(parts[0], decoded[1:])
    require(key.id.hex() == parts[1], "the verifier key's id is not that of its name and key")
    return key


def parse_anchor_key(text):
    """The key that a participant is given: its name is an exchange id and an epoch."""
    key = parse_key(text)
    exchange_id, _, epoch = key.name.rpartition("/")
    require(is_exchange_id(exchange_id) and from_decimal(epoch, "the epoch") >= 1,
            "the key is not that of an exchange's anchor")
    return key


def from_base64(text):
    """Bytes from base64 with padding, in which no bit is set that says nothing."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("this is not base64") from None
    require(base64.b64encode(decoded).decode() == text, "this is not the base64 of any bytes")
    return decoded


def from_decimal(text, what):
    require(_DECIMAL.fullmatch(text) is not None and int(text) < 2**64, f"{what} is no number")
    return int(text)


class Checkpoint:
    """What a log says of itself: so many leaves, with this root."""

    def __init__(self, origin, size, root):
        self.origin = origin
        self.size = size
        self.root = root


def open_note(note, key):
    """The text of a note (bytes) that the key has signed."""
    require(len(note) <= NOTE_BYTES_MAX, "a note has at most 1 MiB")
    try:
        said = note.decode()
    except UnicodeDecodeError:
        raise Refused("the note is not valid UTF-8") from None
    require(not any(each < " " and each != "\n" for each in said), "the note has control characters")
    text, separator, signatures = said.rpartition("\n\n")
    require(separator and signatures.endswith("\n"), "the note has no signatures")
    text += "\n"
    lines = signatures[:-1].split("\n")
    require(len(lines) <= SIGNATURES_MAX, f"a note has at most {SIGNATURES_MAX} signatures")
    signed = [_is_signed_by(line, key, text) for line in lines]
    require(any(signed), "the note is not signed by the log's key")
    return text


def _is_signed_by(line, key, text):
    """Whether a line holds the key's signature. Refuses a wrong one; passes over those of others."""
    parts = _SIGNATURE_LINE.fullmatch(line)
    require(parts is not None and "+" not in parts[1], "a line of the note is no signature")
    decoded = from_base64(parts[2])
    require(len(decoded) > KEY_ID_BYTES, "a signature of the note is too short")
    if (parts[1], decoded[:KEY_ID_BYTES]) != (key.name, key.id):
        return False
    key.verify(decoded[KEY_ID_BYTES:], text.encode())
    return True


def open_checkpoint(note, key):
    """The checkpoint in a note (bytes) that a ledger's own key has signed."""
    lines = open_note(note, key).split("\n")[:-1]
    require(len(lines) >= 3, "the checkpoint has not three lines")
    require(all(lines), "the checkpoint has an empty line")
    origin, size, root = lines[:3]
    require(origin == key.name, "the checkpoint is of another log")
    root = from_base64(root)
    require(len(root) == DIGEST_BYTES, "the checkpoint's root has not 32 bytes")
    size = from_decimal(size, "the checkpoint's size")
    require(size != 0 or root == EMPTY_ROOT, "the checkpoint is of an empty tree with another root")
    return Checkpoint(origin, size, root)
