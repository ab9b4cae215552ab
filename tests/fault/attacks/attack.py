"""What an attack is: one round of it, how its connections must end, and what stops it."""

import dataclasses
import time

LOOK_EVERY_SECONDS = 0.02
SESSIONS = 8  # That hold something, unless more are asked for.
LEFT_OPEN = "left open"


@dataclasses.dataclass
class Ground:
    """Where an attack takes place."""

    target: tuple  # Host and port of the exchange.
    tls: object  # As the attacker's office.
    lasting: object  # Says whether what is held is to be held longer.
    sessions: int = SESSIONS  # To hold something with.
    # For a crowd alone: as each office of the attacker's State, and an act of each, as it is sent.
    offices: tuple = ()
    acts: tuple = ()

    def wait(self, seconds):
        """Whether what is held is to be held longer, after so long."""
        end = time.monotonic() + seconds
        while self.lasting() and time.monotonic() < end:
            time.sleep(LOOK_EVERY_SECONDS)
        return self.lasting()

    def hold(self):
        while self.lasting():
            time.sleep(LOOK_EVERY_SECONDS)


@dataclasses.dataclass(frozen=True)
class Attack:
    name: str
    run: object  # Of a Ground; how its connections ended, counted.
    # How each of them must end; None if there are several ways. If it is by an HTTP/2 error, the log
    # has a line of each that says the same.
    ends: str | None
    bound: str  # What stops it: a key of [gate], or what else.
