"""Forged ledgers that tell of a consultation, each in order but for one thing, up to the entry that was
changed. (name, whether it holds by docs/formats.md, ledgers).
"""

from cbm_formats.digests import party_set_digest
from changes import having
from forged_ledgers import each_of
from whole_ledgers import messages

# What `cbm` takes that proto/cbm/v1 forbids.
CBM_TAKES = set()
# What `cbm` refuses and docs/formats.md does not speak of: when a record counts as agreed.
SECOND_TAKES = {"confirmed by one, and agreed"}


def _up_to(forge, ledger, place, record):
    return forge.sealed(**{ledger.replace("/", "_"): [*forge.ledgers[ledger].records[:place], record]})


def _state(**fields):
    return having(**{f"effect__consultation__{name}": value for name, value in fields.items()})


def _on_state(change):
    return lambda told: change(told.effect.consultation)


def _without(name):
    return _on_state(lambda state: state.ClearField(name))


def _names(name, *names):
    return _on_state(lambda state: (state.ClearField(name), getattr(state, name).extend(names)))


def _moved(name):
    return _on_state(lambda state: getattr(state, name).FromSeconds(10**9))


# --- the state, as a State that takes part is told it ---

_TOLD = {
    ("consultation_request", 0): {
        "another requester": _state(requester="FI"), "other parties": _names("parties", "EE", "LV"),
        "one invitee": _names("invitees", "EE"), "no invitee": _without("invitees"),
        "another time": _moved("requested"), "another marking": _state(marking=1), "another precedence": _state(precedence=3),
        "another context": _state(context=2), "no deadline": _without("answer_by"),
        "one invitation": _on_state(lambda state: state.invitations.pop()),
        "another commitment": _on_state(lambda state: setattr(
            state.invitations[0], "commitment", b"\1" * 32)),
        "an answer": _on_state(lambda state: setattr(state.invitations[0], "answer", 1)),
        "the next state": _state(state="agreed"), "no state": _state(state=""),
        "another id": _state(consultation_id=b"\1" * 32), "a record": _state(record_version=1)},
    ("answer", 0): {
        "no new party": _names("parties", "LV"), "a party more": _names("parties", "EE", "FI", "LV"),
        "an invitee still": _names("invitees", "EE", "FI"), "another answer": _on_state(
            lambda state: setattr(state.invitations[0], "answer", 2)),
        "another time": _on_state(lambda state: state.invitations[0].answered.FromSeconds(10**9)),
        "no acceptance": _without("accepted"), "the state before": _state(state="requested"),
        "a later state": _state(state="scheduled"), "an end": each_of(
            _state(state="concluded_agreed"), _on_state(
                lambda state: state.concluded.CopyFrom(state.accepted))),
        "another deadline": _moved("answer_by"), "another requester": _state(requester="FI")},
    ("schedule", 0): {"another beginning": _moved("meeting_from"), "no end": _without("meeting_to"),
                      "the state before": _state(state="agreed"), "a later state": _state(state="held")},
    ("mark_held", 0): {"another beginning": _moved("held_from"), "another time": _moved("marked_held"),
                       "the state before": _state(state="scheduled"),
                       "no meeting": _without("meeting_from")},
    ("draft_record", 0): {"another version": _state(record_version=2), "another digest": _state(
        record_digest=b"\1" * 32), "somebody who confirmed": _names("confirmed", "EE"),
                          "the state before": _state(state="held")},
    ("refuse_record", 0): {"nobody who refused": _without("refused"), "another who refused": _names(
        "refused", "LV"), "one who confirmed": _names("confirmed", "EE"),
                           "an end": _state(state="concluded_not_agreed")},
    ("answer", 1): {"another acceptance": _moved("accepted"), "a record that is void": _without(
        "record_digest"), "nobody who refused": _without("refused")},
    ("draft_record", 1): {"the version before": _state(record_version=1), "one who refused": _names(
        "refused", "EE")},
    ("confirm_record", 0): {"nobody who confirmed": _without("confirmed"), "all confirmed": _names(
        "confirmed", "EE", "FI", "LV"), "a statement": _names("statements", "EE"),
                            "an end without its time": _state(state="concluded_agreed")},
    ("post", 0): {"another state": _state(state="held"), "a party less": _names("parties", "EE", "LV")},
}


