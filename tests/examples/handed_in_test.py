"""What is handed in: the exchange takes no act and no signature that the second verifier refuses.

Every form of act and signature here is made by hand and sent as it is; `cbm` would never send most.
CBM_SEED chooses other alterations; a failure names the seed.
"""

import os
import random
import sys
import unittest

import grpc

import cbm_client
import exchange
import odd_signatures
from cbm_formats import cms, wire
from cbm_formats.act import read_new
from cbm_formats.refused import Refused
from client import submit
from exchange_case import ExchangeCase
from forge import Signer
from whole_ledgers import Office, messages

SEED = int(os.environ.get("CBM_SEED", "1"))
ALTERATIONS = 100
TAKEN = grpc.StatusCode.OK
# What says that an act or its signature is none, whatever the rules think of it.
REFUSED = grpc.StatusCode.INVALID_ARGUMENT


class HandedIn(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        print(f"CBM_SEED={SEED} repeats these alterations", file=sys.stderr)
        cls.office = Office(cls.exchange, "EE-technical")
        cls.addClassCleanup(cls.office.exchange.__exit__)
        cls.signer = Signer(cls.exchange.pki / "offices/EE-technical")
        cls.other = Signer(cls.exchange.pki / "offices/LV-duty")

    def setUp(self):
        self.choose = random.Random(f"{SEED} {self.id()}")
        self.data = self.fresh()

    def fresh(self):
        """An act that is in order and was not handed in yet; its contents and addressees are at hand."""
        words = cbm_client.parser().parse_args(
            ["--profile", "any", "submit", "--to", "LV", "--cross-border", "no", "--measure", "OSCE-3"])
        words.body = "The clearing host loses file systems."
        self.request = submit.build(self.office.profile, messages(), words)
        return self.request.signed_act.act

    def hand_in(self, act, signature):
        """What the exchange says of an act as bytes, with the same contents and addressees."""
        self.request.signed_act.act, self.request.signed_act.signature = act, signature

        def answer():
            try:
                self.office.call("ActService.PerformAct", self.request)
            except grpc.RpcError as error:
                busy = error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
                return None if busy else (error.code(), error.details())
            return TAKEN, ""

        return exchange.wait_until("the exchange has time for one more", answer)

    def second_says(self, check, *arguments):
        try:
            check(*arguments)
        except Refused as why:
            return REFUSED, str(why)
        return TAKEN, ""

    # --- signatures ---

    def judge(self, cases):
        """The exchange and the second verifier say the same of every signature.

        The act was taken: the same again is a retry, whatever its signature is, if it is one.
        """
        self.assertEqual(self.hand_in(self.data, self.signer.sign(self.data)), (TAKEN, ""))
        verdicts, differ = set(), []
        for name, signature in cases(odd_signatures.Maker(self.data, self.signer, self.other)):
            server = self.hand_in(self.data, signature)
            second = self.second_says(cms.verify, signature, self.data, self.signer.certificate)
            verdicts.add(server[0])
            if server[0] != second[0]:
                differ.append(f"{name}: exchange {server}, second {second}")
        self.assertEqual(differ, [], "\n".join(differ))
        self.assertEqual(verdicts, {TAKEN, REFUSED})

    def test_signed_attributes_have_one_verdict(self):
        self.judge(odd_signatures.attributes_cases)

    def test_what_names_the_signing_certificate_has_one_verdict(self):
        self.judge(odd_signatures.signing_certificate_cases)

    def test_algorithms_have_one_verdict(self):
        self.judge(odd_signatures.algorithm_cases)

    def test_what_is_around_a_signature_has_one_verdict(self):
        self.judge(odd_signatures.frame_cases)

    def test_an_altered_signature_is_refused_by_both(self):
        self.assertEqual(self.hand_in(self.data, self.signer.sign(self.data)), (TAKEN, ""))
        whole = cms.sign(self.data, self.signer.certificate, self.signer.sign_bytes)
        for _ in range(ALTERATIONS):
            changed = bytearray(whole)
            changed[self.choose.randrange(len(whole))] ^= self.choose.randint(1, 255)
            with self.subTest(bytes(changed).hex()):
                self.assertEqual(self.hand_in(self.data, bytes(changed))[0], REFUSED)
                with self.assertRaises(Refused):
                    cms.verify(bytes(changed), self.data, self.signer.certificate)

    # --- acts ---

    def judge_act(self, name, data):
        """Signed as it is, an act that the second verifier refuses is refused by the exchange."""
        server = self.hand_in(data, self.signer.sign(data))
        second = self.second_says(read_new, data)
        if second[0] == REFUSED:
            self.assertEqual(server[0], REFUSED, (name, server, second))
        return server, second

    def test_an_act_in_another_form_is_refused_by_both(self):
        fields = list(wire.read_fields(self.data))
        version = wire.write_field(2, 1)
        for name, data in {
                "an unknown field": self.data + wire.write_field(200, b"x"),
                "an unknown field within": self.changed(fields, 100, lambda value:
                                                        value + wire.write_field(9, 1)),
                "a field twice": version + self.data,
                "another order": self.data.replace(version, b"", 1) + version,
                "an empty text": self.changed(fields, 6, lambda value: b""),
                "a number that is 0": self.changed(fields, 8, lambda value:
                                                   value + wire.write_field(2, 0)),
                "a long number": self.data.replace(version, b"\x10\x81\x00", 1),
                "a long tag": self.data.replace(version, b"\x90\x00\x01", 1),
                "a long length": b"\x0a\x8b\x00" + self.data[2:],
                "no UTF-8": self.changed(fields, 6, lambda value: b"\xff"),
                "two kinds": self.data + wire.write_field(101, b"\x08\x01"),
                "no kind": b"".join(wire.write_field(number, value) for number, _, value in fields
                                    if number != 100),
                "an enum that has no such value": self.changed(
                    fields, 100, lambda value: value + wire.write_field(2, 99)),
                "a negative enum": self.changed(
                    fields, 100, lambda value: value + wire.write_field(2, -1)),
                "too many bits": self.data.replace(version, wire.write_field(2, 2**32 + 1), 1),
                "a filter that is not packed": self.changed(
                    fields, 10, lambda value: value, behind=wire.write_field(11, 1)),
                "a part": self.data[:-1], "nothing": b"",
                "a byte more": self.data + b"\0"}.items():
            with self.subTest(name):
                server, second = self.judge_act(name, data)
                self.assertEqual((server[0], second[0]), (REFUSED, REFUSED), (server, second))

    def changed(self, fields, which, change, behind=b""):
        """The act with one field changed, and something behind it."""
        return b"".join(
            wire.write_field(number, change(value) if number == which else value)
            + (behind if number == which else b"") for number, _, value in fields)

    def test_an_altered_act_that_is_signed_anew_is_taken_only_if_it_is_one(self):
        verdicts = set()
        for _ in range(ALTERATIONS):
            changed = bytearray(self.fresh())
            changed[self.choose.randrange(len(changed))] ^= 1 << self.choose.randrange(8)
            with self.subTest(bytes(changed).hex()):
                server, second = self.judge_act("altered", bytes(changed))
                verdicts.add((server[0] == REFUSED, second[0] == REFUSED))
        self.assertLessEqual({(True, True), (False, False)}, verdicts)


if __name__ == "__main__":
    unittest.main()
