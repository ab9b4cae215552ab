"""cbmd check and cbmd rebuild: what they find in a database, what is mended, and what nobody may mend."""

import contextlib
import shutil
import sqlite3
import unittest

from exchange_case import ExchangeCase


class Inspection(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")

    def setUp(self):
        self.addCleanup(self.start_again)

    @contextlib.contextmanager
    def altered(self, *statement):
        """Alters the database behind the back of cbmd, which is stopped, and puts it right again."""
        kept = self.exchange.folder / "kept.db"
        shutil.copy(self.exchange.database, kept)
        database = sqlite3.connect(self.exchange.database)
        with database:
            self.assertEqual(database.execute(*statement).rowcount, 1)
        # Into the file itself, so that the copy that is put back does not meet a log beside it.
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        try:
            yield
        finally:
            shutil.move(kept, self.exchange.database)

    def test_check_and_rebuild_find_a_healthy_exchange_in_order(self):
        self.notify()
        self.exchange.stop()
        self.assert_says(self.exchange.cbmd("check").must().out, "nothing is wrong")
        self.assert_says(self.exchange.cbmd("rebuild").must().out, "identical")
        self.assert_says(self.exchange.cbmd("check").must().out, "nothing is wrong")

    def test_what_another_program_does_with_the_database_meanwhile_costs_nothing(self):
        """Who closes a database last removes its log: that must not be who looks at it for a moment."""
        def look():
            with contextlib.closing(sqlite3.connect(self.exchange.database)) as database:
                self.assertGreater(database.execute("SELECT count(*) FROM act").fetchone()[0], 0)

        for name, other in (("check", lambda: self.exchange.cbmd("check").must()), ("read", look)):
            with self.subTest(name):
                self.exchange.restart()
                self.notify()
                self.json("LV-duty", "inbox")  # Connections of several threads.
                other()
                sent = self.notify()
                self.exchange.kill()
                self.assert_says(self.exchange.cbmd("check").must().out, "nothing is wrong")
                self.exchange.start()
                self.assertIsNotNone(self.listed("EE-technical", sent, "sent"))
                self.cbm("EE-technical", "verify", sent["receipt"]).must()

    def test_check_finds_an_altered_byte_of_an_entry_and_says_where(self):
        sent = self.notify()
        self.exchange.stop()
        where = ("ledger = (SELECT id FROM ledger WHERE name = 'state/EE') AND "
                 f"ordinal = {sent['ordinal']}")
        with contextlib.closing(sqlite3.connect(self.exchange.database)) as database:
            act, entries = database.execute(
                f"SELECT act, bytes FROM act_entries WHERE act = (SELECT act FROM entry WHERE {where})"
            ).fetchone()
        for place in (0, len(entries) // 2, len(entries) - 1):
            altered = bytearray(entries)
            altered[place] ^= 1
            change = "UPDATE act_entries SET bytes = ? WHERE act = ?"
            with self.subTest(place), self.altered(change, (altered, act)):
                found = self.exchange.cbmd("check").must(5)
                self.assert_says(found.out, "state/EE", str(sent["ordinal"]))
                self.assertNotIn("nothing is wrong", found.out)
        self.exchange.cbmd("check").must()

    def test_rebuild_finds_an_altered_fact_and_mends_it(self):
        self.notify()
        self.exchange.stop()
        with self.altered("UPDATE fact SET value = x'00' WHERE (ledger, key) = "
                          "(SELECT ledger, key FROM fact WHERE ledger > 0 LIMIT 1)"):
            self.assert_says(self.exchange.cbmd("rebuild").must(5).out, "1 were different")
            self.assert_says(self.exchange.cbmd("rebuild").must().out, "identical")

    def test_check_finds_altered_facts_and_says_what_mends_them(self):
        self.notify()
        self.exchange.stop()
        with self.altered("DELETE FROM fact WHERE (ledger, key) = "
                          "(SELECT ledger, key FROM fact WHERE ledger > 0 LIMIT 1)"):
            self.assert_says(self.exchange.cbmd("check").must(5).out, "facts: ",
                             "1 were different", "cbmd rebuild makes them anew")
            self.assert_says(self.exchange.cbmd("rebuild").must(5).out, "mended")
            self.assert_says(self.exchange.cbmd("check").must().out, "nothing is wrong")

    def test_rebuild_mends_indices_and_says_how_many(self):
        self.notify()
        self.exchange.stop()
        alter = "UPDATE {0} SET act = 7777 WHERE act = 1"
        of_one = " AND ledger = (SELECT min(ledger) FROM entry WHERE act = 1)"
        for name, statement in (("digests of acts", alter.format("act_digest")),
                                ("ids of acts", alter.format("act_name")),
                                ("places of entries", alter.format("entry") + of_one)):
            with self.subTest(name), self.altered(statement):
                found = self.exchange.cbmd("check").must(5).out
                self.assert_says(found, f"{name}: of ", "1 were different and 0 followed from nothing",
                                 "cbmd rebuild makes them anew", "1 findings",
                                 "cbmd rebuild mends all of this")
                rebuilt = self.exchange.cbmd("rebuild").must(5).out
                self.assert_says(rebuilt, f"{name}: of ", "1 were different", "tiles of trees, ",
                                 " facts made anew: mended")
                self.assert_says(self.exchange.cbmd("check").must().out, "nothing is wrong")
                self.assert_says(self.exchange.cbmd("rebuild").must().out, "made anew: identical")

    def test_check_says_what_rebuild_does_not_mend(self):
        self.notify()
        self.exchange.stop()
        with self.altered("UPDATE act SET signature = x'00' WHERE id = 1"):
            self.assert_says(self.exchange.cbmd("check").must(5).out,
                             "cbmd rebuild mends none of this: put the newest copy back")

    def test_a_content_of_no_act_is_found_and_kept(self):
        """It may be all that is left of an act: check says so, and rebuild takes nothing away."""
        self.notify()
        self.exchange.stop()
        with self.altered("INSERT INTO content SELECT 32 * 7777, digest, bytes FROM content LIMIT 1"):
            self.assert_says(self.exchange.cbmd("check").must(5).out,
                             "content 0 of act 7777: its act is missing", "nobody is given it", "1 findings",
                             "cbmd rebuild mends none of this: put the newest copy back")
            self.assert_says(self.exchange.cbmd("rebuild").must(5).err, "nothing was changed",
                             "content 0 of act 7777", "put the newest copy back")
            with contextlib.closing(sqlite3.connect(self.exchange.database)) as database:
                kept = database.execute("SELECT count(*) FROM content WHERE id = 32 * 7777").fetchone()
            self.assertEqual(kept, (1,))

    def test_rebuild_believes_no_index_that_was_signed_otherwise(self):
        """Of what follows, nothing is mended in a database that is behind what was signed."""
        self.exchange.stop()
        old, new = self.exchange.folder / "old.db", self.exchange.folder / "new.db"
        shutil.copy(self.exchange.database, old)
        self.exchange.start()
        self.notify()
        self.exchange.stop()
        shutil.move(self.exchange.database, new)
        shutil.copy(old, self.exchange.database)
        with self.altered("DELETE FROM act_digest WHERE act = 1"):
            before = self.exchange.database.read_bytes()
            refused = self.exchange.cbmd("rebuild").must(5)
            self.assert_says(refused.err, "nothing was changed", "state/EE", "were signed",
                             "put the newest database back")
            self.assertEqual(self.exchange.database.read_bytes(), before)
        shutil.move(new, self.exchange.database)

    def test_rebuild_makes_no_facts_of_damaged_entries(self):
        self.notify()
        self.exchange.stop()
        with self.altered("UPDATE act SET signature = x'00' WHERE id = 1"):
            refused = self.exchange.cbmd("rebuild").must(5)
            self.assert_says(refused.err, "damaged", "nothing was changed", "ALL/OSCE 1",
                             "put the newest copy back")

    def test_rebuild_keeps_away_from_a_database_that_is_served(self):
        refused = self.exchange.cbmd("rebuild").must(1)
        self.assert_says(refused.err, "another cbmd", "stop it first")

    def test_rebuild_mends_facts_that_are_out_of_order(self):
        """A key that the disk altered stands where it does not belong, and the table is whole but for it."""
        sent = self.notify()
        self.json("LV-duty", "inbox")
        self.exchange.stop()
        with contextlib.closing(sqlite3.connect(self.exchange.database)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            opened = [key for (key,) in database.execute("SELECT key FROM fact WHERE instr(key, 'O') = 1")]
        whole = self.exchange.database.read_bytes()
        key = next(key for key in opened if whole.count(key) == 1)
        self.exchange.database.write_bytes(whole.replace(key, b"\x0f" + key[1:]))
        self.assert_says(self.exchange.cbmd("check").must(5).out, "facts: ", "cbmd rebuild", "1 findings")
        self.assert_says(self.exchange.cbmd("rebuild").must(5).out, "mended")
        self.assert_says(self.exchange.cbmd("check").must().out, "nothing is wrong")
        self.exchange.start()
        self.assertIsNotNone(self.listed("EE-technical", sent, "sent"))

    def test_a_damaged_fact_keeps_the_exchange_from_nobody_else(self):
        """However often whoever it concerns asks: a supervisor would start an exchange again and again."""
        self.notify()
        self.json("LV-duty", "inbox")
        sent = self.notify()
        self.exchange.stop()
        newest = ("SELECT max(key) FROM fact WHERE instr(key, 'N') = 1 AND ledger = "
                  "(SELECT id FROM ledger WHERE name = 'state/LV')")
        with self.altered(f"UPDATE fact SET value = x'00' WHERE key = ({newest}) AND ledger = "
                          "(SELECT id FROM ledger WHERE name = 'state/LV')"):
            self.exchange.start()
            for _ in range(2):
                refused = self.cbm("LV-duty", "inbox").must(5)
                self.assert_says(refused.err, "what the exchange keeps is damaged", "cbmd rebuild")
                self.json("FI-technical", "inbox")
            self.assertIsNone(self.exchange.process.poll())
            self.exchange.stop()
            self.assert_says(self.exchange.cbmd("rebuild").must(5).out, "1 were different")
            self.exchange.start()
            self.json("LV-duty", "inbox")
            self.cbm("LV-duty", "ack", sent["act_id"], "--yes").must()
            self.exchange.stop()
            shutil.copy(self.exchange.database, self.exchange.folder / "kept.db")  # The newest.

    def test_a_damaged_log_stays_as_it_is_for_who_can_mend_it(self):
        """What the disk reads wrongly once, and rightly the next time, must not be lost in between."""
        self.exchange.restart()
        sent = self.notify()
        self.notify()
        self.exchange.kill()
        log = self.exchange.database.with_name(self.exchange.database.name + "-wal")
        whole = log.read_bytes()
        damaged = bytearray(whole)
        damaged[32 + 24 + 100] ^= 1  # In the page of the first frame.
        for command, code in (("check", 5), ("key", 0), ("serve", 1), ("rebuild", 5)):
            with self.subTest(command):
                log.write_bytes(damaged)
                self.exchange.cbmd(command).must(code)
                self.assertTrue(log.exists() and log.read_bytes().startswith(damaged))
        log.write_bytes(whole)
        self.assert_says(self.exchange.cbmd("check").must().out, "nothing is wrong")
        self.exchange.start()
        self.assertIsNotNone(self.listed("EE-technical", sent, "sent"))
        self.exchange.stop()
        self.assertFalse(log.exists())

    def test_takes_no_office_for_another_whose_registration_the_disk_altered(self):
        self.notify()
        self.exchange.stop()
        named = "FROM fact WHERE ledger = 0 AND instr(value, CAST('FI' AS BLOB)) ORDER BY key LIMIT 1"
        with contextlib.closing(sqlite3.connect(self.exchange.database)) as database:
            key, value = database.execute(f"SELECT key, value {named}").fetchone()
        for column, altered in (("value", value.replace(b"FI", b"FH", 1)), ("key", key[:-1] + bytes([key[-1] ^ 1]))):
            change = f"UPDATE fact SET {column} = ? WHERE ledger = 0 AND key = ?"
            with self.subTest(column), self.altered(change, (altered, key)):
                refused = self.exchange.cbmd("serve").must(1)
                self.assert_says(refused.err, "a fact, which answers queries, is not as it was kept",
                                 "cbmd rebuild")
                self.assert_says(self.exchange.cbmd("check").must(5).out, "facts: ")
                self.assert_says(self.exchange.cbmd("rebuild").must(5).out, "mended")
                self.exchange.start()
                self.cbm("FI-technical", "sent").must()
                self.exchange.stop()

    def test_does_not_serve_a_genesis_that_the_secretariat_did_not_sign(self):
        self.exchange.stop()
        with self.altered("UPDATE meta SET value = x'00' WHERE name = 'genesis_signature'"):
            refused = self.exchange.cbmd("serve").must(1)
            self.assert_says(refused.err, "not the one that the secretariat signed",
                             "put the newest copy back")


if __name__ == "__main__":
    unittest.main()
