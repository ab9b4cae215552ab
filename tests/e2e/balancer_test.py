"""HAProxy before the exchange: commands go through it, and the log tells who came, not who passed on."""

import contextlib
import csv
import json
import re
import socket
import ssl
import subprocess
import textwrap
import unittest

from exchange import CBM, PATIENCE_SECONDS, ROOT, run, wait_until
from exchange_case import ExchangeCase, notify_words

HAPROXY = "/usr/sbin/haproxy"

# Addresses of this machine that stand for others.
BALANCER = "127.0.0.3"
CLIENT = "127.0.0.2"

# What of the documented configuration is the machine's own.
BIND = "bind :7443"
SERVER = "server cbmd 192.0.2.20:7443 send-proxy-v2 check inter 5s"


def documented():
    """The whole haproxy.cfg that operators are told to use."""
    text = (ROOT / "docs/operating.md").read_text()
    (config,) = re.findall(r"^    global\n(?:    .*\n)+", text, re.MULTILINE)
    return textwrap.dedent(config)


def configured(bind, server):
    """The same for a HAProxy of the test's."""
    config = documented()
    for old, new in ((BIND, bind), (SERVER, server), ("user haproxy", ""), ("group haproxy", "")):
        if config.count(old) != 1:
            raise AssertionError(f"{old!r} is not once in the documented configuration")
        config = config.replace(old, new)
    return config


# Of HTTP/2: what begins a connection, and a frame of data that belongs to no stream.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
NO_STREAM = bytes((0, 0, 1, 0, 0, 0, 0, 0, 0, 0))


class Balancer:
    """HAProxy at a port of its own before an exchange. Close it."""

    def __init__(self, exchange, name, options):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = self._listening.getsockname()
        self.folder = exchange.folder / name
        self.folder.mkdir()
        config = self.folder / "haproxy.cfg"
        config.write_text(configured(
            f"bind fd@{self._listening.fileno()}",
            f"server cbmd {exchange.address} source {BALANCER} {options}"))
        self._out = open(self.folder / "haproxy.out", "ab")
        self._process = subprocess.Popen(
            [HAPROXY, "-db", "-f", config], stdin=subprocess.DEVNULL, stdout=self._out,
            stderr=self._out, pass_fds=(self._listening.fileno(),))

    def close(self):
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)
        self._listening.close()
        self._out.close()

    def connect(self):
        return socket.create_connection(self.address, PATIENCE_SECONDS, (CLIENT, 0))


