"""What an act of each kind has to have: neither the exchange nor the second verifier takes one that has it
not, and both take it as it is.
"""

import time
import unittest

import grpc

import exchange
from cbm_formats import addressees, cms
from cbm_formats.act import read_new
from cbm_formats.addressees import check_addressees
from cbm_formats.digests import party_set_digest, sha256
from cbm_formats.refused import Refused
from client.acts import new_act, new_manifest
from exchange_case import ExchangeCase
from ledger_forge import NewSigner
from whole_ledgers import Office, messages

TAKEN, REFUSED = grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT
DAY = 24 * 3600
# A State has no such integration: its form is in order all the same.
ABSENT = grpc.StatusCode.NOT_FOUND


def having(**fields):
    """Sets fields of an act; None takes one away."""
    def change(act):
        for name, value in fields.items():
            at, parts = act, name.split("__")
            for part in parts[:-1]:
                at = getattr(at, part)
            if value is None:
                at.ClearField(parts[-1])
            elif isinstance(value, (list, tuple)):
                getattr(at, parts[-1])[:] = value
            else:
                setattr(at, parts[-1], value)
    return change


def to_own_party(act):
    act.audience.own.SetInParent()


def to_the_secretariat(act):
    act.audience.secretariat.SetInParent()


def refers_to_more(act):
    act.references.add(act_digest=b"\1" * 32)


NOTIFICATION = {
    "no kind": having(kind=""), "no precedence": having(precedence=0), "no context": having(context=0),
    "no marking": having(marking=0), "no language": having(language=""),
    "no measure": having(measures=[]), "measures twice": having(measures=["OSCE-3", "OSCE-3"]),
    "measures in another order": having(measures=["OSCE-3", "OSCE-1"])}


def within(name, changes):
    """Changes of a part of an act, as changes of the act."""
    def of(change):
        def changed(act):
            at = act
            for part in name.split("__"):
                at = getattr(at, part)
            change(at)
        return changed
    return {f"{name}: {each}": of(change) for each, change in changes.items()}


def common(kind):
    """Of every act in a consultation."""
    return {f"{kind}: a short id": having(**{f"{kind}__consultation_id": b"\1"}),
            f"{kind}: a reference": refers_to_more, f"{kind}: to its own party": to_own_party,
            f"{kind}: a short party set": having(audience__party_set__digest=b"\1")}


def meeting(kind):
    """Of one that says when a meeting is."""
    return {f"{kind}: ends before it begins": lambda act: setattr(getattr(act, kind).to, "seconds", 1),
            f"{kind}: no end": having(**{f"{kind}__to": None})}


