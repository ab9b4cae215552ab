"""A `cbm watch` that runs beside a test."""

import os
import queue
import signal
import subprocess
import threading

import exchange


class Watch:
    """It follows from when it is made; its lines are read as they come."""

    def __init__(self, office_exchange, office, *arguments):
        command = [exchange.CBM, "--profile", office_exchange.profile(office), "watch", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **office_exchange.environment})
        self.out, self.err = queue.Queue(), queue.Queue()
        self.readers = [self._read(self.process.stdout, self.out),
                        self._read(self.process.stderr, self.err)]
        self.until(self.err, "following")

    def _read(self, stream, lines):
        def copy():
            with stream:
                for line in stream:
                    lines.put(line.rstrip("\n"))
        reader = threading.Thread(target=copy)
        reader.start()
        return reader

    def until(self, lines, part):
        """The first line that has `part`, and those before it."""
        seen = []
        while not seen or part not in seen[-1]:
            try:
                seen.append(lines.get(timeout=exchange.PATIENCE_SECONDS))
            except queue.Empty:
                raise AssertionError(f"no line has {part!r}: {seen}") from None
        return seen

    def rest(self, lines):
        return [lines.get_nowait() for _ in range(lines.qsize())]

    def end(self, with_signal=signal.SIGTERM):
        """Ends it; the exit code, once all that it said has been read."""
        self.process.send_signal(with_signal)
        return self.wait()

    def wait(self):
        code = self.process.wait(exchange.PATIENCE_SECONDS)
        for reader in self.readers:
            reader.join()
        return code

    def close(self):
        self.process.kill()
        self.wait()