class BehindHaproxy(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(cls.exchange.config, "a", encoding="utf-8") as config:
            config.write(f'\n[gate]\nbalancers = ["{BALANCER}"]\n')
        cls.exchange.restart()

    def balancer(self, name, options):
        balancer = Balancer(self.exchange, name, options)
        self.addCleanup(balancer.close)
        return balancer

    def join(self, balancer):
        """Makes the office a profile that knows the balancer's address alone; how that ended."""
        self.profile = balancer.folder / "profile"
        files = self.exchange.pki / "offices" / "EE-technical"
        return run(CBM, "--profile", self.profile, "init", "--server",
                   "{}:{}".format(*balancer.address), "--ca", self.exchange.pki / "ca.pem",
                   "--cert", files / "cert.pem", "--key", files / "key.pem",
                   "--log-key", self.exchange.log_key)

    def through(self, *arguments, input=None):
        """Runs cbm with that profile."""
        return run(CBM, "--profile", self.profile, *arguments, input=input)

    def logged(self, *events):
        lines = (self.exchange.folder / "cbmd.log").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["event"] in events]

    def refused(self):
        return self.logged("gate_refused", "gate_ended")

    def next_refused(self, before):
        """The only line since `before`."""
        lines = wait_until("it is in the log", lambda: self.refused()[len(before):])
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    @contextlib.contextmanager
    def session(self, balancer):
        """TLS as an office, from the client's address."""
        profile = self.exchange.profile("LV-duty")
        tls = ssl.create_default_context(cafile=profile / "ca.pem")
        tls.load_cert_chain(profile / "cert.pem", profile / "key.pem")
        tls.set_alpn_protocols(["h2"])
        with balancer.connect() as plain:
            with tls.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                yield connection

    def test_commands_go_through_it(self):
        before = self.refused()
        self.join(self.balancer("commands", "send-proxy-v2")).must()
        self.assertIn("EE", self.through("whoami").must().out)
        sent = self.through(*notify_words(), "--yes", "--output", "json",
                            input="The clearing host loses file systems.").must().json
        # Who comes past the balancer sees the same.
        self.assertIsNotNone(self.listed("LV-duty", sent))
        self.assertEqual(self.refused(), before)

    def test_the_log_names_the_client_whose_session_was_ended(self):
        balancer = self.balancer("ended", "send-proxy-v2")
        before = self.refused()
        with self.session(balancer) as connection:
            connection.sendall(PREFACE + NO_STREAM)
            line = self.next_refused(before)
        self.assertEqual(line["event"], "gate_ended")
        self.assertEqual(line["source"], CLIENT)
        self.assertEqual((line["party"], line["office"]), ("LV", "duty"))

    def test_the_log_names_the_client_who_was_refused(self):
        balancer = self.balancer("refused", "send-proxy-v2")
        before = self.refused()
        with balancer.connect() as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            line = self.next_refused(before)
        self.assertEqual(line["event"], "gate_refused")
        self.assertEqual(line["source"], CLIENT)
        self.assertIn("handshake failed", line["reason"])

    def test_without_the_header_it_is_refused_with_the_reason(self):
        balancer = self.balancer("silent", "")
        before = self.refused()
        with balancer.connect() as plain:
            with self.assertRaises(OSError):
                ssl._create_unverified_context().wrap_socket(plain)
            line = self.next_refused(before)
        self.assertEqual(line["event"], "gate_refused")
        self.assertEqual(line["source"], BALANCER)
        self.assert_says(line["reason"], "no PROXY header (version 2)", "send-proxy-v2 is missing")
        self.assertNotEqual(self.join(balancer).code, 0)
        self.cbm("EE-technical", "whoami").must()  # Past the balancer, as before.

    def test_version_1_is_refused_with_the_reason(self):
        balancer = self.balancer("version-1", "send-proxy")
        before = self.refused()
        with balancer.connect() as plain:
            plain.sendall(b"\x16\x03\x01")
            self.assertIn("version 2", self.next_refused(before)["reason"])

    def test_a_stranger_cannot_say_that_he_is_another(self):
        host, port = self.exchange.address.split(":")
        header = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton("192.0.2.7") +
                  socket.inet_aton(host) + bytes(4))
        before = self.refused()
        with socket.create_connection((host, int(port)), PATIENCE_SECONDS, (CLIENT, 0)) as plain:
            plain.sendall(header)
            line = self.next_refused(before)
        self.assertEqual(line["source"], CLIENT)
        self.assertIn("handshake failed", line["reason"])

    def test_its_looks_whether_the_exchange_is_well_leave_no_line(self):
        before = self.refused()
        stats = self.exchange.folder / "haproxy.sock"
        balancer = self.balancer("checks", "send-proxy-v2 check inter 50ms rise 5\n"
                                 f"global\n    stats socket {stats} level admin")
        wait_until("it can be asked", stats.exists)
        # Then it must find the exchange well five times before it says so again.
        self.ask(stats, "set server cbmd/cbmd health down")
        wait_until("it found the exchange well", lambda: self.status(stats) == "UP")
        self.join(balancer).must()
        self.assertEqual(self.refused(), before)

    def ask(self, stats, words):
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(PATIENCE_SECONDS)
            asked.connect(str(stats))
            asked.sendall(f"{words}\n".encode())
            return b"".join(iter(lambda: asked.recv(65536), b"")).decode()

    def status(self, stats):
        """What HAProxy says of its server."""
        rows = csv.DictReader(self.ask(stats, "show stat").removeprefix("# ").splitlines())
        return next(row["status"] for row in rows if row["svname"] == "cbmd")


if __name__ == "__main__":
    unittest.main()
