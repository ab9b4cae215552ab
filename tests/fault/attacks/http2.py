"""HTTP/2 by hand (RFC 9113): what no library would send for us, and how the other side ended it."""

import collections
import contextlib
import select
import socket
import ssl
import struct
import time

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
ACK = END_STREAM = 0x1
END_HEADERS = 0x4
PADDED = 0x8

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ERRORS = {0x0: "NO_ERROR", 0x1: "PROTOCOL_ERROR", 0x2: "INTERNAL_ERROR", 0x3: "FLOW_CONTROL_ERROR",
          0x4: "SETTINGS_TIMEOUT", 0x5: "STREAM_CLOSED", 0x6: "FRAME_SIZE_ERROR",
          0x9: "COMPRESSION_ERROR", 0xb: "ENHANCE_YOUR_CALM",
          0xc: "INADEQUATE_SECURITY"}
PATH = "/cbm.v1.ExchangeService/GetExchange"
EMPTY_MESSAGE = bytes(5)  # gRPC's head of a message without a byte.
FRAME_BYTES_MAX = 16384
RECEIVED_AT_ONCE = 65536

# Nothing waits that long unless it hangs.
PATIENCE_SECONDS = 20


def frame(type, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", type, flags, stream) + payload


def integer(value, bits, pattern=0):
    """An integer of HPACK (RFC 7541, section 5.1), with the bits before it."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([pattern | value])
    out = bytearray([pattern | most])
    value -= most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return integer(len(data), 7) + data


def literal(name, value, kept=False):
    """A header field that is written out; `kept`: for the table, where one byte names it again."""
    return (b"\x40" if kept else b"\x00") + string(name) + string(value)


def request(*more, path=PATH, method="POST", scheme="http", te="trailers", timeout="10S"):
    """The header block of a call. `more` are header fields, as bytes or pairs."""
    fields = [(":method", method), (":scheme", scheme), (":path", path), (":authority", "localhost"),
              ("te", te), ("content-type", "application/grpc"), ("grpc-timeout", timeout)]
    block = b"".join(literal(*each) for each in fields if each[1] is not None)
    return block + b"".join(each if isinstance(each, bytes) else literal(*each) for each in more)


def headers(stream, block, flags=END_HEADERS):
    """A HEADERS frame, and CONTINUATIONs for what does not fit into it."""
    pieces = [block[i:i + FRAME_BYTES_MAX] for i in range(0, len(block), FRAME_BYTES_MAX)] or [b""]
    out = b""
    for i, piece in enumerate(pieces):
        last = flags if i == 0 else flags & END_HEADERS
        out += frame(HEADERS if i == 0 else CONTINUATION,
                     last if i == len(pieces) - 1 else last & ~END_HEADERS, stream, piece)
    return out


def call(stream, *more, **changed):
    """A whole call of a method that takes nothing."""
    return headers(stream, request(*more, **changed)) + frame(DATA, END_STREAM, stream, EMPTY_MESSAGE)


class Ended(OSError):
    """The other side has ended the connection."""


class Connection:
    """A TLS connection that says what it is told to. Close it, or use it in `with`.

    `ended` is how the other side ended it: the name of the HTTP/2 error and the text it came with, a
    TLS alert, or what the kernel said.
    """

    def __init__(self, target, tls, source="", hello=True):
        self.ended = None
        self.frames = []  # The types of those that came.
        self._windows = collections.defaultdict(lambda: 65_535)  # By stream; 0 is the connection.
        self._unread = b""
        plain = socket.create_connection(target, PATIENCE_SECONDS,
                                         (source, 0) if source else None)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = tls.wrap_socket(plain)
        except BaseException:
            plain.close()
            raise
        if hello:
            self.send(PREFACE + frame(SETTINGS))

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends all of it, unless the other side ends the connection first: then Ended."""
        try:
            self.socket.sendall(data)
        except OSError as error:
            self._take_rest(error)
            raise Ended from error

    def flood(self, data, seconds, times=None):
        """Sends this again and again; how often, until it is ended or the time is up."""
        end = time.monotonic() + seconds
        count = 0
        while time.monotonic() < end and (times is None or count < times):
            try:
                self.send(data)
            except Ended:
                break
            count += 1
            if self.look():
                break
        return count

    def look(self):
        """Takes what has come, without waiting. Whether the connection was ended."""
        while self.ended is None and (self.socket.pending() or has_come(self.socket)):
            self._take()
        return self.ended is not None

    def send_data(self, data, size, stream=0):
        """Sends frames of DATA, of `size` bytes in all, when the connection's window has room for them;
        and the stream's, if one is given."""
        end = time.monotonic() + PATIENCE_SECONDS
        while min(self._windows[0], self._windows[stream]) < size and self.ended is None and \
                (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            self._take()
        self.socket.settimeout(PATIENCE_SECONDS)
        self.send(data)
        for each in {0, stream}:
            self._windows[each] -= size

    def await_end(self, seconds=PATIENCE_SECONDS):
        """Waits until it is ended; how. None if it is not, in that time."""
        end = time.monotonic() + seconds
        while self.ended is None and (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            self._take()
        self.socket.settimeout(PATIENCE_SECONDS)
        return self.ended

    def answers(self):
        """Whether it is still served: a ping is answered."""
        before = self.frames.count(PING)
        with contextlib.suppress(Ended):
            self.send(frame(PING, 0, 0, b"answers?"))
        return self.await_frame(PING, before + 1)

    def await_frame(self, type, times=1):
        """Waits until so many frames of this type have come; whether they have."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.frames.count(type) < times and self.ended is None and \
                (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            self._take()
        self.socket.settimeout(PATIENCE_SECONDS)
        return self.frames.count(type) >= times

    def _take_rest(self, error):
        self.await_end()
        self.ended = self.ended or error.strerror or str(error)

    def _take(self):
        try:
            data = self.socket.recv(RECEIVED_AT_ONCE)
        except TimeoutError:
            return
        except (ssl.SSLEOFError, ConnectionError):
            data = b""
        except ssl.SSLError as error:
            self.ended = alert_of(error)
            return
        if not data:
            self.ended = "closed"
        self._unread += data
        self._parse()

    def _parse(self):
        while len(self._unread) >= 9:
            length = int.from_bytes(self._unread[:3], "big")
            if len(self._unread) < 9 + length:
                return
            type, payload = self._unread[3], self._unread[9:9 + length]
            stream = int.from_bytes(self._unread[5:9], "big")
            self._unread = self._unread[9 + length:]
            self.frames.append(type)
            if type == WINDOW_UPDATE:
                self._windows[stream] += int.from_bytes(payload, "big")
            if type == GOAWAY:
                error = int.from_bytes(payload[4:8], "big")
                self.ended = f"{ERRORS.get(error, error)}: {payload[8:].decode(errors='replace')}"


def has_come(connection):
    """Whether there is something to be read, or the end. Waits for nothing."""
    poll = select.poll()  # There may be more descriptors than select takes.
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def alert_of(error):
    """The name of the TLS alert that came, as OpenSSL has it; without its own prefix."""
    return (error.reason or str(error)).replace("_", " ").lower()


def client_tls(ca, certificate=None, key=None):
    """TLS as an office speaks it."""
    tls = ssl.create_default_context(cafile=ca)
    tls.check_hostname = False
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.set_alpn_protocols(["h2"])
    if certificate is not None:
        tls.load_cert_chain(certificate, key)
    return tls
