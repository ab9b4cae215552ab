"""The second implementation of the formats (docs/examples/python/cbm_formats) on all known answers."""

import base64
import json
import pathlib
import unittest

from cbm_formats import (act, addressees, canonical, content, digests, entry, merkle, messages, note,
                         reading, tiles, wire)
from cbm_formats.refused import Refused

VECTORS = pathlib.Path(__file__).resolve().parents[1] / "vectors"

# Every tree begins with the empty one: docs/formats.md, and tests/core/log/known_answers_test.cc.
FROM_EMPTY_TREE = "consistency/additional/size1-is-zero-and-size2-is-not-zero.json"


def known(name):
    return json.loads((VECTORS / name).read_text())


def known_lines(name):
    return [json.loads(line) for line in (VECTORS / name).read_text().splitlines()]


def unhex(texts):
    return list(map(bytes.fromhex, texts))


def a_hash(text):
    """Some cases hold texts where hashes should be: a hash that is nothing else's stands for them."""
    decoded = base64.b64decode(text)
    is_text = decoded and len(decoded) != digests.DIGEST_BYTES
    return digests.sha256(b"a text", decoded) if is_text else decoded


class Merkle(unittest.TestCase):
    def test_hashes_and_roots_of_a_known_tree(self):
        tree = known("rfc6962-tree.json")
        self.assertEqual(digests.leaf_hash(b"L123456").hex(), tree["leaf_L123456"])
        self.assertEqual(digests.node_hash(b"N123", b"N456").hex(), tree["node_N123_N456"])
        leaves = [digests.leaf_hash(leaf) for leaf in unhex(tree["leaf_inputs_hex"])]
        self.assertEqual(leaves, unhex(tree["leaf_hashes_hex"]))
        for size, root in enumerate(unhex(tree["roots_by_size_hex"])):
            self.assertEqual(merkle.root_of(leaves[:size]), root)

    def test_proofs_of_a_known_tree(self):
        tree = known("rfc6962-tree.json")
        leaves, roots = unhex(tree["leaf_hashes_hex"]), unhex(tree["roots_by_size_hex"])
        self.assertEqual((len(tree["inclusion"]), len(tree["consistency"])), (36, 36))
        for case in tree["inclusion"]:
            with self.subTest(case):
                index, size, proof = case["index"], case["size"], unhex(case["proof"])
                merkle.verify_inclusion(leaves[index], index, size, proof, roots[size])
        for case in tree["consistency"]:
            with self.subTest(case):
                first, second = case["size1"], case["size2"]
                merkle.verify_consistency(first, roots[first], second, roots[second],
                                          unhex(case["proof"]))

    def verdicts(self, name, verify, differs=None):
        """Holds what `verify` says of each case against what is known; how many were refused."""
        cases, refused = known_lines(name), 0
        self.assertEqual(len(cases), 98)
        for case in cases:
            proof = [a_hash(each) for each in case["proof"] or []]
            with self.subTest(case["case"]):
                if case["case"] == differs or not case["wantErr"]:
                    verify(case, proof)
                    continue
                with self.assertRaises(Refused):
                    verify(case, proof)
                refused += 1
        return refused

    def test_inclusion_proofs_to_accept_and_to_refuse(self):
        def verify(case, proof):
            merkle.verify_inclusion(a_hash(case["leafHash"]), case["leafIdx"],
                                    case["treeSize"], proof, a_hash(case["root"]))

        self.assertEqual(self.verdicts("rfc6962-inclusion.jsonl", verify), 92)

    def test_consistency_proofs_to_accept_and_to_refuse(self):
        def verify(case, proof):
            merkle.verify_consistency(case["size1"], a_hash(case["root1"]), case["size2"],
                                      a_hash(case["root2"]), proof)

        self.assertEqual(self.verdicts("rfc6962-consistency.jsonl", verify, FROM_EMPTY_TREE), 91)


