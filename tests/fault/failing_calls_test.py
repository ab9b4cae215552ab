"""Calls to the kernel that fail, one after another: nothing answered is lost, nothing false is served.

A small history (a notification, its opening, its acknowledgement) is played while the n-th fsync,
write, open or getrandom of cbmd fails, for every n that the history reaches, at its start too. What
was answered must be there afterwards, once, and verify; cbmd either goes on, or ends with a code of its
own and says why; `cbmd check` passes. By default every n of those that are few, and some of the writes.
"""

import argparse
import contextlib
import os
import random
import sys

import exchange
import fault_shim
from looking_back import RECEIVER, SENDER, look_back, said_since

FEW = 12  # Of a call's numbers, if not all are wanted.
ENDED_BY_A_FAULT = (1, 70)


class Faulty(exchange.Exchange):
    """An exchange whose cbmd meets faults."""

    def __init__(self):
        self.faults = None
        super().__init__((SENDER, RECEIVER))
        self.faults = fault_shim.Faults(self.folder)
        self._undo.callback(self.faults.close)
        self.stop()

    def start_with_faults(self):
        """Starts cbmd; whether it serves. If not, it has ended."""
        kept = dict(os.environ)
        os.environ.update(self.faults.environment)
        try:
            self.start()
            return True
        except AssertionError:
            return False
        finally:
            os.environ.clear()
            os.environ.update(kept)


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

    sent = act(SENDER, "notify", "--kind", "INC", "--to", "LV", "--measure", "OSCE-3", "--subject",
               "What must not be lost", "--body", "-", "--yes", input="text")
    act(RECEIVER, "inbox")
    if sent.code == 0:
        act(RECEIVER, "ack", sent.json["act_id"], "--yes")
    return answered


def end(served):
    """Ends cbmd, whatever state it is in; its exit code."""
    if served.process.poll() is None:
        served.process.terminate()
    return served._wait()


def meet(served, call, number, at_start):
    """One fault; what was wrong, and whether it came at all."""
    faults = served.faults
    answered, wrong = {}, []
    before = len((served.folder / "cbmd.out").read_text())
    if at_start:
        faults.arm(call, number)
    else:
        faults.disarm()
    if served.start_with_faults():
        if not at_start:
            faults.arm(call, number)
        answered = play(served)
    code = end(served)
    came = faults.failed > 0
    faults.disarm()
    said = said_since(served, before)
    if code not in (0, *ENDED_BY_A_FAULT):
        wrong.append(f"cbmd ended with {code}: {said}")
    if code in ENDED_BY_A_FAULT and "cbmd: " not in said:
        wrong.append(f"cbmd ended with {code} and did not say why: {said}")
    if code != 0:
        print(f"  {call} {number}: {said.strip()[:200]}", flush=True)
    checked = served.cbmd("check")
    if checked.code != 0:
        wrong.append(str(checked))
    served.start()
    wrong += look_back(served, answered)
    served.stop()
    return wrong, came


def numbers_of(seen, everything, dice):
    numbers = list(range(1, seen + 1))
    return numbers if everything or seen <= FEW else sorted(dice.sample(numbers, FEW))


def count_calls(served, at_start):
    """How many calls of each kind there are without a fault."""
    served.faults.disarm()
    served.start_with_faults()
    if not at_start:
        served.faults.disarm()
        play(served)
    seen = {call: served.faults.seen(call) for call in fault_shim.CALLS}
    end(served)
    return seen


def main():
    parser = argparse.ArgumentParser(description="Has calls of cbmd to the kernel fail.")
    parser.add_argument("--all", action="store_true", help="every call, not some of those that are many")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    print(f"seed {arguments.seed}", flush=True)
    wrong = []
    with contextlib.closing(Faulty()) as served:
        for at_start in (True, False):
            seen = count_calls(served, at_start)
            when = "at the start" if at_start else "while it serves"
            for call in fault_shim.CALLS:
                met = 0
                for number in numbers_of(seen[call], arguments.all, dice):
                    faults, came = meet(served, call, number, at_start)
                    met += came
                    wrong += [f"{call} {number} {when}: {each}" for each in faults]
                print(f"{call} {when}: {seen[call]} calls, {met} made to fail", flush=True)
    for each in wrong:
        print(each, file=sys.stderr)
    print(f"{len(wrong)} faults of ours; seed {arguments.seed}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
