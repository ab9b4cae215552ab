"""Forged ledgers of a reader (EE-technical): each in order but for one thing. (name, whether it holds by
docs/formats.md, ledgers). Some hold.
"""

import datetime

from cbm_formats import wire
from changes import having
from ledger_forge import NewSigner
from whole_ledgers import messages

SECRETARIAT, EE, POLICY, LV = "secretariat", "EE-technical", "EE-policy", "LV-duty"
OWN, ADDRESSED, INFORMED, HEADER, REFUSED = range(1, 6)
CONNECT, SIGN, OPEN = 1, 2, 3
READ, RELEASE, ACKNOWLEDGE, CONSULT, DIRECTORY = 1, 3, 4, 5, 6
UNKNOWN_KIND = 139


# What `cbm` takes that docs/formats.md, or what proto/cbm/v1 says of a field, forbids.
CBM_TAKES = set()


# --- who registers whom ---

def registrations(forge):
    """An enrolment or a renewal that went to all."""
    for name, holds, record in (*_enrolments(forge), *_renewals(forge)):
        yield name, holds, forge.sealed(ALL_OSCE=forge.behind("ALL/OSCE", *forge.later(record)))
    yield from _registered_twice(forge)
    first, second = NewSigner(), NewSigner("second")
    for name, holds, scopes in (("with the scope", True, (READ, DIRECTORY)),
                                ("without the scope", False, (READ, RELEASE))):
        yield f"an enrolment by an office {name} DIRECTORY", holds, forge.sealed(
            ALL_OSCE=forge.behind("ALL/OSCE", *forge.later(
                forge.enrolment(first, "EE", "new", forge.signer(SECRETARIAT), scopes=scopes),
                forge.enrolment(second, "EE", "newer", first, by=("EE", "new")))))


def _enrolments(forge):
    secretariat, lv, policy = (forge.signer(each) for each in (SECRETARIAT, LV, POLICY))
    new, other = NewSigner(), NewSigner("other")
    enrol = forge.enrolment
    yield "an enrolment as it is", True, enrol(new, "EE", "new", secretariat)
    yield "an enrolment by another State", False, enrol(new, "EE", "new", lv, by=("LV", "duty"))
    yield "an enrolment by the State itself", True, enrol(new, "EE", "new", policy,
                                                          by=("EE", "policy"))
    yield "an enrolment without possession", False, enrol(new, "EE", "new", secretariat,
                                                          possession=b"")
    yield "an enrolment with another's possession", False, enrol(
        new, "EE", "new", secretariat,
        possession=other.possession(forge.exchange_id, "EE", "new"))
    yield "an enrolment with the possession of another office", False, enrol(
        new, "EE", "new", secretariat, possession=new.possession(forge.exchange_id, "EE", "newer"))
    yield "an enrolment to open alone", True, enrol(new, "EE", "new", secretariat, possession=b"",
                                                    purposes=(OPEN,), scopes=())
    yield "an enrolment to connect, without possession", False, enrol(
        new, "EE", "new", secretariat, possession=b"", purposes=(CONNECT,))
    yield "an enrolment without a credential", False, enrol(
        new, "EE", "new", secretariat, act=lambda said: said.enrol.ClearField("credential"))
    yield "an enrolment that says another end of its certificate", False, enrol(
        new, "EE", "new", secretariat, entry=having(effect__valid_to__seconds=10**9))
    yield "an enrolment of no certificate", False, enrol(
        new, "EE", "new", secretariat, act=having(enrol__credential__certificate=b"none"))


def _renewals(forge):
    lv, new, other = forge.signer(LV), NewSigner(), NewSigner("other")
    yield "a renewal as it is", True, forge.renewal(new, "LV", "duty", lv)
    yield "a renewal without possession", False, forge.renewal(new, "LV", "duty", lv, possession=b"")
    yield "a renewal with another's possession", False, forge.renewal(
        new, "LV", "duty", lv, possession=other.possession(forge.exchange_id, "LV", "duty"))
    yield "a renewal of another office", False, forge.renewal(new, "EE", "policy", lv)


