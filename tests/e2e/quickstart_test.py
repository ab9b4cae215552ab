"""The quickstart: plays the main job, keeps to its folder, and leaves an exchange to go on with."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import exchange

QUICKSTART = exchange.ROOT / "deploy/quickstart.sh"
PROFILES = ("EE-technical", "EE-policy", "LV-duty", "LT-duty", "FI-technical", "SE-policy",
            "secretariat", "auditor")


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cbm-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.end)

    def end(self):
        """Ends the exchange that a test left running."""
        file = self.folder / "state/pid"
        if file.exists():
            with_pid = int(file.read_text())
            os.kill(with_pid, signal.SIGTERM)
            exchange.wait_until("the exchange ends", lambda: not self.runs(with_pid))

    def quickstart(self, *arguments):
        return exchange.run(QUICKSTART, "--dir", self.folder / "state", *arguments)

    @staticmethod
    def runs(pid):
        return pathlib.Path(f"/proc/{pid}/cmdline").exists() and \
            pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() != b""

    def test_plays_the_main_jobs_and_stops(self):
        played = self.quickstart().must()
        for shown in ("$ cbm --profile profiles/EE-technical notify --kind INC --to LV\\,FI",
                      "$ cbm --profile profiles/LV-duty ack ", "Payment clearing disturbed",
                      "$ cbm --profile profiles/LV-duty reply ", "We see the same at two banks",
                      "$ cbm --profile profiles/LT-duty consult request --to EE ",
                      "$ cbm --profile profiles/EE-policy consult answer ",
                      "$ cbm --profile profiles/EE-policy consult schedule ",
                      "$ cbm --profile profiles/LT-duty consult held ",
                      "$ cbm --profile profiles/LT-duty consult record ",
                      "both confirmed the record ",
                      "$ cbm --profile profiles/SE-policy consult list",
                      "Each office verifies all its receipts, offline",
                      "$ cbm --profile profiles/secretariat consult show ", "Go on by hand"):
            self.assertIn(shown, played.out)
        self.assertFalse((self.folder / "state/pid").exists())

        receipts = list((self.folder / "state/profiles").glob("*/receipts/*.receipt"))
        self.assertLessEqual({"EE-technical", "EE-policy", "LV-duty", "LT-duty", "FI-technical"},
                             {receipt.parent.parent.name for receipt in receipts})
        self.assertEqual(played.out.count("\nproven\n"), len(receipts))

        # What the secretariat is shown stands at the end, and says nothing of what was said.
        _, shown = played.out.split("not what was said\n")
        for part in ("Lithuania (LT)", "Estonia (EE), Lithuania (LT)", "concluded_agreed", "held "):
            self.assertIn(part, shown)
        for said in ("Payment clearing", "two banks", "Settlement", "direct line"):
            self.assertNotIn(said, shown)

    def test_stays_says_where_and_starts_anew_when_played_again(self):
        first = self.quickstart("--stay").must()
        state = self.folder / "state"
        self.assertEqual(first.out.splitlines()[-2:],
                         [f"address {(state / 'address').read_text().strip()}",
                          f"pid {(state / 'pid').read_text().strip()}"])
        for office in PROFILES:
            found = {file.name for file in (state / "profiles" / office).iterdir()}
            self.assertLessEqual({"config.toml", "ca.pem", "cert.pem", "key.pem"}, found)
            exchange.run(exchange.CBM, "--profile", state / "profiles" / office, "whoami").must()
        running = int((state / "pid").read_text())
        self.quickstart("--stay").must()
        self.assertFalse(self.runs(running), "the exchange of the first run goes on")
        self.assertTrue(self.runs(int((state / "pid").read_text())))

    def test_refuses_a_folder_that_is_not_its_own_and_leaves_it_as_it_is(self):
        mine = self.folder / "state"
        mine.mkdir()
        (mine / "thesis.txt").write_text("mine")
        refused = self.quickstart().must(1)
        self.assertIn("is neither empty nor an earlier quickstart's", refused.err)
        self.assertEqual([file.name for file in mine.iterdir()], ["thesis.txt"])

    def test_refuses_arguments_that_it_does_not_know(self):
        for arguments in (("--frobnicate",), ("--dir",)):
            done = subprocess.run([QUICKSTART, *arguments], capture_output=True, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"usage:", done.stderr)


if __name__ == "__main__":
    unittest.main()
