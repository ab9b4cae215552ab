"""Consultations: the state that an entry tells is what its act makes of the state before it.

docs/formats.md, "Entry" and "Addressees", and what proto/cbm/v1 says of each act and each field. Of the
word for the state it holds to what stands there; when a consultation counts as agreed does not.
"""

import copy

from cbm_formats.digests import addressee_commitment, party_set_digest
from cbm_formats.entry import is_refusal
from cbm_formats.instants import nanos_of
from cbm_formats.messages import KINDS
from cbm_formats.refused import require

ACCEPT, DECLINE = 1, 2  # Of AnswerKind.
ENDS = ("concluded_agreed", "concluded_not_agreed", "declined", "withdrawn", "lapsed", "merged")
# What no act changes once the request is taken.
FIXED = ("consultation_id", "facilitator", "requester", "requested", "answer_by", "precedence",
         "context", "marking")
# What the secretariat is not given.
NOT_IN_A_HEADER = ("record_version", "record_digest", "confirmed", "invitations", "refused",
                   "statements", "requester_left")
# The words that an act may lead to, beside the word before it.
_WORDS = {"mark_held": ("held",), "draft_record": ("recording",), "withdraw_consultation": ("withdrawn",),
          "confirm_record": ("concluded_agreed",), "file_statement": ("concluded_not_agreed",),
          "leave": ("concluded_agreed", "concluded_not_agreed"), "post": (), "refuse_record": ()}
_ALWAYS = ("schedule", "mark_held", "draft_record", "withdraw_consultation")


class Consultations:
    """Those that one ledger tells of, each as its last entry says."""

    def __init__(self, ledger):
        self._told_whole = ledger.startswith("state/")
        self._told_headers = ledger == "secretariat"
        self._states = {}

    def check(self, entry, act):
        """What the next entry says of one; None if nothing. `act` is None where it was not given."""
        kind = KINDS.get(entry.kind)
        told = entry.effect.consultation if entry.effect is not None else None
        if not is_of_consultation(entry.kind):
            require(told is None or kind is None or act is None,
                    "an entry tells of a consultation, and its act is of none")
            return None
        if is_refusal(entry) or not (self._told_whole or self._told_headers):
            return None
        require(told is not None, "an entry of a consultation does not tell its state")
        told = told.known()
        require(entry.summary is None or entry.summary.new_state == told.get("state", ""),
                "the summary tells another state of the consultation")
        acted_on = "" if kind == "consultation_request" else told.get("consultation_id")
        require(entry.summary is None or entry.summary.acted_on.hex() == acted_on,
                "the summary is of another consultation")
        before = self._states.get(told.get("consultation_id"))
        if kind == "consultation_request":
            require(told.get("consultation_id") == entry.act_digest.hex(),
                    "a consultation has another id than the digest of its request")
            require(before is None, "a request is told again")
        if self._told_headers:
            require(before is not None or kind == "consultation_request",
                    "a consultation is told of whose request nothing was told")
            _check_header(before, told, kind, entry)
        elif act is None:
            require(before is not None, "a consultation is told of whose request was not given")
            _check_told_of(before, told, kind, entry)
        elif kind == "consultation_request":
            require(told == _requested(entry, act, told), "it is another consultation than was asked for")
        else:
            require(before is not None, "an act is of a consultation whose request was not given")
            _check_step(before, told, entry, act)
        return told

    def take(self, told):
        if told is not None:
            self._states[told.get("consultation_id")] = told

    def to_json(self):
        return list(self._states.values())

    def resume(self, said):
        for told in said:
            self.take(told)


def is_of_consultation(kind):
    """Whether the number is that of a kind of act, known here, that is made in a consultation."""
    return 140 <= kind < 180 and kind in KINDS


def _without(names, told):
    return {name: value for name, value in told.items() if name not in names}


def _check_header(before, told, kind, entry):
    require(told == _without(NOT_IN_A_HEADER, told), "more is told of a consultation than a header has")
    if before is None:
        require(told == _requested_header(entry, told), "it is another consultation than was asked for")
        return
    _check_goes_on(before, told)
    _check_not_lapsed(before, entry)
    require(told != before, "nothing changed that the secretariat is told of")
    authors = [*before.get("parties", []), *before.get("invitees", [])]
    require(any(_plain(after) == told for author in authors
                for after in _header_steps(before, told, kind, entry.time.known(), author)),
            "a consultation is told of to which no act of its kind leads")


def _requested_header(entry, told):
    """What the secretariat is told of a request: its act gives the marks, and is not given."""
    require("answer_by" in told, "a consultation has no time by which an answer is wanted")
    kept = {name: told[name] for name in ("answer_by", "precedence", "context", "marking")
            if name in told}
    return _plain({"consultation_id": entry.act_digest.hex(), "state": "requested",
                   "parties": [told.get("requester")], "requester": told.get("requester"),
                   "invitees": [opening.state for opening in entry.openings],
                   "requested": entry.time.known(), **kept})


