"""Makes the n-th call of cbmd to the kernel fail, or hang: the other side of fault_shim.c."""

import mmap
import os
import struct

# What cbmd changes and makes; `fopen` beside them is how it reads whole files.
CALLS = ("fsync", "write", "open", "getrandom")
_NUMBERED = (*CALLS, "fopen")
_LAYOUT = struct.Struct("iiii5i")


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
        self._put(_NUMBERED.index(call), number)

    def hang(self, call, number):
        """Has call number `number` hang until `disarm`, and then go on well."""
        self._put(_NUMBERED.index(call), number, hangs=1)

    def disarm(self):
        """Nothing fails or hangs any more, and counting begins anew."""
        self._put(-1, 0)

    def _put(self, call, countdown, hangs=0):
        _LAYOUT.pack_into(self._memory, 0, call, countdown, 0, hangs, 0, 0, 0, 0, 0)

    @property
    def failed(self):
        return _LAYOUT.unpack_from(self._memory)[2]

    def seen(self, call):
        return _LAYOUT.unpack_from(self._memory)[4 + _NUMBERED.index(call)]

    def close(self):
        self._memory.close()
