"""What an act registers, and whether its holder has the key. docs/formats.md, "Signature"."""

from cbm_formats import cms
from cbm_formats.certificate import Certificate
from cbm_formats.digests import possession_statement
from cbm_formats.instants import NANOS, nanos_of
from cbm_formats.refused import require

CONNECT, SIGN, OPEN = 1, 2, 3  # Of CredentialPurpose.


class Registration:
    """The credential that an Enrol or a RenewCredential act registers, and to whom."""

    def __init__(self, act):
        said = act.renew_credential
        if act.enrol is not None and act.enrol.credential is not None:
            said = act.enrol
            self.party, self.office = said.party, said.office
            self.certificate = said.credential.certificate
        else:
            require(said is not None, "what should register is neither an enrolment nor a renewal")
            self.party, self.office, self.certificate = act.party, act.office, said.certificate
        self.possession = said.possession


def check_possession(signature, party, office, certificate, exchange_id):
    """The new credential has signed that it is to be registered to this office."""
    cms.verify(signature, possession_statement(exchange_id, party, office, certificate.digest),
               certificate)


def check_registration(act):
    """An act that registers a credential has that one's own signature; one that opens alone has none."""
    if act.enrol is None and act.renew_credential is None:
        return
    new = Registration(act)
    if act.enrol is not None and act.enrol.credential is not None \
            and act.enrol.credential.purposes == [OPEN]:
        return
    check_possession(new.possession, new.party, new.office, Certificate(new.certificate),
                     act.exchange_id)


def check_validity(act, effect):
    """The entry of an act that registers a certificate says from when to when it holds."""
    if act.enrol is None and act.renew_credential is None:
        return
    certificate = Certificate(Registration(act).certificate)
    require(effect is not None, "the entry does not say from when to when a certificate holds")
    for said, seconds in ((effect.valid_from, certificate.begins), (effect.valid_to, certificate.ends)):
        require(nanos_of(said, "a validity") == seconds * NANOS,
                "the entry says that a certificate holds at other times than it does")