class TiledLog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.log = known("tlog-tiles-log15.json")
        cls.key = note.parse_key(cls.log["vkey"])
        cls.leaves = [digests.leaf_hash(leaf.encode()) for leaf in cls.log["leaves"]]

    def test_its_checkpoints_open_and_their_roots_agree(self):
        self.assertEqual(len(self.log["checkpoints"]), 16)
        self.assertEqual(str(self.key), self.log["vkey"])
        for size, text in enumerate(self.log["checkpoints"]):
            checkpoint = note.open_checkpoint(text.encode(), self.key)
            self.assertEqual((checkpoint.origin, checkpoint.size, checkpoint.root),
                             (self.key.name, size, merkle.root_of(self.leaves[:size])))

    def test_its_tiles_and_bundles_are_those_of_its_leaves(self):
        for size in range(1, 16):
            tile = bytes.fromhex(self.log["tiles_level0"][str(size)])
            self.assertEqual(dict(tiles.tiles_of(self.leaves[:size])), {(0, 0): tile})
            bundle = bytes.fromhex(self.log["entry_bundles"][str(size)])
            tiles.check_bundle(bundle, tile)
            with self.assertRaises(Refused):
                tiles.check_bundle(bundle[:-1], tile)
            with self.assertRaises(Refused):
                tiles.check_bundle(bundle[:-1] + bytes([bundle[-1] ^ 1]), tile)

    def test_the_paths_of_tiles(self):
        self.assertEqual(tiles.tile_path(0, 1234067), "tile/0/x001/x234/067")
        self.assertEqual(tiles.tile_path(1, 0, 5), "tile/1/000.p/5")
        self.assertEqual(tiles.bundle_path(999, 17), "tile/entries/999.p/17")

    def test_every_altered_character_of_a_checkpoint_is_refused(self):
        whole = self.log["checkpoints"][15].encode()
        for position in range(len(whole)):
            altered = bytearray(whole)
            altered[position] ^= 1
            with self.subTest(position=position), self.assertRaises(Refused):
                note.open_checkpoint(bytes(altered), self.key)


class Evidence(unittest.TestCase):
    def test_hashes(self):
        hashes = known("evidence/hashes.json")
        self.assertEqual({name: len(cases) for name, cases in hashes.items()},
                         {"addressee_commitments": 3, "contents": 3, "blobs": 2, "given": 3,
                          "party_sets": 2, "possessions": 1})
        for case in hashes["addressee_commitments"]:
            self.assertEqual(digests.addressee_commitment(bytes.fromhex(case["salt"]),
                                                          case["state"]).hex(), case["commitment"])
        for case in hashes["contents"]:
            salt, plaintext = unhex((case["salt"], case["plaintext_hex"]))
            self.assertEqual(digests.content_digest(salt, plaintext).hex(), case["digest"])
            content.open_content(salt + plaintext, bytes.fromhex(case["digest"]))
        for case in hashes["blobs"]:
            self.assertEqual(digests.blob_digest(bytes.fromhex(case["bytes_hex"])).hex(),
                             case["digest"])
        for case in hashes["given"]:
            self.assertEqual(digests.given_digest(unhex(case["digests"])).hex(), case["given_digest"])
        for case in hashes["party_sets"]:
            self.assertEqual(digests.party_set_digest(bytes.fromhex(case["consultation_id"]),
                                                      case["parties"], case["invitees"]).hex(),
                             case["digest"])
        for case in hashes["possessions"]:
            self.assertEqual(digests.possession_statement(
                case["exchange_id"], case["party"], case["office"],
                bytes.fromhex(case["certificate_digest"])).hex(), case["statement_hex"])

    def test_an_act_its_manifest_and_its_addressees(self):
        case = known("evidence/act.json")
        data = bytes.fromhex(case["act_hex"])
        said = act.read_new(data)
        self.assertEqual(digests.sha256(data).hex(), case["act_digest"])
        notification = said.submit.notification
        self.assertEqual(
            {"party": said.party, "office": said.office, "kind": said.which("kind").number,
             "notification_kind": notification.kind, "precedence": notification.precedence,
             "context": notification.context, "marking": notification.marking,
             "measures": notification.measures, "office_filter": said.office_filter}, case["act"])
        commitments = said.audience.commitments.commitments
        self.assertEqual([each.hex() for each in commitments], case["commitments"])
        openings = [(bytes.fromhex(each["salt"]), each["state"]) for each in case["openings"]]
        addressees.check_openings(openings, commitments)
        salt, plaintext = unhex((case["salt"], case["manifest_hex"]))
        self.assertEqual(digests.content_digest(salt, plaintext), said.manifest_digest)
        self.assertEqual(said.manifest_digest.hex(), case["manifest_digest"])
        content.read_new_manifest(plaintext)

    def test_an_entry(self):
        case = known("evidence/entry.json")
        data = bytes.fromhex(case["entry_hex"])
        said = canonical.read_canonical(data, "Entry")
        entry.read_entry(data, said.exchange_id)
        self.assertEqual(digests.leaf_hash(data).hex(), case["leaf_hash"])
        self.assertEqual({"ledger": said.ledger, "ordinal": said.ordinal, "kind": said.kind,
                          "role": said.role, "openings": len(said.openings),
                          "given_digest": said.given_digest.hex()}, case["entry"])

    def test_origins_and_keys(self):
        case = known("evidence/origins.json")
        anchor = note.parse_anchor_key(case["anchor"]["verifier_key"])
        self.assertEqual((anchor.name, anchor.exchange_id, anchor.epoch, anchor.public_key.hex()),
                         (case["anchor"]["origin"], case["exchange_id"], case["epoch"],
                          case["public_key"]))
        self.assertEqual(len(case["ledgers"]), 6)
        for each in case["ledgers"]:
            key = anchor.of_ledger(each["ledger"])
            self.assertEqual((key.name, str(key)), (each["origin"], each["verifier_key"]))
            self.assertEqual(str(note.parse_key(each["verifier_key"])), each["verifier_key"])


