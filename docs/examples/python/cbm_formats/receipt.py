"""Receipts: that an act is in a ledger, and whose it is. docs/formats.md, "Receipt".

What one proves, to anyone, offline: the exchange took this act at the entry's time, and a credential
registered to that office signed it. It does not show whether the credential was suspended or revoked.
"""

from cbm_formats import cms, tlog_proof
from cbm_formats.act import read_logged
from cbm_formats.certificate import Certificate
from cbm_formats.chain import CHAIN_MAX, verify_chain
from cbm_formats.digests import leaf_hash
from cbm_formats.entry import check_names_act, is_refusal, read_entry
from cbm_formats.instants import NANOS, nanos_of
from cbm_formats.names import require_is_of
from cbm_formats.note import from_decimal
from cbm_formats.reading import read
from cbm_formats.refused import require
from cbm_formats.registration import SIGN, Registration, check_possession
from cbm_formats.registry import DIRECTORY, Registry

PURPOSE = "cbm.v1/receipt"
RECEIPT_BYTES_MAX = 1 << 20
REGISTRATIONS_MAX = 64
RENEWAL_AFTER_END_SECONDS = 7 * 24 * 3600


class Verifier:
    """What a verifier is given by other ways than the exchange.

    `registry` holds the registrations that it has proven before; without, there are none.
    """

    def __init__(self, log_key, genesis, authorities, own_ledger=None, registry=None):
        self.log_key = log_key  # Of the anchor.
        self.genesis = genesis
        self.authorities = authorities
        self.own_ledger = own_ledger
        self.registry = registry or Registry(genesis)

    @property
    def exchange_id(self):
        return self.log_key.exchange_id


class Piece:
    """One piece of evidence, after step 1: this act, under this signature, stands in this ledger."""

    def __init__(self, evidence, verifier):
        self.signature = evidence.signature
        self.act_bytes = evidence.act
        self.act = read_logged(evidence.act, verifier.exchange_id)
        self.entry = read_entry(evidence.entry, verifier.exchange_id)
        check_names_act(self.entry, self.act, evidence.act, evidence.signature)
        require(not is_refusal(self.entry), "the exchange refused the act")
        self.nanos = nanos_of(self.entry.time, "the entry's time")
        self.checkpoint = verify_entry(evidence.entry, evidence.tlog_proof.encode(), verifier)


def verify_entry(entry_bytes, proof_bytes, verifier):
    """The checkpoint by which an entry stands in the ledger that it names."""
    entry = read_entry(entry_bytes, verifier.exchange_id)
    proof = tlog_proof.parse(proof_bytes)
    require(proof.index == entry.ordinal, "the proof is of another entry")
    epoch = _epoch_in(proof.claimed_origin(), verifier.exchange_id)
    require(1 <= epoch <= verifier.log_key.epoch, "the proof is of an epoch that is not followed")
    return proof.verify(leaf_hash(entry_bytes), verifier.log_key.of_ledger(entry.ledger, epoch))


def verify_entry_with(entry_bytes, proof_bytes, key):
    """The same, for who has nothing but the key of one ledger."""
    entry = read_entry(entry_bytes, key.exchange_id)
    require(key.name == f"{key.exchange_id}/{key.epoch}/{entry.ledger}", "the key is of another ledger")
    proof = tlog_proof.parse(proof_bytes)
    require(proof.index == entry.ordinal, "the proof is of another entry")
    return proof.verify(leaf_hash(entry_bytes), key)


def _epoch_in(origin, exchange_id):
    require(origin.startswith(exchange_id + "/"), "the proof is of another exchange")
    return from_decimal(origin[len(exchange_id) + 1:].split("/")[0], "the epoch")


def verify_receipt(data, verifier):
    """The pieces of evidence of a receipt (bytes), the act's first, once all five steps hold."""
    require(len(data) <= RECEIPT_BYTES_MAX, "a receipt has at most 1 MiB")
    receipt = read(data, "Receipt")
    require_is_of(receipt, PURPOSE)
    require(1 <= len(receipt.evidence) <= 1 + REGISTRATIONS_MAX,
            f"a receipt has the act's evidence and at most {REGISTRATIONS_MAX} registrations")
    require(1 <= len(receipt.certificate_chain) <= CHAIN_MAX, "a receipt has 1 to 8 certificates")
    pieces = [Piece(each, verifier) for each in receipt.evidence]
    signer, *others = map(Certificate, receipt.certificate_chain)
    _check_signature(pieces[0], signer)
    verify_chain(signer, others, verifier.authorities, _held_at(pieces[0], signer))
    for earlier, piece in zip(pieces, pieces[1:]):
        _check_registers(piece, earlier, verifier)
    last = pieces[-1]
    verifier.registry.check_signature(last.act, last.act_bytes, last.signature)
    verifier.registry.check_registered_before(last.act, last.nanos)
    for place, piece in enumerate(pieces[1:], start=1):
        behind = pieces[place + 1:]
        if behind:
            _check_signature(piece, Certificate(Registration(behind[0].act).certificate))
        if piece.act.enrol is not None:
            _check_enroller(behind, verifier.registry.manages(last.act.signing_credential))
    return pieces


def _check_signature(piece, certificate):
    require(certificate.digest == piece.act.signing_credential,
            "the certificate is not the one that the act names")
    cms.verify(piece.signature, piece.act_bytes, certificate)


def _held_at(piece, signer):
    """When, in seconds, the signer's certificate has to have held: when the act was taken; of a renewal
    up to 7 days after its end, just before that."""
    seconds = piece.nanos // NANOS
    end = signer.ends
    late = piece.act.renew_credential is not None and end <= seconds < end + RENEWAL_AFTER_END_SECONDS
    return end - 1 if late else seconds


def _check_registers(piece, earlier, verifier):
    """Step 3: this piece registers the credential that signed the act of the one before."""
    new = Registration(piece.act)
    certificate = Certificate(new.certificate)
    require(certificate.digest == earlier.act.signing_credential, "registers another credential")
    require((new.party, new.office) == (earlier.act.party, earlier.act.office),
            "registers the credential to another office")
    if piece.act.enrol is not None:
        require(piece.act.party in ("SECRETARIAT", new.party), "an office was enrolled by another party")
        require(SIGN in piece.act.enrol.credential.purposes,
                "the credential was not registered to sign")
    check_possession(new.possession, new.party, new.office, certificate, verifier.exchange_id)
    require(piece.nanos <= earlier.nanos, "the credential was registered after it signed")
    sort, _, framework = piece.entry.ledger.partition("/")
    seen = sort == "ALL" and verifier.genesis.takes_part(new.party, framework)
    require(seen or piece.entry.ledger == verifier.own_ledger,
            "the registration stands in a ledger that the party would not see")


def _check_enroller(registrations, last_manages):
    """Step 4: who enrolled was registered to do so. A renewal gives what was there before it, and so
    what the credential has that signed the last act."""
    enrolled = next((each.act.enrol for each in registrations if each.act.enrol is not None), None)
    require(last_manages if enrolled is None else DIRECTORY in enrolled.credential.scopes,
            "who enrolled was not registered to do so")