def told(forge):
    """The state that the reader is told beside the act."""
    own = "state/EE"
    for (kind, which), changes in _TOLD.items():
        place = forge.find(own, kind, which)
        record = forge.ledgers[own].records[place]
        yield f"{kind} {which}: as it is", True, _up_to(forge, own, place, record)
        changes = {**changes, "no state at all": lambda said: said.ClearField("effect")}
        for name, change in changes.items():
            yield f"{kind} {which}: {name}", False, _up_to(forge, own, place,
                                                           forge.made(record, entry=change))
    place = forge.find(own, "confirm_record", 0)
    record = forge.ledgers[own].records[place]
    yield "confirmed by one, and agreed", False, _up_to(forge, own, place, forge.made(record, entry=each_of(
        _state(state="concluded_agreed"),
        lambda said: said.effect.consultation.concluded.CopyFrom(said.time))))


# --- acts that nobody may do ---

def acts(forge):
    """An act that its State may not do, or not then, and the state as it was before."""
    own = "state/EE"
    lv, ee, fi = (forge.signer(each) for each in ("LV-duty", "EE-technical", "FI-technical"))

    def instead(kind, which, act, signer, entry=having()):
        place = forge.find(own, kind, which)
        return _up_to(forge, own, place, forge.made(
            forge.ledgers[own].records[place], act=act, signer=signer, entry=entry))

    yield "drafted for other parties", False, instead("draft_record", 0, having(
        audience__party_set__digest=b"\1" * 32), lv, _drafted)
    yield "drafted as the next version", True, instead("draft_record", 0, having(), lv, _drafted)
    yield "drafted as the version after the next", False, instead("draft_record", 0, having(
        draft_record__record_version=2), lv, each_of(_drafted, _state(record_version=2)))
    yield "drafted by one that is asked", False, instead(
        "draft_record", 0, having(party="FI", office="technical"), fi, _drafted)
    yield "drafted in another consultation", False, instead(
        "draft_record", 0, having(draft_record__consultation_id=b"\1" * 32), lv, _drafted)
    yield "confirmed another version", False, instead(
        "confirm_record", 0, having(confirm_record__record_digest=b"\1" * 32), ee)
    yield "answered by a party", False, instead("answer", 1, having(party="EE", office="technical"), ee)
    yield "answered after the deadline", False, instead("answer", 0, having(), ee, _at_seconds(4 * 10**9))
    yield from _over(forge, own, lv)
    yield from _taken_again(forge, own, lv)


def _drafted(told):
    told.effect.consultation.record_digest = told.act_digest


def _at_seconds(seconds):
    def change(told):
        told.time.FromSeconds(seconds)
        state = told.effect.consultation
        state.accepted.FromSeconds(seconds)
        state.invitations[0].answered.FromSeconds(seconds)
    return change


def _over(forge, own, lv):
    """What is done after the last party confirmed."""
    last = forge.ledgers[own].records[-1]
    state = messages().Entry.FromString(last[0]).effect.consultation
    digest = party_set_digest(state.consultation_id, state.parties, state.invitees)
    posted = forge.made(forge.record(own, "post", -1), signer=lv, act=having(
        party="LV", office="duty", act_id=b"\1" * 16, audience__party_set__digest=digest),
        entry=each_of(having(role=2), lambda told: told.effect.consultation.CopyFrom(state)))
    yield "posted when it is over", False, forge.sealed(
        state_EE=forge.behind(own, *forge.later(posted)))


def _taken_again(forge, own, lv):
    """Withdrawn: before the meeting, by who asked, and not else."""
    place = forge.find(own, "schedule", 0)
    scheduled = forge.ledgers[own].records[place]
    ee = forge.signer("EE-technical")

    def withdraws(act):
        withdrawn = act.schedule.consultation_id
        act.withdraw_consultation.consultation_id = withdrawn

    def ends(told):
        told.kind = 150
        state = told.effect.consultation
        state.ClearField("meeting_from")
        state.ClearField("meeting_to")
        state.state = "withdrawn"
        state.concluded.CopyFrom(told.time)

    yield "withdrawn by its requester", True, _up_to(forge, own, place, forge.made(
        scheduled, act=withdraws, signer=lv, entry=ends))
    yield "withdrawn by another", False, _up_to(forge, own, place, forge.made(
        scheduled, act=each_of(withdraws, having(party="EE", office="technical")), signer=ee, entry=ends))
    yield "withdrawn, and the state before", False, _up_to(forge, own, place, forge.made(
        scheduled, act=withdraws, signer=lv, entry=each_of(ends, _state(state="agreed"))))