class ActBounds(ExchangeCase):
    OFFICES = ("EE-technical", "EE-policy", "LV-duty")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offices = {}
        for name in (*cls.OFFICES, exchange.SECRETARIAT):
            cls.offices[name] = Office(cls.exchange, name)
            cls.addClassCleanup(cls.offices[name].exchange.__exit__)

    def act(self, office, change, content=False, to=None):
        """A request of an act of that office: what it says, and to whom."""
        profile = self.offices[office].profile
        act = new_act(profile, messages())
        contents, openings = [], []
        if content:
            contents, act.manifest_digest = new_manifest(messages(), "About", "What we say.",
                                                         {"cross_border": "no"} if content == "INC" else {})
        if to:
            act.audience.commitments.commitments[:], openings = addressees.commit(to)
            act.audience.commitments.list = messages().LIST_VISIBILITY_SHOWN
        else:
            to_own_party(act)
        change(act)
        return act, openings, contents

    def both_say(self, office, act, openings, contents):
        profile = self.offices[office].profile
        data = act.SerializeToString(deterministic=True)
        request = messages().PerformActRequest(contents=contents if act.manifest_digest else [])
        request.signed_act.act, request.signed_act.signature = data, cms.sign(
            data, profile.certificate, profile.sign)
        for salt, state in openings:
            request.addressees.add(salt=salt, state=state)

        def answer():
            try:
                self.offices[office].call("ActService.PerformAct", request)
            except grpc.RpcError as error:
                busy = error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
                return None if busy else (error.code(), error.details())
            return TAKEN, ""

        try:
            read = read_new(data)
            if read.audience.which("to").name == "commitments":
                check_addressees(openings, read.audience.commitments.commitments)
            second = TAKEN, ""
        except Refused as why:
            second = REFUSED, str(why)
        return exchange.wait_until("the exchange has time for one more", answer), second

    def judge(self, office, change, cases, as_it_is=TAKEN, **how):
        """Every case is refused by both; then the act as it is is taken. The request that was."""
        wrong = []
        for name, other in cases.items():
            request = self.act(office, lambda act, other=other: (change(act), other(act)), **how)
            served, second = self.both_say(office, *request)
            if (served[0], second[0]) != (REFUSED, REFUSED):
                wrong.append(f"{name}: exchange {served}, second {second}")
        request = self.act(office, change, **how)
        served, second = self.both_say(office, *request)
        if (served[0], second[0]) != (as_it_is, TAKEN):
            wrong.append(f"as it is: exchange {served}, second {second}")
        self.assertEqual(wrong, [], "\n".join(wrong))
        return request

    @staticmethod
    def notification(kind):
        return dict(kind=kind, precedence=2, context=1, marking=3, measures=["OSCE-3"], language="en")

    @staticmethod
    def digest(act):
        return sha256(act.SerializeToString(deterministic=True))

    def test_notifications(self):
        def submits(act):
            having(**{f"submit__notification__{name}": value
                      for name, value in self.notification("INC").items()})(act)

        sent, *_ = self.judge("EE-technical", submits, {
            **within("submit__notification", NOTIFICATION), "to its own party": to_own_party,
            "no content": having(manifest_digest=b""), "a filter": having(office_filter=[1]),
            "a filter of no State's": having(office_filter=[6], submit__notification__marking=5),
            "a follow-up of nothing": having(submit__follow_up=1),
            "no list": having(audience__commitments__list=0),
            "a commitment less": lambda act: act.audience.commitments.commitments.pop(),
            "more commitments": lambda act: act.audience.commitments.commitments.extend(
                [bytes([255]) * 31 + bytes([each]) for each in range(8)]),
        }, content="INC", to=["LV"])
        digest = self.digest(sent)

        def acted(name, **fields):
            def change(act):
                act.references.add(act_digest=digest, record_version=1)
                having(**{f"{name}__{field}": value for field, value in fields.items()})(act)
            return change

        of_all = {"no reference": having(references=None), "a short reference": lambda act: setattr(
            act.references[0], "act_digest", b"\1"), "to the secretariat": to_the_secretariat}
        self.judge("LV-duty", acted("open", manner=1), {**of_all, "no manner": having(open__manner=0),
                   "a reference twice": lambda act: act.references.add(act_digest=digest)})
        self.judge("LV-duty", acted("acknowledge", manner=1), {
            **of_all, "no manner": having(acknowledge__manner=0), "two references": refers_to_more})
        replies = acted("reply", outcome=1, quotes=2, **{
            f"notification__{name}": value for name, value in self.notification("RSP").items()})
        self.judge("LV-duty", replies, {
            **of_all, **within("reply__notification", NOTIFICATION), "to its own party": to_own_party,
            "another kind": having(reply__notification__kind="INC"), "two references": refers_to_more,
            "no outcome": having(reply__outcome=0), "no quoting": having(reply__quotes=0),
            "no content": having(manifest_digest=b"")}, content=True, to=["EE"])

    def test_consultations(self):
        now = int(time.time())

        def requests(act):
            having(consultation_request__level=2, consultation_request__format=2, **{
                f"consultation_request__notification__{field}": value
                for field, value in self.notification("CRQ").items()})(act)
            act.consultation_request.proposed_times.add(seconds=now + DAY)

        def times(*days):
            def change(act):
                del act.consultation_request.proposed_times[:]
                for day in days:
                    act.consultation_request.proposed_times.add(seconds=now + day * DAY)
            return change

        asked, *_ = self.judge("EE-technical", requests, {
            **within("consultation_request__notification", NOTIFICATION), "to its own party": to_own_party,
            "another kind": having(consultation_request__notification__kind="INC"),
            "no level": having(consultation_request__level=0), "a reference": refers_to_more,
            "no format": having(consultation_request__format=0), "no times": times(),
            "times in another order": times(2, 1), "a time twice": times(1, 1),
            "nine times": times(*range(1, 10)), "a hidden list": having(audience__commitments__list=1),
            "a time in the year 10000": lambda act: act.consultation_request.proposed_times.add(
                seconds=253402300800), "no content": having(manifest_digest=b"")},
            content=True, to=["LV"])
        name = self.digest(asked)

        def acted(kind, parties, invitees, **fields):
            def change(act):
                act.audience.party_set.digest = party_set_digest(name, parties, invitees)
                having(**{f"{kind}__consultation_id": name}, **{
                    f"{kind}__{field}": value for field, value in fields.items()
                    if field not in ("from_", "to")})(act)
                for field in ("from_", "to"):
                    if field in fields:
                        getattr(getattr(act, kind), field.rstrip("_")).seconds = fields[field]
            return change

        both = ["EE", "LV"]
        self.judge("LV-duty", acted("answer", ["EE"], ["LV"], answer=1), {
            **common("answer"), "no answer": having(answer__answer=0)})
        self.judge("EE-technical", acted("schedule", both, [], from_=now + DAY, to=now + 2 * DAY), {
            **common("schedule"), **meeting("schedule")})
        self.judge("EE-technical", acted("post", both, []), {
            **common("post"), "no content": having(manifest_digest=b"")}, content=True)
        self.judge("EE-technical", acted("mark_held", both, [], from_=now - 2 * DAY, to=now - DAY), {
            **common("mark_held"), **meeting("mark_held"), "no beginning": lambda act:
            act.mark_held.ClearField("from")})
        drafted, *_ = self.judge("EE-technical", acted("draft_record", both, [], record_version=1), {
            **common("draft_record"), "no version": having(draft_record__record_version=0),
            "no content": having(manifest_digest=b"")}, content=True)
        digest = self.digest(drafted)
        for office, kind in (("LV-duty", "refuse_record"), ("EE-technical", "confirm_record")):
            content = {"a content": having(manifest_digest=b"\1" * 32)} if kind == "confirm_record" else {}
            self.judge(office, acted(kind, both, [], record_digest=digest), {
                **common(kind), **content, "a short digest": having(**{f"{kind}__record_digest": b"\1"})})
        self.judge("LV-duty", acted("file_statement", both, []), {
            **common("file_statement"), "no content": having(manifest_digest=b"")}, content=True)
        self.judge("LV-duty", acted("leave", both, []), common("leave"))

    def test_the_directory(self):
        new, exchange_id = NewSigner(), self.offices["EE-policy"].profile.exchange_id
        of_all = {"a reference": refers_to_more, "a content": having(manifest_digest=b"\1" * 32),
                  "to the secretariat": to_the_secretariat}

        def enrols(act):
            having(enrol__party="EE", enrol__office="new", enrol__type=2,
                   enrol__credential__certificate=new.certificate.bytes,
                   enrol__credential__purposes=[1, 2], enrol__credential__scopes=[1, 5],
                   enrol__possession=new.possession(exchange_id, "EE", "new"))(act)

        self.judge(exchange.SECRETARIAT, enrols, {
            **of_all, "no party": having(enrol__party="XYZ"), "no office": having(enrol__office="-"),
            "no type": having(enrol__type=0), "no purposes": having(enrol__credential__purposes=[]),
            "purposes in another order": having(enrol__credential__purposes=[2, 1]),
            "scopes twice": having(enrol__credential__scopes=[1, 1]),
            "no possession": having(enrol__possession=b""),
            "a credential that opens, with scopes": having(enrol__credential__purposes=[3]),
            "no certificate": having(enrol__credential__certificate=b""),
            "a long certificate": having(enrol__credential__certificate=b"\1" * 4097)})

        def grants(act):
            having(grant_integration__office="siem", grant_integration__reading=2,
                   grant_integration__ceiling=3)(act)

        self.judge("EE-policy", grants, {
            **of_all, "no reading": having(grant_integration__reading=0),
            "no ceiling": having(grant_integration__ceiling=0)}, as_it_is=ABSENT)
        for kind in ("suspend", "restore", "revoke"):
            field = f"{kind}_credential"

            def changes(act, field=field, kind=kind):
                having(**{f"{field}__of__party": "EE", f"{field}__of__office": "new",
                          f"{field}__of__credential": new.certificate.digest})(act)
                if kind != "restore":
                    setattr(getattr(act, field), "reason", 4)

            reasons = {} if kind == "restore" else {"no reason": having(**{f"{field}__reason": 0})}
            self.judge("EE-policy", changes, {
                **of_all, **reasons, "a short digest": having(**{f"{field}__of__credential": b"\1"})})
        renewed = NewSigner("renewed")

        def renews(act):
            having(renew_credential__certificate=renewed.certificate.bytes,
                   renew_credential__possession=renewed.possession(exchange_id, "EE", "policy"))(act)

        self.judge("EE-policy", renews, {
            **of_all, "no certificate": having(renew_credential__certificate=b""),
            "no possession": having(renew_credential__possession=b"")}, as_it_is=REFUSED)


if __name__ == "__main__":
    unittest.main()
