"""Makes the n-th call of cbmd to the kernel fail: the other side of fault_shim.c."""

import mmap
import os
import struct

CALLS = ("fsync", "write", "open", "getrandom")
_LAYOUT = struct.Struct("iii4i")


class Faults:
    """What is to fail in a program that is started with `environment`."""

    def __init__(self, folder):
        self._path = folder / "faults"
        self._path.write_bytes(bytes(_LAYOUT.size))
        with open(self._path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _LAYOUT.size)
        self.environment = {"LD_PRELOAD": os.environ["FAULT_SHIM"], "CBM_FAULTS": str(self._path),
                            "CBM_FAULTS_BELOW": str(folder)}
        self.disarm()

    def arm(self, call, number):
        """Has call number `number` (from 1, counted from now) fail, once."""
        self._put(CALLS.index(call), number)

    def disarm(self):
        """Nothing fails, and counting begins anew."""
        self._put(-1, 0)

    def _put(self, call, countdown):
        _LAYOUT.pack_into(self._memory, 0, call, countdown, 0, 0, 0, 0, 0)

    @property
    def failed(self):
        return _LAYOUT.unpack_from(self._memory)[2]

    def seen(self, call):
        return _LAYOUT.unpack_from(self._memory)[3 + CALLS.index(call)]

    def close(self):
        self._memory.close()