def _registered_twice(forge):
    secretariat, first, second = forge.signer(SECRETARIAT), NewSigner(), NewSigner("second")
    ended = NewSigner("ended", end=datetime.datetime(2026, 1, 1))

    def both(*records):
        return forge.sealed(ALL_OSCE=forge.behind("ALL/OSCE", *forge.later(*records)))

    enrolled = forge.enrolment(first, "EE", "new", secretariat)
    yield "a certificate twice", False, both(enrolled, forge.enrolment(first, "EE", "newer",
                                                                       secretariat))
    yield "an office twice", False, both(enrolled, forge.enrolment(second, "EE", "new", secretariat))
    yield "an office twice, by an end that its certificate does not have", False, both(
        forge.enrolment(first, "EE", "new", secretariat, entry=having(effect__valid_to__seconds=10**9)),
        forge.enrolment(second, "EE", "new", secretariat))
    revoked = forge.change("revoke", first, "EE", "new", secretariat, ("SECRETARIAT", "main"))
    yield "an office again", True, both(enrolled, revoked,
                                        forge.enrolment(second, "EE", "new", secretariat))
    yield "an office again, that ended", True, both(
        forge.enrolment(ended, "EE", "new", secretariat),
        forge.enrolment(second, "EE", "new", secretariat))
    yield "an office again, as one of another type", False, both(
        enrolled, revoked, forge.enrolment(second, "EE", "new", secretariat, type=3))
    yield from _registered_apart(forge, first, enrolled, revoked)


def _registered_apart(forge, first, enrolled, revoked):
    """What two ledgers of one reader say together."""
    secretariat, second = forge.signer(SECRETARIAT), NewSigner("second")
    in_own = having(ledger="state/EE")

    def apart(*records, own):
        *before, last = forge.later(*records, forge.made(own, entry=in_own))
        return forge.sealed(ALL_OSCE=forge.behind("ALL/OSCE", *before),
                            state_EE=forge.behind("state/EE", last))

    yield "the same enrolment, in two ledgers", True, forge.sealed(
        ALL_OSCE=forge.behind("ALL/OSCE", *forge.later(enrolled)),
        state_EE=forge.behind("state/EE", *forge.later(forge.made(enrolled, entry=in_own))))
    yield "a certificate in two ledgers by two acts", False, apart(
        enrolled, own=forge.enrolment(first, "EE", "newer", secretariat))
    yield "an office in two ledgers by two certificates", False, apart(
        enrolled, own=forge.enrolment(second, "EE", "new", secretariat))
    yield "an office in another ledger again, once it is out of use", True, apart(
        enrolled, revoked, own=forge.enrolment(second, "EE", "new", secretariat))
    yield "an office in another ledger again, as one of another type", False, apart(
        enrolled, revoked, own=forge.enrolment(second, "EE", "new", secretariat, type=3))


# --- who may do what ---

def purposes(forge):
    """An act that says to be something else than one, or to rest on what is none."""
    sent, signer = forge.record("state/EE", "submit", 0), forge.signer(EE)
    opened = forge.made(forge.record("state/EE", "open"), signer=signer, act=lambda act: setattr(
        act.references[0], "act_digest", b"\1" * 31))
    yield "act: of another by no digest", False, forge.sealed(
        state_EE=forge.behind("state/EE", *forge.later(opened)))
    for name, holds, change in (("as it is", True, having(act_id=b"\1" * 16)),
                                ("that names an act by no digest", False,
                                 lambda act: act.references.add()),
                                ("another purpose", False, having(purpose="cbm.v1/entry")),
                                ("a later version", False, having(version=2))):
        yield f"act: {name}", holds, forge.sealed(state_EE=forge.behind("state/EE", *forge.later(
            forge.made(sent, act=change, signer=signer))))


