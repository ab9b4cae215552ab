"""A full disk under the database, and under the last signed checkpoints: nothing answered is lost.

The files lie on a disk of a few MiB that is filled page by page while an office sends. What was
answered is there afterwards, once, and verifies; what was not says why and what to do, and gets there
from the outbox once there is room, without a restart. What was there before can be read meanwhile.
"""

import unittest

import exchange
import small_disk
from looking_back import RECEIVER, SENDER, look_back, notify_words, said_since

MEBIBYTES = 3
PAGE = 4096
# Room for the database's next act, for less and less of it, for none.
UNOPENED = 6
PAGES_LEFT = (48, 24, 12, 8, 6, 5, 4, 3, 2, 1, 0)


class OnSmallDisk(exchange.Exchange):
    """An exchange with some of its files on a small disk."""

    def __init__(self, *names):
        super().__init__((SENDER, RECEIVER))
        try:
            self.stop()
            self.disk = small_disk.SmallDisk(self.folder / "disk", MEBIBYTES)
            self._undo.callback(self.disk.close)
            text = self.config.read_text()
            for name in names:
                (self.disk.folder / name).write_bytes((self.folder / name).read_bytes())
                text = text.replace(f'"{name}"', f'"disk/{name}"')
            self.config.write_text(text)
            self.start()
        except BaseException:
            self.close()
            raise

    def send(self, subject):
        return self.cbm(SENDER, *notify_words(subject), "--output", "json", input="what was typed")


class FullDisk(unittest.TestCase):
    FILES = ()

    def setUp(self):
        self.served = OnSmallDisk(*self.FILES)
        self.addCleanup(self.served.close)
        self.answered = {}  # As look_back wants it.
        self.refused = []

    def send(self, subject):
        sent = self.served.send(subject)
        if sent.code == 0:
            self.answered[sent.json["act_id"]] = (SENDER, sent.json["receipt"])
        else:
            self.refused.append(sent.must(4).err)
        return sent

    def fill_while_sending(self):
        for pages in PAGES_LEFT:
            self.served.disk.fill(pages * PAGE)
            self.send(f"With {pages} pages left")
        self.assertIsNone(self.served.process.poll(), said_since(self.served, 0))
        self.assertTrue(self.refused, "the disk was never full")

    def go_on_without_a_restart(self):
        self.served.disk.make_room()
        self.assertEqual(look_back(self.served, self.answered), [])
        sent = self.served.json(SENDER, "sent")["notifications"]
        self.assertEqual(len(sent), len(self.answered) + len(self.refused))
        received = self.served.json(RECEIVER, "inbox")["notifications"]
        self.assertEqual({each["act_id"] for each in received}, {each["act_id"] for each in sent})
        self.assertTrue(all(each["subject"] for each in received))

    def check(self):
        self.served.stop()
        self.assertIn("nothing is wrong", self.served.cbmd("check").must().out)
        self.served.start()
        self.assertEqual(look_back(self.served, self.answered), [])

    def assert_says(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)


class UnderTheDatabase(FullDisk):
    FILES = ("exchange.db", "exchange.db.revoked", "cbmd.log")

    def test_keeps_what_was_answered_and_goes_on(self):
        opened = self.send("Opened while there was room").must().json
        self.served.json(RECEIVER, "inbox")
        for number in range(UNOPENED):
            self.send(f"Not opened, {number}").must()
        self.fill_while_sending()
        for refusal in self.refused:
            self.assert_says(refusal, "no room", "not lost", "cbm outbox send")
        self.read_on_a_full_disk(opened)
        self.go_on_without_a_restart()
        self.check()

    def use_up_what_is_left(self, acts):
        """What a commit that failed took of the disk is there for a smaller one: until none fits."""
        for act in acts:
            if self.served.cbm(RECEIVER, "show", act).code == 4:
                return
        self.fail("every act could be opened on a full disk")

    def read_on_a_full_disk(self, opened):
        self.served.disk.fill()
        sent = self.served.json(SENDER, "sent")["notifications"]
        self.use_up_what_is_left([each["act_id"] for each in sent][:-1])
        self.assertLessEqual(set(self.answered), {each["act_id"] for each in sent})
        everything = {each["act_id"] for each in sent}
        for options, code in (((), 4), (("--headers",), 0)):
            listed = self.served.cbm(RECEIVER, "inbox", *options, "--output", "json").must(code)
            self.assertEqual({each["act_id"] for each in listed.json["notifications"]}, everything)
        subjects = {each["act_id"]: each.get("subject") for each in self.served.cbm(
            RECEIVER, "inbox", "--output", "json").json["notifications"]}
        self.assertEqual(subjects[opened["act_id"]], "Opened while there was room")
        told = self.served.cbm(RECEIVER, "inbox").must(4)
        self.assert_says(told.out, "Opened while there was room")
        self.assert_says(told.err, "could not be opened", "no room", "later")
        shown = self.served.cbm(RECEIVER, "show", opened["act_id"]).must()
        self.assert_says(shown.out, "what was typed")
        new = next(act for act, subject in subjects.items() if not subject)
        shown = self.served.cbm(RECEIVER, "show", new).must(4)
        self.assert_says(shown.out, new, "could not be opened")
        self.assert_says(shown.err, "no room", "later")
        self.assert_says(self.served.cbm(SENDER, "show", new).must().out, "what was typed")

    def test_starts_on_a_full_disk_or_says_why_not(self):
        self.send("Before").must()
        self.served.stop()
        self.served.disk.fill()
        before = len(said_since(self.served, 0))
        try:
            self.served.start()
            self.assertEqual(len(self.served.json(SENDER, "sent")["notifications"]), 1)
        except AssertionError:
            self.served.process = None
            self.assert_says(said_since(self.served, before), "cbmd: store.database", "free space")
        self.served.disk.make_room()
        self.served.restart()
        self.send("After").must()
        self.check()


class UnderTheCheckpoints(FullDisk):
    FILES = ("checkpoints",)

    def test_keeps_what_was_answered_and_goes_on(self):
        self.send("Before").must()
        self.served.disk.fill()
        for number in range(80):  # The rest of the file's last page holds some sixty lines.
            self.send(f"Without room, {number}")
            if len(self.refused) == 3:
                break
        self.assertEqual(len(self.refused), 3)
        for refusal in self.refused:
            self.assert_says(refusal, "checkpoint cannot be written down", "not lost",
                             "cbm outbox send")
        self.go_on_without_a_restart()
        self.check()

    def test_is_refused_at_the_start_with_the_reason(self):
        self.served.stop()
        self.served.disk.fill()
        refused = self.served.cbmd("serve").must(1)
        self.assert_says(refused.err, "checkpoints", "full", "Make room", "start again")
        self.served.disk.make_room()
        self.served.start()
        self.send("After").must()
        self.check()


if __name__ == "__main__":
    small_disk.enter_namespace()
    unittest.main()
