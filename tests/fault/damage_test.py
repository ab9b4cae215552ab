"""Damaged files: nothing false is believed, and cbmd says what is wrong and what to do.

A small history is damaged in one place after another: a row of each column of each table, bits of the
database and of its log, each of them cut off, the file of last signed checkpoints. After each, cbmd
checks, rebuilds and serves what is left, and offices that have seen nothing yet read and send. What
check says that rebuild mends is then as it was before, row for row; of all else nothing is changed. By
default a sample of the places.
"""

import argparse
import contextlib
import json
import random
import shutil
import sqlite3
import subprocess
import sys

import exchange
from looking_back import RECEIVER, SENDER, notify_words

PAGE = 4096
LIMITS = """
[limits]
state_acts_per_second = 1000
state_acts_burst = 1000
"""
SAID = ("subject", "body")
ALTERED_WHILE_SERVED = {("act", "bytes"), ("act", "signature"), ("act_entries", "bytes"), ("entry", "act"),
                        ("ledger", "beginning"), ("content", "bytes"), ("content", "digest"),
                        ("tile", "hashes"), ("fact", "value")}
MENDS = "cbmd rebuild mends all of this"
# Whatever becomes of these, rebuild makes them anew: the signed checkpoints say of what.
DERIVED = ("act_digest", "act_name", "entry", "fact", "tile")
REMEDIES = ("newest copy back", "newest database back", "restore it", "rebuild makes them anew", "mended",
            "findings")


