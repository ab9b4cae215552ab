"""`cbm` and the second verifier give the same verdict on ledgers that an exchange forged, as readers who
have read nothing before.
"""

import unittest

import exchange
import forged_consultations
import forged_ledgers
from exchange_case import ExchangeCase
from ledger_forge import LedgerForge
from lying_exchange import NOT_PROVEN, PROVEN, LyingExchange
from verdicts import second_says
from whole_ledgers import Office, messages

READER = "EE-technical"
READERS = (READER, "FI-technical", exchange.SECRETARIAT)


class Ledgers(ExchangeCase):
    """All of it with the exchange stopped."""

    OFFICES = (READER, "EE-policy", "LV-duty", "FI-technical")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.play()
        cls.readers, ledgers, about = {}, {}, {}
        for name in READERS:
            cls.readers[name] = office = Office(cls.exchange, name)
            cls.addClassCleanup(office.exchange.__exit__)
            about[name] = office.call("ExchangeService.GetExchange", messages().GetExchangeRequest())
            ledgers[name] = {each: office.fetch(each, 200) for each in office.ledger_names()}
        cls.exchange.stop()
        cls.lying, cls.forges = {}, {}
        for name, office in cls.readers.items():
            cls.forges[name] = LedgerForge(cls.exchange, office.profile.log_key, ledgers[name])
            cls.lying[name] = LyingExchange(cls.exchange, name, about[name])
            cls.addClassCleanup(cls.lying[name].__exit__)

    @classmethod
    def play(cls):
        """Something of every kind that the forged ledgers change."""
        def notify(office, to, *more):
            return cls.exchange.json(
                office, "notify", "--kind", "INC", "--to", to, "--measure", "OSCE-3", "--subject", "S",
                "--body", "-", "--yes", *more, input="The clearing host.")

        def consult(office, command, *words, text=None):
            text_words = ("--text", "-") if text else ()
            return cls.exchange.json(office, "consult", command, asked, *words, *text_words, "--yes",
                                     input=text)

        sent, received = notify(READER, "LV"), notify("LV-duty", "EE")
        notify("LV-duty", "EE,FI", "--show-list")
        cls.exchange.json("LV-duty", "show", sent["act_id"])
        cls.exchange.json(READER, "show", received["act_id"])
        cls.exchange.json(READER, "ack", received["act_id"])
        asked = cls.exchange.json(
            "LV-duty", "consult", "request", "--to", "EE,FI", "--measure", "OSCE-3", "--time",
            "2099-03-12T09:00Z", "--level", "policy", "--format", "video", "--subject", "S", "--body",
            "-", "--yes", input="The incident.")["consultation_id"]
        consult(READER, "answer", "accept")
        consult("LV-duty", "schedule", "--from", "2099-03-12T09:00Z", "--to", "2099-03-12T10:00Z")
        consult("LV-duty", "held", "--from", "2020-03-12T09:00Z", "--to", "2020-03-12T10:00Z")
        consult("LV-duty", "record", text="We met.")
        consult(READER, "refuse", "--version", "1", text="No.")
        consult("FI-technical", "answer", "accept")
        consult("LV-duty", "record", text="We did meet.")
        consult(READER, "confirm", "--version", "2")
        consult(READER, "post", text="Agreed?")
        consult("LV-duty", "confirm", "--version", "2")
        consult("FI-technical", "confirm", "--version", "2")

    def judge(self, cases, reader=READER):
        """Both say of every case what docs/formats.md does, but for those that one takes and must not."""
        takes_of_each = (forged_ledgers.CBM_TAKES | forged_consultations.CBM_TAKES,
                         forged_consultations.SECOND_TAKES)
        wrong, verdicts = [], set()
        for name, holds, ledgers in cases(self.forges[reader]):
            cbm = self.lying[reader].cbm_says(ledgers)
            second = second_says(self.readers[reader].read, ledgers.values())
            must = [PROVEN if holds or name in takes else NOT_PROVEN for takes in takes_of_each]
            if [cbm[0], second[0]] != must:
                wrong.append(f"{name}: must be {must}, cbm {cbm}, second {second}")
            verdicts.add(holds)
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))
        self.assertEqual(verdicts, {True, False})

    def test_a_registration_has_one_verdict(self):
        self.judge(forged_ledgers.registrations)

    def test_what_an_act_says_to_be_has_one_verdict(self):
        self.judge(forged_ledgers.purposes)

    def test_what_an_office_may_do_has_one_verdict(self):
        self.judge(forged_ledgers.scopes)

    def test_a_change_of_a_credential_has_one_verdict(self):
        self.judge(forged_ledgers.credential_changes)

    def test_an_entry_has_one_verdict(self):
        self.judge(forged_ledgers.entries)

    def test_a_state_of_a_consultation_has_one_verdict(self):
        self.judge(forged_consultations.told)

    def test_an_act_in_a_consultation_has_one_verdict(self):
        self.judge(forged_consultations.acts)

    def test_what_is_told_who_is_asked_has_one_verdict(self):
        self.judge(forged_consultations.asked, "FI-technical")

    def test_what_is_told_the_secretariat_has_one_verdict(self):
        self.judge(forged_consultations.headers, exchange.SECRETARIAT)


if __name__ == "__main__":
    unittest.main()
