"""Whose a credential is, and whether it counts. docs/formats.md, "Following a ledger", points 5 and 6,
and "Receipt", step 5.
"""

from cbm_formats import cms
from cbm_formats.certificate import Certificate
from cbm_formats.refused import Refused, require

MAIN_OFFICE = ("SECRETARIAT", "main")


class NotRegistered(Refused):
    """The credential is not known: its registration may stand in a ledger that was not read so far."""


class Credential:
    """One that is registered."""

    def __init__(self, party, office, certificate):
        self.party, self.office, self.certificate = party, office, certificate
        self.changed = 0  # When it was last suspended, restored or revoked.
        self.out_since = None  # Since when it is suspended or revoked; None if it is not.
        self.is_revoked = False


class Registry:
    """Credentials and the offices that they are registered to: at first that in the genesis document."""

    def __init__(self, genesis):
        self._of = {}
        self._add(*MAIN_OFFICE, genesis.secretariat)

    def _add(self, party, office, certificate):
        """A credential belongs to one office for ever."""
        return self._of.setdefault(certificate.digest, Credential(party, office, certificate))

    def take(self, act, nanos):
        """What an act says of credentials that was taken at this time. Other ledgers say it again."""
        if act.enrol is not None:
            self._add(act.enrol.party, act.enrol.office, Certificate(act.enrol.credential.certificate))
        elif act.renew_credential is not None:
            self._add(act.party, act.office, Certificate(act.renew_credential.certificate))
        elif act.suspend_credential is not None:
            self._change(act, act.suspend_credential.of, nanos, nanos)
        elif act.restore_credential is not None:
            self._change(act, act.restore_credential.of, nanos, None)
        elif act.revoke_credential is not None:
            self._change(act, act.revoke_credential.of, nanos, nanos, for_ever=True)

    def _change(self, act, of, nanos, out_since, for_ever=False):
        require(act.party in ("SECRETARIAT", of.party), "a credential was changed by another party")
        credential = self._of.get(of.credential)
        if credential is None:
            raise NotRegistered("a credential was changed that is not registered")
        require((credential.party, credential.office) == (of.party, of.office),
                "the credential that was changed is another office's")
        if nanos <= credential.changed:
            return
        require(not credential.is_revoked, "a credential was changed that is revoked")
        credential.changed, credential.out_since = nanos, out_since
        credential.is_revoked = for_ever

    def check_signature(self, act, act_bytes, signature, nanos=0):
        """The act is signed by a credential of the party and office that it names as its author, which
        was neither suspended nor revoked before this time."""
        if act.signing_credential not in self._of:
            raise NotRegistered("the act's credential is not registered")
        credential = self._of[act.signing_credential]
        require((credential.party, credential.office) == (act.party, act.office),
                "the act's credential is another office's")
        cms.verify(signature, act_bytes, credential.certificate)
        if credential.out_since is not None and credential.out_since < nanos:
            # That it was restored may stand in a ledger that was not read so far.
            refusal = Refused if credential.is_revoked else NotRegistered
            raise refusal("the act's credential was suspended or revoked before")

    def to_json(self):
        return [[each.party, each.office, each.certificate.bytes.hex(), each.changed, each.out_since,
                 each.is_revoked] for each in self._of.values()]

    def add_json(self, said):
        for party, office, certificate, changed, out_since, is_revoked in said:
            credential = self._add(party, office, Certificate(bytes.fromhex(certificate)))
            credential.changed, credential.out_since = changed, out_since
            credential.is_revoked = is_revoked
