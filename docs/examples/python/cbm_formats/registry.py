"""Whose a credential is, and whether it counts. docs/formats.md, "Following a ledger", points 5 and 6,
and "Receipt", step 5.
"""

from cbm_formats import cms
from cbm_formats.certificate import Certificate
from cbm_formats.messages import KINDS
from cbm_formats.refused import Refused, require
from cbm_formats.registration import SIGN

MAIN_OFFICE = ("SECRETARIAT", "main")
READ, DRAFT, RELEASE, ACKNOWLEDGE, CONSULT, DIRECTORY = range(1, 7)  # The scopes.
INTEGRATION = 5  # Of OfficeType.
# What the credential in the genesis document has that no act registered.
SECRETARIAT_TYPE, ALL_PURPOSES, ALL_SCOPES = 6, (1, 2, 3), (1, 2, 3, 4, 5, 6)
RENEWAL_NANOS_MAX = 7 * 24 * 3600 * 10**9  # After the end of the certificate.


# The scope that an act of a kind asks for; RenewCredential asks for none.
_SCOPES = {"submit": RELEASE, "reply": RELEASE, "open": READ, "acknowledge": ACKNOWLEDGE,
           "enrol": DIRECTORY, "grant_integration": DIRECTORY, "suspend_credential": DIRECTORY,
           "restore_credential": DIRECTORY, "revoke_credential": DIRECTORY}
CONSULTATION_KINDS = range(140, 180)


def scope_of(kind):
    """The scope without which no credential signs an act of this kind; None if any may."""
    return CONSULT if kind in CONSULTATION_KINDS else _SCOPES.get(KINDS.get(kind))


class NotRegistered(Refused):
    """The credential is not known: its registration may stand in a ledger that was not read so far."""


class Credential:
    """One that is registered."""

    def __init__(self, party, office, certificate, may, registered, by):
        self.party, self.office, self.certificate = party, office, certificate
        self.type, self.purposes, self.scopes = may  # As it was enrolled, or what renewed it.
        # When, and the digest of the act; 0 and nothing for that in the genesis document.
        self.registered, self.by = registered, by
        self.changed = 0  # When it was last suspended, restored or revoked.
        self.out_since = None  # Since when it is suspended or revoked; None if it is not.
        self.suspended_by = None  # The party.
        self.is_revoked = False

    @property
    def may(self):
        return self.type, self.purposes, self.scopes

    @property
    def manages(self):
        """Whether it has the scope DIRECTORY."""
        return DIRECTORY in self.scopes

    @property
    def end(self):
        """The end of its certificate (notAfter), in nanoseconds: from then on it is not in use."""
        return self.certificate.ends * 10**9

    def is_in_use(self, nanos):
        return self.out_since is None and nanos < self.end