def _header_steps(before, told, kind, now, author):
    """All that an act of a kind by a State can make of a header, whatever else was said."""
    state, asked = before["state"], before.get("invitees", [])
    parties = before["parties"]
    rest = [each for each in parties if each != author]
    if kind == "answer" and author in asked and author != before.get("requester"):
        others = [each for each in asked if each != author]
        accepted = {**before, "invitees": others, "parties": sorted([*parties, author])}
        yield {**accepted, "state": "agreed", "accepted": now} if state == "requested" else accepted
        declined = {**before, "invitees": others}
        yield _ended(declined, "declined", now) if state == "requested" and not others else declined
    if author not in parties:
        return
    if kind == "schedule" and state in ("agreed", "scheduled"):
        meeting = {name: told.get(name) for name in ("meeting_from", "meeting_to")}
        yield {**before, **meeting, "state": "scheduled" if meeting["meeting_from"] else "agreed"}
    elif kind == "mark_held" and state in ("agreed", "scheduled"):
        yield {**before, "state": "held", "marked_held": now, "held_from": told.get("held_from"),
               "held_to": told.get("held_to")}
    elif kind == "draft_record" and state in ("held", "recording"):
        yield {**before, "state": "recording"}
    elif kind == "confirm_record" and state == "recording":
        yield _ended(before, "concluded_agreed", now)
    elif kind == "file_statement" and state in ("held", "recording"):
        yield _ended(before, "concluded_not_agreed", now)
    elif kind == "withdraw_consultation" and state in ("requested", "agreed", "scheduled"):
        if author == before.get("requester"):
            yield _ended(before, "withdrawn", now)
    elif kind == "leave" and state != "requested":
        left = {**before, "parties": rest}
        if len(rest) > 1:
            yield left
        if len(rest) == 1 or "marked_held" in before:
            yield _ended(left, "concluded_not_agreed", now)
        if len(rest) > 1 and state == "recording":
            yield _ended(left, "concluded_agreed", now)


def _ended(before, state, now):
    return {**before, "state": state, "concluded": now}


def _check_goes_on(before, told):
    require(before["state"] not in ENDS, "something is done in a consultation that is over")
    require(all(before.get(name) == told.get(name) for name in FIXED),
            "a consultation has not what its request gave it")


def _requested(entry, act, told):
    """The consultation that a request makes."""
    said, notification = act.consultation_request, act.consultation_request.notification
    require(notification is not None, "a request has no notification")
    require("answer_by" in told, "a consultation has no time by which an answer is wanted")
    states = [opening.state for opening in entry.openings]
    made = {"consultation_id": entry.act_digest.hex(), "state": "requested",
            "parties": [act.party], "invitees": states, "requester": act.party,
            "requested": entry.time.known(),
            "precedence": notification.precedence, "context": notification.context,
            "marking": notification.marking,
            "invitations": [{"state": opening.state,
                             "commitment": addressee_commitment(opening.salt, opening.state).hex()}
                            for opening in entry.openings],
            # The framework's clock, unless the act says it.
            "answer_by": told.get("answer_by") if said.answer_by is None else said.answer_by.known()}
    return {name: value for name, value in made.items() if value not in (0, [], None)}


def _check_step(before, told, entry, act):
    """From one state to the next, by an act of one of its States."""
    kind = act.which("kind").name
    said = getattr(act, kind)
    require(said.consultation_id.hex() == told["consultation_id"],
            "an entry tells of another consultation than its act")
    require(act.audience is not None and act.audience.party_set is not None
            and act.audience.party_set.digest == party_set_digest(
                bytes.fromhex(before["consultation_id"]), before.get("parties", []),
                before.get("invitees", [])),
            "an act was made for other parties than the consultation has")
    _check_goes_on(before, told)
    _check_not_lapsed(before, entry)
    may = before.get("invitees" if kind == "answer" else "parties", [])
    require(act.party in may, "an act is of a State that has not that part in the consultation")
    after = copy.deepcopy(before)
    _STEPS[kind](after, said, act, entry)
    ignored = ("state", "concluded")
    require(_without(ignored, _plain(after)) == _without(ignored, told),
            "an entry tells another consultation than its act leads to")
    require(told.get("state") in _words_after(before, after, kind, said),
            "an entry tells a state that its act does not lead to")
    end = entry.time.known() if told["state"] in ENDS else None
    require(told.get("concluded") == end, "a consultation ended at another time than its act was taken")


