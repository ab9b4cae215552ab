"""Whose a credential is. docs/formats.md, "Following a ledger", point 5, and "Receipt", step 5."""

from cbm_formats import cms
from cbm_formats.certificate import Certificate
from cbm_formats.refused import Refused, require

MAIN_OFFICE = ("SECRETARIAT", "main")


class NotRegistered(Refused):
    """The credential is not known: its registration may stand in a ledger that was not read so far."""


class Registry:
    """Credentials and the offices that they are registered to: at first that in the genesis document."""

    def __init__(self, genesis):
        self._of = {genesis.secretariat.digest: (*MAIN_OFFICE, genesis.secretariat)}

    def register(self, enrol):
        """What an enrolment says that was taken. A credential belongs to one office for ever."""
        certificate = Certificate(enrol.credential.certificate)
        self._of.setdefault(certificate.digest, (enrol.party, enrol.office, certificate))

    def check_signature(self, act, act_bytes, signature):
        """The act is signed by a credential of the party and office that it names as its author."""
        if act.signing_credential not in self._of:
            raise NotRegistered("the act's credential is not registered")
        party, office, certificate = self._of[act.signing_credential]
        require((party, office) == (act.party, act.office), "the act's credential is another office's")
        cms.verify(signature, act_bytes, certificate)

    def to_json(self):
        return [[party, office, certificate.bytes.hex()]
                for party, office, certificate in self._of.values()]

    def add_json(self, said):
        for party, office, certificate in said:
            certificate = Certificate(bytes.fromhex(certificate))
            self._of.setdefault(certificate.digest, (party, office, certificate))
