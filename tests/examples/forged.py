"""Forged receipts: each in order but for one thing. Some hold nevertheless."""

import odd_certificates
from cbm_formats import wire
from cbm_formats.digests import sha256
from cbm_formats.reading import read
from changes import having
from whole_ledgers import messages

SIGN, DIRECTORY = 2, 6  # A purpose and a scope.
EE, SECRETARIAT, OTHER = "EE-technical", "secretariat", "LV-duty"


def _then(*changes):
    def change(message):
        for each in changes:
            each(message)
    return change


def entries(forge):
    """An entry that says something else."""
    for name, change in _entry_changes().items():
        yield f"entry: {name}", forge.remade(entry=change)
    for name, change in _other_forms().items():
        yield f"entry: {name}", forge.remade(entry_bytes=change)


def entries_alone(forge):
    """An entry with its proof and the text of the key of a ledger: (name, entry, proof, key)."""
    for name, change in _entry_changes().items():
        piece = forge.evidence(forge.receipt.evidence[0], entry=change)
        key = forge.key_of(messages().Entry.FromString(piece.entry).ledger)
        yield f"entry alone: {name}", piece.entry, piece.tlog_proof, key
    piece = forge.evidence(forge.receipt.evidence[0])
    yield ("entry alone: another ledger's key", piece.entry, piece.tlog_proof,
           forge.key_of("state/LV"))
    text = piece.tlog_proof.split("\n\n")[1] + "\n"
    cosigned = piece.tlog_proof.split("\n\n")[0] + "\n\n" + text + "\n" + forge.cosignature(
        text.split("\n")[0], text, 1_780_000_000)
    yield "entry alone: a cosigner's key", piece.entry, cosigned, forge.key_of("state/EE", b"\4")


def _entry_changes():
    return {
        "as it is": having(), "refused": having(role=5), "no role": having(role=0),
        "a later role": having(role=9), "header": having(role=4), "another kind": having(kind=101),
        "no kind": having(kind=0), "a later kind": having(kind=170),
        "another purpose": having(purpose="cbm.v1/act"), "a later version": having(version=2),
        "no version": having(version=0), "another exchange": having(exchange_id="test/" + "0" * 64),
        "another act": having(act_digest=b"\1" * 32), "no act": having(act_digest=b""),
        "another signature": having(signature_digest=b"\1" * 32),
        "another ledger": having(ledger="state/LV"), "no such ledger": having(ledger="state/Estonia"),
        "a ledger of no sort": having(ledger="somewhere"), "no ledger": having(ledger=""),
        "another index": having(ordinal=1), "no salt": having(salt=b""),
        "no time": lambda entry: entry.ClearField("time"),
        "negative nanos": having(time__nanos=-1), "too many nanos": having(time__nanos=10**9),
        "before 1970": having(time__seconds=-1), "the year 10000": having(time__seconds=253402300800),
        "before the certificate": having(time__seconds=10**9),
        "after the certificate": having(time__seconds=4 * 10**9),
        "a summary": having(summary__new_state="submitted")}


def _other_forms():
    """Bytes that say the same, or more."""
    return {"an unknown field": lambda data: data + wire.write_field(200, b"more"),
            "an unknown number": lambda data: data + wire.write_field(201, 7),
            "an unknown group": lambda data: data + wire.write_varint(202 << 3 | 3)
            + wire.write_varint(202 << 3 | 4),
            "a group that does not end": lambda data: data + wire.write_varint(202 << 3 | 3),
            "fields in another order": lambda data: wire.write_field(2, 1)
            + data.replace(wire.write_field(2, 1), b"", 1),
            "a number that is too long": lambda data: data.replace(
                wire.write_field(2, 1), wire.write_varint(2 << 3) + b"\x81\x00", 1),
            "the version twice": lambda data: data + wire.write_field(2, 1),
            "another version first": lambda data: wire.write_field(2, 3) + data,
            "no UTF-8": lambda data: data + wire.write_field(3, b"\xff"),
            "a known field of another type": lambda data: data + wire.write_field(1, 5),
            "a part of a field": lambda data: data + b"\x0a\x05x",
            "field number 0": lambda data: data + b"\x02\x00"}


