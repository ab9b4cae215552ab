"""Entries: what is remembered of an act for one reader. docs/formats.md, "Entry"."""

from cbm_formats import addressees
from cbm_formats.digests import DIGEST_BYTES, given_digest, leaf_hash, sha256
from cbm_formats.instants import NANOS, nanos_of
from cbm_formats.messages import INFORMED, KINDS, OWN, REFUSED
from cbm_formats.names import is_ledger, require_is_of
from cbm_formats.reading import read
from cbm_formats.refused import require

PURPOSE = "cbm.v1/entry"
ENTRY_BYTES_MAX = 65535
# What entry 0 of an ALL ledger has, and what its effect has.
FIRST_HAS = {"purpose", "version", "exchange_id", "ledger", "time", "role", "act_digest", "effect", "salt"}
FIRST_TELLS = {"states", "valid_from", "valid_to"}


def read_entry(data, exchange_id):
    """An entry of that exchange; it may have fields of a later version."""
    require(len(data) <= ENTRY_BYTES_MAX, "an entry has less than 64 KiB")
    entry = read(data, "Entry")
    require_is_of(entry, PURPOSE, exchange_id)
    require(is_ledger(entry.ledger), "its ledger is none")
    require(entry.role != 0, "its role is unspecified")
    nanos_of(entry.time, "its time")
    return entry


def check_names_act(entry, act, act_bytes, signature):
    """The entry is of this act and this signature."""
    require(entry.act_digest == sha256(act_bytes), "the entry is of another act")
    require(entry.signature_digest == sha256(signature), "the entry is of another signature")
    kind = act.which("kind")
    if kind is not None:
        require(entry.kind == kind.number, "the entry is of another kind of act")
    else:
        require(entry.kind != 0 and entry.kind not in KINDS, "the entry is of a kind that the act is not")


def check_acts_named(entry, act):
    """What an act, or a summary in its place, says to rest on is named by digests."""
    named = [each.act_digest for each in act.references] if act is not None else []
    if entry.summary is not None and entry.summary.acted_on:
        named.append(entry.summary.acted_on)
    require(all(len(each) == DIGEST_BYTES for each in named), "an act is named by no digest")


def check_openings(entry, act):
    """Each opening's commitment stands in the act."""
    to = act.audience.which("to") if act.audience is not None else None
    named = act.audience.commitments.commitments if to and to.name == "commitments" else []
    addressees.check_openings([(each.salt, each.state) for each in entry.openings], named)


def check_order(entry):
    """The openings are ordered by state, each once, also where the act is not given."""
    states = [each.state for each in entry.openings]
    require(states == sorted(set(states)), "openings are not ordered by state, each once")


def check_given(entry, given):
    """The digests that came beside the entry are what its reader is given."""
    require(all(len(each) == DIGEST_BYTES for each in given), "what is given is named by no digest")
    require(entry.given_digest == given_digest(given), "what is given is not what the entry says")


def check_delivered(own, other, other_bytes):
    """The author's entry `own` says that its act was delivered to the ledger of `other`, by that entry.

    Both stand in their ledgers already. Otherwise, with all of that ledger read, the exchange is convicted.
    """
    require(own.role == OWN, "what was delivered is said by the author's entry alone")
    require((own.exchange_id, own.act_digest) == (other.exchange_id, other.act_digest),
            "the entries are of different acts")
    sort, _, name = other.ledger.partition("/")
    reader = {"secretariat": "SECRETARIAT", "state": name, "ALL": other.ledger}.get(sort)
    # One reader may have got several entries of one act.
    told = [each.leaf_hash for each in own.delivered if each.party == reader]
    require(told, "the author's entry does not say that the act went to that ledger")
    require(leaf_hash(other_bytes) in told, "that ledger has another entry than the author's says")


def check_first(entry, genesis):
    """Entry 0 of an ALL ledger: no act made it, and it says who takes part in the beginning."""
    _, _, framework = entry.ledger.partition("/")
    require(entry.act_digest == genesis.digest, "the ledger begins with another genesis document")
    require(not entry.signature_digest, "the first entry has a signature")
    require(entry.role == INFORMED, "the first entry has another role")
    require(entry.effect is not None, "the first entry says nothing")
    require(not entry.known().keys() - FIRST_HAS and not entry.effect.known().keys() - FIRST_TELLS,
            "the first entry says more than the genesis document")
    require(entry.effect.states == sorted(genesis.frameworks.get(framework, ())),
            "the first entry does not say which States participate")
    for said, seconds in ((entry.effect.valid_from, genesis.secretariat.begins),
                          (entry.effect.valid_to, genesis.secretariat.ends)):
        require(nanos_of(said, "a validity") == seconds * NANOS,
                "the first entry has another validity of the secretariat's certificate")


def is_refusal(entry):
    """Whether the act was refused: it is remembered, and has no effect."""
    return entry.role == REFUSED
