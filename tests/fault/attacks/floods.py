"""What the holder of a registered certificate can send over HTTP/2 to do harm.

Each attack is one round: connect, send it, and see how that ends. It gives how its connections ended,
and is to be repeated by whoever wants more of it. It connects from an address of its own, so that the
bounds of one address do not stand in for the others.
"""

import collections
import contextlib

from attacks import http2
from attacks.attack import LEFT_OPEN, Attack
from attacks.http2 import (CONTINUATION, DATA, PADDED, PING, PRIORITY, RST_STREAM,
                           SETTINGS, WINDOW_UPDATE, call, frame, headers, literal, request)

SOURCE = "127.0.0.2"
FRAMES_AT_ONCE = 50
FLOOD_SECONDS = 10
ROUNDS_OF_ONE_MAX = 400  # Of frames at once, in one connection.
ROUNDS_OF_ODD = 20  # Which end nothing.
STREAMS = 64
STREAM_IDS = range(1, 2 * STREAMS, 2)
UNREAD_CALLS = 60
CRUMBS_MAX = 8_000
BLOATED_METHODS = ["/cbm.v1.ActService/PerformAct", "/cbm.v1.LedgerService/ListEntries",
                   "/cbm.v1.ExchangeService/GetExchange", "/grpc.health.v1.Health/Check"]
BLOATED_OF_EACH = 9
CANCEL = (8).to_bytes(4, "big")  # Of RST_STREAM.


def _ending(connection):
    return collections.Counter([connection.await_end() or LEFT_OPEN])


def _flood(frames, before=b""):
    """An attack: the same frames again and again."""
    def run(ground):
        with http2.Connection(ground.target, ground.tls, SOURCE) as connection:
            with contextlib.suppress(http2.Ended):
                connection.send(before)
                connection.flood(frames, FLOOD_SECONDS, ROUNDS_OF_ONE_MAX)
            return _ending(connection)
    return run


def _streams(make, rounds=ROUNDS_OF_ONE_MAX):
    """An attack: what `make` gives for one stream after another."""
    def run(ground):
        with http2.Connection(ground.target, ground.tls, SOURCE) as connection:
            for at in range(rounds):
                if not connection.flood(_some(make, at), FLOOD_SECONDS, 1) or connection.ended:
                    break
            return _ending(connection)
    return run


def _some(make, at):
    first = 2 * at * FRAMES_AT_ONCE + 1
    return b"".join(make(first + 2 * i) for i in range(FRAMES_AT_ONCE))


def _held(make, hello=b""):
    """An attack: many sessions that each say this and then nothing more, and take what comes."""
    def run(ground):
        with contextlib.ExitStack() as all:
            sessions = []
            for _ in range(ground.sessions):
                session = all.enter_context(
                    http2.Connection(ground.target, ground.tls, SOURCE, hello=False))
                sessions.append(session)
                with contextlib.suppress(http2.Ended):
                    session.send(http2.PREFACE + (hello or frame(SETTINGS)) + make())
            ground.hold()
            return collections.Counter(
                session.ended if session.look() else LEFT_OPEN for session in sessions)
    return run


def _reset(stream):
    return headers(stream, request()) + frame(RST_STREAM, 0, stream, CANCEL)


def _odd(*more, **changed):
    """An attack: calls that gRPC does not understand. It says so of each, and serves the others."""
    def run(ground):
        with http2.Connection(ground.target, ground.tls, SOURCE) as connection:
            for at in range(ROUNDS_OF_ODD):
                with contextlib.suppress(http2.Ended):
                    connection.send(_some(lambda stream: call(stream, *more, **changed), at))
                if not connection.answers():
                    return collections.Counter([connection.ended])
            return collections.Counter([LEFT_OPEN])
    return run


_SETTING = (3).to_bytes(2, "big") + (100).to_bytes(4, "big")  # MAX_CONCURRENT_STREAMS.
_NO_WINDOW = frame(SETTINGS, 0, 0, (4).to_bytes(2, "big") + bytes(4))  # INITIAL_WINDOW_SIZE: 0.
_WIDE_WINDOW = frame(SETTINGS, 0, 0, (4).to_bytes(2, "big") + (1 << 30).to_bytes(4, "big")) + \
    frame(WINDOW_UPDATE, 0, 0, (1 << 30).to_bytes(4, "big"))
