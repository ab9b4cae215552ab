"""A State that harms nobody and calls steadily: over one connection, and over ever new ones.

As a program it works in a process of its own, so that who attacks takes no time from it, and answers
each line of standard input with what it met since the last, as JSON.
"""

import json
import pathlib
import subprocess
import sys
import threading
import time

import grpc

METHOD = "/cbm.v1.ExchangeService/GetExchange"
CALL_SECONDS_MAX = 10
CONNECT_SECONDS_MAX = 3  # To connect and be answered.
CALL_EVERY_SECONDS = 0.01
CONNECT_EVERY_SECONDS = 0.25


class Caller:
    """Calls over one connection, and once each over new ones, until it is stopped. Thread-safe."""

    def __init__(self, server, folder):
        self._server = server
        self._credentials = grpc.ssl_channel_credentials(
            *((folder / name).read_bytes() for name in ("ca.pem", "key.pem", "cert.pem")))
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._met = self._nothing()
        self._threads = [threading.Thread(target=each) for each in (self._call, self._connect)]
        for thread in self._threads:
            thread.start()

    def take(self):
        """What it met since this was last asked: seconds of each call, and the failures' texts."""
        with self._lock:
            met, self._met = self._met, self._nothing()
        return met

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    @staticmethod
    def _nothing():
        return {"calls": [], "connections": [], "failures": []}

    def _channel(self):
        # Its own connection, and not the one that another channel to the same place has.
        return grpc.secure_channel(self._server, self._credentials,
                                   (("grpc.use_local_subchannel_pool", 1),
                                    ("grpc.initial_reconnect_backoff_ms", 200)))

    def _call(self):
        with self._channel() as channel:
            while not self._stopping.wait(CALL_EVERY_SECONDS):
                self._measure(channel, "calls", timeout=CALL_SECONDS_MAX)

    def _connect(self):
        while not self._stopping.wait(CONNECT_EVERY_SECONDS):
            with self._channel() as channel:
                # Who is kept out comes again: that he has to is in the time.
                self._measure(channel, "connections", timeout=CONNECT_SECONDS_MAX,
                              wait_for_ready=True)

    def _measure(self, channel, kind, **options):
        began = time.monotonic()
        try:
            channel.unary_unary(METHOD)(b"", **options)
        except grpc.RpcError as error:
            with self._lock:
                self._met["failures"].append(f"{kind}: {error.code().name}: {error.details()}")
            return
        with self._lock:
            self._met[kind].append(time.monotonic() - began)


class Victim:
    """The program at work, in a process of its own. Close it, or use it in `with`."""

    def __init__(self, served, office):
        self._process = subprocess.Popen(
            [sys.executable, "-B", __file__, served.address, str(served.profile(office))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def take(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def main():
    caller = Caller(sys.argv[1], pathlib.Path(sys.argv[2]))
    for _ in sys.stdin:
        print(json.dumps(caller.take()), flush=True)
    caller.stop()


if __name__ == "__main__":
    main()