def scopes(forge):
    """An act of a new office in the reader's own ledger, which its credential may do or may not."""
    secretariat, new = forge.signer(SECRETARIAT), NewSigner()

    def acted(enrolled, *records, before=()):
        return forge.sealed(ALL_OSCE=forge.behind("ALL/OSCE", *forge.later(enrolled)),
                            state_EE=forge.behind("state/EE", *before,
                                                  *forge.later(*records, by_micros=10)))

    def enrolled(**how):
        return forge.enrolment(new, "EE", "new", secretariat, **how)

    submitted = forge.submitted(new, "new")
    yield "a notification as it is", True, acted(enrolled(), submitted)
    yield "a notification by one not registered to sign", False, acted(
        enrolled(purposes=(CONNECT,)), submitted)
    yield "a notification by one to open alone", False, acted(
        enrolled(purposes=(OPEN,), possession=b""), submitted)
    yield "a notification by one that was refused", False, acted(
        enrolled(entry=having(role=REFUSED)), submitted)
    in_osce, in_un = enrolled(), enrolled(scopes=(READ, RELEASE), entry=having(ledger="ALL/UN"))
    yield "a notification by one that two acts register", False, forge.sealed(
        ALL_OSCE=forge.behind("ALL/OSCE", *forge.later(in_osce)),
        ALL_UN=forge.behind("ALL/UN", *forge.later(in_un)),
        state_EE=forge.behind("state/EE", *forge.later(submitted, by_micros=10)))
    yield "a notification of another office", False, acted(
        enrolled(), forge.submitted(new, "newer"))
    yield "a notification before the registration", False, forge.sealed(
        ALL_OSCE=forge.behind("ALL/OSCE", forge.later(enrolled(), by_micros=10)[0]),
        state_EE=forge.behind("state/EE", *forge.later(submitted)))
    yield "a notification without the scope RELEASE", False, acted(
        enrolled(scopes=(READ, ACKNOWLEDGE, CONSULT)), submitted)
    for kind, scope in (("acknowledge", ACKNOWLEDGE), ("open", READ)):
        record = forge.made(forge.record("state/EE", kind), act=having(office="new"), signer=new)
        others = [each for each in range(1, 6) if each != scope]
        yield f"to {kind} as it is", True, acted(enrolled(scopes=(scope,)), record)
        yield f"to {kind} without the scope", False, acted(enrolled(scopes=others), record)
    record = forge.record("state/EE", "post", -1)
    place = forge.find("state/EE", "post", -1)
    for name, holds, given in (("a message as it is", True, (CONSULT,)),
                               ("a message without the scope CONSULT", False, (READ, RELEASE))):
        # What came after the message is not there: the state of then is that of the consultation.
        posted = forge.made(record, act=having(office="new", party="EE"), signer=new)
        early = _as_early(forge, "EE", new, secretariat, given)
        ledgers = forge.sealed(ALL_OSCE=early,
                               state_EE=[*forge.ledgers["state/EE"].records[:place], posted])
        yield name, holds, ledgers


def _as_early(forge, party, new, secretariat, scopes):
    """ALL/OSCE with a new office that was enrolled before anything was sent, directly after the last
    enrolment."""
    records = list(forge.ledgers["ALL/OSCE"].records)
    record = forge.enrolment(new, party, "new", secretariat, scopes=scopes)
    last = messages().Entry.FromString(records[-1][0]).time.ToNanoseconds()
    records.append(forge.made(record, entry=lambda told: told.time.FromNanoseconds(last + 1000)))
    return records


def credential_changes(forge):
    """What was done to a credential, and by whom."""
    secretariat, policy, lv = (forge.signer(each) for each in (SECRETARIAT, POLICY, LV))
    main = ("SECRETARIAT", "main")

    def done(*records):
        return forge.sealed(ALL_OSCE=forge.behind("ALL/OSCE", *forge.later(*records)))

    def change(kind, signer=secretariat, by=main):
        return forge.change(kind, forge.signer(EE), "EE", "technical", signer, by)

    yield "suspended as it is", True, done(change("suspend"))
    yield "suspended by its State", True, done(change("suspend", policy, ("EE", "policy")))
    yield "suspended by another State", False, done(change("suspend", lv, ("LV", "duty")))
    yield "suspended twice", False, done(change("suspend"), change("suspend"))
    yield "restored without being suspended", False, done(change("restore"))
    yield "restored by its State", True, done(change("suspend"), change(
        "restore", policy, ("EE", "policy")))
    yield "restored by the secretariat, and suspended by its State", False, done(
        change("suspend", policy, ("EE", "policy")), change("restore"))
    yield "suspended after it was revoked", False, done(change("revoke"), change("suspend"))
    yield "suspended as another office's", False, done(forge.change(
        "suspend", forge.signer(EE), "EE", "policy", secretariat, main))
    siem = NewSigner("siem")
    for name, holds, type, scopes in (("an office", True, 2, (DIRECTORY,)),
                                      ("an office without the scope", False, 2, (READ,)),
                                      ("an integration", False, 5, (DIRECTORY,))):
        yield f"suspended by {name}", holds, done(
            forge.enrolment(siem, "EE", "siem", secretariat, type=type, scopes=scopes),
            change("suspend", siem, ("EE", "siem")))
    yield from _after_changes(forge, change)


