"""Connections that cost the server something and their owner next to nothing, without a certificate.

They come from addresses that are not the victim's, and where that is said from the victim's own.
"""

import collections
import contextlib
import socket
import ssl

import exchange

from attacks import http2
from attacks.attack import LEFT_OPEN, Attack
from attacks.floods import SOURCE

ADDRESSES = [f"127.0.0.{host}" for host in range(2, 10)]
CONNECTIONS = 2000
PRESSED_AT_ONCE = 600  # More than there may be handshakes.
SLOW = 100  # More than there may be handshakes from one address.
CONNECT_SECONDS_MAX = 5
OURS = ""  # The address that the victim has.
GIVEN_UP = "closed without a word"
ALERT = b"\x15"  # Of TLS's records.


def client_hello():
    """The first bytes of a TLS handshake."""
    tls, out = ssl.create_default_context(), ssl.MemoryBIO()
    tls.check_hostname = False
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.wrap_bio(ssl.MemoryBIO(), out).do_handshake()
    return out.read()


def _connect(ground, source, first=b""):
    """A TCP connection on which this was said; None if there is none to be had."""
    try:
        connection = socket.create_connection(ground.target, CONNECT_SECONDS_MAX, (source, 0))
    except OSError:
        return None
    with contextlib.suppress(OSError):
        connection.sendall(first)
    return connection


def _ended(connection):
    """How it ended; waits for nothing."""
    if connection is None or not http2.has_come(connection):
        return LEFT_OPEN if connection else "not connected"
    with contextlib.suppress(OSError):
        if said := connection.recv(4096):
            return "an alert" if said.startswith(ALERT) else "answered"
    return GIVEN_UP


def _endings(connections):
    return collections.Counter(map(_ended, connections))


def _hold(count, sources, first=b""):
    """An attack: so many connections, each of which says this and then nothing more."""
    def run(ground):
        with contextlib.ExitStack() as all:
            held = [_connect(ground, sources[i % len(sources)], first) for i in range(count)]
            for each in filter(None, held):
                all.enter_context(each)
            ground.hold()
            return _endings(held)
    return run


def _a_byte_at_a_time(ground):
    """Handshakes of which a byte comes now and then."""
    hello = client_hello()
    with contextlib.ExitStack() as all:
        held = [all.enter_context(each) for _ in range(SLOW // 2)
                if (each := _connect(ground, SOURCE)) is not None]
        for i in range(len(hello)):
            for each in held:
                with contextlib.suppress(OSError):
                    each.sendall(hello[i:i + 1])
            if not ground.wait(1):
                break
        return _endings(held)


def _press(first=b""):
    """An attack: ever new connections from many addresses, as fast as they can be had."""
    def run(ground):
        held, ended = collections.deque(), collections.Counter()
        while ground.lasting():
            for source in ADDRESSES:
                held.append(_connect(ground, source, first))
            while len(held) > PRESSED_AT_ONCE:
                oldest = held.popleft()
                ended[_ended(oldest)] += 1
                if oldest is not None:
                    oldest.close()
        for each in filter(None, held):
            each.close()
        return ended
    return run


def _slow_preface(ground):
    """Sessions that begin to say that they speak HTTP/2, and never come to the end of it."""
    with contextlib.ExitStack() as all:
        held = [all.enter_context(http2.Connection(ground.target, ground.tls, SOURCE, hello=False))
                for _ in range(ground.sessions)]
        for each in held:
            each.send(http2.PREFACE[:10])
        ground.hold()
        return collections.Counter(each.ended if each.look() else LEFT_OPEN for each in held)


def _tls_12(ground):
    """What has renegotiation, compression and resumption, if it were spoken."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_2

    def ended():
        try:
            http2.Connection(ground.target, tls, SOURCE).close()
        except ssl.SSLError as error:
            return http2.alert_of(error)
        except ConnectionResetError:  # Its address gives way while what it did before is at hand.
            return None
        return LEFT_OPEN
    return collections.Counter([exchange.wait_until("the handshake was looked at", ended)])


SLOW_CONNECTIONS = [
    Attack("half-open connections", _hold(SLOW, [SOURCE]), None,
           "handshakes_per_source_max, handshake_seconds_max"),
    Attack("the same, from the victim's address", _hold(SLOW, [OURS]), None,
           "the oldest handshake gives way"),
    Attack("half a ClientHello", _hold(SLOW, [SOURCE], client_hello()[:100]), None,
           "handshakes_per_source_max, handshake_seconds_max"),
    Attack("one byte a second", _a_byte_at_a_time, None, "handshake_seconds_max"),
    Attack("slow preface", _slow_preface, LEFT_OPEN, "sessions_per_office_max"),
    Attack("2,000 connections", _hold(CONNECTIONS, ADDRESSES), None,
           "handshakes_max, handshakes_per_source_max"),
    Attack("ever new connections", _press(), None, "handshakes_max: the busiest address gives way"),
    Attack("a ClientHello, ever again", _press(client_hello()), None,
           "handshakes have threads of their own, and each address its turn"),
    Attack("TLS 1.2, renegotiation", _tls_12, "tlsv1 alert protocol version", "TLS 1.3 alone"),
]
