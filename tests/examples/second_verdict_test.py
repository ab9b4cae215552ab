"""`cbm verify` and the second verifier give the same verdict, on what is altered and what is forged.

CBM_SEED chooses other alterations; a failure names the seed.
"""

import copy
import os
import random
import sys
import unittest

import forged
import forged_proofs
from client.profile import Profile
from exchange_case import ExchangeCase
from cbm_formats.note import parse_key
from cbm_formats.receipt import verify_entry_with, verify_receipt
from cbm_formats.registry import Registry
from forge import Forge
from ledger_forge import NewSigner
from verdicts import NOT_PROVEN, PARTS, PROVEN, Judge, second_says
from whole_ledgers import messages

SEED = int(os.environ.get("CBM_SEED", "1"))
ALTERATIONS = 12
# Where the two differ, and what docs/formats.md says of it.
DIFFER = {
    # "Such as lead nowhere do no harm": `cbm` looks at their extensions, and has a bound.
    *(f"receipt: behind it one {each}" for each in (
        "with broken basic constraints", "with a broken key usage", "with a broken further name",
        "of 16385 bytes")),
    # "One in DER": that has no version 1 written, and X.509 none above 3. The library of the second
    # verifier reads no version 2.
    *(f"receipt: behind it one of version {each}" for each in (1, 2, 4, 11))}


class Verdicts(ExchangeCase):
    """All of it with the exchange stopped."""

    OFFICES = ("EE-technical", "EE-policy", "LV-duty")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        print(f"CBM_SEED={SEED} repeats these alterations", file=sys.stderr)
        ask, folder = cls.exchange.json, cls.exchange.folder
        sent = ask("EE-technical", "notify", "--kind", "INC", "--to", "LV", "--measure", "OSCE-3",
                   "--subject", "Disturbed", "--body", "-", "--yes", input="The clearing host.")
        ask("LV-duty", "show", sent["act_id"])
        acknowledged = ask("LV-duty", "ack", sent["act_id"])
        cls.exported = {}
        for name, office, act in (("a notification at its sender", "EE-technical", sent),
                                  ("a notification at its addressee", "LV-duty", sent),
                                  ("an acknowledgement", "LV-duty", acknowledged)):
            cls.exported[name] = (office, folder / name)
            ask(office, "export", act["act_id"], "--dir", folder / name)
        cls.judges = {office: Judge(cls.exchange, office, Profile(cls.exchange.profile(office)))
                      for office in ("EE-technical", "LV-duty")}
        cls.exchange.stop()

    def setUp(self):
        self.file = self.exchange.folder / "judged"
        self.choose = random.Random(f"{SEED} {self.id()}")

    def altered(self, data):
        """The whole, then with one byte changed, then cut."""
        yield data
        for _ in range(ALTERATIONS):
            changed = bytearray(data)
            changed[self.choose.randrange(len(data))] ^= self.choose.randint(1, 255)
            yield bytes(changed)
        yield data[:self.choose.randrange(len(data))]

    def test_one_altered_byte_is_refused_by_both(self):
        for name, (office, folder) in self.exported.items():
            for part in PARTS:
                if not (folder / part).exists():
                    continue
                for number, data in enumerate(self.altered((folder / part).read_bytes())):
                    self.file.write_bytes(data)
                    with self.subTest(name, part=part, number=number):
                        cbm, second = self.judges[office].of_part(folder, part, self.file)
                        self.assertEqual(cbm[0], second[0], (cbm, second))
                        self.assertEqual(cbm[0], PROVEN if number == 0 else NOT_PROVEN)

    def judge_forged(self, cases):
        """Both say the same of every forged receipt, be it that it holds or that it does not."""
        office, folder = self.exported["a notification at its sender"]
        forge = Forge(self.exchange, (folder / "receipt").read_bytes())
        verdicts, differ = set(), []
        for name, data in cases(forge):
            self.file.write_bytes(data)
            cbm, second = self.judges[office].of_receipt(self.file)
            verdicts.add(cbm[0])
            if (cbm[0] != second[0]) != (name in DIFFER):
                differ.append(f"{name}: cbm {cbm}, second {second}")
            elif name.endswith("as it is"):
                self.assertEqual(cbm[0], PROVEN, cbm)
        self.assertEqual(differ, [], "\n".join(differ))
        self.assertEqual(verdicts, {PROVEN, NOT_PROVEN})

    def test_a_forged_entry_has_one_verdict(self):
        self.judge_forged(forged.entries)

    def test_a_forged_entry_alone_has_one_verdict(self):
        """Of who has nothing but the key of one ledger."""
        _, folder = self.exported["a notification at its sender"]
        forge = Forge(self.exchange, (folder / "receipt").read_bytes())
        proof, differ = self.exchange.folder / "judged.tlog-proof", []
        for name, entry, proof_text, key in forged.entries_alone(forge):
            self.file.write_bytes(entry)
            proof.write_text(proof_text)
            cbm = self.judges["EE-technical"].cbm_says("--key", key, "--entry", self.file, "--proof",
                                                       proof)
            second = second_says(lambda: verify_entry_with(entry, proof_text.encode(), parse_key(key)))
            if (cbm[0] != second[0]) != (name in DIFFER):
                differ.append(f"{name}: cbm {cbm}, second {second}")
            if name.endswith("as it is"):
                self.assertEqual(cbm[0], PROVEN, cbm)
        self.assertEqual(differ, [], "\n".join(differ))

    def test_a_forged_act_has_one_verdict(self):
        self.judge_forged(forged.acts)

    def test_a_forged_proof_has_one_verdict(self):
        self.judge_forged(forged_proofs.proofs)

    def test_forged_registrations_have_one_verdict(self):
        self.judge_forged(forged.registrations)

    def test_who_was_proven_before_enrols_if_he_may(self):
        """`cbm` knows of none that was proven before; tests/core/evidence/verify_test.cc has the same."""
        office, folder = self.exported["a notification at its sender"]
        forge = Forge(self.exchange, (folder / "receipt").read_bytes())
        new, verifier = NewSigner(), copy.copy(self.judges[office].verifier)
        receipt = forge.remade(1, signer=new, act=forged.of_another("EE", "new", new))
        taken = messages().Entry.FromString(forge.receipt.evidence[1].entry).time.ToNanoseconds()
        for why, scopes, purposes, registered in (
                (None, (forged.DIRECTORY,), (forged.SIGN,), taken),
                ("registered to do so", (), (forged.SIGN,), taken),
                ("registered to sign", (forged.DIRECTORY,), (), taken),
                ("only later", (forged.DIRECTORY,), (forged.SIGN,), taken + 1)):
            verifier.registry = Registry(verifier.genesis)
            verifier.registry.take(forged.enrolment_of(new, "EE", "new", purposes, scopes), registered)
            said = second_says(verify_receipt, receipt, verifier)
            with self.subTest(why):
                self.assertEqual(said[0], PROVEN if why is None else NOT_PROVEN, said)
                self.assertIn(why or "", said[1])

    def test_a_forged_receipt_has_one_verdict(self):
        self.judge_forged(forged.receipts)


if __name__ == "__main__":
    unittest.main()
