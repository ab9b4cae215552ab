"""Certificate, key and bundle of the server are taken up while it serves; what is not good is not."""

import json
import os
import signal
import ssl
import socket
import threading
import unittest
import unittest.mock

from exchange import run, wait_until
from exchange_case import ExchangeCase
from watching import Watch

NEXT_SERIAL = 0x5EA1
ROUNDS = 20

# What a machine's administrator, or somebody who may set variables, might have OpenSSL do: all of it
# would take from cbmd what it needs.
HOSTILE_OPENSSL = """
openssl_conf = all
[all]
providers = providers
ssl_conf = ssl
alg_section = algorithms
[providers]
none = none
[none]
activate = 1
[algorithms]
default_properties = fips=yes
[ssl]
system_default = everywhere
[everywhere]
SignatureAlgorithms = ed448
Groups = P-521
MaxProtocol = TLSv1.2
Options = SessionTicket
"""


class Reload(ExchangeCase):
    @property
    def certificate(self):
        return self.exchange.pki / "server" / "cert.pem"

    def serial(self):
        """Of the certificate that a new connection is shown."""
        profile = self.exchange.profile("EE-technical")
        tls = ssl.create_default_context(cafile=profile / "ca.pem")
        tls.load_cert_chain(profile / "cert.pem", profile / "key.pem")
        tls.set_alpn_protocols(["h2"])
        host, port = self.exchange.address.split(":")
        with socket.create_connection((host, int(port))) as plain:
            with tls.wrap_socket(plain, server_hostname=host) as connection:
                return int(connection.getpeercert()["serialNumber"], 16)

    def make_next(self):
        """A certificate of the same key and authority, with another serial."""
        authority = self.exchange.pki / "authorities" / "Exchange"
        copied = ("-copy_extensions", "copyall")
        asked = run("openssl", "x509", "-in", self.certificate, "-x509toreq", "-signkey",
                    self.certificate.with_name("key.pem"), *copied).must()
        made = run("openssl", "x509", "-req", "-CA", authority / "cert.pem", "-CAkey",
                   authority / "key.pem", "-set_serial", NEXT_SERIAL, "-days", "30", *copied,
                   input=asked.out).must()
        return made.out.encode()

    def logged(self, event):
        """What the log says of reloads."""
        lines = (self.exchange.folder / "cbmd.log").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["event"] == event]

    def test_is_taken_up_and_nobody_is_disturbed(self):
        watch = Watch(self.exchange, "LV-duty", "--output", "json")
        self.addCleanup(watch.close)
        before = self.serial()
        following = self.make_next()
        self.certificate.write_bytes(following)
        wait_until("the next certificate is shown", lambda: self.serial() == NEXT_SERIAL)
        self.assertNotEqual(before, NEXT_SERIAL)
        self.assertEqual(self.logged("tls_reloaded")[-1]["serial"], f"{NEXT_SERIAL:X}")
        sent = self.notify()
        self.assertEqual(len(watch.until(watch.out, sent["act_digest"])), 1)

    def test_is_not_taken_up_unless_it_is_whole(self):
        whole = self.certificate.read_bytes()
        self.addCleanup(self.certificate.write_bytes, whole)
        shown = self.serial()
        for number, damaged in enumerate((b"", whole[:200], b"no PEM")):
            with self.subTest(damaged=damaged[:10]):
                self.certificate.write_bytes(damaged)
                self.exchange.process.send_signal(signal.SIGHUP)
                wait_until("it is alarmed on",
                           lambda: len(self.logged("tls_reload_failed")) > number)
                self.assertEqual(self.serial(), shown)
                self.notify()
        self.assertIn(str(self.certificate), self.logged("tls_reload_failed")[-1]["reason"])

    def test_lets_an_authority_go_by_itself_and_names_it(self):
        bundle = self.exchange.pki / "ca.pem"
        whole = bundle.read_bytes()
        self.addCleanup(self.exchange.restart)
        self.addCleanup(bundle.write_bytes, whole)
        bundle.write_bytes((self.exchange.pki / "authorities/Exchange/cert.pem").read_bytes())
        wait_until("it is let go", lambda: self.logged("authority_gone"))
        self.assertEqual(self.logged("authority_gone")[-1]["authority"],
                         "CN=States,O=CBM development")
        wait_until("nobody of it is let in", lambda: self.cbm("LV-duty", "whoami").code != 0)
        bundle.write_bytes(whole)
        wait_until("it is back", lambda: self.cbm("LV-duty", "whoami").code == 0)

    def test_fails_no_call_while_files_are_replaced(self):
        key, bundle = self.certificate.with_name("key.pem"), self.exchange.pki / "ca.pem"
        kept = {path: path.read_bytes() for path in (self.certificate, key, bundle)}
        for path, text in kept.items():
            self.addCleanup(path.write_bytes, text)
        watch = Watch(self.exchange, "LV-duty", "--output", "json")
        self.addCleanup(watch.close)
        reloads, failures = len(self.logged("tls_reloaded")), len(self.logged("tls_reload_failed"))
        is_over, outcomes = threading.Event(), []

        def call(office):
            while not is_over.is_set():
                outcomes.append(self.cbm(office, "whoami"))

        callers = [threading.Thread(target=call, args=(office,))
                   for office in ("EE-technical", "FI-technical")]
        for caller in callers:
            caller.start()
        try:
            for number in range(ROUNDS):
                for path, text in kept.items():
                    for damaged in (b"", text[:len(text) // 2], kept[key]):
                        path.write_bytes(damaged)
                        self.exchange.process.send_signal(signal.SIGHUP)
                    path.write_bytes(text)
                    self.exchange.process.send_signal(signal.SIGHUP)
                wait_until("it is reloaded", lambda count=reloads + number:
                           len(self.logged("tls_reloaded")) > count)
            enough = len(outcomes) + 2 * len(callers)
            wait_until("there were more calls", lambda: len(outcomes) >= enough)
        finally:
            is_over.set()
            for caller in callers:
                caller.join()
        for outcome in outcomes:
            outcome.must()
        self.assertGreater(len(self.logged("tls_reload_failed")), failures)
        sent = self.notify()
        self.assertEqual(len(watch.until(watch.out, sent["act_digest"])), 1)


class OpensslConfiguration(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")

    def test_of_the_machine_is_not_read(self):
        hostile = self.exchange.folder / "openssl.cnf"
        hostile.write_text(HOSTILE_OPENSSL)
        self.assertNotEqual(run("openssl", "dgst", "-sha256", hostile,
                                environment={"OPENSSL_CONF": str(hostile)}).code, 0)
        self.addCleanup(self.exchange.restart)
        with unittest.mock.patch.dict(os.environ, OPENSSL_CONF=str(hostile)):
            self.exchange.restart()
        self.notify()
        self.exchange.cbmd("check").must()


if __name__ == "__main__":
    unittest.main()
