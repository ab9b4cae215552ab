"""A time of one's choice for unmodified programs: libfaketime, and the shim that gRPC needs with it.

All programs that are given its environment share one clock, which runs on from where it is set.
"""

import datetime
import os
import pathlib
import shutil
import time

SHIM = os.environ.get("FUTEX_SHIM", "")
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class FakedTime:
    """A clock that stands at `start` (UTC, "2026-03-10 21:40") when it is made."""

    def __init__(self, folder, start):
        for library in (SHIM, FAKETIME):
            if not os.path.exists(library):
                raise RuntimeError(f"FUTEX_SHIM must name the shim, and libfaketime be installed: "
                                   f"there is no '{library}'")
        self._file = pathlib.Path(folder) / "faketime"
        self._programs = pathlib.Path(folder) / "faketime-programs"
        self._programs.mkdir()
        self.set(start)
        self._wrap("openssl")

    @property
    def environment(self):
        return {"LD_PRELOAD": f"{SHIM} {FAKETIME}", "FAKETIME_TIMESTAMP_FILE": str(self._file),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}

    @property
    def script_environment(self):
        """For a script of the shell: only openssl, which it runs, lives in this time.

        A shell that did would share semaphores with all that it starts, and the first of these to
        end takes them away from those that are about to begin, which then fail.
        """
        return {"PATH": f"{self._programs}:{os.environ['PATH']}"}

    def _wrap(self, program):
        words = " ".join(f"'{name}={value}'" for name, value in self.environment.items())
        wrapper = self._programs / program
        wrapper.write_text(f"#!/bin/sh\nexec env {words} {shutil.which(program)} \"$@\"\n")
        wrapper.chmod(0o755)

    def set(self, text):
        """Moves every program to an instant, from which its clock runs on."""
        instant = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
        self._write(f"{instant.timestamp() - time.time():+.6f}")

    def stop(self, text):
        """Stops the clock of every program at an instant, until it is set: enough for reading."""
        self._write(datetime.datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S"))

    def _write(self, faketime):
        # Replaced whole: it is read at any time.
        fresh = self._file.with_suffix(".new")
        fresh.write_text(faketime)
        fresh.rename(self._file)
