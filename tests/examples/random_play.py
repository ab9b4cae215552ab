"""A history of an exchange, played with `cbm`: every kind of act, each taken, then random ones.

The same seed makes the same choices. What the exchange refuses is part of it.
"""

import itertools
import random

OFFICES = ("EE-technical", "EE-policy", "LV-duty", "LT-duty", "FI-technical", "SE-policy", "auditor")
STATES = {"EE": "EE-technical", "LV": "LV-duty", "LT": "LT-duty", "FI": "FI-technical",
          "SE": "SE-policy"}
INTEGRATION, SPARE = "EE-siem", "EE-duty"
FORMS = {"INC": ("--cross-border", "no"), "INQ": (), "FRE": ()}
# Far from now, so that nothing hangs on when the test runs.
PAST, AHEAD = 2020, 2099
# Done, or one of the ways in which the exchange or the client says no.
DONE, EXPECTED_CODES = 0, (0, 2, 3, 6)


class RandomPlay:
    """Plays on an exchange. `acts` lists what was taken: (office, act id, act digest)."""

    def __init__(self, exchange, seed):
        self.exchange = exchange
        self.choose = random.Random(seed)
        self.acts, self.sent, self.consultations = [], [], []
        self._names = itertools.count(1)

    def play(self, steps):
        """The parts that must be there, then `steps` random ones."""
        self.exchange.enrol(INTEGRATION, type="integration")
        self._must("EE-technical", "directory", "integration", "--office", "siem", "--reading",
                   "NOTIFICATIONS", "--ceiling", "AMBER", yes=False)
        self.whole_notification()
        self.change_credentials()
        self.whole_consultation()
        self.consultation_without_a_record()
        self.consultation_taken_back()
        kinds = (self.notify, self.open, self.acknowledge, self.reply, self.follow_up, self.to_all,
                 self.to_the_secretariat, self.request, self.in_a_consultation)
        for _ in range(steps):
            self.choose.choices(kinds, weights=(6, 6, 4, 5, 2, 1, 1, 2, 7))[0]()

    # --- notifications ---

    def whole_notification(self):
        """Sent, opened, acknowledged and answered."""
        self.notify()
        _, to, act_id, _ = self.sent[-1]
        reader = STATES[self.choose.choice(to)]
        self.exchange.cbm(reader, "show", act_id).must()
        self._must(reader, "ack", act_id, yes=False)
        self._must(reader, "reply", act_id, "--outcome", "final", "--body", "-", text=self._text())

    def notify(self):
        state = self.choose.choice(list(STATES))
        others = [other for other in STATES if other != state]
        to = self.choose.sample(others, self.choose.randint(1, len(others)))
        kind = self.choose.choice(list(FORMS))
        listed = ("--show-list",) if self.choose.random() < 0.4 else ()
        act = self._notify(STATES[state], kind, ",".join(to), *FORMS[kind], *listed, "--marking",
                           self.choose.choice(("AMBER", "GREEN", "RED", "CLEAR", "AMBER+STRICT")),
                           "--context", self.choose.choice(("REAL", "EXERCISE", "TEST")))
        if act:
            self.sent.append((state, to, act["act_id"], kind))

    def to_all(self):
        self._notify(self._office(), "NVT", "ALL")

    def to_the_secretariat(self):
        self._notify(self._office(), "INC", "SECRETARIAT", *FORMS["INC"])

    def follow_up(self):
        incidents = [each for each in self.sent if each[3] == "INC"]
        if incidents:
            state, to, act_id, _ = self.choose.choice(incidents)
            self._perform(STATES[state], "notify", "--follow-up", act_id, "--to", to[0], "--stage",
                          self.choose.choice(("update", "progress", "final")), "--subject", "More",
                          "--body", "-", text=self._text())

    def open(self):
        state, _, act_id, _ = self._received()
        shown = self.exchange.cbm(STATES[state], "show", act_id)
        assert shown.code in EXPECTED_CODES, shown

    def acknowledge(self):
        state, _, act_id, _ = self._received()
        self._perform(STATES[state], "ack", act_id, yes=False)

    def reply(self):
        state, _, act_id, _ = self._received()
        self._perform(STATES[state], "reply", act_id, "--outcome",
                      self.choose.choice(("interim", "interim", "final", "not-in-a-position")),
                      "--body", "-", text=self._text())

    # --- credentials ---

    def change_credentials(self):
        """Suspended, restored, revoked, and renewed; some of it by whom it is refused."""
        self.exchange.enrol(SPARE)
        for done, office, word, of in (
                (True, "secretariat", "suspend", SPARE), (True, "EE-policy", "restore", SPARE),
                (True, "EE-policy", "suspend", SPARE), (False, "secretariat", "restore", SPARE),
                (True, "EE-policy", "restore", SPARE), (True, "secretariat", "revoke", SPARE),
                (False, "EE-policy", "restore", SPARE), (True, "EE-policy", "suspend", INTEGRATION),
                (True, "secretariat", "suspend", "LV-duty"),
                (False, "EE-policy", "restore", "LV-duty"),
                (True, "EE-policy", "restore", INTEGRATION),
                (True, "secretariat", "restore", "LV-duty")):
            act = self._perform(office, "directory", word, of,
                                *(("--reason", "other") if word != "restore" else ()))
            assert (act is not None) == done, (office, word, of)
        for office in ("LT-duty", "LT-duty", "secretariat"):
            files = self.exchange.issue(f"{office}-{next(self._names)}")
            self._must(office, "directory", "renew", "--cert", files / "cert.pem", "--key",
                       files / "key.pem")
        self.exchange.enrol("EE-delegation")  # By the secretariat's new one.

    # --- consultations ---

    def request(self):
        state = self.choose.choice(list(STATES))
        to = self.choose.sample([other for other in STATES if other != state],
                                self.choose.randint(1, 3))
        self._request(state, to)

    def in_a_consultation(self):
        if not self.consultations:
            return
        name, states = self.choose.choice(self.consultations)
        office = STATES[self.choose.choice(states)]
        command = self.choose.choice((("answer", "accept"), ("answer", "accept"), ("answer", "decline"),
                                      ("answer", "refer"), ("answer", "other-time"), ("schedule",),
                                      ("schedule", "--postpone"), ("post",), ("held",), ("record",),
                                      ("confirm",), ("refuse",), ("statement",), ("leave",),
                                      ("withdraw",)))
        self._consult(office, name, *command)

    def whole_consultation(self):
        """From the request to a record that is refused once and then confirmed by all."""
        name = self._request("LV", ["EE", "FI", "LT"])
        self._all_taken(name, ("EE-technical", "answer", "other-time"),
                        ("EE-technical", "answer", "refer"), ("EE-technical", "answer", "accept"),
                        ("FI-technical", "answer", "accept"), ("LT-duty", "answer", "decline"),
                        ("LV-duty", "schedule"), ("LV-duty", "post"),
                        ("EE-technical", "schedule", "--postpone"), ("LV-duty", "held"),
                        ("LV-duty", "record"), ("EE-technical", "refuse"), ("LV-duty", "record"))
        for office in ("EE-technical", "FI-technical", "LV-duty"):
            assert self._consult(office, name, "confirm", version=2)

    def consultation_without_a_record(self):
        """One that a State leaves before the meeting, and one after, and that statements end."""
        name = self._request("FI", ["EE", "LT", "SE"])
        asked = (STATES[state] for state in ("EE", "LT", "SE"))
        self._all_taken(name, *((office, "answer", "accept") for office in asked),
                        ("SE-policy", "leave"), ("FI-technical", "held"),
                        ("FI-technical", "record"), ("EE-technical", "refuse"),
                        ("EE-technical", "statement"), ("FI-technical", "leave"),
                        ("LT-duty", "statement"))

    def consultation_taken_back(self):
        name = self._request("SE", ["EE", "LV"])
        self._all_taken(name, ("EE-technical", "answer", "accept"), ("SE-policy", "schedule"),
                        ("SE-policy", "withdraw"))

    def _all_taken(self, name, *acts):
        for office, *command in acts:
            assert self._consult(office, name, *command), (office, command)

    def _request(self, state, to):
        act = self._perform(STATES[state], "consult", "request", "--to", ",".join(to), "--measure",
                            "OSCE-3", "--time", f"{AHEAD}-03-12T09:00Z", "--level", "policy",
                            "--format", "video", "--subject", "The incident", "--body", "-",
                            text=self._text())
        if act is None:
            return None
        self.consultations.append((act["consultation_id"], [state, *to]))
        return act["consultation_id"]

    def _consult(self, office, name, command, *words, version=1):
        year = {"schedule": AHEAD, "held": PAST}.get(command)
        if year and not words:
            words += ("--from", f"{year}-03-12T09:00Z", "--to", f"{year}-03-12T10:00Z")
        text = None
        if command in ("post", "record", "statement", "refuse") or words == ("other-time",):
            words, text = (*words, "--text", "-"), self._text()
        if command in ("confirm", "refuse"):
            words += ("--version", version)
        return self._perform(office, "consult", command, name, *words, text=text)

    # --- how ---

    def _received(self):
        state, to, act_id, kind = self.choose.choice(self.sent)
        # Seldom one that was not sent it: to that one it does not exist.
        whose = self.choose.choice(to if self.choose.random() < 0.9 else list(STATES))
        return whose, to, act_id, kind

    def _office(self):
        return self.choose.choice(list(STATES.values()))

    def _text(self):
        return f"Text {next(self._names)}: " + "щ" * self.choose.randint(1, 200)

    def _notify(self, office, kind, to, *words):
        return self._perform(office, "notify", "--kind", kind, "--to", to, "--measure", "OSCE-3",
                             "--subject", f"Subject {next(self._names)}", "--body", "-", *words,
                             text=self._text())

    def _perform(self, office, *words, text=None, yes=True):
        """What a command that makes an act says; None if it was refused."""
        done = self.exchange.cbm(office, *words, *(("--yes",) if yes else ()), "--output", "json",
                                 input=text)
        assert done.code in EXPECTED_CODES, done
        if done.code != DONE:
            return None
        self.acts.append((office, done.json["act_id"], done.json["act_digest"]))
        return done.json

    def _must(self, *words, **more):
        done = self._perform(*words, **more)
        assert done, words
        return done