class Registry:
    """Credentials and the offices that they are registered to: at first that in the genesis document."""

    def __init__(self, genesis):
        self._of = {}
        self._add(*MAIN_OFFICE, genesis.secretariat, (SECRETARIAT_TYPE, ALL_PURPOSES, ALL_SCOPES), 0, b"")

    def _add(self, party, office, certificate, may, nanos, by):
        """A credential belongs to one office for ever, and is registered to it once."""
        known = self._of.get(certificate.digest)
        require(known is None or (known.registered, known.by) == (nanos, by),
                "a certificate is registered a second time")
        if known is None:
            known = Credential(party, office, certificate, may, nanos, by)
            self._of[certificate.digest] = known
        return known

    def take(self, act, nanos, digest=b""):
        """What an act of this digest says of credentials that was taken at this time. Other ledgers say
        it again."""
        if act.enrol is not None:
            self._enrol(act.enrol, nanos, digest)
        elif act.renew_credential is not None:
            signer = self._of[act.signing_credential]
            require(nanos < signer.end + RENEWAL_NANOS_MAX,
                    "a credential was renewed by one that may not renew any more")
            self._add(act.party, act.office, Certificate(act.renew_credential.certificate),
                      signer.may, nanos, digest)
        elif act.suspend_credential is not None:
            self._change(act, act.suspend_credential.of, nanos, self._suspend)
        elif act.restore_credential is not None:
            self._change(act, act.restore_credential.of, nanos, self._restore)
        elif act.revoke_credential is not None:
            self._change(act, act.revoke_credential.of, nanos, self._revoke)

    def _enrol(self, enrol, nanos, digest):
        certificate = Certificate(enrol.credential.certificate)
        if certificate.digest not in self._of:
            before = [each for each in self._of.values()
                      if (each.party, each.office) == (enrol.party, enrol.office)]
            require(not any(each.is_in_use(nanos) for each in before),
                    "an office is enrolled again that has a credential in use")
            require(all(each.type == enrol.type for each in before),
                    "an office is enrolled again as one of another type")
        may = (enrol.type, tuple(enrol.credential.purposes), tuple(enrol.credential.scopes))
        self._add(enrol.party, enrol.office, certificate, may, nanos, digest)

    def _change(self, act, of, nanos, change):
        require(act.party in ("SECRETARIAT", of.party), "a credential was changed by another party")
        credential = self._of.get(of.credential)
        if credential is None:
            raise NotRegistered("a credential was changed that is not registered")
        require((credential.party, credential.office) == (of.party, of.office),
                "the credential that was changed is another office's")
        if nanos <= credential.changed:
            return
        signer = self._of[act.signing_credential]
        require(signer.manages, "a credential was changed by one without the scope DIRECTORY")
        require(signer.type != INTEGRATION, "a credential was changed by an integration")
        require(not credential.is_revoked, "a credential was changed that is revoked")
        change(credential, act.party, nanos)
        credential.changed = nanos

    @staticmethod
    def _suspend(credential, party, nanos):
        require(credential.suspended_by is None, "a credential was suspended that is suspended")
        credential.out_since, credential.suspended_by = nanos, party

    @staticmethod
    def _restore(credential, party, nanos):
        require(credential.suspended_by is not None, "a credential was restored that is not suspended")
        require(party in (credential.party, credential.suspended_by),
                "a credential was restored by neither its State nor who suspended it")
        credential.out_since = credential.suspended_by = None

    @staticmethod
    def _revoke(credential, party, nanos):
        credential.out_since, credential.is_revoked = nanos, True

    def check_signature(self, act, act_bytes, signature, nanos=0):
        """The act is signed by a credential of the party and office that it names as its author, which
        was neither suspended nor revoked before this time."""
        if act.signing_credential not in self._of:
            raise NotRegistered("the act's credential is not registered")
        credential = self._of[act.signing_credential]
        require((credential.party, credential.office) == (act.party, act.office),
                "the act's credential is another office's")
        require(SIGN in credential.purposes, "the act's credential was not registered to sign")
        cms.verify(signature, act_bytes, credential.certificate)
        if credential.out_since is not None and credential.out_since < nanos:
            # That it was restored may stand in a ledger that was not read so far.
            refusal = Refused if credential.is_revoked else NotRegistered
            raise refusal("the act's credential was suspended or revoked before")

    def check_registered_before(self, act, nanos):
        """The credential that signed the act was registered no later than this time."""
        require(self._of[act.signing_credential].registered <= nanos,
                "the act's credential was registered only later")

    def check_may(self, act):
        """Of an act whose signature was checked: its credential has the scope that its kind asks for."""
        kind = act.which("kind")
        scope = scope_of(kind.number) if kind is not None else None
        require(scope is None or scope in self._of[act.signing_credential].scopes,
                "the act's credential has not the scope that such an act asks for")
        if act.enrol is not None:
            require(act.party in ("SECRETARIAT", act.enrol.party),
                    "an office was enrolled by another party")

    def manages(self, digest):
        """Whether a credential that is registered has the scope DIRECTORY."""
        return self._of[digest].manages

    def to_json(self):
        return [[each.party, each.office, each.certificate.bytes.hex(), each.may, each.registered,
                 each.by.hex(), each.changed, each.out_since, each.suspended_by, each.is_revoked]
                for each in self._of.values()]

    def add_json(self, said):
        for (party, office, certificate, may, registered, registered_by, changed, out, by,
             is_revoked) in said:
            may = tuple(tuple(each) if isinstance(each, (list, tuple)) else each for each in may)
            credential = self._add(party, office, Certificate(bytes.fromhex(certificate)), may,
                                   registered, bytes.fromhex(registered_by))
            credential.changed, credential.out_since = changed, out
            credential.suspended_by, credential.is_revoked = by, is_revoked
