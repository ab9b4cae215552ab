"""Following a ledger, believing nothing that is not proven. docs/formats.md, "Following a ledger"."""

from cbm_formats.act import read_logged
from cbm_formats.digests import leaf_hash, sha256
from cbm_formats.entry import (check_given, check_names_act, check_openings, is_refusal,
                               read_entry)
from cbm_formats.instants import nanos_of
from cbm_formats.merkle import Frontier
from cbm_formats.note import open_checkpoint
from cbm_formats.refused import require


class LedgerReader:
    """Reads one ledger from its first entry. What it has read counts once `reach` has been called."""

    def __init__(self, ledger, genesis, log_key, registry):
        self.ledger = ledger
        self.key = log_key.of_ledger(ledger)
        self._genesis = genesis
        self._registry = registry
        self._tree = Frontier()
        self._time = 0
        self._act_digest = b""

    @property
    def size(self):
        """How many entries were read: the ordinal of the next."""
        return self._tree.size

    def accept(self, entry_bytes, act_bytes, signature, given):
        """The next record of the ledger: its entry, and its act if it has one."""
        entry = read_entry(entry_bytes, self._genesis.exchange_id)
        require(entry.ledger == self.ledger, "the entry is of another ledger")
        require(entry.ordinal == self.size, f"this is entry {entry.ordinal}, and not {self.size}")
        nanos = nanos_of(entry.time, "the entry's time")
        require(nanos > self._time or nanos == self._time and entry.act_digest == self._act_digest,
                "the entry is not later than the one before")
        act = self._accept_act(entry, act_bytes, signature, nanos)
        check_given(entry, given)
        if act is not None and not is_refusal(entry):
            self._registry.take(act, nanos)
        self._tree.append(leaf_hash(entry_bytes))
        self._time, self._act_digest = nanos, entry.act_digest
        return entry, act

    def _accept_act(self, entry, act_bytes, signature, nanos):
        """There is an act that the entry names, or a summary in its place; never both."""
        if act_bytes:
            require(entry.summary is None, "the entry has a summary beside the act")
            act = read_logged(act_bytes, self._genesis.exchange_id)
            check_names_act(entry, act, act_bytes, signature)
            check_openings(entry, act)
            self._registry.check_signature(act, act_bytes, signature, nanos)
            return act
        require(not signature, "there is a signature without an act")
        if entry.summary is None:
            require(self.ledger.startswith("ALL/") and entry.ordinal == 0 and entry.kind == 0,
                    "the entry has neither an act nor a summary")
            require(entry.act_digest == sha256(self._genesis.bytes),
                    "the ledger begins with another genesis document")
        return None

    def reach(self, note):
        """The ledger ends here, by a checkpoint (text) that its key has signed."""
        checkpoint = open_checkpoint(note.encode(), self.key)
        require(checkpoint.size == self.size, f"the ledger has {checkpoint.size} entries, "
                f"and {self.size} were shown")
        require(checkpoint.root == self._tree.root(), "the entries are not those of the checkpoint")
        return checkpoint

    def to_json(self):
        """Where it stands, for `resume`."""
        return {"ordinal": self.size, "epoch": self.key.epoch, "time": self._time,
                "act_digest": self._act_digest.hex(), "tree": [each.hex() for each in self._tree.roots]}

    def resume(self, said):
        require(said["epoch"] == self.key.epoch, "the place is of another epoch of the log")
        self._tree = Frontier(said["ordinal"], map(bytes.fromhex, said["tree"]))
        self._time, self._act_digest = said["time"], bytes.fromhex(said["act_digest"])
