"""Evidence: what is exported convinces without the exchange, and no longer once a bit is altered."""

import hashlib
import pathlib
import unittest

import exchange
from exchange_case import ExchangeCase, notify_words

EXPORTED = {"act.bin", "act.p7s", "chain.pem", "ca.pem", "entry.bin", "entry.tlog-proof",
            "content.bin", "receipt"}
TEXT = "The clearing host loses file systems."


def positions(size):
    """The first, the last, the middle and more between."""
    return sorted({0, size // 2, size - 1, *range(0, size, max(1, size // 12))})


class Evidence(ExchangeCase):
    """All of it with the exchange stopped."""

    OFFICES = ("EE-technical", "LV-duty", "FI-technical", "LT-duty")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ask = cls.exchange.json
        cls.sent = cls.exchange.json("EE-technical", *notify_words(), "--yes", input=TEXT)
        ask("LV-duty", "show", cls.sent["act_id"])
        acknowledged = ask("LV-duty", "ack", cls.sent["act_id"])
        cls.acknowledgement = cls.exchange.folder / "acknowledgement"
        ask("LV-duty", "export", acknowledged["act_id"], "--dir", cls.acknowledgement)
        cls.folders = {}
        for office in ("EE-technical", "LV-duty"):
            cls.folders[office] = cls.exchange.folder / f"exported by {office}"
            ask(office, "export", cls.sent["act_id"], "--dir", cls.folders[office])
        cls.folder = cls.folders["EE-technical"]
        cls.told_of = cls.exchange.folder / "exported by the secretariat"
        ask(exchange.SECRETARIAT, "export", cls.sent["act_digest"], "--dir", cls.told_of)
        cls.mixed = cls.exchange.cbm("LV-duty", "export", acknowledged["act_id"],
                                     "--dir", cls.folders["LV-duty"])
        cls.again = cls.exchange.cbm("LV-duty", "export", cls.sent["act_id"],
                                     "--dir", cls.folders["LV-duty"])
        cls.later = ask("EE-technical", *notify_words(), "--yes", input=TEXT)
        cls.note = cls.exchange.cbm("EE-technical", "log", "checkpoint").must().out
        cls.note_json = ask("EE-technical", "log", "checkpoint")
        cls.exchange.stop()
        cls.key = cls.exchange.cbm("EE-technical", "log", "key").must().out.strip()

    def setUp(self):
        self.altered = self.exchange.folder / "altered"

    def verify_entry(self, entry=None, proof=None, key=None):
        return self.cbm("EE-technical", "verify", "--key", key or self.key,
                        "--entry", entry or self.folder / "entry.bin",
                        "--proof", proof or self.folder / "entry.tlog-proof")

    def verify_cms(self, act=None, signature=None, folder=None):
        folder = folder or self.folder
        return exchange.run("openssl", "cms", "-verify", "-binary", "-inform", "DER",
                            "-in", signature or folder / "act.p7s",
                            "-content", act or folder / "act.bin",
                            "-certfile", folder / "chain.pem", "-CAfile", folder / "ca.pem",
                            "-purpose", "any", "-out", "/dev/null")

    def each_altered(self, file, mask=1):
        """The file with one bit altered, at each of a few places."""
        whole = file.read_bytes()
        for position in positions(len(whole)):
            altered = bytearray(whole)
            altered[position] ^= mask
            self.altered.write_bytes(altered)
            with self.subTest(file=file.name, position=position):
                yield self.altered

    # --- what convinces ---

    def test_exports_all_that_a_check_needs(self):
        for folder in self.folders.values():
            self.assertEqual({file.name for file in folder.iterdir()}, EXPORTED)

    def test_two_acts_are_not_exported_into_one_folder(self):
        """The content of the one would stand beside the signature of the other."""
        self.assert_says(self.mixed.must(1).err, str(self.folders["LV-duty"]), "another act", "--dir")
        self.again.must()
        self.assertEqual((self.folders["LV-duty"] / "act.bin").read_bytes(),
                         (self.folder / "act.bin").read_bytes())

    def test_an_act_without_content_is_exported_without(self):
        self.assertEqual({file.name for file in self.acknowledgement.iterdir()},
                         EXPORTED - {"content.bin"})
        self.cbm("LV-duty", "verify", self.acknowledgement / "receipt").must()
        words = ("verify", self.acknowledgement / "receipt",
                 "--content", self.folder / "content.bin")
        self.cbm("LV-duty", *words).must(5)

    def test_who_was_only_told_of_an_act_exports_that_it_was_taken_and_no_more(self):
        self.assertEqual({file.name for file in self.told_of.iterdir()},
                         {"entry.bin", "entry.tlog-proof"})
        key = self.cbm(exchange.SECRETARIAT, "log", "key").must().out.strip()
        words = ("verify", "--key", key, "--entry", self.told_of / "entry.bin",
                 "--proof", self.told_of / "entry.tlog-proof")
        told = self.cbm("EE-technical", *words).must().out
        self.assert_says(told, "proven", "secretariat", "submit", self.sent["act_digest"][:12])
        proven = self.json("EE-technical", *words)
        self.assertEqual((proven["act_kind"], proven["act_digest"], proven["time"]),
                         ("submit", self.sent["act_digest"], self.sent["time"]))
        self.assertNotIn(TEXT.encode(), (self.told_of / "entry.bin").read_bytes())

    def test_stock_tools_accept_the_signature(self):
        for folder in (*self.folders.values(), self.acknowledgement):
            self.verify_cms(folder=folder).must()

    def test_the_chain_begins_with_the_signer(self):
        shown = exchange.run("openssl", "x509", "-in", self.folder / "chain.pem", "-noout",
                             "-subject").must().out
        self.assertIn("EE-technical", shown)

    def test_a_receipt_is_proven_without_the_exchange(self):
        for receipt in (pathlib.Path(self.sent["receipt"]), self.folder / "receipt"):
            told = self.cbm("EE-technical", "verify", receipt).must().out
            self.assert_says(told, "proven", self.sent["act_id"], "EE-technical", "state/EE")
            proven = self.json("EE-technical", "verify", receipt)
            self.assertEqual((proven["proven"], proven["act_id"], proven["ordinal"]),
                             (True, self.sent["act_id"], self.sent["ordinal"]))

    def test_an_addressee_s_receipt_is_proven_in_its_own_ledger(self):
        proven = self.json("LV-duty", "verify", self.folders["LV-duty"] / "receipt")
        self.assertEqual((proven["ledger"], proven["party"]), ("state/LV", "EE"))

    def test_an_addressee_looks_up_what_the_author_says_was_delivered(self):
        receipt = self.sent["receipt"]
        told = self.cbm("LV-duty", "verify", receipt, "--delivered").must().out
        self.assert_says(told, "proven", "delivered", "state/LV, entry")
        delivered = self.json("LV-duty", "verify", receipt, "--delivered")["delivered"]
        self.assertEqual([each["ledger"] for each in delivered], ["state/LV"])
        self.assertEqual(self.json("LV-duty", "verify", receipt)["delivered"], [])
        for office, file in (("LT-duty", receipt), ("LV-duty", self.folders["LV-duty"] / "receipt")):
            with self.subTest(office=office):
                self.cbm(office, "verify", file).must()
                self.assert_says(self.cbm(office, "verify", file, "--delivered").must(5).err, "delivery")
        ends = self.cbm("LV-duty", "verify", self.later["receipt"], "--delivered").must(1)
        self.assert_says(ends.err, "ends before", "cbm inbox")

    def test_an_entry_is_proven_with_a_key_and_a_proof(self):
        self.assert_says(self.verify_entry().must().out, "proven", "state/EE")

    def test_the_content_is_the_one_that_the_act_names(self):
        content = self.folder / "content.bin"
        proven = self.json("EE-technical", "verify", self.folder / "receipt", "--content", content)
        self.assertTrue(proven["content_proven"])
        self.assertIn(TEXT.encode(), content.read_bytes())
        named = hashlib.sha256(b"cbm.v1/content" + content.read_bytes()).digest()
        self.assertIn(named, (self.folder / "act.bin").read_bytes())

    def test_the_proof_says_which_leaf_the_entry_is(self):
        proof = (self.folder / "entry.tlog-proof").read_text()
        self.assertRegex(proof, rf"(?m)^index {self.sent['ordinal']}$")

    def test_the_checkpoint_is_printed_as_it_was_signed(self):
        origin, size, root, empty, signature = self.note.splitlines()
        self.assertTrue(origin.endswith("/1/state/EE"))
        self.assertEqual(empty, "")
        self.assertTrue(signature.startswith(f"— {origin} "))
        self.assertEqual(self.note_json, {"ledger": "state/EE", "tree_size": int(size),
                                          "checkpoint": self.note})
        self.assertTrue(self.key.startswith(f"{origin}+"))

    def test_each_ledger_has_a_key_under_its_own_name(self):
        for ledger in ("state/EE", "ALL/OSCE", "ALL/UN"):
            key = self.json("EE-technical", "log", "key", "--ledger", ledger)
            self.assertEqual(key["ledger"], ledger)
            self.assertTrue(key["key"].split("+")[0].endswith(f"/1/{ledger}"))
        self.assertEqual(self.json("EE-technical", "log", "key")["key"], self.key)

    # --- what does not ---

    def test_an_altered_act_is_refused(self):
        for altered in self.each_altered(self.folder / "act.bin"):
            self.assertNotEqual(self.verify_cms(act=altered).code, 0)

    def test_an_altered_signature_is_refused(self):
        for altered in self.each_altered(self.folder / "act.p7s"):
            self.assertNotEqual(self.verify_cms(signature=altered).code, 0)

    def test_an_altered_receipt_is_refused(self):
        for mask in (1, 0x80):
            for altered in self.each_altered(self.folder / "receipt", mask):
                refused = self.cbm("EE-technical", "verify", altered).must(5)
                self.assertNotIn("proven\n", refused.out)

    def test_what_stands_in_a_receipt_is_refused_once_altered(self):
        whole = (self.folder / "receipt").read_bytes()
        for name in ("act.bin", "act.p7s", "entry.bin", "entry.tlog-proof"):
            part = (self.folder / name).read_bytes()
            start = whole.index(part)
            for position in positions(len(part)):
                altered = bytearray(whole)
                altered[start + position] ^= 1
                self.altered.write_bytes(altered)
                with self.subTest(part=name, position=position):
                    self.cbm("EE-technical", "verify", self.altered).must(5)

    def test_an_altered_entry_is_refused(self):
        for altered in self.each_altered(self.folder / "entry.bin"):
            self.verify_entry(entry=altered).must(5)

    def test_an_altered_proof_is_refused(self):
        for altered in self.each_altered(self.folder / "entry.tlog-proof"):
            self.verify_entry(proof=altered).must(5)

    def test_every_altered_character_of_the_checkpoint_in_a_proof_is_refused(self):
        whole = (self.folder / "entry.tlog-proof").read_bytes()
        start = whole.index(self.key.split("+")[0].encode())
        signature = whole.rindex(b" ") + 1
        for position in (*range(start, signature, 16), signature, len(whole) - 3, len(whole) - 2):
            altered = bytearray(whole)
            altered[position] ^= 2
            self.altered.write_bytes(altered)
            with self.subTest(position=position):
                self.verify_entry(proof=self.altered).must(5)

    def test_an_altered_content_is_refused(self):
        for altered in self.each_altered(self.folder / "content.bin"):
            words = ("verify", self.folder / "receipt", "--content", altered)
            refused = self.cbm("EE-technical", *words).must(5)
            self.assertNotIn("proven\n", refused.out)

    def test_the_key_of_another_ledger_proves_nothing(self):
        other = self.cbm("LV-duty", "log", "key").must().out.strip()
        self.assert_says(self.verify_entry(key=other).must(5).err, "not proven")

    def test_a_receipt_of_another_ledger_proves_nothing(self):
        self.cbm("LT-duty", "verify", self.folder / "receipt").must(5)

    def test_the_proof_of_one_entry_proves_no_other(self):
        self.verify_entry(entry=self.folders["LV-duty"] / "entry.bin").must(5)

    def test_an_empty_or_cut_file_is_refused(self):
        verify = {"receipt": lambda file: self.cbm("EE-technical", "verify", file),
                  "entry.bin": lambda file: self.verify_entry(entry=file),
                  "entry.tlog-proof": lambda file: self.verify_entry(proof=file)}
        for name in verify:
            whole = (self.folder / name).read_bytes()
            for kept in (0, 1, len(whole) // 2, len(whole) - 1):
                self.altered.write_bytes(whole[:kept])
                with self.subTest(file=name, kept=kept):
                    verify[name](self.altered).must(5)

    def test_an_error_is_json_where_that_is_asked_for(self):
        self.altered.write_bytes(b"no receipt")
        refused = self.cbm("EE-technical", "verify", self.altered, "--output", "json").must(5)
        self.assert_error(refused, "DATA_LOSS")

    # --- what cannot be followed ---

    def test_a_mistyped_verification_is_a_usage_error(self):
        receipt, entry = self.folder / "receipt", self.folder / "entry.bin"
        for words in ((), ("/nowhere",), (receipt, "--entry", entry), ("--entry", entry),
                      ("--key", "no key", "--entry", entry,
                       "--proof", self.folder / "entry.tlog-proof")):
            with self.subTest(words):
                self.assertEqual(self.cbm("EE-technical", "verify", *words).must(2).out, "")


if __name__ == "__main__":
    unittest.main()
