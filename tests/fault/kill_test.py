"""kill -9 of cbmd under load: what was answered is there afterwards, once, and verifies.

Offices of three States send without pause while cbmd is killed at random moments. An act whose
receipt was given must be in its sender's ledger and its receiver's, once; one that got no answer may
be there or not, and is sent again from the outbox, after which it is there once. `cbmd check` passes
after each kill.
"""

import argparse
import collections
import random
import sys
import threading

import exchange

SENDERS = ("EE-technical", "EE-policy", "LT-duty", "FI-technical")
RECEIVER = "LV-duty"
SERVED_SECONDS = (0.05, 1.5)  # Between a start and the kill.
ANSWERED_AT_LEAST = 3  # For each kill, so that it meets a server at work.


class Sender(threading.Thread):
    """Sends one notification after another until told to stop; keeps what was answered."""

    def __init__(self, served, office, text="what must not be lost"):
        super().__init__(name=office)
        self.served = served
        self.office = office
        self.text = text
        self.answered = {}  # Act id to receipt.
        self.failed = []
        self.stopping = threading.Event()

    def run(self):
        number = 0
        while not self.stopping.is_set():
            number += 1
            sent = self.served.cbm(
                self.office, "notify", "--kind", "FRE", "--to", "LV", "--measure", "OSCE-3",
                "--subject", f"{self.office} {number}", "--body", "-", "--yes", "--output", "json",
                input=self.text)
            if sent.code == 0:
                self.answered[sent.json["act_id"]] = sent.json["receipt"]
            elif sent.code != 4:
                self.failed.append(str(sent))
                return


def check_sender(served, sender, sent_again, received):
    """What is wrong with what a sender was answered, and with what it finds afterwards."""
    office = sender.office
    wrong = list(sender.failed)
    sent = collections.Counter(
        each["act_id"] for each in served.json(office, "sent")["notifications"])
    for act in [*sender.answered, *sent_again]:
        if sent[act] != 1:
            wrong.append(f"{office} finds {act} {sent[act]} times")
        if received[act] != 1:
            wrong.append(f"{RECEIVER} finds {act} of {office} {received[act]} times")
    wrong += [f"{office} finds {act} {times} times" for act, times in sent.items() if times != 1]
    for receipt in sender.answered.values():
        verified = served.cbm(office, "verify", receipt)
        if verified.code != 0:
            wrong.append(str(verified))
    return wrong


def kill_and_check(served, dice, number):
    """One kill; the number of acts that were answered before it, and what was wrong."""
    senders = [Sender(served, office) for office in SENDERS]
    for sender in senders:
        sender.start()
    exchange.wait_until("acts are answered",
                        lambda: sum(len(each.answered) for each in senders) >= ANSWERED_AT_LEAST
                        or any(each.failed for each in senders))
    moment = dice.uniform(*SERVED_SECONDS)
    # The moment of the kill is what this test varies; nothing rests on its length.
    threading.Event().wait(moment)
    served.kill()
    for sender in senders:
        sender.stopping.set()
    for sender in senders:
        sender.join()
    checked = served.cbmd("check")
    wrong = [] if checked.code == 0 else [str(checked)]
    served.start()
    # What got no answer is sent again; then the receiver looks.
    again = {sender.office: [each["act_id"]
                             for each in served.json(sender.office, "outbox", "send")["acts"]]
             for sender in senders}
    received = collections.Counter(
        each["act_id"]
        for each in served.json(RECEIVER, "inbox", "--headers")["notifications"])
    for sender in senders:
        wrong += check_sender(served, sender, again[sender.office], received)
    answered = sum(len(each.answered) for each in senders)
    print(f"kill {number}: after {moment:.3f} s, {answered} acts answered, "
          f"{sum(map(len, again.values()))} sent again, {len(wrong)} faults", flush=True)
    return answered, wrong


def main():
    parser = argparse.ArgumentParser(description="Kills cbmd under load, and checks what is left.")
    parser.add_argument("--times", type=int, default=5, help="how often (default: 5)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    print(f"seed {arguments.seed}", flush=True)
    total, wrong = 0, []
    with exchange.Exchange((*SENDERS, RECEIVER)) as served:
        for number in range(1, arguments.times + 1):
            answered, faults = kill_and_check(served, dice, number)
            total += answered
            wrong += faults
    for each in wrong:
        print(each, file=sys.stderr)
    print(f"{arguments.times} kills, {total} acts answered, {len(wrong)} faults; "
          f"seed {arguments.seed}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
