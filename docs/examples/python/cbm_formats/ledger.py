"""Following a ledger, believing nothing that is not proven. docs/formats.md, "Following a ledger"."""

from cbm_formats.act import read_logged
from cbm_formats.consultation import Consultations
from cbm_formats.digests import leaf_hash
from cbm_formats.entry import (check_acts_named, check_first, check_given, check_names_act,
                               check_openings, check_order, is_refusal, read_entry)
from cbm_formats.instants import nanos_of
from cbm_formats.merkle import Frontier
from cbm_formats.messages import OWN
from cbm_formats.names import is_own_ledger
from cbm_formats.note import open_checkpoint
from cbm_formats.refused import require
from cbm_formats.registration import check_registration, check_validity


class LedgerReader:
    """Reads one ledger from its first entry. What it has read counts once `reach` has been called."""

    def __init__(self, ledger, genesis, log_key, registry):
        self.ledger = ledger
        self.key = log_key.of_ledger(ledger)
        self._genesis = genesis
        self._registry = registry
        self._tree = Frontier()
        self._time = None  # Of the last entry.
        self._act_digest = b""
        self._consultations = Consultations(ledger)

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
        self._check_time(entry, nanos)
        act = self._accept_act(entry, act_bytes, signature, nanos)
        check_order(entry)
        check_given(entry, given)
        check_acts_named(entry, act)
        consultation = self._consultations.check(entry, act)
        if act is not None and not is_refusal(entry):
            self._check_author(entry, act)
            self._registry.take(act, nanos, entry.act_digest)
        self._consultations.take(consultation)
        self._tree.append(leaf_hash(entry_bytes))
        self._time, self._act_digest = nanos, entry.act_digest
        return entry, act

    def _check_time(self, entry, nanos):
        """One time for all entries of an act, and a later one for those of the next."""
        if self._time is not None:
            require(nanos >= self._time, "the entry is earlier than the one before")
            require((nanos == self._time) == (entry.act_digest == self._act_digest),
                    "the entries of one act have not one time, or those of two have")

    def _check_author(self, entry, act):
        """An act that was taken is one that its author may do, and in whose ledger it says to be."""
        self._registry.check_may(act)
        check_registration(act)
        check_validity(act, entry.effect)
        require(entry.role != OWN or is_own_ledger(self.ledger, act.party, act.office),
                "the entry says that the act is of this ledger's own office, and it is another's")

    def _accept_act(self, entry, act_bytes, signature, nanos):
        """There is an act that the entry names, or a summary in its place; never both."""
        begins = self.ledger.startswith("ALL/") and entry.ordinal == 0
        require(begins == (entry.kind == 0), "the entry is of no kind, or does not begin the ledger")
        if act_bytes:
            require(entry.summary is None, "the entry has a summary beside the act")
            act = read_logged(act_bytes, self._genesis.exchange_id)
            check_names_act(entry, act, act_bytes, signature)
            check_openings(entry, act)
            self._registry.check_signature(act, act_bytes, signature, nanos)
            self._registry.check_registered_before(act, nanos)
            return act
        require(not signature, "there is a signature without an act")
        require(begins or entry.summary is not None, "the entry has neither an act nor a summary")
        if begins:
            check_first(entry, self._genesis)
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
                "act_digest": self._act_digest.hex(), "consultations": self._consultations.to_json(),
                "tree": [each.hex() for each in self._tree.roots]}

    def resume(self, said):
        require(said["epoch"] == self.key.epoch, "the place is of another epoch of the log")
        self._tree = Frontier(said["ordinal"], map(bytes.fromhex, said["tree"]))
        self._time, self._act_digest = said["time"], bytes.fromhex(said["act_digest"])
        self._consultations.resume(said["consultations"])