def _filled_to(size):
    # Tag and length of the field that fills it have four bytes.
    return lambda data: data + wire.write_field(200, b"x" * (size - len(data) - 4))


def acts(forge):
    """An act that says something else, and is well signed."""
    signer = forge.signer(EE)
    for name, change in {
            "as it is": having(), "another purpose": having(purpose="cbm.v1/entry"),
            "a later version": having(version=2), "another exchange": having(exchange_id="test/" + "0" * 64),
            "another party": having(party="LV"), "another office": having(office="policy"),
            "another credential": having(signing_credential=b"\1" * 32),
            "no kind": lambda act: act.ClearField("submit"),
            "a short id": having(act_id=b"short"), "times the other way round": having(
                valid_until__seconds=1), "no audience": lambda act: act.ClearField("audience")}.items():
        yield f"act: {name}", forge.remade(act=change, signer=signer)
    for name, change in _other_forms().items():
        yield f"act: {name}", forge.remade(act_bytes=change, signer=signer)
    yield "act: of an unknown kind", forge.remade(
        act=lambda act: act.ClearField("submit"), signer=signer, entry=having(kind=139),
        act_bytes=lambda data: data + wire.write_field(139, b""))
    yield "act: of an unknown kind, and of a known one for the entry", forge.remade(
        act=lambda act: act.ClearField("submit"), signer=signer,
        act_bytes=lambda data: data + wire.write_field(139, b""))
    yield "act: of an unknown kind, and of none for the entry", forge.remade(
        act=lambda act: act.ClearField("submit"), signer=signer, entry=having(kind=0),
        act_bytes=lambda data: data + wire.write_field(139, b""))
    for size in (16384, 16385):
        yield f"act: of {size} bytes", forge.remade(signer=signer, act_bytes=_filled_to(size))
    yield "act: signed by another", forge.remade(signer=forge.signer(OTHER))
    yield "act: without a signature", forge.remade(signature=lambda data: b"")


def of_another(party, office, signer):
    """An act by another office, which that credential signs."""
    return having(party=party, office=office, signing_credential=signer.certificate.digest)


def enrolment_of(signer, party, office, purposes, scopes):
    """What the second verifier reads of an enrolment."""
    act = messages().Act()
    act.enrol.party, act.enrol.office, act.enrol.type = party, office, 2
    act.enrol.credential.certificate = signer.certificate.bytes
    act.enrol.credential.purposes[:], act.enrol.credential.scopes[:] = purposes, scopes
    return read(act.SerializeToString(), "Act")


def registrations(forge):
    """What leads from the credential to the genesis document."""
    secretariat = forge.signer(SECRETARIAT)
    enrol = "enrol__"
    for name, change in {
            "as it is": having(), "of another office": having(**{enrol + "office": "policy"}),
            "of another party": having(**{enrol + "party": "LV"}),
            "not to sign": having(**{enrol + "possession": b"\0"}),
            "without possession": having(**{enrol + "possession": b""}),
            "without a credential": lambda act: act.enrol.ClearField("credential"),
            "without purposes": lambda act: act.enrol.credential.ClearField("purposes"),
            "to connect alone": _then(lambda act: act.enrol.credential.ClearField("purposes"),
                                      lambda act: act.enrol.credential.purposes.append(1)),
            "by another office of the secretariat": having(office="other"),
            "by a State": having(party="LV", office="main")}.items():
        yield f"registration: {name}", forge.remade(1, act=change, signer=secretariat)
    for name, change in {
            "refused": having(role=5), "in another's ledger": having(ledger="state/LV"),
            "in the own ledger": having(ledger="state/EE"),
            "in the secretariat's": having(ledger="secretariat"),
            "of a framework that it is in": having(ledger="ALL/UN"),
            "of no framework": having(ledger="ALL/NATO"),
            "later than the act": having(time__seconds=3 * 10**9),
            "at the beginning of 1970": having(time__seconds=0, time__nanos=0),
            "before 1970": having(time__seconds=-1), "negative nanos": having(time__nanos=-1),
            "too many nanos": having(time__nanos=10**9)}.items():
        yield f"registration: {name}", forge.remade(1, entry=change)
    yield "registration: signed by another", forge.remade(1, signer=forge.signer(OTHER))
    whole = forge.copy()
    _, registration = whole.evidence
    for name, pieces in {"none": [0], "twice": [0, 1, 1], "first": [1, 0], "alone": [1],
                         "followed by the act": [0, 1, 0], "too many": [0] + [1] * 66}.items():
        changed = forge.copy()
        del changed.evidence[:]
        changed.evidence.extend(whole.evidence[each] for each in pieces)
        yield f"registrations: {name}", changed.SerializeToString()
    yield from _registrations_of_the_secretariat(forge, registration, secretariat)


