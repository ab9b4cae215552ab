"""Scenario 1: an incident, a request to consult, one State declines, a record is agreed.

Played in its order and at its times. After every step: who takes no part has noticed nothing, and
who follows that it happened has read nothing of what was said. Times are UTC, in 2026.
"""

import datetime
import pathlib
import unittest

import exchange
from exchange_case import ExchangeCase, notify_words
from onlooking import Onlooker

STATES = ("EE-technical", "EE-policy", "LV-duty", "LT-duty", "FI-technical", "SE-policy")
PARTIES = ("EE-policy", "LV-duty", "LT-duty")
SECRETARIAT = exchange.SECRETARIAT

INCIDENT = ("Since 20:55 the clearing host of the payment operator Ruunaväli and the data exchange "
            "node Lodi-2 have been losing file systems. Cause unknown. No attribution is implied.")
FOLLOW_UP = "The node Lodi-2 was taken out of service at 05:40; indicators will follow."
REQUEST = "We ask to consult about the incident of 10 March, of which all of you were notified."
DECLINED = "handled between CSIRTs, no policy question open"
MEETING = "By the usual bridge; the duty officers have the number."
RECORD_1 = ("Facts were shared. A direct line between duty officers stays open until 30 April. "
            "The node's owner is named to all parties. A joint statement is not needed.")
REMARK = "Lithuania asks to strike the clause on the owner of the node."
RECORD_2 = ("Facts were shared. A direct line between duty officers stays open until 30 April. "
            "A joint statement is not needed.")
FINAL = "The cause was a faulty controller. All file systems are restored; the thread is closed."
SUMMARY = "A payment system was disturbed by a faulty controller in March. It works again."
SAID = (INCIDENT, FOLLOW_UP, REQUEST, DECLINED, MEETING, RECORD_1, REMARK, RECORD_2, FINAL)
SUBJECTS = ("Payments disturbed in the north-east", "Lodi-2 out of service",
            "The incident of the night", "Closing report of the incident")


def instant(text):
    return datetime.datetime.fromisoformat(text)


def minutes(since, until):
    """Whole minutes: each act is taken within seconds of its time in the scenario."""
    return round((instant(until) - instant(since)).total_seconds() / 60)


