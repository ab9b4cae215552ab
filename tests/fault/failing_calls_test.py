"""Calls to the kernel that fail, one by one: nothing answered is lost, nothing false is served.

From the start of cbmd to its end, while a small history (a notification, its opening, its
acknowledgement) is played, the n-th call of a kind fails, once. What was answered must be there
afterwards, once, and verify; cbmd either goes on and takes what the outbox kept, or ends with a
code of its own and says why; `cbmd check` passes. Every n begins with the same exchange, put back.

With --all it is every n of every kind, until the history has no more such calls, but for one kind:
SQLite's log is lengthened by some 20,000 writes of the same page of zeros, of which only a few are
ever made to fail. Without --all, of a kind of which there are many, some are, spread over them all.

cbmd reads whole files (fopen) at its start and whenever it looks whether they changed, and asks the
system for randomness (getrandom) once at its start and again after an hour, and not for each act:
for these two the history lasts an hour, by a clock of its own.
"""

import argparse
import contextlib
import itertools
import os
import random
import shutil
import sys
import tempfile

import exchange
import fault_shim
from looking_back import RECEIVER, SENDER, look_back, notify_words, said_since

FEW, SOME = 12, 10  # If not all are wanted: all where there are few, else so many.
ALIKE = "wal_write"  # Never all of these.
# The threads of cbmd share out what they do in more than one way: there may be a few calls less of
# a kind. The least of some counts is always met, if it is tried again.
COUNTS, TRIES = 4, 3
# What is done at the start, and again only when some time has passed.
OF_AN_HOUR = ("fopen", "getrandom")
ENDED_BY_A_FAULT = (1, 2, 70)  # 2: it has no configuration.
MADE, BEGINS, AN_HOUR_LATER = "2026-03-10 21:40", "2026-03-10 21:50", "2026-03-10 22:55"
# The faults are ours, so that the disk need not be real: one in memory is faster.
IN_MEMORY, ROOM_BYTES = "/dev/shm", 1 << 30


