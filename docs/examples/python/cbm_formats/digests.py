"""Everything that is named by a digest, and from what it is computed.

`||` is concatenation of bytes. A label at the beginning keeps a digest of one kind from being one of
another.
"""

import hashlib

DIGEST_BYTES = 32


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def content_digest(salt, plaintext):
    """What names an open content."""
    return sha256(b"cbm.v1/content", salt, plaintext)


def blob_digest(data):
    """What names a sealed content or blob."""
    return sha256(data)


def given_digest(digests):
    """What binds an entry to the contents that its reader is given, manifest first."""
    return sha256(b"cbm.v1/given", *digests) if digests else b""


def addressee_commitment(salt, state):
    """What names an addressed State."""
    return sha256(b"cbm.v1/addressee", salt, state.encode())


def party_set_digest(consultation_id, parties, invitees):
    """What names the parties and invitees of a consultation."""
    return sha256(b"cbm.v1/parties", consultation_id, "".join(sorted(parties)).encode(), b"\0",
                  "".join(sorted(invitees)).encode())


def possession_statement(exchange_id, party, office, certificate_digest):
    """What a new credential signs, to show that its holder has the key."""
    return (b"cbm.v1/possession" + exchange_id.encode() + party.encode() + office.encode()
            + certificate_digest)


def leaf_hash(entry):
    """An entry as a leaf of its ledger's tree."""
    return sha256(b"\x00", entry)


def node_hash(left, right):
    return sha256(b"\x01", left, right)