class Scenario1(ExchangeCase):
    STARTS_AT = "2026-03-10 21:00"

    def test_plays_as_it_is_written(self):
        self.sweden = self.onlooker("SE-policy")
        self.finland = None  # An onlooker once it has declined.
        for step in (self.step_1_estonia_notifies_three_states_of_the_incident,
                     self.step_3_latvia_opens_and_acknowledges,
                     self.step_4_finland_acknowledges,
                     self.step_6_lithuania_acknowledges,
                     self.step_7_estonia_follows_up,
                     self.step_8_finland_opens_the_follow_up,
                     self.step_10_latvia_asks_three_states_to_consult,
                     self.step_12_estonia_accepts,
                     self.step_13_lithuania_accepts,
                     self.step_14_finland_declines,
                     self.step_16_estonia_sets_the_meeting,
                     self.step_17_they_meet,
                     self.step_18_latvia_drafts_the_record,
                     self.finland_tries_to_read_the_record,
                     self.step_19_lithuania_remarks_and_latvia_writes_version_2,
                     self.step_20_all_confirm_version_2):
            step()
            self.sweden.must_have_seen_nothing()
            if self.finland is not None:
                self.finland.must_have_seen_nothing()
            self.must_not_have_read(SECRETARIAT)
        self.step_22_estonia_closes_the_incident_and_tells_all()
        self.sweden_learned_of_nothing_before_it()
        self.finland_learned_of_nothing_after_it_declined()
        self.an_amber_message_is_answered_in_green_only_if_nothing_is_quoted()
        self.who_was_sent_a_strict_message_cannot_pass_it_on()
        self.export_what_is_proven_offline()
        self.exchange.stop()
        self.each_party_proves_alone_what_it_confirmed()
        self.the_auditor_proves_what_happened_in_which_order_and_not_by_whom()

    # --- the incident ---

    def step_1_estonia_notifies_three_states_of_the_incident(self):
        self.at("03-10 21:40")
        self.incident = self.exchange.json(
            "EE-technical", *notify_words(
                to="LV,LT,FI", measure="OSCE-2,OSCE-15,UN-7", cross_border="yes",
                subject=SUBJECTS[0]),
            "--field", "severity=4", "--field", "severity_scale=EE-NCS", "--yes", input=INCIDENT)
        for office in ("LV-duty", "LT-duty", "FI-technical"):
            received = self.listed(office, self.incident)
            self.assertEqual((received["from_party"], received["precedence"], received["marking"],
                              received["measures"]),
                             ("EE", "URGENT", "AMBER", ["OSCE-15", "OSCE-2", "UN-7"]), office)
        self.assertEqual({state: (each["opened"], each["acknowledged"])
                          for state, each in self.deliveries(self.incident).items()},
                         {"LV": (None, None), "LT": (None, None), "FI": (None, None)})
        header = self.listed(SECRETARIAT, self.incident)
        self.assertEqual((header["from_party"], header["marking"], header["measures"],
                          header["subject"]), ("EE", "AMBER", [], None))
        self.assertEqual({each["state"] for each in header["deliveries"]}, {"LV", "LT", "FI"})

    def step_3_latvia_opens_and_acknowledges(self):
        self.at("03-10 22:05")
        shown = self.json("LV-duty", "show", self.incident["act_id"])
        self.assertEqual((shown["body"], shown["fields"]["severity"]), (INCIDENT, "4"))
        self.assert_acknowledged_after(25, "LV-duty")
        latvia = self.deliveries(self.incident)["LV"]
        self.assertEqual(minutes(self.incident["time"], latvia["opened"]), 25)

    def step_4_finland_acknowledges(self):
        self.at("03-10 22:31")
        self.assert_acknowledged_after(51, "FI-technical")
        # It has not opened it, and nobody says that it has.
        self.assertIsNone(self.deliveries(self.incident)["FI"]["opened"])

    def step_6_lithuania_acknowledges(self):
        self.at("03-11 00:20")
        self.assert_acknowledged_after(160, "LT-duty")
        self.assertEqual(self.listed("EE-technical", self.incident, "sent")["overdue"], [])
        header = self.listed(SECRETARIAT, self.incident)
        self.assertEqual({each["state"]: minutes(header["time"], each["acknowledged"])
                          for each in header["deliveries"]}, {"LV": 25, "FI": 51, "LT": 160})

    def step_7_estonia_follows_up(self):
        self.at("03-11 06:10")
        self.follow_up = self.exchange.json(
            "EE-technical", "notify", "--follow-up", self.incident["act_id"], "--marking",
            "AMBER+STRICT", "--subject", SUBJECTS[1], "--body", "-", "--yes", input=FOLLOW_UP)
        for office in ("LV-duty", "LT-duty", "FI-technical"):
            received = self.listed(office, self.follow_up)
            self.assertEqual((received["thread"], received["marking"], received["follow_up"]),
                             (self.incident["act_digest"], "AMBER+STRICT", "update"), office)
        self.assertIsNotNone(self.listed("EE-technical", self.incident, "sent")["followed_up"])

    def step_8_finland_opens_the_follow_up(self):
        self.at("03-11 06:11")
        shown = self.json("FI-technical", "show", self.follow_up["act_id"])
        self.assertEqual((shown["body"], shown["record_version"]), (FOLLOW_UP, 1))
        opened = {state: each["opened"] for state, each in self.deliveries(self.follow_up).items()}
        self.assertEqual(minutes(self.follow_up["time"], opened.pop("FI")), 1)
        self.assertEqual(opened, {"LV": None, "LT": None})
        # What Finland was given is what Estonia sent, byte for byte.
        given, sent = (self.export(office, self.follow_up)
                       for office in ("FI-technical", "EE-technical"))
        for file in ("act.bin", "content.bin"):
            self.assertEqual((given / file).read_bytes(), (sent / file).read_bytes(), file)
        # Nobody is overdue in this story.
        for office in ("FI-technical", "LV-duty", "LT-duty"):
            self.json(office, "ack", self.follow_up["act_id"])

    # --- the consultation ---

    def step_10_latvia_asks_three_states_to_consult(self):
        self.at("03-11 08:00")
        self.asked = self.exchange.json(
            "LV-duty", "consult", "request", "--to", "EE,FI,LT", "--precedence", "URGENT",
            "--measure", "OSCE-3", "--level", "policy_with_technical", "--format", "video",
            "--time", "2026-03-12T09:00Z", "--time", "2026-03-12T14:00Z",
            "--subject", SUBJECTS[2], "--body", "-", "--yes", input=REQUEST)
        for office in ("EE-policy", "FI-technical", "LT-duty"):
            shown = self.show(office)
            self.assertEqual((shown["state"], shown["standing"], shown["requester"],
                              shown["invitees"], shown["answer_by"][:16]),
                             ("requested", "asked", "LV", ["EE", "FI", "LT"], "2026-03-13T08:00"))
            self.assertEqual([each["body"] for each in shown["history"]], [REQUEST], office)
        self.sweden.must_not_find(self.incident["act_digest"], self.asked["act_digest"],
                                  self.asked["consultation_id"])

    def step_12_estonia_accepts(self):
        self.at("03-11 09:02")
        self.assertEqual(self.consult("EE-policy", "answer", "accept")["state"], "agreed")
        for office in ("LV-duty", "FI-technical", "LT-duty", SECRETARIAT):
            shown = self.show(office)
            self.assertEqual((shown["parties"], shown["invitees"]), (["EE", "LV"], ["FI", "LT"]))
            self.assertEqual(minutes(shown["requested"], shown["accepted"]), 62, office)

    def step_13_lithuania_accepts(self):
        self.at("03-11 09:10")
        self.consult("LT-duty", "answer", "accept")
        # Finland, still invited, is shown the new list; the time and the deadline are the request's.
        shown = self.show("FI-technical")
        self.assertEqual((shown["parties"], shown["invitees"], shown["standing"]),
                         (["EE", "LT", "LV"], ["FI"], "asked"))
        self.assertEqual(minutes(shown["requested"], shown["answer_by"]), 48 * 60)

    def step_14_finland_declines(self):
        self.at("03-11 10:15")
        self.declined = self.consult("FI-technical", "answer", "decline", text=DECLINED)
        for office in PARTIES:
            shown = self.show(office)
            self.assertEqual((shown["state"], shown["invitees"]), ("agreed", []))
            self.assertEqual(shown["history"][-1]["body"], DECLINED)
        self.finland = self.onlooker(
            "FI-technical",
            ("consult", "show", self.asked["consultation_id"], "--output", "json"))

    def step_16_estonia_sets_the_meeting(self):
        self.at("03-11 11:20")
        self.consult("EE-policy", "schedule", *self.meeting(), text=MEETING)
        for office in PARTIES:
            shown = self.show(office)
            self.assertEqual((shown["state"], shown["meeting_from"], shown["meeting_to"]),
                             ("scheduled", "2026-03-12T09:00:00Z", "2026-03-12T10:30:00Z"))
            self.assertEqual(shown["history"][-1]["body"], MEETING, office)

    def step_17_they_meet(self):
        self.at("03-12 10:30:30")
        self.consult("LV-duty", "held", *self.meeting())
        for office in PARTIES:
            self.assertEqual(self.show(office)["state"], "held", office)

    def step_18_latvia_drafts_the_record(self):
        self.at("03-12 12:40")
        self.record_1 = self.consult("LV-duty", "record", text=RECORD_1)
        self.at("03-12 13:00")
        self.consult("EE-policy", "confirm", "--version", "1")
        for office in PARTIES:
            shown = self.show(office)
            self.assertEqual((shown["state"], shown["record_version"], shown["confirmed"]),
                             ("recording", 1, ["EE"]), office)
            self.assertIn(RECORD_1, [each.get("body") for each in shown["history"]])
        # That a record is being agreed, and nothing of it.
        told = self.show(SECRETARIAT)
        self.assertEqual((told["state"], told["record_version"], told["record_digest"],
                          told["confirmed"]), ("recording", 0, None, []))

    def finland_tries_to_read_the_record(self):
        self.at("03-12 13:10")
        self.finland.must_not_find(self.record_1["act_digest"],
                                   self.show("EE-policy")["record_digest"])
        self.sweden.must_not_find(self.record_1["act_digest"], self.asked["consultation_id"])

    def step_19_lithuania_remarks_and_latvia_writes_version_2(self):
        self.at("03-12 13:30")
        self.consult("LT-duty", "post", text=REMARK)
        self.assertEqual(self.show("EE-policy")["history"][-1]["body"], REMARK)
        self.at("03-12 14:10")
        first = self.show("EE-policy")["record_digest"]
        self.record_2 = self.consult("LV-duty", "record", text=RECORD_2)
        for office in PARTIES:
            shown = self.show(office)
            self.assertEqual((shown["record_version"], shown["confirmed"]), (2, []), office)
            self.assertNotEqual(shown["record_digest"], first)
        # Version 1 can be confirmed no more.
        stale = self.cbm("LT-duty", "consult", "confirm", self.asked["consultation_id"], "--version",
                         "1", "--yes").must(3)
        self.assert_says(stale.err, "version 2 now")

    def step_20_all_confirm_version_2(self):
        digest = self.show("LV-duty")["record_digest"]
        self.confirmations = {}
        for office, time in zip(PARTIES, ("09:15", "10:02", "15:00")):
            self.assertEqual(self.show("LT-duty")["state"], "recording")
            self.at(f"03-13 {time}")
            self.confirmations[office] = self.consult(office, "confirm", "--version", "2")
        for office in PARTIES:
            shown = self.show(office)
            self.assertEqual((shown["state"], shown["confirmed"], shown["record_digest"]),
                             ("concluded_agreed", ["EE", "LT", "LV"], digest), office)
            self.assertEqual(minutes(shown["requested"], shown["accepted"]), 62)
            self.assertEqual(minutes(shown["requested"], shown["held_from"]), 25 * 60)
            self.assertEqual(minutes(shown["requested"], shown["concluded"]), 55 * 60)
        seen = self.show(SECRETARIAT)
        self.assertEqual((seen["state"], seen["requester"], seen["parties"]),
                         ("concluded_agreed", "LV", ["EE", "LT", "LV"]))
        self.assertEqual((seen["request"], seen["record_digest"]), (None, None))
        self.assertEqual(minutes(seen["requested"], seen["concluded"]), 55 * 60)

    def step_22_estonia_closes_the_incident_and_tells_all(self):
        self.at("04-08 08:00")
        self.assertEqual(self.listed("EE-technical", self.incident, "sent")["overdue"], [])
        self.assert_says(self.cbm("EE-technical", "sent").must().out,
                         "final report by 2026-04-09 21:40")
        self.final = self.exchange.json(
            "EE-technical", "notify", "--follow-up", self.incident["act_id"], "--stage", "final",
            "--subject", SUBJECTS[3], "--body", "-", "--yes", input=FINAL)
        for office in ("LV-duty", "LT-duty", "FI-technical"):
            received = self.listed(office, self.final)
            self.assertEqual((received["follow_up"], received["thread"]),
                             ("final", self.incident["act_digest"]), office)
        closed = self.listed("EE-technical", self.incident, "sent")
        self.assertEqual((instant(closed["reported"]).date() - instant(closed["time"]).date()).days,
                         29)
        self.assertLess(instant(closed["reported"]), instant(closed["final_report_by"]))
        self.assertEqual(closed["overdue"], [])
        self.assertNotIn("final report by", self.cbm("EE-technical", "sent").must().out)
        self.sweden.must_have_seen_nothing()
        self.must_not_have_read(SECRETARIAT)

        self.told_to_all = self.size_at_sweden("ALL/OSCE")
        self.summary = self.exchange.json(
            "EE-technical", *notify_words(
                kind="FRE", to="ALL/OSCE", precedence="ROUTINE", marking="GREEN",
                measure="OSCE-2,OSCE-15,UN-7", subject="What happened in March"),
            "--yes", input=SUMMARY)
        for office in STATES:
            self.assertEqual(self.json(office, "show", self.summary["act_id"])["body"], SUMMARY)

    # --- what must hold ---

    def sweden_learned_of_nothing_before_it(self):
        watched = self.sweden.watched_until(self.summary["act_digest"])
        self.assertEqual([(each["act_digest"], each["ledger"], each["ordinal"])
                          for each in watched],
                         [(self.summary["act_digest"], "ALL/OSCE", self.told_to_all)])
        self.sweden.must_not_find(self.incident["act_digest"], self.final["act_digest"],
                                  self.asked["consultation_id"], self.record_2["act_digest"])
        # Nothing is left out in its numbers: what it does next has the next.
        size = self.size_at_sweden("state/SE")
        own = self.notify(office="SE-policy", to="LV", kind="FRE", text="A question of our own.")
        self.assertEqual((own["ordinal"], own["tree_size"]), (size, size + 1))
        self.must_not_have_read("SE-policy")

    def finland_learned_of_nothing_after_it_declined(self):
        watched = self.finland.watched_until(self.summary["act_digest"])
        self.assertEqual([each["act_digest"] for each in watched],
                         [self.final["act_digest"], self.summary["act_digest"]])
        self.assertEqual(watched[0]["ordinal"], self.declined["ordinal"] + 1)
        shown = self.show("FI-technical")
        self.assertEqual((shown["standing"], shown["state"], shown["record_digest"]),
                         ("declined", "agreed", None))
        self.must_not_have_read("FI-technical", MEETING, RECORD_1, REMARK, RECORD_2)

    def an_amber_message_is_answered_in_green_only_if_nothing_is_quoted(self):
        reply = ("reply", self.incident["act_id"], "--outcome", "final", "--marking", "GREEN",
                 "--body", "-", "--yes", "--output", "json")
        refused = self.cbm("LV-duty", *reply, input="Thank you.").must(3)
        self.assert_error(refused, "INVALID_ARGUMENT", "marking", "quoted")
        sent = self.cbm("LV-duty", *reply, "--quotes-nothing", input="Thank you.").must().json
        self.assertEqual(self.listed("EE-technical", sent)["marking"], "GREEN")

    def who_was_sent_a_strict_message_cannot_pass_it_on(self):
        for first in (self.follow_up, self.incident):
            self.cbm("LV-duty", "notify", "--follow-up", first["act_id"], "--to", "SE", "--subject",
                     "Forwarded", "--body", "-", "--yes", input="See below.").must(3)
        self.sweden.must_not_find(self.follow_up["act_digest"])

    def export_what_is_proven_offline(self):
        self.exported = {office: self.export(office, act)
                         for office, act in self.confirmations.items()}
        self.heads = {office: self.cbm(office, "log", "checkpoint").must().out for office in PARTIES}
        order = (self.incident["act_digest"],
                 self.acknowledged["LT-duty"],
                 self.declined["act_digest"],
                 self.confirmations["LT-duty"]["act_digest"])
        self.audited = [(digest, self.export("auditor", {"act_digest": digest}))
                        for digest in order]

    def each_party_proves_alone_what_it_confirmed(self):
        for office, act in self.confirmations.items():
            folder = self.exported[office]
            early = self.json(office, "verify", act["receipt"])
            later = self.verify_entry(office, folder)
            self.assertEqual((early["act_digest"], early["ordinal"]),
                             (act["act_digest"], later["ordinal"]))
            # A head that was published after the receipt was given, and is the ledger's.
            self.assertEqual(later["tree_size"], int(self.heads[office].splitlines()[1]))
            self.assertLess(early["tree_size"], later["tree_size"])
            self.assertTrue((folder / "entry.tlog-proof").read_text().endswith(self.heads[office]))
            # The entry of the receipt, not another.
            self.assertIn((folder / "entry.bin").read_bytes(),
                          pathlib.Path(act["receipt"]).read_bytes())

    def the_auditor_proves_what_happened_in_which_order_and_not_by_whom(self):
        proven = []
        for digest, folder in self.audited:
            self.assertEqual({file.name for file in folder.iterdir()},
                             {"entry.bin", "entry.tlog-proof"})
            entry = self.verify_entry("auditor", folder)
            self.assertEqual((entry["ledger"], entry["act_digest"]), ("auditor", digest))
            proven.append((entry["ordinal"], entry["time"], entry["act_kind"]))
            fields = self.decoded(folder / "entry.bin")
            for name in ("party", "state", "states", "openings", "delivered", "consultation",
                         "commitment"):
                self.assertNotRegex(fields, rf"(?m)^ *{name}\b")
        ordinals, times, kinds = zip(*proven)
        self.assertEqual(kinds, ("submit", "acknowledge", "answer", "confirm_record"))
        self.assertEqual(ordinals, tuple(sorted(ordinals)))
        self.assertEqual(times, tuple(sorted(times)))
        self.must_not_have_read("auditor")

    # --- how ---

    def at(self, time):
        self.exchange.clock.set(f"2026-{time}")

    def onlooker(self, office, *more):
        onlooker = Onlooker(self.exchange, office, *more)
        self.addCleanup(onlooker.close)
        return onlooker

    def size_at_sweden(self, ledger):
        return self.json("SE-policy", "log", "checkpoint", "--ledger", ledger)["tree_size"]

    def deliveries(self, act):
        return {each["state"]: each
                for each in self.listed("EE-technical", act, "sent")["deliveries"]}

    def assert_acknowledged_after(self, wanted, office):
        acknowledged = self.json(office, "ack", self.incident["act_id"])
        self.acknowledged = {**getattr(self, "acknowledged", {}),
                             office: acknowledged["act_digest"]}
        delivery = self.deliveries(self.incident)[office[:2]]
        self.assertEqual(minutes(self.incident["time"], delivery["acknowledged"]), wanted)
        self.assertFalse(delivery["overdue"])

    def consult(self, office, command, *words, text=None):
        if text is not None:
            words += ("--text", "-")
        return self.exchange.json(office, "consult", command, self.asked["consultation_id"], *words,
                                  "--yes", input=text)

    def show(self, office):
        return self.json(office, "consult", "show", self.asked["consultation_id"])

    @staticmethod
    def meeting():
        return ("--from", "2026-03-12T09:00Z", "--to", "2026-03-12T10:30Z")

    def must_not_have_read(self, office, *texts):
        """Nothing that was said is shown to it, or lies among its files."""
        shown = [self.cbm(office, "inbox", "--headers"), self.cbm(office, "consult", "list")]
        if hasattr(self, "asked"):
            shown.append(self.cbm(office, "consult", "show", self.asked["consultation_id"]))
        kept = [each.out.encode() for each in shown]
        kept += [file.read_bytes() for file in self.exchange.profile(office).rglob("*")
                 if file.is_file()]
        for text in texts or (*SAID, *SUBJECTS):
            self.assertFalse([each for each in kept if text.encode() in each], (office, text))

    def export(self, office, act):
        folder = self.exchange.folder / "exported" / office / act["act_digest"]
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.json(office, "export", act["act_digest"], "--dir", folder)
        return folder

    def verify_entry(self, office, folder):
        key = self.cbm(office, "log", "key").must().out.strip()
        return self.json(office, "verify", "--key", key, "--entry", folder / "entry.bin",
                         "--proof", folder / "entry.tlog-proof")

    @staticmethod
    def decoded(entry):
        return exchange.run("protoc", "-I", exchange.ROOT / "proto", "--decode=cbm.v1.Entry",
                            "cbm/v1/entry.proto", input=entry.read_bytes()).must().out


if __name__ == "__main__":
    unittest.main()
