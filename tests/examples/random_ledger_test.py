"""A field of a ledger is changed at random, and all of it signed anew: `cbm` and the second
verifier say the same of it, but for what is named here.

CBM_SEED and CBM_STEPS choose other changes; a failure names the seed.
"""

import collections
import os
import random
import sys
import unittest

from google.protobuf.descriptor import FieldDescriptor

import ledger_verdict_test
from lying_exchange import NOT_PROVEN, PROVEN
from verdicts import second_says
from whole_ledgers import messages

SEED = int(os.environ.get("CBM_SEED", "1"))
STEPS = int(os.environ.get("CBM_STEPS", "100"))
REPEATED = FieldDescriptor.LABEL_REPEATED
DEFAULTS = {FieldDescriptor.TYPE_STRING: "", FieldDescriptor.TYPE_BYTES: b""}


def fields_of(message, path=""):
    """Each field that there could be: (message, its descriptor, its path)."""
    for field in message.DESCRIPTOR.fields:
        yield message, field, path + field.name
        if field.message_type and field.label == REPEATED:
            for each in getattr(message, field.name):
                yield from fields_of(each, f"{path}{field.name}[].")
        elif field.message_type and message.HasField(field.name):
            yield from fields_of(getattr(message, field.name), f"{path}{field.name}.")


class RandomChanges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"CBM_SEED={SEED} CBM_STEPS={STEPS} repeats these changes", file=sys.stderr)
        # Its exchange, not its tests.
        cls.forged = ledger_verdict_test.Ledgers
        cls.addClassCleanup(cls.forged.doClassCleanups)
        cls.forged.setUpClass()

    def setUp(self):
        self.choose = random.Random(SEED)

    def another(self, field, old):
        """Another value of a field, or the same."""
        if field.type == FieldDescriptor.TYPE_STRING:
            return self.choose.choice(("", "LV", "EE", "state/LV", "held", "agreed", old + "x"))
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self.choose.choice((b"", b"\1" * 32, old[:-1], old + b"\1"))
        if field.type == FieldDescriptor.TYPE_ENUM:
            return self.choose.choice([each.number for each in field.enum_type.values] + [77])
        number = self.choose.choice((0, 1, 2, old + 1, old - 1, 10**9))
        unsigned = (FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64)
        return max(0, number) if field.type in unsigned else number

    def change(self, message):
        """Changes one field; which."""
        at, field, path = self.choose.choice(list(fields_of(message)))
        old = getattr(at, field.name)
        if field.label == REPEATED and old and self.choose.random() < 0.6:
            del old[self.choose.randrange(len(old))]
        elif field.label == REPEATED and field.message_type:
            more = old.add()
            if len(old) > 1:
                more.CopyFrom(old[0])
        elif field.label == REPEATED:
            old.append(self.another(field, old[0] if old else DEFAULTS.get(field.type, 0)))
        elif not field.message_type:
            setattr(at, field.name, self.another(field, old))
        elif at.HasField(field.name):
            at.ClearField(field.name)
        else:
            old.SetInParent()
        return path

    def changed(self, forge, record):
        """A record with one field of its act or its entry changed, and which."""
        which = []
        if record[1] and self.choose.random() < 0.35:
            act = messages().Act.FromString(record[1])
            signer = "secretariat" if act.party == "SECRETARIAT" else f"{act.party}-{act.office}"
            made = forge.made(record, signer=forge.signer(signer),
                              act=lambda said: which.append("act." + self.change(said)))
        else:
            made = forge.made(record, entry=lambda told: which.append("entry." + self.change(told)))
        return made, which[0]

    def test_both_say_the_same(self):
        verdicts, differ = collections.Counter(), []
        for step in range(STEPS):
            reader = self.choose.choice(ledger_verdict_test.READERS)
            forge = self.forged.forges[reader]
            ledger = self.choose.choice(sorted(forge.ledgers))
            records = forge.ledgers[ledger].records
            place = self.choose.randrange(len(records))
            made, which = self.changed(forge, records[place])
            behind = records[place + 1:] if self.choose.random() < 0.3 else []
            ledgers = forge.sealed(**{ledger.replace("/", "_"): [*records[:place], made, *behind]})
            cbm = self.forged.lying[reader].cbm_says(ledgers)
            second = second_says(self.forged.readers[reader].read, ledgers.values())
            verdicts[cbm[0], second[0]] += 1
            if cbm[0] != second[0]:
                differ.append(f"step {step}, {reader}, {ledger} {place}, {which}: {cbm}, {second}")
        print(f"{dict(verdicts)} of (cbm, second)", file=sys.stderr)
        self.assertEqual(differ, [], "\n".join(differ))
        self.assertGreater(min(verdicts[PROVEN, PROVEN], verdicts[NOT_PROVEN, NOT_PROVEN]), STEPS // 6)


if __name__ == "__main__":
    unittest.main()
