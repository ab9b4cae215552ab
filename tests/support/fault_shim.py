"""Makes the n-th call of cbmd to the kernel fail, or hang: the other side of fault_shim.c."""

import mmap
import os
import struct

# In the order of fault_shim.c: what cbmd does with its files (`fopen` reads whole ones), how it
# seeds what is random, whatever writes to a socket, and what lengthens SQLite's log in the background.
CALLS = ("fsync", "write", "open", "fopen", "getrandom", "send",
         "wal_fsync", "wal_write", "wal_open")
_LAYOUT = struct.Struct(f"iiii{len(CALLS)}i")


class Faults:
    """What is to fail in a program that is started with `environment`."""

    def __init__(self, folder):
        shim = os.environ.get("FAULT_SHIM", "")
        if not os.path.exists(shim):
            raise RuntimeError(f"FAULT_SHIM must name the shim: there is no '{shim}'")
        self._path = folder / "faults"
        self._path.write_bytes(bytes(_LAYOUT.size))
        with open(self._path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _LAYOUT.size)
        self.environment = {"LD_PRELOAD": shim, "CBM_FAULTS": str(self._path),
                            "CBM_FAULTS_BELOW": str(folder)}
        self.disarm()

    def arm(self, call, number):
        """Has call number `number` (from 1, counted from now) fail, once."""
        self._put(CALLS.index(call), number)

    def hang(self, call, number):
        """Has call number `number` hang until `disarm`, and then go on well."""
        self._put(CALLS.index(call), number, hangs=1)

    def disarm(self):
        """Nothing fails or hangs any more, and counting begins anew."""
        self._put(-1, 0)

    def _put(self, call, countdown, hangs=0):
        _LAYOUT.pack_into(self._memory, 0, call, countdown, 0, hangs, *[0] * len(CALLS))

    @property
    def failed(self):
        return _LAYOUT.unpack_from(self._memory)[2]

    def seen_of_each(self):
        """How many calls of each kind there were."""
        return dict(zip(CALLS, _LAYOUT.unpack_from(self._memory)[4:]))

    def close(self):
        self._memory.close()
