"""A disk of a few MiB, in memory, for a program that is to meet a full one.

Mounting is for root, in a mount namespace that ends with the test: whatever happens, nothing stays
mounted. A user who may make a namespace of his own is root in it.
"""

import os
import subprocess
import sys

SKIPPED = 77  # What ctest takes for skipped.
_INSIDE = "CBM_SMALL_DISK"


def enter_namespace():
    """Starts the test anew where it may mount; ends it as SKIPPED, with the reason, if it may nowhere."""
    if os.environ.get(_INSIDE):
        return
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    tried = subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True,
                           check=False)
    if tried.returncode != 0:
        print(f"SKIPPED: no disk can be mounted here: {tried.stderr.decode().strip()}")
        sys.exit(SKIPPED)
    os.environ[_INSIDE] = "yes"
    os.execvp(unshare[0], [*unshare, sys.executable, "-B", *sys.argv])


class SmallDisk:
    """Mounted on a folder until it is closed."""

    def __init__(self, folder, mebibytes):
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)],
                       check=True)

    def close(self):
        subprocess.run(["umount", str(self.folder)], check=True)

    def fill(self, but_bytes=0):
        """Leaves room for so many bytes, rounded down to pages."""
        self.make_room()
        disk = os.statvfs(self.folder)
        size = disk.f_bavail * disk.f_bsize - but_bytes
        if size > 0:
            with open(self._ballast, "wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)

    def make_room(self):
        self._ballast.unlink(missing_ok=True)
