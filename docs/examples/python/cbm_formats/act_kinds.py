"""What an act of each kind has to have: the bounds in the comments of proto/cbm/v1/act.proto, as far as
they can be held to by who has nothing but the act."""

from cbm_formats.digests import DIGEST_BYTES
from cbm_formats.instants import nanos_of
from cbm_formats.names import is_office, is_party, is_state
from cbm_formats.registration import OPEN
from cbm_formats.refused import require

CERTIFICATE_BYTES_MAX = POSSESSION_BYTES_MAX = 4096
MEASURES_MAX, PROPOSED_TIMES_MAX = 32, 8
SHOWN = 2  # Of ListVisibility.
RED = 5  # Of Marking.
TYPES_OF_STATES = range(1, 6)  # Of OfficeType.


def check_kind(act):
    """Refuses an act that has not what its kind asks for."""
    kind = act.which("kind")
    require(kind is not None, "the act has no kind")
    said = getattr(act, kind.name)
    of_consultation = 140 < kind.number < 180
    if of_consultation:
        require(len(said.consultation_id) == DIGEST_BYTES, "consultation_id is none")
    require(not act.office_filter or kind.name == "submit" and said.notification is not None
            and said.notification.marking == RED, "only a RED notification has an office_filter")
    require(all(each in TYPES_OF_STATES for each in act.office_filter),
            "office_filter has a type that no office of a State is of")
    _require_audience(act, "party_set" if of_consultation else _AUDIENCES.get(kind.name, "own"))
    least, most = _REFERENCES.get(kind.name, (0, 0))
    require(least <= len(act.references) <= most, f"there are not {least} to {most} references")
    if kind.name in _SAYS_NOTHING:
        require(not act.manifest_digest, "an act of this kind has no content")
    if kind.name in _SAYS_SOMETHING:
        require(act.manifest_digest, "an act of this kind has a content")
    if kind.name in _CHECKS:
        _CHECKS[kind.name](act, said)


# The kinds for other audiences than the own party; all in a consultation are for its party set.
_AUDIENCES = {"submit": ("commitments", "all", "secretariat"), "reply": "commitments",
              "consultation_request": "commitments"}
_REFERENCES = {"submit": (0, 1), "reply": (1, 1), "open": (1, 64), "acknowledge": (1, 1)}
_SAYS_NOTHING = ("open", "acknowledge", "confirm_record", "enrol", "grant_integration", "suspend_credential",
                 "restore_credential", "revoke_credential", "renew_credential")
_SAYS_SOMETHING = ("submit", "reply", "consultation_request", "post", "draft_record", "file_statement")


def _require_audience(act, to):
    require(act.audience.which("to").name in to if isinstance(to, tuple)
            else act.audience.which("to").name == to, "an act of this kind is for another audience")


def _submit(act, said):
    _check_notification(said.notification)
    require(said.follow_up == 0 or len(act.references) == 1,
            "a follow-up does not refer to the first of its thread")


def _reply(act, said):
    _check_notification(said.notification)
    require(said.notification.kind == "RSP", "a reply is of the kind RSP")
    require(said.outcome and said.quotes, "the reply's outcome or quotes is unspecified")


def _check_notification(notification):
    require(notification is not None, "notification is missing")
    require(notification.kind, "the notification has no kind")
    require(notification.precedence and notification.context and notification.marking,
            "precedence, context or marking is unspecified")
    measures = [measure.encode() for measure in notification.measures]
    require(1 <= len(measures) <= MEASURES_MAX and _ascends(measures),
            f"measures are not 1 to {MEASURES_MAX}, ascending, each once")
    require(notification.language, "the notification has no language")
    if notification.answer_wanted_by is not None:
        nanos_of(notification.answer_wanted_by, "answer_wanted_by")


def _statement(act, said):
    require(said.manner != 0, "manner is unspecified")
    named = [(each.act_digest, each.record_version) for each in act.references]
    require(len({digest for digest, _ in named}) == len(named), "a notification is named twice")


def _request(act, said):
    _check_notification(said.notification)
    require(said.notification.kind == "CRQ", "a request is of the kind CRQ")
    require(act.audience.commitments.list == SHOWN, "who is asked sees the others")
    times = [nanos_of(each, "a proposed time") for each in said.proposed_times]
    require(1 <= len(times) <= PROPOSED_TIMES_MAX and _ascends(times),
            f"proposed_times are not 1 to {PROPOSED_TIMES_MAX}, ascending, each once")
    require(said.level and said.format, "level or format is unspecified")
    if said.answer_by is not None:
        nanos_of(said.answer_by, "answer_by")


def _answer(act, said):
    require(said.answer != 0, "answer is unspecified")


def _schedule(act, said):
    if said.from_ is not None or said.to is not None:
        _meeting(act, said)


def _meeting(act, said):
    require(nanos_of(said.from_, "from") < nanos_of(said.to, "to"), "`to` is not after `from`")


def _draft(act, said):
    require(said.record_version != 0, "record_version is not from 1")


def _word_of_a_record(act, said):
    require(len(said.record_digest) == DIGEST_BYTES, "record_digest names no draft")


def _enrol(act, said):
    require(is_state(said.party) or said.party in ("CHAIR", "AUDITOR"), "enrols no such party")
    require(is_office(said.office), "enrols no such office")
    require(said.type != 0 and said.credential is not None, "type or credential is missing")
    credential = said.credential
    _check_certificate(credential.certificate)
    require(credential.purposes and 0 not in credential.purposes and _ascends(credential.purposes),
            "purposes are not at least one, ascending, each once")
    require(0 not in credential.scopes and _ascends(credential.scopes),
            "scopes are not ascending, each once")
    opens_alone = credential.purposes == [OPEN]
    require(not (opens_alone and credential.scopes), "a credential that only opens has scopes")
    require(said.possession or opens_alone, "possession is missing")
    require(len(said.possession) <= POSSESSION_BYTES_MAX, "possession is too long")


def _grant(act, said):
    require(said.reading and said.ceiling, "reading or ceiling is unspecified")


def _change(act, said):
    of = said.of
    require(of is not None, "the act names no credential")
    require(is_party(of.party), "names a credential of no party")
    require(is_office(of.office), "names a credential of no office")
    require(len(of.credential) == DIGEST_BYTES, "names a credential by no digest")


def _change_with_reason(act, said):
    _change(act, said)
    require(said.reason != 0, "reason is unspecified")


def _renew(act, said):
    _check_certificate(said.certificate)
    require(0 < len(said.possession) <= POSSESSION_BYTES_MAX, "possession is missing, or too long")


def _check_certificate(certificate):
    require(0 < len(certificate) <= CERTIFICATE_BYTES_MAX,
            f"a certificate has 1 to {CERTIFICATE_BYTES_MAX} bytes")


def _ascends(values):
    return all(low < high for low, high in zip(values, values[1:]))


_CHECKS = {
    "submit": _submit, "reply": _reply, "open": _statement, "acknowledge": _statement,
    "consultation_request": _request, "answer": _answer, "schedule": _schedule, "mark_held": _meeting,
    "draft_record": _draft, "confirm_record": _word_of_a_record, "refuse_record": _word_of_a_record,
    "enrol": _enrol, "grant_integration": _grant, "suspend_credential": _change_with_reason,
    "restore_credential": _change, "revoke_credential": _change_with_reason, "renew_credential": _renew}
