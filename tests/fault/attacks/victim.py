"""A State that harms nobody and calls steadily: over one connection and over ever new ones, and sends
acts.

As a program it works in a process of its own, so that who attacks takes no time from it, and answers
each line of standard input with what it met since the last, as JSON.
"""

import collections
import json
import pathlib
import subprocess
import sys
import threading
import time

import grpc

import exchange
from attacks.acts import Acts

METHOD = "/cbm.v1.ExchangeService/GetExchange"
PERFORM = "/cbm.v1.ActService/PerformAct"
ADDRESSEE = "EE"
CALL_SECONDS_MAX = 10
CONNECT_SECONDS_MAX = 3  # To connect and be answered.
CALL_EVERY_SECONDS = 0.01
CONNECT_EVERY_SECONDS = 0.25
ACT_EVERY_SECONDS = 0.25
ACTS_KEPT = 40  # Signed beforehand: who measures has nothing else to do meanwhile.


class Caller:
    """Calls over one connection, once each over new ones, and sends acts, until it is stopped.

    Thread-safe but for prepare.
    """

    def __init__(self, server, folder):
        self._server = server
        self._credentials = grpc.ssl_channel_credentials(
            *((folder / name).read_bytes() for name in ("ca.pem", "key.pem", "cert.pem")))
        self._folder = folder
        self._acts, self._signed = Acts(), collections.deque()
        self.prepare()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._met = self._nothing()
        self._threads = [threading.Thread(target=each) for each in (self._call, self._connect, self._act)]
        for thread in self._threads:
            thread.start()

    def prepare(self):
        """Signs acts to be sent."""
        while len(self._signed) < ACTS_KEPT:
            self._signed.append(self._acts.request(self._folder, ADDRESSEE))

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
        return {"calls": [], "connections": [], "acts": [], "failures": []}

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

    def _act(self):
        with self._channel() as channel:
            while not self._stopping.wait(ACT_EVERY_SECONDS):
                if self._signed:
                    self._measure(channel, "acts", PERFORM, self._signed.popleft(),
                                  timeout=CALL_SECONDS_MAX, wait_for_ready=True)

    def _measure(self, channel, kind, method=METHOD, request=b"", **options):
        began = time.monotonic()
        try:
            channel.unary_unary(method)(request, **options)
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
            [sys.executable, "-B", "-m", "attacks.victim", served.address,
             str(served.profile(office))],
            cwd=pathlib.Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def until_served(self):
        """Returns once it is served again; what it met until then is forgotten."""
        served = set()
        self.take()

        def is_served():
            met = self.take()
            if met["failures"]:
                served.clear()
            else:
                served.update(kind for kind in ("calls", "connections", "acts") if met[kind])
            return len(served) == 3
        exchange.wait_until("the victim calls, connects and sends acts", is_served)

    def take(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def main():
    caller = Caller(sys.argv[1], pathlib.Path(sys.argv[2]))
    for _ in sys.stdin:
        print(json.dumps(caller.take()), flush=True)
        caller.prepare()
    caller.stop()


if __name__ == "__main__":
    main()