_ONE_MORE = frame(WINDOW_UPDATE, 0, 0, (1).to_bytes(4, "big"))
_UPLOAD = bytes([0]) + (2 * 1024 * 1024).to_bytes(4, "big")  # The head of a message of 2 MiB.
_GET = b"\x82"  # A field of the table that everybody has, in one byte.


def _calls(make):
    return b"".join(make(stream) for stream in STREAM_IDS)


def _upload(stream):
    """A call whose message is begun and never comes."""
    return (headers(stream, request(path="/cbm.v1.ActService/PerformAct"))
            + frame(DATA, 0, stream, _UPLOAD + bytes(500)))


def _crumbs(ground):
    """A message that comes in crumbs, each in a block of what is thrown away: data of a call that was
    cancelled. Whoever keeps a crumb must not keep its block."""
    block = frame(DATA, 0, 1, bytes(16_384)) * 4
    with http2.Connection(ground.target, ground.tls, SOURCE) as connection:
        with contextlib.suppress(http2.Ended):
            connection.send(_reset(1) + _upload(3))
            for _ in range(CRUMBS_MAX):
                connection.send_data(frame(DATA, 0, 3, bytes(24)) + block, 24 + 4 * 16_384)
                if connection.look():
                    break
        return _ending(connection)


def _pieces(message):
    return [message[i:i + http2.FRAME_BYTES_MAX]
            for i in range(0, len(message), http2.FRAME_BYTES_MAX)]


def _bloated(ground):
    """Requests as long as an act may be, of half a million fields that nobody knows, which take many times
    as much memory once they are read, and in the end cannot be; every other so that whoever counts its
    fields by its limits sees few."""
    bodies = [b"\x7a\x00" * 525_000 + b"\x7a",
              b"\x1a\x05\x0a\xc0\x84\x3d\x7a" + b"\x00\x7a" * 525_000]
    messages = [bytes([0]) + len(body).to_bytes(4, "big") + body for body in bodies]
    with http2.Connection(ground.target, ground.tls, SOURCE) as connection:
        with contextlib.suppress(http2.Ended):
            for at, path in enumerate(BLOATED_METHODS * BLOATED_OF_EACH):
                stream = 2 * at + 1
                connection.send(headers(stream, request(path=path)))
                pieces = _pieces(messages[at % len(messages)])
                for piece in pieces[:-1]:
                    connection.send_data(frame(DATA, 0, stream, piece), len(piece), stream)
                connection.send_data(frame(DATA, http2.END_STREAM, stream, pieces[-1]),
                                     len(pieces[-1]), stream)
                if not connection.answers():
                    break
        return collections.Counter([connection.ended or LEFT_OPEN])


def _hello(data):
    """An attack: a connection that begins with this."""
    def run(ground):
        with http2.Connection(ground.target, ground.tls, SOURCE, hello=False) as connection:
            with contextlib.suppress(http2.Ended):
                connection.send(data)
            return _ending(connection)
    return run


def _unread(ground):
    """Calls as fast as they are taken, and not a byte of the answers is read."""
    with http2.Connection(ground.target, ground.tls, SOURCE) as connection:
        connection.send(_WIDE_WINDOW)
        for first in range(1, 2 * UNREAD_CALLS, 2):
            connection.send(call(first))
        ground.hold()
        return collections.Counter([connection.ended or LEFT_OPEN])


CALM = "ENHANCE_YOUR_CALM: "
PROTOCOL = "PROTOCOL_ERROR: "
GRPC_HUNG_UP = PROTOCOL + "gRPC hung up: what it was sent breaks HTTP/2, or no ping is answered"

