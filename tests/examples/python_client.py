"""The example client (docs/examples/python/cbm_client.py), run beside a test."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import exchange

PROGRAM = exchange.ROOT / "docs/examples/python/cbm_client.py"


def run(served, office, *arguments, input=None):
    """Runs the client with the office's profile; how it ended."""
    return served.run(sys.executable, "-B", PROGRAM, "--profile", served.profile(office), *arguments,
                      input=input)


def lines_of(file):
    return [json.loads(line) for line in pathlib.Path(file).read_text().splitlines()]


class Follower:
    """A client that follows, and writes what comes to `out`."""

    def __init__(self, served, office, folder):
        folder.mkdir(exist_ok=True)
        self.out, self.cursor = folder / "entries.jsonl", folder / "cursor.json"
        self.words = ("follow", "--cursor", self.cursor, "--out", self.out)
        self._err = folder / "err"
        with open(self._err, "ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-B", PROGRAM, "--profile", served.profile(office),
                 *map(str, self.words)], stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                env={**os.environ, **served.environment})

    def until(self, act_digest):
        """The lines, once one of them is of this act."""
        def found():
            if self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}: {self.err}")
            return self.out.exists() and act_digest in self.out.read_text()
        exchange.wait_until(f"a line of {act_digest}", found)
        return lines_of(self.out)

    @property
    def err(self):
        return self._err.read_text()

    def end(self, with_signal=signal.SIGTERM):
        """Ends it; the exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(exchange.PATIENCE_SECONDS)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(exchange.PATIENCE_SECONDS)