class Canonical(unittest.TestCase):
    """Of the known act: every other form of what it says is refused."""

    @classmethod
    def setUpClass(cls):
        cls.data = bytes.fromhex(known("evidence/act.json")["act_hex"])
        cls.fields = [(number, value) for number, _, value in wire.read_fields(cls.data)]

    def form(self, *changes):
        """The act's fields with each (number, value) of `changes` in the place of what was there."""
        changed = dict(changes)
        return b"".join(wire.write_field(number, changed.get(number, value))
                        for number, value in self.fields)

    def refused(self, data):
        with self.assertRaises(Refused) as refused:
            act.read_new(data)
        return str(refused.exception)

    def test_it_is_the_form_itself(self):
        self.assertEqual(self.form(), self.data)

    def test_other_forms_are_refused(self):
        audience = dict(self.fields)[10]
        long_version = wire.write_varint(2 << 3) + b"\x81\x00"
        for what, data in {
                "an unknown field": self.data + wire.write_field(200, b"x"),
                "an unknown field within": self.form((10, audience + wire.write_field(9, 1))),
                "a field twice": self.form() + wire.write_field(100, dict(self.fields)[100]),
                "another order": self.form().replace(wire.write_field(2, 1), b"", 1)
                + wire.write_field(2, 1),
                "an empty text": self.form((6, b"")),
                "a number that is 0": self.form((12, dict(self.fields)[12] + wire.write_field(4, 0))),
                "a long number": self.data.replace(wire.write_field(2, 1), long_version, 1),
                "a long tag": self.data.replace(wire.write_field(2, 1), b"\x90\x00\x01", 1),
                "a long length": b"\x0a\x8b\x00" + self.data[2:],
                "no UTF-8": self.form((6, b"\xff")),
                "a filter that is not packed": self.data.replace(
                    wire.write_field(11, b"\x02\x03"), wire.write_field(11, 2)
                    + wire.write_field(11, 3)),
                "a value outside its enum": self.form((11, b"\x02\x09")),
                "two kinds": self.data + wire.write_field(101, b"\x08\x01"),
                "more bits than a number has": self.form((2, 2**32 + 1)),
                "a part": self.data[:-1]}.items():
            with self.subTest(what):
                self.assertNotEqual(data, self.data)
                self.assertIn("canonical", self.refused(data))

    def test_a_reader_of_logged_acts_takes_what_a_later_version_adds(self):
        said = reading.read(self.data, "Act")
        self.assertFalse(said.has_unknown)
        for later in (self.data + wire.write_field(200, b"x"), self.form((11, b"\x02\x09"))):
            self.assertIn("canonical", self.refused(later))
            self.assertTrue(act.read_logged(later, said.exchange_id).has_unknown)

    def test_fields_out_of_their_bounds_are_refused(self):
        act_id = dict(self.fields)[4]
        commitments = reading.read(self.data, "Act").audience.commitments.commitments
        listed = wire.write_field(2, 1)

        def audience(*each):
            return wire.write_field(1, b"".join(wire.write_field(1, one) for one in each) + listed)

        for what, change in {
                "purpose": (1, b"cbm.v1/entry"), "version": (2, 2), "exchange id": (3, b"test/00"),
                "act id": (4, act_id[:6] + b"\x40" + act_id[7:]), "party": (5, b"Estonia"),
                "office": (6, b"duty-"), "credential": (7, b"\x09" * 31),
                "valid_until": (9, dict(self.fields)[8]), "no audience": (10, b""),
                "seven commitments": (10, audience(*commitments[:7])),
                "an order": (10, audience(*reversed(commitments))),
                "a filter": (11, b"\x03\x02"), "a reference": (12, wire.write_field(1, b"\x55")),
                "a manifest": (13, b"\x55"), "a kind": (100, wire.write_field(1, b""))}.items():
            with self.subTest(what):
                self.assertNotIn("canonical", self.refused(self.form(change)))


class Tables(unittest.TestCase):
    def test_every_type_in_a_table_is_known(self):
        for name, fields in messages.MESSAGES.items():
            for field in fields.values():
                known_types = {*messages.MESSAGES, *messages.ENUMS, "string", "bytes", "uint32",
                               "uint64", "int32", "int64"}
                self.assertIn(field.type, known_types, f"{name}.{field.name}")


if __name__ == "__main__":
    unittest.main()
