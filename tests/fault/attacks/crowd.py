"""What one State can do with all its offices at once: each kind of use that has a bound, and all together.

Its offices share what a State may have, so that they reach no further than one; but what is bounded
kind by kind adds up.
"""

import collections
import concurrent.futures
import contextlib

from attacks import acts, http2
from attacks.attack import LEFT_OPEN, Attack
from attacks.floods import SOURCE
from attacks.http2 import (DATA, END_STREAM, FRAME_BYTES_MAX, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame,
                           headers, request)

STATE, READER = "EE", "LV"
OFFICES = [f"{STATE}-technical"] + [f"{STATE}-o{number}" for number in range(1, 16)]
LEDGER = f"state/{STATE}"
ENTRIES = 220  # In its ledger: more than a page, and two answers to who follows it.
PAGE_SIZE = 200
STREAMS = 2  # Of each office; 32 of a State.
PAGES = 4  # Of each office; far more than may wait.
CRUMBED = 18  # Sessions with crumbs: together nearly as many frames as a State may have.
CRUMBS = 30  # Of each; with the head of its message within what a session's first call may have.
CALLS = 18  # Of each office, that are begun and wait: nearly as many as a State may have.
FIELDS = [(f"x-{number}", "y") for number in range(50)]  # Of each, beside its own.
DEADLINE = "60S"  # Of what is held; no call may have a later one.
SESSIONS = 9  # Of each office: more than a State may have.
READS = 16  # Of each office, that come together; 256 of a State.
READS_EVERY_SECONDS = .25  # About as fast as a State may read.
_WIDE = (1 << 30).to_bytes(4, "big")
_WIDE_WINDOW = (frame(SETTINGS, 0, 0, (4).to_bytes(2, "big") + _WIDE)
                + frame(WINDOW_UPDATE, 0, 0, _WIDE))
_RESET = frame(RST_STREAM, 0, 1, (8).to_bytes(4, "big"))
_BLOCK_BYTES = 3 * FRAME_BYTES_MAX  # That a new connection has room for, beside a crumb.
_BLOCK = frame(DATA, 0, 1, bytes(FRAME_BYTES_MAX)) * 3
_UPLOAD = bytes([0]) + (1 << 20).to_bytes(4, "big")  # The head of a message of 1 MiB.


ACT_BYTES = 1_000_000  # Of what is attached to each act.


def enrol(served):
    """Enrols the State's other offices, and fills its ledger: faster than a State may. Restarts it."""
    config = served.config.read_text()
    served.config.write_text(config + "\n[limits]\nstate_acts_burst = 1000\n")
    served.restart()
    for office in OFFICES[1:]:
        served.enrol(office, type="technical")

    def notify(_):
        served.cbm(OFFICES[0], "notify", "--kind", "FRE", "--to", READER, "--measure", "OSCE-3",
                   "--subject", "One of many", "--body", "-", "--yes", input="Text\n").must()
    with concurrent.futures.ThreadPoolExecutor(4) as several:
        list(several.map(notify, range(ENTRIES)))
    served.config.write_text(config)
    served.restart()


def long_acts(served):
    """An act of each office, as long as an act may be."""
    made = acts.Acts()
    return [made.request(served.profile(office), READER, bytes(ACT_BYTES)) for office in OFFICES]


def _varint(value):
    """A number as Protocol Buffers write it."""
    return bytes([value & 127 | 128]) + _varint(value >> 7) if value >= 128 else bytes([value])