FLOODS = [
    Attack("rapid resets", _streams(_reset), CALM + "too many resets", "resets"),
    Attack("pings", _flood(frame(PING, 0, 0, bytes(8)) * FRAMES_AT_ONCE),
           CALM + "too many pings or settings", "controls"),
    Attack("settings", _flood(frame(SETTINGS, 0, 0, _SETTING) * FRAMES_AT_ONCE),
           CALM + "too many pings or settings", "controls"),
    Attack("unknown frames", _flood(frame(0x42) * FRAMES_AT_ONCE),
           CALM + "too many pings or settings", "controls"),
    Attack("priorities", _flood(frame(PRIORITY, 0, 1, bytes(5)) * FRAMES_AT_ONCE),
           CALM + "too many priorities", "priorities"),
    Attack("window updates", _flood(_ONE_MORE * FRAMES_AT_ONCE * 20, headers(1, request())),
           CALM + "too many window updates", "window_updates"),
    Attack("empty data", _flood(frame(DATA, 0, 1) * FRAMES_AT_ONCE, headers(1, request())),
           CALM + "too many empty frames", "empty_frames"),
    Attack("padding", _flood(frame(DATA, PADDED, 1, b"\xff" + bytes(255)) * FRAMES_AT_ONCE,
                             headers(1, request())), CALM + "too many empty frames", "empty_frames"),
    Attack("data of an ended call", _flood(frame(DATA, 0, 1, b"x") * FRAMES_AT_ONCE * 20, _reset(1)),
           CALM + "too much data of calls that have ended", "late_frames"),
    Attack("endless headers", _flood(frame(CONTINUATION, 0, 1, literal("x", "y")),
                                     headers(1, request(), flags=0)),
           CALM + "a header block has too many frames", "header_block_frames_max"),
    Attack("huge header", _flood(headers(1, request(("x", "y" * 40_000)))),
           CALM + "a header block has too many bytes", "header_block_bytes_max"),
    Attack("headers from the table", _streams(lambda stream: headers(stream, _GET * 20_000)),
           CALM + "a header block has too many fields", "header_fields_max"),
    Attack("calls without end", _streams(lambda stream: headers(stream, request())),
           CALM + "too many calls at once", "calls at once"),
    Attack("bytes before a request", _flood(frame(0x42, 0, 0, bytes(16_384))),
           CALM + "too many bytes before the first request", "bytes_before_request_max"),
    Attack("data of no call", _flood(frame(DATA, 0, 1, bytes(16_384))),
           PROTOCOL + "data of a call that was never begun", "the order of frames"),
    Attack("frame too long", _flood(frame(DATA, 0, 1, bytes(16_385)), headers(1, request())),
           "FRAME_SIZE_ERROR: a frame is too long", "frames of 16 KiB"),
    Attack("not HTTP/2", _hello(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
           PROTOCOL + "it does not begin as HTTP/2 does", "the preface"),
    Attack("no settings", _hello(http2.PREFACE + frame(PING, 0, 0, bytes(8))),
           PROTOCOL + "its first frame is not of settings", "the preface"),
    Attack("odd te", _odd(te="x"), LEFT_OPEN, "gRPC refuses each call"),
    Attack("odd pseudo-headers", _odd(scheme="ftp", method="BREW"), LEFT_OPEN,
           "gRPC refuses each call"),
    Attack("bad binary headers", _streams(lambda stream: call(stream, ("x-bin", "!!!!")), 1),
           GRPC_HUNG_UP, "gRPC hangs up"),
    Attack("bad compression", _streams(lambda stream: headers(stream, b"\xff" * 8), 1),
           GRPC_HUNG_UP, "gRPC hangs up"),
    Attack("trailers without end", _flood(call(1) * FRAMES_AT_ONCE),
           "ENHANCE_YOUR_CALM: too many trailers", "controls"),
    Attack("no window", _held(lambda: _calls(call), hello=_NO_WINDOW), LEFT_OPEN,
           "the deadline of each call"),
    Attack("uploads without end", _held(lambda: _calls(_upload)), LEFT_OPEN, "calls at once"),
    Attack("uploads in crumbs", _crumbs, CALM + "too many calls at once, or too much in their requests",
           "request_frames_per_office_max"),
    Attack("requests of many fields", _bloated, LEFT_OPEN,
           "they are read when they are known to be short enough"),
    Attack("slow reader", _unread, LEFT_OPEN, "untaken_seconds_max, reads of the State"),
]