def _registrations_of_the_secretariat(forge, registration, secretariat):
    """A receipt of the registration itself, by the certificate in the genesis document."""
    receipt = forge.copy()
    del receipt.evidence[:], receipt.certificate_chain[:]
    receipt.evidence.append(registration)
    receipt.certificate_chain.append(secretariat.certificate.bytes)
    yield "registration: as the act itself", receipt.SerializeToString()
    for name, change in {"for another office": having(office="other"), "for the chair": having(
            party="CHAIR")}.items():
        receipt.evidence[0].CopyFrom(forge.evidence(registration, act=change, signer=secretariat))
        yield f"registration: as the act itself, {name}", receipt.SerializeToString()


def receipts(forge):
    """The file itself, and its certificates."""
    whole = forge.copy().SerializeToString(deterministic=True)
    for name, change in _other_forms().items():
        yield f"receipt: {name}", change(whole)
    for name, change in {
            "another purpose": having(purpose="cbm.v1/act"), "a later version": having(version=2),
            "an anchor's proof": having(anchor_proof="not looked at"),
            "a cosignature": lambda receipt: receipt.cosignatures.append("not looked at"),
            "no evidence": lambda receipt: receipt.ClearField("evidence"),
            "no certificate": lambda receipt: receipt.ClearField("certificate_chain"),
            "another certificate": lambda receipt: receipt.certificate_chain.__setitem__(
                0, forge.signer(OTHER).certificate.bytes),
            "a certificate twice": lambda receipt: receipt.certificate_chain.append(
                receipt.certificate_chain[0]),
            "another certificate behind": lambda receipt: receipt.certificate_chain.append(
                forge.signer(OTHER).certificate.bytes),
            "eight certificates": lambda receipt: receipt.certificate_chain.extend(
                [receipt.certificate_chain[0]] * 7),
            "nine certificates": lambda receipt: receipt.certificate_chain.extend(
                [receipt.certificate_chain[0]] * 8),
            **{f"behind it {each}": lambda receipt, odd=odd: receipt.certificate_chain.append(odd)
               for each, odd in odd_certificates.cases()},
            "no certificate behind": lambda receipt: receipt.certificate_chain.append(b"none"),
            "an empty one behind": lambda receipt: receipt.certificate_chain.append(b""),
            "something behind the certificate": lambda receipt: receipt.certificate_chain.__setitem__(
                0, receipt.certificate_chain[0] + b"\0"),
            "too large": lambda receipt: receipt.cosignatures.append("x" * (1 << 20)),
            "a piece without an act": lambda receipt: receipt.evidence[0].ClearField("act"),
            "a piece without an entry": lambda receipt: receipt.evidence[0].ClearField("entry"),
            "a piece without a proof": lambda receipt: receipt.evidence[0].ClearField("tlog_proof"),
    }.items():
        changed = forge.copy()
        change(changed)
        yield f"receipt: {name}", changed.SerializeToString(deterministic=True)
    yield "receipt: empty", b""
    yield "receipt: of the digest alone", sha256(whole)
    # A message in pieces is the pieces together.
    evidence = messages().Evidence.FromString(forge.receipt.evidence[0].SerializeToString())
    yield "receipt: an act in its own file", evidence.act