def _field(number, value):
    """A field of a message: a text, a message, or a number."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value if isinstance(value, bytes) else value.encode()
    return _varint(number << 3 | 2) + _varint(len(data)) + data


_CURSOR = _field(1, _field(1, LEDGER) + _field(2, 1))


def _call(stream, method, message=b""):
    head = bytes([0]) + len(message).to_bytes(4, "big")
    return (headers(stream, request(path=f"/cbm.v1.{method}", timeout=DEADLINE))
            + frame(DATA, END_STREAM, stream, head + message))


def _unread(method, message, calls):
    """Calls of which no answer is taken."""
    def say(session):
        session.send(_WIDE_WINDOW)
        for first in range(1, 2 * calls, 2):
            session.send(_call(first, method, message))
    return say


_PAGE = ("LedgerService/ListEntries", _CURSOR + _field(2, PAGE_SIZE))
_NONE = ("NotificationService/List", _field(8, "XX"))  # From nobody: all are looked at.

_streams = _unread("LedgerService/Follow", _CURSOR, STREAMS)
_pages = _unread(*_PAGE, PAGES)


def _crumbs(session):
    """A message in crumbs, each in a block of what is thrown away."""
    session.send(headers(1, request()) + _RESET
                 + headers(3, request(path="/cbm.v1.ActService/PerformAct", timeout=DEADLINE))
                 + frame(DATA, 0, 3, _UPLOAD))
    for _ in range(CRUMBS):
        session.send_data(_BLOCK + frame(DATA, 0, 3, bytes(24)), _BLOCK_BYTES + 24)
        if session.look():
            break


def _begun(session):
    """Calls of which nothing but the headers comes, and many of those."""
    for first in range(1, 2 * CALLS, 2):
        session.send(headers(
            first, request(*FIELDS, path="/cbm.v1.ActService/PerformAct", timeout=DEADLINE)))


def _thrown_away(session):
    """What leaves nothing behind but the buffers that it came through."""
    session.send(headers(1, request()) + _RESET)
    session.send_data(_BLOCK, _BLOCK_BYTES)


def _cancelled(session, act):
    """An act, and its cancellation once all of it was read: it is decided all the same."""
    session.send(headers(1, request(path="/cbm.v1.ActService/PerformAct")))
    message = bytes([0]) + len(act).to_bytes(4, "big") + act
    for at in range(0, len(message), FRAME_BYTES_MAX):
        piece = message[at:at + FRAME_BYTES_MAX]
        is_last = at + FRAME_BYTES_MAX >= len(message)
        session.send_data(frame(DATA, END_STREAM if is_last else 0, 1, piece), len(piece))
        session.look()
    session.answers()
    session.send(_RESET)


def _together(*parts):
    """An attack: for each (what a session says, and in how many it does, of one office after another)."""
    def run(ground):
        with contextlib.ExitStack() as all:
            sessions = []

            def begin(say, number):
                number %= len(ground.offices)
                with contextlib.suppress(OSError):
                    session = all.enter_context(
                        http2.Connection(ground.target, ground.offices[number], SOURCE))
                    sessions.append(session)
                    session.await_frame(SETTINGS)  # Of the server: else handshakes pile up.
                    say(session, *(ground.acts[number:number + 1] if say is _cancelled else ()))
            with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as several:
                list(several.map(lambda part: begin(*part), (
                    (say, number) for say, count in parts for number in range(count))))
            ground.hold()
            return collections.Counter(
                session.ended if session.look() else LEFT_OPEN for session in sessions)
    return run


def _again(method, message):
    """An attack: each office asks for as much as it may, again and again."""
    def run(ground):
        with contextlib.ExitStack() as all:
            sessions = []
            for office in ground.offices:
                sessions.append(all.enter_context(http2.Connection(ground.target, office, SOURCE)))
                sessions[-1].await_frame(SETTINGS)
            first = 1
            while True:
                asked = b"".join(_call(first + 2 * i, method, message) for i in range(READS))
                for session in sessions:
                    with contextlib.suppress(http2.Ended):
                        session.send(asked)
                first += 2 * READS
                if not ground.wait(READS_EVERY_SECONDS):
                    break
                for session in sessions:
                    session.look()
            return collections.Counter(
                session.ended if session.look() else LEFT_OPEN for session in sessions)
    return run


_COUNT = len(OFFICES)
_AT_ONCE = _COUNT  # That connect, or say what they have to say.
CROWDS = [
    Attack("16 offices: streams that are not read", _together((_streams, _COUNT)), None,
           "streams_per_state_max"),
    Attack("16 offices: pages that are not read", _together((_pages, _COUNT)), None,
           "state_untaken_bytes_max"),
    Attack("16 offices: reads that find nothing, again and again", _again(*_NONE), None,
           "each party in its turn; state_reads_per_second"),
    # No more than the first 64 KiB of what they are answered is let come (RFC 9113, section 6.9.2).
    Attack("16 offices: reads of pages, again and again", _again(*_PAGE), None,
           "each party in its turn; state_untaken_bytes_max"),
    Attack("16 offices: uploads in crumbs", _together((_crumbs, CRUMBED)), None,
           "request_frames_per_state_max"),
    Attack("16 offices: calls that are begun", _together((_begun, _COUNT)), None,
           "calls_per_state_max, header_fields_max"),
    Attack("16 offices: sessions", _together((_thrown_away, SESSIONS * _COUNT)), None,
           "sessions_per_state_max"),
    Attack("16 offices: acts of 1 MB, cancelled", _together((_cancelled, _COUNT)), None,
           "request_bytes_per_state_max, state_act_bytes_burst"),
    Attack("16 offices: all at once",
           _together((_cancelled, _COUNT), (_streams, _COUNT), (_pages, _COUNT), (_crumbs, CRUMBED),
                     (_begun, _COUNT), (_thrown_away, SESSIONS * _COUNT)), None, "all of these"),
]
