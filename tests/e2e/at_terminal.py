"""cbm at a terminal, as a person has it."""

import os
import pty
import select
import subprocess

import exchange

QUESTION = "[y/N] "


class Session:
    """cbm at a terminal of its own. Standard output may be kept apart."""

    def __init__(self, *arguments, out_at_terminal=True):
        ours, theirs = pty.openpty()
        self.ours = ours
        self.shown = ""
        self.process = subprocess.Popen([str(each) for each in (exchange.CBM, *arguments)],
                                        stdin=theirs, stderr=theirs, start_new_session=True,
                                        stdout=theirs if out_at_terminal else subprocess.PIPE)
        os.close(theirs)

    def _more(self):
        """Reads what comes next; false at the end."""
        if not select.select([self.ours], [], [], exchange.PATIENCE_SECONDS)[0]:
            raise AssertionError(f"nothing more comes after: {self.shown!r}")
        try:
            read = os.read(self.ours, 4096)
        except OSError:  # How Linux tells that nobody has the other end any more.
            return False
        self.shown += read.decode().replace("\r\n", "\n")
        return bool(read)

    def until_asked(self):
        return self.until(lambda shown: shown.endswith(QUESTION))

    def until(self, enough):
        while not enough(self.shown):
            if not self._more():
                raise AssertionError(f"ended with {self.process.wait()} too early: {self.shown!r}")
        return self.shown

    def answer(self, text):
        os.write(self.ours, text.encode())
        return self

    def end(self):
        """The exit code; all that it showed is in `shown`."""
        out = self.process.stdout.read().decode() if self.process.stdout else ""
        while self._more():
            pass
        self.out = out
        return self.process.wait(exchange.PATIENCE_SECONDS)

    def close(self):
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        os.close(self.ours)
