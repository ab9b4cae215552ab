"""What programs wait for that should have ended: for the message of a test that gave up on one."""

import pathlib

TOLD = ("comm", "wchan", "syscall", "stack")  # Of a thread, as far as the kernel lets us read it.


def _read(file):
    try:
        return file.read_text(errors="replace").replace("\0", " ").strip()
    except OSError as failed:
        return f"({failed.strerror})"


def what_they_wait_for(programs):
    """Every process that runs one of `programs`, by its path, and what each of its threads is at."""
    lines = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            program = (process / "exe").resolve(strict=True)
        except OSError:  # It has ended, or is not ours.
            continue
        if str(program) not in map(str, programs):
            continue
        lines.append(f"{process.name}: {_read(process / 'cmdline')}")
        for thread in (process / "task").glob("[0-9]*"):
            lines.append(f"  {thread.name}: " + "; ".join(
                f"{name} {_read(thread / name)}" for name in TOLD).replace("\n", " "))
    return "\n".join(lines)
