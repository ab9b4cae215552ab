"""Makes ledgers as an exchange could that signs anything: with the log's own key and the offices' keys."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cbm_formats import cms, merkle
from cbm_formats.certificate import Certificate
from cbm_formats.digests import leaf_hash, possession_statement, sha256
from cbm_formats.note import Key
from forge import Signer, base64_of
from whole_ledgers import Ledger, messages

BEGIN, END = datetime.datetime(2020, 1, 1), datetime.datetime(2090, 1, 1)


class NewSigner(Signer):
    """A key that nobody knows yet, with a certificate of its own making."""

    def __init__(self, name="new", begin=BEGIN, end=END):
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
                .public_key(self._key.public_key()).serial_number(x509.random_serial_number())
                .not_valid_before(begin).not_valid_after(end).sign(self._key, hashes.SHA256()))
        self.begin, self.end = begin, end
        self.certificate = Certificate(made.public_bytes(serialization.Encoding.DER))

    def possession(self, exchange_id, party, office):
        return self.sign(possession_statement(exchange_id, party, office, self.certificate.digest))


class LedgerForge:
    """Remakes records of ledgers (name: Ledger) that an exchange gave to one reader."""

    def __init__(self, served, log_key, ledgers):
        self._served, self._log_key = served, log_key
        self._key = Ed25519PrivateKey.from_private_bytes(
            bytes.fromhex((served.folder / "log.seed").read_text().strip()))
        self.ledgers = ledgers
        self.exchange_id = log_key.exchange_id

    def signer(self, office):
        return Signer(self._served.pki / "offices" / office)

    def find(self, ledger, kind, which=0):
        """Where the record of an act of that kind stands, by the name of its field."""
        found = [place for place, record in enumerate(self.ledgers[ledger].records)
                 if kind == (messages().Act.FromString(record[1]).WhichOneof("kind") if record[1]
                             else None)]
        return found[which]

    def record(self, ledger, kind, which=0):
        return self.ledgers[ledger].records[self.find(ledger, kind, which)]

    def made(self, record, act=None, entry=None, signer=None, act_bytes=None, entry_bytes=None,
             given=None):
        """A record anew. `act` and `entry` change the message, `act_bytes` and `entry_bytes` what is
        made of it. What `signer` signs is its own act."""
        entry_data, act_data, signature, digests = record
        if act or act_bytes:
            said = messages().Act.FromString(act_data)
            if signer:
                said.signing_credential = signer.certificate.digest
            if act:
                act(said)
            act_data = said.SerializeToString(deterministic=True)
            act_data = act_bytes(act_data) if act_bytes else act_data
        if signer:
            signature = signer.sign(act_data)
        told = messages().Entry.FromString(entry_data)
        if act_data:
            told.act_digest, told.signature_digest = sha256(act_data), sha256(signature)
        if entry:
            entry(told)
        entry_data = told.SerializeToString(deterministic=True)
        entry_data = entry_bytes(entry_data) if entry_bytes else entry_data
        return entry_data, act_data, signature, digests if given is None else given

    def later(self, *records, by_micros=1):
        """Records after all that there are, one after the other."""
        last = max(messages().Entry.FromString(ledger.records[-1][0]).time.ToNanoseconds()
                   for ledger in self.ledgers.values())
        moved = []
        for place, record in enumerate(records, start=1):
            moved.append(self.made(record, entry=lambda told, at=last + place * by_micros * 1000:
                                   told.time.FromNanoseconds(at)))
        return moved

    def sealed(self, **records):
        """All ledgers, some of them with other records; signed by the log. ALL_OSCE is ALL/OSCE."""
        changed = dict(self.ledgers)
        for name, each in records.items():
            name = name.replace("_", "/")
            changed[name] = self._seal(name, each)
        return changed

    def behind(self, ledger, *records):
        """The records of a ledger, and these behind them."""
        return [*self.ledgers[ledger].records, *records]

    def _seal(self, name, records):
        numbered = [self.made(record, entry=lambda told, ordinal=place: setattr(told, "ordinal", ordinal),
                              entry_bytes=None) if _ordinal(record) != place else record
                    for place, record in enumerate(records)]
        key = Key(f"{self.exchange_id}/{self._log_key.epoch}/{name}", self._log_key.public_key)
        root = merkle.root_of([leaf_hash(record[0]) for record in numbered])
        text = f"{key.name}\n{len(numbered)}\n{base64_of(root)}\n"
        line = f"— {key.name} {base64_of(key.id + self._key.sign(text.encode()))}\n"
        return Ledger(name, numbered, text + "\n" + line)

    # --- registrations ---

    def enrolment(self, new, party, office, signer, by=("SECRETARIAT", "main"), type=2,
                  purposes=(1, 2), scopes=(1, 3, 4, 5), possession=None, act=None, entry=None):
        """An enrolment for ALL/OSCE."""
        def change(said):
            said.party, said.office = by
            said.enrol.party, said.enrol.office, said.enrol.type = party, office, type
            credential = said.enrol.credential
            credential.certificate = new.certificate.bytes
            credential.purposes[:], credential.scopes[:] = purposes, scopes
            said.enrol.possession = (new.possession(self.exchange_id, party, office)
                                     if possession is None else possession)
            if act:
                act(said)

        def tell(told):
            told.effect.valid_from.FromDatetime(new.begin)
            told.effect.valid_to.FromDatetime(new.end)
            if entry:
                entry(told)

        return self.made(self.record("ALL/OSCE", "enrol"), act=change, entry=tell, signer=signer)

    def renewal(self, new, party, office, signer, possession=None):
        def change(said):
            said.ClearField("enrol")
            said.party, said.office = party, office
            said.renew_credential.certificate = new.certificate.bytes
            said.renew_credential.possession = (new.possession(self.exchange_id, party, office)
                                                if possession is None else possession)

        def tell(told):
            told.kind = 185
            told.effect.valid_from.FromDatetime(new.begin)
            told.effect.valid_to.FromDatetime(new.end)

        return self.made(self.record("ALL/OSCE", "enrol"), act=change, entry=tell, signer=signer)

    def change(self, kind, of, party, office, signer, by):
        """An act that suspends, restores or revokes a credential."""
        number = {"suspend": 182, "restore": 183, "revoke": 184}[kind]

        def change(said):
            said.ClearField("enrol")
            said.party, said.office = by
            named = getattr(said, f"{kind}_credential")
            named.of.party, named.of.office, named.of.credential = party, office, of.certificate.digest
            if kind != "restore":
                named.reason = 4

        def tell(told):
            told.kind = number
            told.ClearField("effect")

        return self.made(self.record("ALL/OSCE", "enrol"), act=change, entry=tell, signer=signer)

    def submitted(self, signer, office, party="EE", act=None, entry=None):
        """A notification of this office, in its own ledger."""
        def change(said):
            said.party, said.office = party, office
            if act:
                act(said)

        return self.made(self.record("state/EE", "submit"), act=change, entry=entry, signer=signer)


def _ordinal(record):
    return messages().Entry.FromString(record[0]).ordinal