class Faulty(exchange.Exchange):
    """An exchange whose cbmd meets faults, and which can be put back to how it was made."""

    KEPT = ("exchange.db", "checkpoints", "profiles")

    def __init__(self, starts_at=None):
        self.faults = None
        self._meets_faults = False
        super().__init__((SENDER, RECEIVER), starts_at)
        self.faults = fault_shim.Faults(self.folder)
        self._undo.callback(self.faults.close)
        self.stop()
        for name in self.KEPT:
            self._copy(self.folder / name, self.folder / "kept" / name)

    @property
    def environment(self):
        own = super().environment
        if not self._meets_faults:
            return own
        preloaded = " ".join(filter(None, (own.get("LD_PRELOAD"),
                                           self.faults.environment["LD_PRELOAD"])))
        return {**own, **self.faults.environment, "LD_PRELOAD": preloaded}

    def put_back(self):
        for left in ("exchange.db-wal", "exchange.db-shm"):
            (self.folder / left).unlink(missing_ok=True)
        for name in self.KEPT:
            self._copy(self.folder / "kept" / name, self.folder / name)
        if self.clock:
            self.clock.set(BEGINS)

    def start_with_faults(self):
        """Starts cbmd; whether it serves. If not, it has ended."""
        self._meets_faults = True
        try:
            self.start()
            return True
        except AssertionError:
            return False
        finally:
            self._meets_faults = False

    def end(self):
        """Ends cbmd, whatever state it is in; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self._wait()

    @staticmethod
    def _copy(old, new):
        new.parent.mkdir(exist_ok=True)
        if old.is_dir():
            shutil.rmtree(new, ignore_errors=True)
            shutil.copytree(old, new)
        else:
            shutil.copy2(old, new)


def play(served):
    """The history; what was answered: act ids and receipts."""
    answered = {}

    def act(office, *words, **more):
        done = served.cbm(office, *words, "--output", "json", **more)
        if done.code == 0 and "receipt" in done.json:
            answered[done.json["act_id"]] = (office, done.json["receipt"])
        elif done.code not in (0, 1, 3, 4, 6):
            raise AssertionError(f"a fault of cbmd is told as {done}")
        return done

    sent = act(SENDER, *notify_words(), input="text")
    if served.clock:
        served.clock.set(AN_HOUR_LATER)
    act(RECEIVER, "inbox")
    if sent.code == 0:
        act(RECEIVER, "ack", sent.json["act_id"], "--yes")
    return answered


def meet(served, call, number):
    """One fault; what was wrong, and whether it came at all."""
    served.put_back()
    before = len((served.folder / "cbmd.out").read_text())
    served.faults.arm(call, number)
    answered, wrong, again = {}, [], []
    if served.start_with_faults():
        answered = play(served)
        if served.faults.failed:
            again = [served.cbm(office, "outbox", "send") for office in (SENDER, RECEIVER)]
    code = served.end()
    came = served.faults.failed > 0
    served.faults.disarm()
    said = said_since(served, before)
    if code not in (0, *ENDED_BY_A_FAULT):
        wrong.append(f"cbmd ended with {code}: {said}")
    if code in ENDED_BY_A_FAULT and "cbmd: " not in said and "cbmd.toml:" not in said:
        wrong.append(f"cbmd ended with {code} and did not say why: {said}")
    if code == 0:
        wrong += [f"cbmd does not go on: {each}" for each in again if each.code != 0]
    else:
        print(f"  {call} {number}: {said.strip()[:100]}", flush=True)
    checked = served.cbmd("check")
    if checked.code != 0:
        wrong.append(str(checked))
    served.start()
    wrong += look_back(served, answered)
    served.stop()
    return wrong, came


def count_calls(served):
    """How many calls of each kind there are without a fault: at the start, and in all."""
    served.put_back()
    served.faults.disarm()
    if not served.start_with_faults():
        raise AssertionError("cbmd does not start without a fault")
    at_start = served.faults.seen_of_each()
    play(served)
    code = served.end()
    if code != 0:
        raise AssertionError(f"cbmd ended with {code} without a fault")
    return at_start, served.faults.seen_of_each()


def spread(count, dice):
    """Some of the numbers from 1 to `count`, one of each of as many parts; all if they are few."""
    parts = count if count <= FEW else SOME
    return [dice.randint(count * part // parts + 1, count * (part + 1) // parts)
            for part in range(parts)]


def meet_each(served, call, least, numbers):
    """Has each of these calls fail, until there is none; what was wrong."""
    wrong, met = [], 0
    for number in numbers:
        for _ in range(TRIES):
            faults, came = meet(served, call, number)
            wrong += [f"{call} {number}: {each}" for each in faults]
            if came:
                break
        else:
            if number <= least:
                wrong.append(f"{call} {number} was asked to fail, and never came")
            break
        met += 1
    print(f"{call}: {met} made to fail, of at least {least}", flush=True)
    return wrong


def play_a_history(calls, everything, dice, starts_at=None):
    """Makes the calls of a history fail; what was wrong."""
    wrong = []
    with contextlib.closing(Faulty(starts_at)) as served:
        counts = [count_calls(served) for _ in range(COUNTS)]
        for call in calls:
            least = min(in_all[call] for _, in_all in counts)
            if least == 0:
                wrong.append(f"{call} was never seen: is the shim in force?")
            if call == "getrandom" and {(at_start[call], in_all[call])
                                        for at_start, in_all in counts} != {(1, 2)}:
                wrong.append("getrandom is not called once at the start and once after an hour")
            numbers = (itertools.count(1) if everything and call != ALIKE
                       else spread(least, dice))
            wrong += meet_each(served, call, least, numbers)
    return wrong


def main():
    parser = argparse.ArgumentParser(description="Has calls of cbmd to the kernel fail.")
    parser.add_argument("--all", action="store_true", help=f"every n of every kind but {ALIKE}")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    print(f"seed {arguments.seed}", flush=True)
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES:
        tempfile.tempdir = IN_MEMORY
    at_once = [call for call in fault_shim.CALLS if call not in OF_AN_HOUR]
    wrong = play_a_history(at_once, arguments.all, dice)
    wrong += play_a_history(OF_AN_HOUR, arguments.all, dice, starts_at=MADE)
    for each in wrong:
        print(each, file=sys.stderr)
    print(f"{len(wrong)} faults of ours; seed {arguments.seed}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