class Damaged(exchange.Exchange):
    """An exchange whose files are damaged, looked at, and put right again."""

    def __init__(self, acts):
        super().__init__((SENDER, RECEIVER))
        self.checkpoints = self.folder / "checkpoints"
        self.wrong = []
        self.fresh = {}
        for office in (SENDER, RECEIVER):
            self.fresh[office] = self.folder / f"fresh-{office}"
            shutil.copytree(self.profile(office), self.fresh[office])
        # A long history is made as fast as it can be.
        self.config.write_text(self.config.read_text() + LIMITS)
        self.restart()
        for number in range(acts):
            sent = self.json(SENDER, *notify_words(f"Number {number}"), input="what is true")
        self.json(RECEIVER, "inbox")
        self.json(RECEIVER, "ack", sent["act_id"], "--yes")
        self.readings = ((SENDER, "sent"), (RECEIVER, "inbox", "--headers"),
                         (RECEIVER, "show", sent["act_id"]))
        self.forget()
        self.truth = {words: self.json(*words) for words in self.readings}
        self.stop()
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.whole = (self.database.read_bytes(), None, self.checkpoints.read_bytes())
        self.true_facts = self.facts()
        self.true_rows = self.every_row()

    def put(self, database=None, log=None, checkpoints=None):
        """Puts the files in place: as they were, or as they are given."""
        self._side("-shm").unlink(missing_ok=True)
        self._side("-wal").unlink(missing_ok=True)
        self.database.write_bytes(self.whole[0] if database is None else database)
        self.checkpoints.write_bytes(self.whole[2] if checkpoints is None else checkpoints)
        log = self.whole[1] if log is None else log
        if log is not None:
            self._side("-wal").write_bytes(log)

    def _side(self, ending):
        return self.database.with_name(self.database.name + ending)

    def note(self, name, what):
        """Something that is wrong; told at once, since others may take hours to come."""
        self.wrong.append(f"{name}: {what}")
        print(self.wrong[-1], file=sys.stderr, flush=True)

    def forget(self):
        """Has the offices know no more than after `cbm init`."""
        for office, fresh in self.fresh.items():
            shutil.rmtree(self.profile(office))
            shutil.copytree(fresh, self.profile(office))

    def facts(self):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return database.execute("SELECT ledger, key, value FROM fact ORDER BY 1, 2").fetchall()

    def every_row(self):
        """All that a database says, whatever its pages are like."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return set(database.iterdump())

    def is_as_it_was(self):
        return self._try(self.every_row) == self.true_rows

    def look(self, name, damage, must_find=False, is_whole=False, must_mend=False):
        """Everything that can be done with files that were damaged; notes what is wrong with it."""
        def wrong(what):
            self.note(name, what)

        damage()
        checked = self.cbmd("check")
        if must_find and checked.code != 5:
            wrong(f"not found: {checked}")
        self._judge(checked, wrong)
        self._rebuild(damage, checked, wrong, is_whole, must_mend)
        damage()
        facts = self._try(self.facts)
        other_facts = isinstance(facts, list) and facts != self.true_facts
        self._serve(wrong, sound=checked.code == 0, facts=other_facts)

    def _rebuild(self, damage, checked, wrong, is_whole, must_mend):
        damage()
        before = self._try(self.every_row)
        rebuilt = self.cbmd("rebuild")
        self._judge(rebuilt, wrong)
        if MENDS in checked.out:
            if rebuilt.code != 5 or not self.is_as_it_was():
                wrong(f"not mended: {checked}, {rebuilt}")
            if self.cbmd("check").code != 0:
                wrong(f"not mended as a whole: {checked}, {rebuilt}")
        elif checked.code != 0:
            # Only what was signed tells a database that is whole from the newest.
            if rebuilt.code == 0 and not is_whole:
                wrong(f"rebuild was content: {rebuilt}")
            if "mended" in rebuilt.out or self._try(self.every_row) != before:
                wrong(f"something was made from what is damaged: {rebuilt}")
            if must_mend:
                wrong(f"not mendable: {checked}, {rebuilt}")

    def _try(self, read):
        try:
            return read()
        except (sqlite3.Error, UnicodeDecodeError) as error:  # What SQLite says may name damaged bytes.
            return str(error)

    def _judge(self, done, wrong):
        said = done.out + done.err
        if done.code not in (0, 1, 5):
            wrong(f"ended badly: {done}")
        if done.code != 0 and not any(each in said for each in REMEDIES):
            wrong(f"says not what to do: {done}")

    def _serve(self, wrong, sound, facts):
        before = len((self.folder / "cbmd.out").read_bytes())

        def said():
            return (self.folder / "cbmd.out").read_bytes()[before:].decode()

        try:
            self.start()
        except AssertionError:
            code = self._wait()
            if code != 1 or "cbmd: " not in said() or not any(each in said() for each in REMEDIES):
                wrong(f"ended with {code} at the start: {said()}")
            return
        self.read(wrong, sound, facts)
        self.forget()
        try:
            sent = self.cbm(SENDER, *notify_words(), input="text")
        except subprocess.TimeoutExpired as error:
            wrong(f"while it served: {error}; {said()}")
            self.kill()
            return
        if sent.code not in ((0, 3, 4, 5) if facts else (0, 4, 5)) or (sound and sent.code != 0):
            wrong(f"while it served: {sent}")
        if self.process.poll() is None:
            self.process.terminate()
        code = self._wait()
        if code not in (0, 70) or (code == 70 and "run cbmd check" not in said()):
            wrong(f"ended with {code}: {said()}")

    def read(self, wrong, sound, facts):
        """What offices that have seen nothing believe is true, or they say that it is not."""
        for words in self.readings:
            self.forget()
            done = self.cbm(*words, "--output", "json")
            if done.code == 0:
                for difference in differences(done.json, self.truth[words], words[1]):
                    wrong(f"believed: {difference}")
            # A fact whose key is damaged may be the one that the office has opened it before.
            elif done.code not in ((3, 5) if facts else (5,)):
                wrong(f"told badly: {done}")
            elif not json.loads(done.err)["error"]["message"]:
                wrong(f"says nothing: {done}")
            elif sound:
                wrong(f"check found nothing: {done}")

    # --- rows ---

    def columns(self):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            for (table,) in database.execute(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall():
                rows = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                about = database.execute(f"PRAGMA table_info({table})").fetchall()
                key = ", ".join(column[1] for column in about if column[5])
                for column in about:
                    if rows:
                        yield table, column[1], key, rows

    def alter(self, table, column, key, row, dice):
        """Alters one value of a row; what undoes it, or None if it cannot be altered."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            where = f"FROM {table} ORDER BY {key} LIMIT 1 OFFSET {row}"
            keys = database.execute(f"SELECT {key} {where}").fetchone()
            (value,) = database.execute(f"SELECT {column} {where}").fetchone()
            named = f"UPDATE {table} SET {column} = ? WHERE ({key}) = ({', '.join('?' * len(keys))})"
            altered = alter_value(value, dice)
            names = key.split(", ")
            after = tuple(altered if name == column else one for name, one in zip(names, keys))
            try:
                with database:
                    database.execute(named, (altered, *keys))
            except sqlite3.IntegrityError:
                return None
            return named, (value, *after)

    def undo(self, statement):
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            assert database.execute(*statement).rowcount == 1


def differences(found, truth, path):
    """Where what was believed is not true. That what was said is not given is shown as just that."""
    if isinstance(found, dict) and isinstance(truth, dict):
        for name, value in found.items():
            if name in SAID and value is None:
                continue
            yield from differences(value, truth.get(name, "not there"), f"{path}.{name}")
    elif isinstance(found, list) and isinstance(truth, list) and len(found) == len(truth):
        for number, value in enumerate(found):
            yield from differences(value, truth[number], f"{path}[{number}]")
    elif found != truth:
        yield f"{path} is {found!r}, not {truth!r}"