# --- who is told of acts that it is not given ---

def asked(forge):
    """FI is asked still, and told that a record was drafted."""
    own = "state/FI"
    place = next(place for place, record in enumerate(forge.ledgers[own].records)
                 if messages().Entry.FromString(record[0]).kind == 145)
    record = forge.ledgers[own].records[place]
    for name, holds, change in (
            ("as it is", True, having()), ("another version", False, _state(record_version=7)),
            ("an end", False, each_of(_state(state="withdrawn"), having(
                summary__new_state="withdrawn"))),
            ("a confirmation", False, _names("confirmed", "EE")),
            ("another consultation in the summary", False, having(summary__acted_on=b"q" * 32)),
            ("a party more", False, _names("parties", "EE", "FI", "LV")),
            ("no invitee", False, _without("invitees")), ("another meeting", False, _moved("held_from")),
            ("another requester", False, _state(requester="EE")),
            ("another state in the summary", False, having(summary__new_state="held")),
            ("no state at all", False, lambda said: said.ClearField("effect")),
            ("another consultation", False, _state(consultation_id=b"\1" * 32))):
        yield f"asked: {name}", holds, _up_to(forge, own, place, forge.made(record, entry=change))


def headers(forge):
    """The secretariat follows what it is not given."""
    own = "secretariat"
    places = [place for place, record in enumerate(forge.ledgers[own].records)
              if 140 <= messages().Entry.FromString(record[0]).kind < 180]
    for name, holds, which, change in (
            ("the request as it is", True, 0, having()),
            ("a request of another id", False, 0, _state(consultation_id=b"\1" * 32)),
            ("as it is", True, 1, having()), ("a record", False, 1, _state(record_version=1)),
            ("who confirmed", False, 1, _names("confirmed", "EE")),
            ("the invitations", False, 1, _on_state(lambda state: state.invitations.add(state="EE"))),
            ("another state in the summary", False, 1, having(summary__new_state="held")),
            ("another consultation in the summary", False, 1, having(summary__acted_on=b"q" * 32)),
            ("no state at all", False, 1, lambda said: said.ClearField("effect")),
            ("another requester", False, 1, _state(requester="EE")),
            ("another marking", False, 1, _state(marking=1)),
            ("a request at another time", False, 0, _moved("requested")),
            ("a request without a deadline", False, 0, _without("answer_by")),
            ("a request of one asked less", False, 0, _names("invitees", "EE")),
            ("a request that is agreed", False, 0, _state(state="agreed")),
            ("a request that is over", False, 0, _moved("concluded")),
            ("who did not accept", False, 1, _names("parties", "EE", "UA")),
            ("accepted at another time", False, 1, _moved("accepted")),
            ("an end that is none", False, 1, _moved("concluded")),
            ("an end that no answer makes", False, 1, _state(state="withdrawn")),
            ("a meeting that was not held", False, 1, _moved("marked_held")),
            ("the end at another time", False, -1, _moved("concluded")),
            ("the end at no time", False, -1, _without("concluded")),
            ("another end", False, -1, _state(state="concluded_not_agreed")),
            ("the last as it is", True, -1, having())):
        record = forge.ledgers[own].records[places[which]]
        yield f"header: {name}", holds, _up_to(forge, own, places[which],
                                               forge.made(record, entry=change))
    again = forge.made(forge.ledgers[own].records[places[0]], entry=having())
    yield "header: a request told again", False, forge.sealed(secretariat=forge.behind(
        own, *forge.later(again)))
    yield "header: of a request that was not told", False, forge.sealed(secretariat=[
        *forge.ledgers[own].records[:places[0]], forge.ledgers[own].records[places[1]]])
    again = forge.made(forge.ledgers[own].records[places[1]], entry=_state(state="agreed"))
    yield "header: after the end", False, forge.sealed(secretariat=forge.behind(
        own, *forge.later(again)))