def _after_changes(forge, change):
    """A notification that was sent after its credential was taken out of use, as one ledger says."""
    for office, party, name, which in ((EE, "EE", "technical", 0), (LV, "LV", "duty", 1)):
        submitted = forge.made(forge.record("state/EE", "submit", which), act=having(act_id=b"\1" * 16),
                               signer=forge.signer(office))
        for kind in ("suspend", "revoke"):
            changed = forge.change(kind, forge.signer(office), party, name, forge.signer(SECRETARIAT),
                                   ("SECRETARIAT", "main"))
            for ledger in ("ALL/OSCE", "ALL/UN", "state/EE"):
                in_ledger = forge.made(changed, entry=having(ledger=ledger))
                ledgers = {ledger: forge.behind(ledger, *forge.later(in_ledger))}
                ledgers["state/EE"] = [*ledgers.get("state/EE", forge.ledgers["state/EE"].records),
                                       *forge.later(submitted, by_micros=10)]
                yield (f"a notification of {office} after {kind}_credential in {ledger}", False,
                       forge.sealed(**{each.replace("/", "_"): records
                                       for each, records in ledgers.items()}))


# --- entries ---

def entries(forge):
    """An entry that says something else, as the last of its ledger."""
    yield "as it is", True, forge.sealed()
    own = "state/EE"
    sent, received = forge.record(own, "submit", 0), forge.record(own, "submit", 1)

    def behind(*records, by_micros=1):
        return forge.sealed(state_EE=forge.behind(own, *forge.later(*records, by_micros=by_micros)))

    for name, holds, change in (
            ("as it is", True, having()), ("another purpose", False, having(purpose="cbm.v1/act")),
            ("a later version", False, having(version=2)), ("no role", False, having(role=0)),
            ("a later role", True, having(role=9)),
            ("another exchange", False, having(exchange_id="test/" + "0" * 64)),
            ("another ledger", False, having(ledger="state/LV")),
            ("another kind", False, having(kind=101)), ("no kind", False, having(kind=0)),
            ("a later kind", False, having(kind=UNKNOWN_KIND)),
            ("a summary beside the act", False, having(summary__new_state="submitted")),
            ("another's act as its own", False, having(role=OWN)),
            ("other contents", False, having(given_digest=b"\1" * 32)),
            ("no contents", False, having(given_digest=b"")),
            ("a consultation", False, lambda told: told.effect.consultation.SetInParent()),
            ("a short salt of an opening", False, lambda told: setattr(
                told.openings[0], "salt", told.openings[0].salt[:-1])),
            ("an opening of another State", False, lambda told: setattr(
                told.openings[0], "state", "FI")),
            ("an opening twice", False, lambda told: told.openings.append(told.openings[0]))):
        yield f"entry: {name}", holds, behind(forge.made(received, entry=change))
    listed = forge.record(own, "submit", 2)

    def reversed_openings(told):
        openings = list(reversed(told.openings))
        del told.openings[:]
        told.openings.extend(openings)

    yield "entry: openings in another order", False, behind(forge.made(listed, entry=reversed_openings))
    yield from _without_an_act(forge, behind, received)
    yield from _of_a_later_kind(forge, behind, sent)
    yield from _times(forge, sent)
    yield from _first_of_all(forge)