def alter_value(value, dice):
    if value is None:
        return 1
    if isinstance(value, int):
        return value ^ 1 if value > 1 else 7777 - value
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1)
    if not value:
        return b"x"
    return flipped(value, dice.randrange(len(value)), dice)


def flipped(whole, place, dice):
    altered = bytearray(whole)
    altered[place] ^= 1 << dice.randrange(8)
    return bytes(altered)


def rows(served, dice, everything):
    served.put()
    for table, column, key, count in list(served.columns()):
        numbers = sorted(dice.sample(range(count), min(count, 5 if everything else 1)))
        for row in numbers:
            seed = dice.randrange(2**32)

            def damage():
                served.put()
                damage.undo = served.alter(table, column, key, row, random.Random(seed))

            damage()
            if damage.undo is not None:
                served.look(f"{table}.{column} of row {row}", damage, must_find=True,
                            must_mend=table in DERIVED)


def rows_while_served(served, dice, everything):
    served.put()
    served.start()
    for table, column, key, count in list(served.columns()):
        if (table, column) in ALTERED_WHILE_SERVED:
            for row in dice.sample(range(count), min(count, 5 if everything else 1)):
                name = f"{table}.{column} of row {row}, while it is served"
                undo = served.alter(table, column, key, row, dice)
                if undo is not None:
                    served.read(lambda what, name=name: served.note(name, what), sound=False,
                                facts=table == "fact")
                    served.undo(undo)
    served.stop()


def places(size, every, dice, few, everything):
    """Every k-th place of so many bytes, from a place of chance on; some of them if not all."""
    found = list(range(dice.randrange(min(every, size)), size, every))
    return found if everything or len(found) <= few else sorted(dice.sample(found, few))


def bits(served, dice, everything):
    whole = served.whole[0]
    for place in places(len(whole), 97, dice, 8, everything):
        damaged = flipped(whole, place, dice)
        served.look(f"a bit of byte {place}", lambda: served.put(database=damaged))


def cuts(served, dice, everything):
    whole = served.whole[0]
    for page in places(len(whole) // PAGE, 1, dice, 2, everything):
        for size in (page * PAGE, page * PAGE + PAGE // 3):
            served.look(f"cut after {size} bytes", lambda: served.put(database=whole[:size]),
                        must_find=size >= 512)


def signed(served, dice, everything):
    whole = served.whole[2]
    for place in places(len(whole), 3, dice, 3, everything):
        damaged = flipped(whole, place, dice)
        served.look(f"a bit of byte {place} of the checkpoints",
                    lambda: served.put(checkpoints=damaged), is_whole=True)
    for size in places(len(whole), 7, dice, 2, everything):
        served.look(f"checkpoints cut after {size} bytes",
                    lambda: served.put(checkpoints=whole[:size]), is_whole=True)


def log(served, dice, everything):
    """The acts that stand in SQLite's log alone, when cbmd was killed."""
    served.put()
    served.start()
    served.forget()
    for number in range(2):
        served.json(SENDER, *notify_words(f"In the log, {number}"), input="what is true")
    served.forget()
    served.truth = {words: served.json(*words) for words in served.readings}
    served.kill()
    served.whole = (served.database.read_bytes(), served._side("-wal").read_bytes(),
                    served.checkpoints.read_bytes())
    served.true_facts = served.facts()
    served.true_rows = served.every_row()
    whole = served.whole[1]
    for place in places(len(whole), 501, dice, 3, everything):
        damaged = flipped(whole, place, dice)
        served.look(f"a bit of byte {place} of the log", lambda: served.put(log=damaged),
                    is_whole=True)
    for size in places(len(whole), PAGE + 24, dice, 2, everything):
        served.look(f"log cut after {size} bytes", lambda: served.put(log=whole[:size]),
                    is_whole=True)


KINDS = (rows, rows_while_served, bits, cuts, signed, log)


def main():
    parser = argparse.ArgumentParser(description="Damages the files of an exchange.")
    parser.add_argument("--all", action="store_true", help="every place, not a sample; some hours")
    parser.add_argument("--acts", type=int, default=2,
                        help="of the history; with 260 there are tiles (default: 2)")
    parser.add_argument("--only", choices=[kind.__name__ for kind in KINDS], help="damage of one kind")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with contextlib.closing(Damaged(arguments.acts)) as served:
        for kind in KINDS:
            if arguments.only not in (None, kind.__name__):
                continue
            before = len(served.wrong)
            # Of its own, so that a kind that is looked at alone is damaged in the same places.
            kind(served, random.Random(f"{arguments.seed} {kind.__name__}"), arguments.all)
            print(f"{kind.__name__}: {len(served.wrong) - before} faults", flush=True)
        print(f"{len(served.wrong)} faults of ours; seed {arguments.seed}")
        return 1 if served.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
