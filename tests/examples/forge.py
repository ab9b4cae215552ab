"""Makes receipts as an exchange could that signs anything: with the log's own key and the offices' keys.

So that a verdict is asked for on one thing at a time, all the rest of a receipt being in order.
"""

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cbm_formats import cms
from cbm_formats.certificate import read_pem
from cbm_formats.digests import leaf_hash, sha256
from cbm_formats.note import Key
from whole_ledgers import messages


COSIGNATURE = b"\x04"  # The type of a key that cosigns.


def base64_of(data):
    return base64.b64encode(data).decode()


class Signer:
    """An office's certificate and key."""

    def __init__(self, files):
        self.certificate = read_pem((files / "cert.pem").read_bytes())[0]
        self._key = serialization.load_pem_private_key((files / "key.pem").read_bytes(), None)

    def sign_bytes(self, data):
        return self._key.sign(data, ec.ECDSA(self.certificate.signs_with()()))

    def sign(self, data):
        return cms.sign(data, self.certificate, self.sign_bytes)


class Forge:
    """Remakes the pieces of a receipt (bytes) that an exchange gave."""

    def __init__(self, served, receipt):
        self._served = served
        self._key = Ed25519PrivateKey.from_private_bytes(
            bytes.fromhex((served.folder / "log.seed").read_text().strip()))
        self.public_key = self._key.public_key().public_bytes(serialization.Encoding.Raw,
                                                              serialization.PublicFormat.Raw)
        self.receipt = messages().Receipt.FromString(receipt)
        self.exchange_id = messages().Act.FromString(self.receipt.evidence[0].act).exchange_id

    def signer(self, office):
        return Signer(self._served.pki / "offices" / office)

    def copy(self):
        return messages().Receipt.FromString(self.receipt.SerializeToString())

    # --- notes ---

    def line(self, name, text, key=None):
        """The line of a note's signature."""
        id = Key(name, self.public_key).id
        return f"— {name} {base64_of(id + (key or self._key).sign(text.encode()))}\n"

    def cosignature(self, name, text, at):
        """The line of a witness that has the log's key: at that second it saw this checkpoint."""
        id = sha256(name.encode(), b"\n", COSIGNATURE, self.public_key)[:4]
        signature = self._key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        return f"— {name} {base64_of(id + at.to_bytes(8, 'big') + signature)}\n"

    def origin(self, ledger, epoch=1):
        return f"{self.exchange_id}/{epoch}/{ledger}"

    def key_of(self, ledger, type=b"\1"):
        """The text of the verifier key of a ledger; of another type, of the same public key."""
        name = self.origin(ledger)
        id = sha256(name.encode(), b"\n", type, self.public_key)[:4]
        return f"{name}+{id.hex()}+{base64_of(type + self.public_key)}"

    def note(self, text, name):
        return text + "\n" + self.line(name, text)

    def proof(self, entry, ledger, epoch=1):
        """A proof that the entry is the first and only one of its ledger."""
        origin = self.origin(ledger, epoch)
        text = f"{origin}\n1\n{base64_of(leaf_hash(entry))}\n"
        return f"c2sp.org/tlog-proof@v1\nindex 0\n\n{self.note(text, origin)}"

    # --- evidence ---

    def evidence(self, piece, act=None, entry=None, signer=None, signature=None, act_bytes=None,
                 entry_bytes=None, proof=None, epoch=1):
        """A piece anew. `act` and `entry` change the message; the others replace what is made of it."""
        said = messages().Act.FromString(piece.act)
        if act:
            act(said)
        data = said.SerializeToString(deterministic=True) if act else piece.act
        data = act_bytes(data) if act_bytes else data
        if signature:
            signature = signature(data)
        else:
            signature = signer.sign(data) if signer else piece.signature
        told = messages().Entry.FromString(piece.entry)
        told.act_digest, told.signature_digest = sha256(data), sha256(signature)
        told.ordinal = 0
        if entry:
            entry(told)
        entry_data = told.SerializeToString(deterministic=True)
        entry_data = entry_bytes(entry_data) if entry_bytes else entry_data
        made = messages().Evidence(act=data, signature=signature, entry=entry_data)
        made.tlog_proof = self.proof(entry_data, told.ledger, epoch)
        if proof:
            made.tlog_proof = proof(made.tlog_proof)
        return made

    def remade(self, which=0, **changes):
        """The receipt with one piece made anew."""
        receipt = self.copy()
        receipt.evidence[which].CopyFrom(self.evidence(receipt.evidence[which], **changes))
        return receipt.SerializeToString(deterministic=True)
