"""What an attack did to the server, from outside: its memory, and the lines in its log."""

import json
import threading

MIB = 1 << 20
LOOK_EVERY_SECONDS = 0.02


def memory_bytes(process):
    """What it has in memory of its own: without the pages of files."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        said = dict(line.split(":", 1) for line in file)
    return int(said["RssAnon"].split()[0]) * 1024


class Peak:
    """The most memory that a process had while this was open."""

    def __init__(self, process):
        self._process = process
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.bytes = memory_bytes(process)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *failure):
        self._stopping.set()
        self._thread.join()

    def _watch(self):
        while not self._stopping.wait(LOOK_EVERY_SECONDS):
            self.bytes = max(self.bytes, memory_bytes(self._process))


class Log:
    """The lines that the server writes from now on."""

    def __init__(self, served):
        self._file = open(served.folder / "cbmd.log", encoding="utf-8")
        self._file.seek(0, 2)
        self._half = ""

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._file.close()

    def take(self, *events):
        """Those that came since this was last asked, of these events if any are named."""
        *lines, self._half = (self._half + self._file.read()).split("\n")
        said = [json.loads(line) for line in lines]
        return [line for line in said if not events or line["event"] in events]
