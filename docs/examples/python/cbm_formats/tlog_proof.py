"""Proof files (C2SP tlog-proof): that a leaf is in a log. docs/formats.md."""

from cbm_formats.merkle import verify_inclusion
from cbm_formats.note import from_base64, from_decimal, open_checkpoint
from cbm_formats.refused import Refused, require

MAGIC = "c2sp.org/tlog-proof@v1"
PROOF_BYTES_MAX = 2 << 20
HASHES_MAX = 63


class TlogProof:
    """A proof as it was read: nothing of it is verified."""

    def __init__(self, index, hashes, note):
        self.index = index
        self.hashes = hashes
        self.note = note  # The checkpoint, bytes.

    def claimed_origin(self):
        """The log whose checkpoint it says to hold."""
        return self.note.split(b"\n", 1)[0].decode()

    def verify(self, leaf, key):
        """The checkpoint under which the leaf is the one of that index; signed by the key."""
        checkpoint = open_checkpoint(self.note, key)
        verify_inclusion(leaf, self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint


def parse(data):
    """The proof in a file's bytes."""
    require(len(data) <= PROOF_BYTES_MAX, "a proof has at most 2 MiB")
    head, separator, note = data.partition(b"\n\n")
    require(separator, "the proof has no checkpoint")
    try:
        lines = head.decode().split("\n")
        note.decode()
    except UnicodeDecodeError:
        raise Refused("the proof is not valid UTF-8") from None
    require(lines[0] == MAGIC, "this is no proof of the version that is known")
    # C2SP allows a line `extra` here. Nobody has signed it, so that it has no place in evidence.
    require(len(lines) > 1 and lines[1].startswith("index "), "the proof has no index")
    index = from_decimal(lines[1][len("index "):], "the proof's index")
    hashes = [from_base64(line) for line in lines[2:]]
    require(len(hashes) <= HASHES_MAX, f"a proof has at most {HASHES_MAX} hashes")
    require(all(len(each) == 32 for each in hashes), "a hash of the proof has not 32 bytes")
    return TlogProof(index, hashes, note)
