"""Random histories: everything that the exchange keeps and gives holds for the second verifier.

Every kind of act that there is was taken in each. CBM_SEED and CBM_STEPS choose another history; a
failure names them.
"""

import copy
import os
import random
import sys
import unittest

import grpc

import exchange
from cbm_formats import canonical, content, genesis, merkle, messages, note, tiles
from cbm_formats.act import read_new
from cbm_formats.certificate import Certificate
from cbm_formats.digests import leaf_hash, party_set_digest
from cbm_formats.entry import check_delivered, read_entry
from cbm_formats.receipt import verify_receipt
from cbm_formats.refused import Refused
from cbm_formats.registration import check_possession
from cbm_formats.registry import Registry
from random_play import INTEGRATION, OFFICES, RandomPlay
from verdicts import NOT_PROVEN, PARTS, PROVEN, Judge
from whole_ledgers import Office
from whole_ledgers import messages as protos

SEED = int(os.environ.get("CBM_SEED", "1"))
STEPS = int(os.environ.get("CBM_STEPS", "40"))


def altered(choose, data):
    """The bytes with one bit of one byte changed."""
    changed = bytearray(data)
    changed[choose.randrange(len(changed))] ^= 1 << choose.randrange(8)
    return bytes(changed)


class RandomLedgers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"CBM_SEED={SEED} CBM_STEPS={STEPS} repeats this history", file=sys.stderr)
        cls.exchange = exchange.Exchange(OFFICES)
        cls.addClassCleanup(cls.exchange.close)
        cls.play = RandomPlay(cls.exchange, SEED)
        cls.play.play(STEPS)
        choose = random.Random(SEED)
        cls.offices = {name: Office(cls.exchange, name)
                       for name in (*OFFICES, INTEGRATION, exchange.SECRETARIAT)}
        for office in cls.offices.values():
            cls.addClassCleanup(office.exchange.__exit__)
        # What each office may read, and what its entries say once all of it has been verified.
        cls.ledgers = {name: [office.fetch(ledger, choose.randint(1, 20))
                              for ledger in office.ledger_names()]
                       for name, office in cls.offices.items()}
        cls.said = {name: office.read(cls.ledgers[name]) for name, office in cls.offices.items()}

    def setUp(self):
        self.choose = random.Random(f"{SEED} {self.id()}")

    def each_said(self):
        """Each entry of each reader with its act, or None."""
        for name, ledgers in self.said.items():
            for ledger, entries in ledgers.items():
                for ordinal, (entry, act) in enumerate(entries):
                    yield name, ledger, ordinal, entry, act

    def records(self):
        for name, ledgers in self.ledgers.items():
            for ledger in ledgers:
                for record in ledger.records:
                    yield name, ledger, record

    def refuses(self, check, *arguments):
        with self.assertRaises(Refused):
            check(*arguments)

    # --- what holds ---

    def test_the_history_is_one_worth_verifying(self):
        self.assertGreater(len(self.play.acts), 25)
        own = [(entry, act) for *_, entry, act in self.each_said() if entry.role == messages.OWN]
        self.assertEqual({messages.KINDS[entry.kind] for entry, _ in own},
                         set(messages.KINDS.values()))
        self.assertEqual({act.answer.answer for _, act in own if act.answer is not None},
                         messages.ENUMS["AnswerKind"] - {0})
        roles = {entry.role for *_, entry, _ in self.each_said()}
        self.assertLessEqual({messages.OWN, messages.ADDRESSED, messages.INFORMED, messages.HEADER},
                             roles)
        self.assertEqual({ledger.name.split("/")[0] for each in self.ledgers.values()
                          for ledger in each}, {"ALL", "state", "integration", "secretariat", "auditor"})

    def test_every_act_entry_and_manifest_is_in_its_one_form(self):
        for _, _, (entry, act, _, _) in self.records():
            said = canonical.read_canonical(entry, "Entry")
            self.assertEqual(len(said.salt), 16)
            if act:
                self.assertFalse(read_new(act).has_unknown)

    def test_every_content_that_is_given_is_the_one_that_is_named(self):
        read = 0
        for name, ledger, (entry, act, _, given) in self.records():
            if not given or name == INTEGRATION:
                continue
            said = read_new(act)
            request = protos().GetContentRequest(act_digest=canonical.read_canonical(
                entry, "Entry").act_digest, content_digest=said.manifest_digest)
            try:
                answer = self.offices[name].call("LedgerService.GetContent", request).content.open
            except grpc.RpcError as refused:  # It was not opened by this office.
                self.assertIn("open", refused.details())
                continue
            content.open_content(answer.salt + answer.plaintext, given[0])
            self.refuses(content.open_content, altered(self.choose, answer.salt + answer.plaintext),
                         given[0])
            manifest = content.read_new_manifest(answer.plaintext)
            self.assertEqual([each.digest for each in manifest.contents], given[1:])
            read += 1
        self.assertGreater(read, 20)

    def test_what_follow_streams_is_what_the_pages_hold(self):
        for name, office in self.offices.items():
            cursors = [protos().Cursor(ledger=each.name, epoch=1, ordinal=self.choose.randrange(
                len(each.records))) for each in self.ledgers[name]]
            left = {each.name: each.records[cursor.ordinal:]
                    for each, cursor in zip(self.ledgers[name], cursors)}
            stream = office.exchange.stream("LedgerService.Follow",
                                            protos().FollowRequest(cursors=cursors))
            for answer in stream:
                for each in answer.records:
                    self.assertEqual((each.entry, each.act, each.signature, list(each.given)),
                                     left[answer.cursor.ledger].pop(0))
                if not any(left.values()):
                    break
            stream.cancel()

    def test_who_reads_the_same_ledger_reads_the_same(self):
        seen = {}
        for name, ledgers in self.ledgers.items():
            for ledger in ledgers:
                entries = [record[0] for record in ledger.records]
                self.assertEqual(seen.setdefault(ledger.name, entries), entries, name)

    def test_what_the_author_is_shown_as_delivered_stands_in_the_reader_s_ledger(self):
        leaves = {ledger.name: {leaf_hash(record[0]) for record in ledger.records}
                  for ledgers in self.ledgers.values() for ledger in ledgers}
        delivered = 0
        for _, _, _, entry, _ in self.each_said():
            for each in entry.delivered:
                ledger = {"SECRETARIAT": "secretariat"}.get(
                    each.party, each.party if "/" in each.party else f"state/{each.party}")
                self.assertIn(each.leaf_hash, leaves[ledger])
                delivered += 1
        self.assertGreater(delivered, 30)

    def test_an_entry_of_the_reader_is_the_one_that_the_author_is_shown(self):
        own, others = {}, {}
        for name, ledger, (data, *_) in self.records():
            entry = read_entry(data, self.offices[name].profile.exchange_id)
            (own if entry.role == messages.OWN else others).setdefault(
                entry.act_digest, {})[ledger.name, entry.ordinal] = entry, data
        delivered, not_delivered = 0, 0
        for act, told in own.items():
            for entry, _ in told.values():
                for other, data in others.get(act, {}).values():
                    # Who is not named there: integrations, the auditor, and who is told of an act.
                    if other.role != messages.ADDRESSED or other.ledger.split("/")[0] in (
                            "integration", "auditor"):
                        self.refuses(check_delivered, entry, other, data)
                        not_delivered += 1
                        continue
                    check_delivered(entry, other, data)
                    self.refuses(check_delivered, entry, other, altered(self.choose, data))
                    self.refuses(check_delivered, other, other, data)
                    delivered += 1
        self.assertGreater(delivered, 30)
        self.assertGreater(not_delivered, 10)

    def test_a_party_set_is_that_of_the_state_before(self):
        checked = 0
        for name, ledgers in self.said.items():
            for entries in ledgers.values():
                states = {}
                for entry, act in entries:
                    state = entry.effect.consultation if entry.effect else None
                    if act is not None and act.audience.party_set is not None and state is not None \
                            and state.consultation_id in states:
                        before = states[state.consultation_id]
                        self.assertEqual(act.audience.party_set.digest, party_set_digest(
                            state.consultation_id, before.parties, before.invitees), name)
                        checked += 1
                    if state is not None:
                        states[state.consultation_id] = state
        self.assertGreater(checked, 20)

    def test_every_enrolment_has_the_new_credential_s_own_signature(self):
        enrolments = 0
        for name, _, _, entry, act in self.each_said():
            if act is not None and act.enrol is not None:
                enrol, certificate = act.enrol, Certificate(act.enrol.credential.certificate)
                whose = (enrol.party, enrol.office, certificate,
                         self.offices[name].profile.exchange_id)
                check_possession(enrol.possession, *whose)
                self.refuses(check_possession, altered(self.choose, enrol.possession), *whose)
                enrolments += 1
        self.assertGreaterEqual(enrolments, len(OFFICES) + 1)

    # --- proofs ---

    def tree(self, name, ledger):
        leaves = [leaf_hash(record[0]) for record in ledger.records]
        checkpoint = note.open_checkpoint(ledger.checkpoint.encode(),
                                          self.offices[name].profile.log_key.of_ledger(ledger.name))
        self.assertEqual((checkpoint.size, checkpoint.root), (len(leaves), merkle.root_of(leaves)))
        return leaves

    def test_every_entry_has_a_proof_of_inclusion_in_a_tree_of_any_size(self):
        for name, ledgers in self.ledgers.items():
            for ledger in ledgers:
                leaves = self.tree(name, ledger)
                for ordinal, leaf in enumerate(leaves):
                    size = self.choose.randint(ordinal + 1, len(leaves))
                    answer = self.offices[name].call(
                        "LogService.GetInclusionProof", protos().GetInclusionProofRequest(
                            ledger=ledger.name, ordinal=ordinal, tree_size=size))
                    proof, root = list(answer.hashes), merkle.root_of(leaves[:size])
                    merkle.verify_inclusion(leaf, ordinal, size, proof, root)
                    self.refuses(merkle.verify_inclusion, altered(self.choose, leaf), ordinal, size,
                                 proof, root)
                    self.refuses(merkle.verify_inclusion, leaf, ordinal, size, proof + [leaf], root)
                    self.refuses_with_one_altered(proof, lambda changed: merkle.verify_inclusion(
                        leaf, ordinal, size, changed, root))

    def test_a_tree_is_proven_to_begin_with_any_smaller_one(self):
        for name, ledgers in self.ledgers.items():
            for ledger in ledgers:
                leaves = self.tree(name, ledger)
                for _ in range(8):
                    second = self.choose.randint(1, len(leaves))
                    first = self.choose.randint(0, second)
                    answer = self.offices[name].call(
                        "LogService.GetConsistencyProof", protos().GetConsistencyProofRequest(
                            ledger=ledger.name, first_size=first, second_size=second))
                    roots = merkle.root_of(leaves[:first]), merkle.root_of(leaves[:second])
                    proof = list(answer.hashes)
                    merkle.verify_consistency(first, roots[0], second, roots[1], proof)
                    self.refuses(merkle.verify_consistency, first, altered(self.choose, roots[0]),
                                 second, roots[1], proof)
                    self.refuses_with_one_altered(proof, lambda changed: merkle.verify_consistency(
                        first, roots[0], second, roots[1], changed))

    def refuses_with_one_altered(self, proof, check):
        for position in range(len(proof)):
            changed = list(proof)
            changed[position] = altered(self.choose, changed[position])
            self.refuses(check, changed)

    def test_a_ledger_can_be_cut_into_tiles(self):
        ledger = self.ledgers["LV-duty"][-1]
        leaves = [leaf_hash(record[0]) for record in ledger.records]
        bundle = b"".join(len(record[0]).to_bytes(2, "big") + record[0] for record in ledger.records)
        tiles.check_bundle(bundle, dict(tiles.tiles_of(leaves))[(0, 0)])

    # --- receipts ---

    def test_every_receipt_that_the_exchange_gives_is_proven_and_none_that_is_altered(self):
        for name, act_id, act_digest in self.play.acts:
            office = self.offices[name]
            answer = office.call("ActService.GetReceipt", protos().GetReceiptRequest(
                act_id=bytes.fromhex(act_id.replace("-", ""))))
            receipt = answer.receipt.SerializeToString()
            first, *registrations = verify_receipt(receipt, office.profile.verifier)
            self.assertEqual(first.entry.act_digest.hex(), act_digest)
            self.assertEqual(bool(registrations), name != exchange.SECRETARIAT)
            self.refuses(verify_receipt, altered(self.choose, receipt), office.profile.verifier)
            self.refuses(verify_receipt, receipt[:self.choose.randrange(len(receipt))],
                         office.profile.verifier)

    def test_the_answer_to_an_act_is_proven_by_who_has_read_the_registrations(self):
        office = self.offices["EE-technical"]
        verifier = office.profile.verifier
        for name, act_id, _ in self.play.acts:
            if name != "EE-technical":
                continue
            receipt = protos().Receipt.FromString(office.call(
                "ActService.GetReceipt", protos().GetReceiptRequest(
                    act_id=bytes.fromhex(act_id.replace("-", "")))).receipt.SerializeToString())
            del receipt.evidence[1:]
            self.refuses(verify_receipt, receipt.SerializeToString(), verifier)
            known = copy.copy(verifier)
            known.registry = Registry(verifier.genesis)
            for ledger in self.said[name].values():
                for entry, act in ledger:
                    if act is not None:
                        known.registry.take(act, 0)
            verify_receipt(receipt.SerializeToString(), known)

    def test_every_exported_act_is_proven_by_both_and_by_neither_once_a_byte_is_altered(self):
        file, judged = self.exchange.folder / "judged", 0
        judges = {name: Judge(self.exchange, name, self.offices[name].profile)
                  for name, _, _ in self.play.acts}
        for number, (name, act_id, _) in enumerate(self.play.acts):
            folder = self.exchange.folder / f"exported {number}"
            self.exchange.cbm(name, "export", act_id, "--dir", folder).must()
            for part in filter(lambda each: (folder / each).exists(), PARTS):
                whole = (folder / part).read_bytes()
                for data, verdict in ((whole, PROVEN), (altered(self.choose, whole), NOT_PROVEN)):
                    file.write_bytes(data)
                    with self.subTest(act=number, part=part, data=data.hex()):
                        cbm, second = judges[name].of_part(folder, part, file)
                        self.assertEqual((cbm[0], second[0]), (verdict, verdict), (cbm, second))
                        judged += 1
        self.assertGreater(judged, 150)

    # --- what is altered ---

    def test_no_ledger_holds_in_which_one_record_is_altered(self):
        for name, office in self.offices.items():
            registry = Registry(office.profile.genesis)
            for ledger in self.ledgers[name]:
                reader = office.reader(ledger, registry)
                for position, record in enumerate(ledger.records):
                    for part in range(len(record)):
                        if not record[part]:
                            continue
                        with self.subTest(office=name, ledger=ledger.name, entry=position, part=part):
                            changed = list(record)
                            changed[part] = (altered(self.choose, record[part]) if part < 3
                                             else [altered(self.choose, each) for each in record[part]])
                            self.refuses(self.read_on, office, ledger, reader, registry, changed)
                    reader.accept(*record)

    def read_on(self, office, ledger, reader, registry, changed):
        """Goes on from where `reader` stands with a changed record, to the end of the ledger."""
        apart = Registry(office.profile.genesis)
        apart.add_json(registry.to_json())
        again = office.reader(ledger, apart)
        again.resume(reader.to_json())
        again.accept(*changed)
        for record in ledger.records[again.size:]:
            again.accept(*record)
        again.reach(ledger.checkpoint)

    def test_no_ledger_holds_in_which_a_record_is_missing_or_comes_twice(self):
        office, ledgers = self.offices["LV-duty"], self.ledgers["LV-duty"]
        for ledger in ledgers:
            for position in range(len(ledger.records)):
                for kept in (0, 2):
                    changed = copy.copy(ledger)
                    changed.records = (ledger.records[:position] + ledger.records[position:position + 1]
                                       * kept + ledger.records[position + 1:])
                    others = [each for each in ledgers if each is not ledger]
                    self.refuses(office.read, [*others, changed])

    def test_the_genesis_document_is_the_one_that_was_signed(self):
        document = (self.exchange.folder / "genesis.json").read_bytes()
        signature = (self.exchange.folder / "genesis.p7s").read_bytes()
        key = self.offices["LV-duty"].profile.log_key
        genesis.check_signature(genesis.read_genesis(document, key), signature)
        for _ in range(50):
            self.refuses(genesis.read_genesis, altered(self.choose, document), key)
            self.refuses(genesis.check_signature, genesis.read_genesis(document, key),
                         altered(self.choose, signature))
        for change in ({b'"purpose"': b'"purposes"'}, {b"MEMBERSHIP_PARTNER": b"MEMBERSHIP_FRIEND"}):
            for old, new in change.items():
                self.refuses(genesis.read_genesis, document.replace(old, new, 1))


if __name__ == "__main__":
    unittest.main()
