"""cbmd with too little memory: it refuses to start, or ends at once and says so; nothing answered is lost.

Limits from too little to enough are set at the start, and while it serves under load, as a service
manager's `LimitAS` and `LimitDATA` do.
"""

import contextlib
import resource
import socket
import ssl
import subprocess
import unittest

import exchange
from kill_test import Sender
from looking_back import said_since

SENDERS = ("EE-technical", "EE-policy", "LT-duty", "FI-technical")
RECEIVER = "LV-duty"
MIB = 1 << 20
MEMORY_RAN_OUT = 71
# Below some 50 MiB the dynamic linker, or the runtime of a library, ends it in words of their own.
TOO_LITTLE_MIB = (64, 100, 128, 200, 400, 511)
ENOUGH_MIB = (1024, 4096)
HEADROOM_MIB = (0, 1, 8)  # Above what it has when the limit is set.
LONG_TEXT = "What must not be lost. " * 2500
ACTS = 12  # Before memory is used up.
CONNECTIONS = 100  # Tried by each office; fewer are taken.
HTTP2_BEGINS = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))


def limited(limit, mebibytes):
    return lambda: resource.setrlimit(limit, (mebibytes * MIB, mebibytes * MIB))


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exchange = exchange.Exchange((*SENDERS, RECEIVER))
        cls.addClassCleanup(cls.exchange.close)
        config = cls.exchange.config
        config.write_text(config.read_text().replace("[store]", "drain_seconds = 1\n\n[store]"))

    def setUp(self):
        self.addCleanup(self.start_again)

    def start_again(self):
        if self.exchange.process is None:
            self.exchange.start()

    def test_a_server_that_may_have_too_little_is_refused_with_the_limit(self):
        self.exchange.stop()
        for limit, option in ((resource.RLIMIT_AS, "-v"), (resource.RLIMIT_DATA, "-d")):
            for mebibytes in TOO_LITTLE_MIB:
                with self.subTest(option, mebibytes=mebibytes):
                    refused = subprocess.run(
                        [exchange.CBMD, "serve", "--config", str(self.exchange.config)],
                        preexec_fn=limited(limit, mebibytes), capture_output=True,
                        timeout=exchange.PATIENCE_SECONDS, check=False)
                    self.assertEqual(refused.returncode, 1, refused)
                    self.assertIn(f"may have {mebibytes * 1024} KiB of memory (ulimit {option})",
                                  refused.stderr.decode())
                    self.assertIn("at least", refused.stderr.decode())

    def test_a_server_with_enough_serves_and_stops(self):
        for mebibytes in ENOUGH_MIB:
            self.exchange.restart()
            resource.prlimit(self.exchange.process.pid, resource.RLIMIT_AS,
                             (mebibytes * MIB, mebibytes * MIB))
            self.exchange.json(RECEIVER, "inbox")
            self.exchange.stop()

    def test_memory_that_runs_out_ends_it_at_once_and_loses_nothing(self):
        ended = 0
        for headroom in HEADROOM_MIB:
            self.exchange.restart()
            before = len(said_since(self.exchange, 0))
            code, senders = self.load(headroom)
            said = said_since(self.exchange, before)
            if code == 1:  # A thread that gRPC was not given is waited for at the stop.
                self.assertIn("did not come to an end", said)
            elif code != 0:
                ended += 1
                self.assertEqual(code, MEMORY_RAN_OUT, said)
                self.assertIn("no more memory", said)
                self.assertIn("start again", said)
            self.assertIn("nothing is wrong", self.exchange.cbmd("check").must().out)
            self.exchange.start()
            self.look_back(senders)
        self.assertGreater(ended, 0, "memory never ran out")

    def load(self, headroom):
        """Has offices send to a server that may not grow; its exit code, and the senders."""
        process = self.exchange.process
        with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        limit = size + headroom * MIB
        resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, limit))
        senders = [Sender(self.exchange, office, LONG_TEXT) for office in SENDERS]
        for sender in senders:
            sender.start()
        exchange.wait_until("acts are answered",
                            lambda: process.poll() is not None
                            or sum(len(each.answered) for each in senders) >= ACTS)
        self.crowd(process)
        for sender in senders:
            sender.stopping.set()
        for sender in senders:
            sender.join()
        if process.poll() is None:
            process.terminate()
        return self.exchange._wait(), senders

    def crowd(self, process):
        """Connects more than it has memory for, and says little: each costs some."""
        host, port = self.exchange.address.split(":")
        with contextlib.ExitStack() as connections:
            for office in (*SENDERS, RECEIVER):
                profile = self.exchange.profile(office)
                tls = ssl.create_default_context(cafile=profile / "ca.pem")
                tls.load_cert_chain(profile / "cert.pem", profile / "key.pem")
                tls.check_hostname = False
                tls.set_alpn_protocols(["h2"])
                with contextlib.suppress(OSError):
                    for _ in range(CONNECTIONS):
                        plain = socket.create_connection((host, int(port)))
                        connection = connections.enter_context(tls.wrap_socket(plain))
                        connection.sendall(HTTP2_BEGINS)
            exchange.wait_until("it has ended, or forgotten the crowd", lambda: process.poll()
                                is not None or self.exchange.cbm(RECEIVER, "whoami").code == 0)

    def look_back(self, senders):
        for sender in senders:
            self.assertEqual(sender.failed, [])
            self.exchange.json(sender.office, "outbox", "send")
            sent = [each["act_id"]
                    for each in self.exchange.json(sender.office, "sent")["notifications"]]
            self.assertEqual(len(sent), len(set(sent)))
            self.assertLessEqual(set(sender.answered), set(sent))
            for receipt in sender.answered.values():
                self.exchange.cbm(sender.office, "verify", receipt).must()


if __name__ == "__main__":
    unittest.main()