def _without_an_act(forge, behind, received):
    entry, _, _, _ = received

    def told(**fields):
        def change(said):
            said.summary.new_state = "opened"
            said.ClearField("openings")
            having(**fields)(said)
        return forge.made((entry, b"", b"", []), entry=each_of(having(given_digest=b""), change))

    opened = forge.record("state/EE", None, 0)  # A summary of what became of an act.
    yield "a summary as it is", True, behind(opened)
    yield "a summary of no act that is named", False, behind(forge.made(opened, entry=having(
        summary__acted_on=b"\1" * 31)))
    yield "a summary of no kind", False, behind(forge.made(opened, entry=having(kind=0)))
    yield "a summary of a later kind", True, behind(told(kind=UNKNOWN_KIND))
    yield "no summary and no act", False, behind(forge.made(
        opened, entry=lambda said: said.ClearField("summary")))
    yield "a signature without an act", False, behind((opened[0], b"", b"\1", []))
    yield "contents without an act", False, behind((opened[0], b"", b"", [b"\1" * 32]))


def each_of(*changes):
    def change(message):
        for each in changes:
            each(message)
    return change


def _of_a_later_kind(forge, behind, sent):
    signer = forge.signer(EE)

    def later(kind):
        return forge.made(sent, act=lambda said: said.ClearField("submit"), signer=signer,
                          act_bytes=lambda data: data + wire.write_field(UNKNOWN_KIND, b""),
                          entry=having(kind=kind))

    yield "an act of a later kind", True, behind(later(UNKNOWN_KIND))
    yield "an act of a later kind, and of a known one for the entry", False, behind(later(100))
    yield "an act of a later kind, and of none for the entry", False, behind(later(0))


def _times(forge, sent):
    own = "state/EE"
    opened = forge.record(own, None, 0)

    def at(record, change):
        return forge.sealed(state_EE=forge.behind(own, forge.made(
            record, entry=lambda told: change(told.time))))

    last = messages().Entry.FromString(forge.ledgers[own].records[-1][0])

    def at_last(micros):
        return lambda time: time.FromNanoseconds(last.time.ToNanoseconds() + 1000 * micros)

    yield "time: later", True, at(opened, at_last(1))
    yield "time: the same, of another act", False, at(opened, at_last(0))
    yield "time: earlier", False, at(opened, at_last(-1))
    again = forge.ledgers[own].records[-1]
    yield "time: the same act, later", False, at(again, at_last(1))
    yield "time: negative nanos", False, at(opened, each_of(at_last(10**6), having(nanos=-1)))
    yield "time: too many nanos", False, at(opened, each_of(at_last(10**6), having(nanos=10**9)))
    yield "time: none", False, forge.sealed(state_EE=[forge.made(
        forge.ledgers[own].records[0], entry=lambda told: told.ClearField("time"))])


def _first_of_all(forge):
    """Entry 0 of an ALL ledger, which no act made."""
    first, *rest = forge.ledgers["ALL/OSCE"].records

    def begun(change, *behind):
        return forge.sealed(ALL_OSCE=[forge.made(first, entry=change), *rest, *behind])

    yield "first: as it is", True, begun(having())
    for name, change in (
            ("of another genesis document", having(act_digest=b"\1" * 32)),
            ("with a kind", having(kind=180)), ("of another role", having(role=ADDRESSED)),
            ("with a summary", having(summary__new_state="enrolled")),
            ("with a signature's digest", having(signature_digest=b"\1" * 32)),
            ("with contents", having(given_digest=b"\1" * 32)),
            ("with another State", lambda told: told.effect.states.append("XX")),
            ("without a State", lambda told: told.effect.states.pop()),
            ("without an effect", lambda told: told.ClearField("effect")),
            ("with who carried it", having(carrying_credential=b"\1" * 32)),
            ("with a version", having(effect__record_version=1)),
            ("with another end of the secretariat's certificate",
             having(effect__valid_to__seconds=10**9))):
        yield f"first: {name}", False, begun(change)
    yield "first: missing", False, forge.sealed(ALL_OSCE=rest)
    yield "first: twice", False, begun(having(), *forge.later(first))
    yield "first: in the own ledger", False, forge.sealed(state_EE=[forge.made(
        first, entry=having(ledger="state/EE")), *forge.ledgers["state/EE"].records])