def _check_told_of(before, told, kind, entry):
    """Who is still asked is told of a draft or a statement, and not given it."""
    require(kind in ("draft_record", "file_statement"),
            "a consultation is changed by an act that was not given")
    _check_goes_on(before, told)
    require("marked_held" in before, "a record is told of before the meeting was held")
    after = copy.deepcopy(before)
    if kind == "draft_record":
        _take_draft(after, entry)
    else:
        others = set(before.get("statements", []))
        stated = set(told.get("statements", []))
        require(others < stated <= set(before["parties"]) and len(stated) == len(others) + 1,
                "a statement is told of, and not of one party more")
        after["statements"] = sorted(stated)
    ignored = ("state", "concluded")
    require(_without(ignored, _plain(after)) == _without(ignored, told),
            "a consultation is changed by an act that was not given")
    all_stated = after.get("statements", []) == after["parties"]
    word = ("recording" if kind == "draft_record" else
            "concluded_not_agreed" if all_stated else before["state"])
    require(told.get("state") == word, "an entry tells a state that its act does not lead to")
    require(told.get("concluded") == (entry.time.known() if word in ENDS else None),
            "a consultation ended at another time than its act was taken")


def _check_not_lapsed(before, entry):
    if before["state"] == "requested":
        by = before.get("answer_by", {})
        nanos = by.get("seconds", 0) * 10**9 + by.get("nanos", 0)
        require(nanos_of(entry.time, "its time") <= nanos,
                "something is done in a consultation that has lapsed")


def _words_after(before, after, kind, said):
    now = before["state"]
    if kind == "answer":
        if said.answer == ACCEPT:
            return ("agreed",) if now == "requested" else (now,)
        return ("declined",) if now == "requested" and not after["invitees"] else (now,)
    if kind == "schedule":
        return ("agreed",) if said.from_ is None else ("scheduled",)
    if kind == "leave" and len(after["parties"]) == 1:
        return ("concluded_not_agreed",)  # One party alone is left.
    return _WORDS[kind] if kind in _ALWAYS else (now, *_WORDS[kind])


def _plain(told):
    return {name: value for name, value in told.items() if value not in ([], None)}


# --- what each act does ---

def _answer(after, said, act, entry):
    invitation = _invitation_of(after, act.party)
    invitation["answer"], invitation["answered"] = said.answer, entry.time.known()
    if said.answer in (ACCEPT, DECLINE):
        after["invitees"] = [each for each in after["invitees"] if each != act.party]
    if said.answer == ACCEPT:
        after["parties"] = sorted([*after["parties"], act.party])
        after.setdefault("accepted", entry.time.known())


def _schedule(after, said, act, entry):
    after["meeting_from"], after["meeting_to"] = _known(said.from_), _known(said.to)


def _mark_held(after, said, act, entry):
    after["held_from"], after["held_to"] = _known(said.from_), _known(said.to)
    after["marked_held"] = entry.time.known()


def _draft(after, said, act, entry):
    require(said.record_version == after.get("record_version", 0) + 1,
            "a record has not the version after the last")
    _take_draft(after, entry)


def _take_draft(after, entry):
    after["record_version"] = after.get("record_version", 0) + 1
    after["record_digest"] = entry.act_digest.hex()
    after["confirmed"], after["refused"] = [], []


def _say_of_the_record(to, other):
    def step(after, said, act, entry):
        require(said.record_digest and said.record_digest.hex() == after.get("record_digest"),
                "an act is about another version of the record than the last")
        after[to] = sorted({*after.get(to, []), act.party})
        after[other] = [each for each in after.get(other, []) if each != act.party]
    return step


def _file_statement(after, said, act, entry):
    require(act.party not in after.get("statements", []), "a State files a second statement")
    after["statements"] = sorted([*after.get("statements", []), act.party])


def _leave(after, said, act, entry):
    if act.party == after["requester"]:
        after["requester_left"] = entry.time.known()
    else:
        _invitation_of(after, act.party)["left"] = entry.time.known()
    for name in ("parties", "confirmed", "refused", "statements"):
        after[name] = [each for each in after.get(name, []) if each != act.party]


def _withdraw(after, said, act, entry):
    require(act.party == after["requester"], "a request is withdrawn by another than its requester")
    require("marked_held" not in after, "a request is withdrawn after the meeting was held")


def _post(after, said, act, entry):
    """Changes nothing."""


def _invitation_of(after, party):
    found = [each for each in after.get("invitations", []) if each.get("state") == party]
    require(len(found) == 1, "a State acts in a consultation to which it was not invited once")
    return found[0]


def _known(timestamp):
    return None if timestamp is None else timestamp.known()


_STEPS = {"answer": _answer, "schedule": _schedule, "post": _post, "mark_held": _mark_held,
          "draft_record": _draft, "confirm_record": _say_of_the_record("confirmed", "refused"),
          "refuse_record": _say_of_the_record("refused", "confirmed"), "file_statement": _file_statement,
          "leave": _leave, "withdraw_consultation": _withdraw}
