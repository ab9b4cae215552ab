"""The server's key lies on a PKCS#11 token: it signs there, and no copy of it is anywhere else."""

import json
import os
import signal
import unittest
import unittest.mock

from exchange import run, wait_until
from exchange_case import ExchangeCase

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "48151623"


class KeyOnAToken(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.exchange.folder / "token"
        (folder / "tokens").mkdir(parents=True)
        (folder / "softhsm.conf").write_text(
            f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
        patch = unittest.mock.patch.dict(os.environ, SOFTHSM2_CONF=str(folder / "softhsm.conf"))
        patch.start()
        cls.addClassCleanup(patch.stop)
        run("softhsm2-util", "--init-token", "--free", "--label", "cbm", "--pin", PIN,
            "--so-pin", PIN).must()
        cls.key = cls.exchange.pki / "server" / "key.pem"
        run("softhsm2-util", "--import", cls.key, "--token", "cbm", "--label", "server",
            "--id", "01", "--pin", PIN).must()
        cls.key.unlink()
        cls.pin = folder / "pin"
        cls.put_pin(PIN)
        cls.in_file = cls.exchange.config.read_text()
        cls.configure("cbm", "server")
        cls.exchange.restart()

    @classmethod
    def put_pin(cls, pin):
        cls.pin.write_text(pin + "\n")
        cls.pin.chmod(0o600)

    @classmethod
    def configure(cls, token, name):
        uri = f"pkcs11:token={token};object={name};type=private;pin-source=file:{cls.pin}"
        cls.exchange.config.write_text(cls.in_file.replace(
            'key = "pki/server/key.pem"', f'key = "{uri}"\nkey_module = "{MODULE}"'))

    def logged(self, event):
        lines = (self.exchange.folder / "cbmd.log").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["event"] == event]

    def test_signs_for_the_server(self):
        self.assertFalse(self.key.exists())
        sent = self.notify()
        self.assertIsNotNone(self.listed("LV-duty", sent))

    def test_serves_the_next_certificate_of_the_same_key(self):
        certificate = self.exchange.pki / "server" / "cert.pem"
        before = len(self.logged("tls_reloaded"))
        certificate.write_bytes(certificate.read_bytes() + b"\n")
        self.exchange.process.send_signal(signal.SIGHUP)
        wait_until("it is reloaded", lambda: len(self.logged("tls_reloaded")) > before)
        self.notify()

    def test_says_what_to_look_at_where_the_token_gives_no_key(self):
        self.exchange.stop()
        self.addCleanup(self.start_again)
        self.addCleanup(self.put_pin, PIN)
        self.addCleanup(self.configure, "cbm", "server")
        for token, name, pin in (("nothing", "server", PIN), ("cbm", "nothing", PIN),
                                 ("cbm", "server", "99999999")):
            with self.subTest(token=token, name=name, pin=pin):
                self.configure(token, name)
                self.put_pin(pin)
                refused = self.exchange.cbmd("serve")
                self.assertEqual(refused.code, 1)
                self.assert_says(refused.err, "the token does not give the key", "its PIN",
                                 f"pkcs11-tool --module {MODULE}")
                self.assertNotIn(pin, refused.err)

    def test_shows_the_pin_to_nobody(self):
        arguments = (f"/proc/{self.exchange.process.pid}/cmdline",
                     f"/proc/{self.exchange.process.pid}/environ")
        said = [self.exchange.folder / "cbmd.log", self.exchange.folder / "cbmd.out", *arguments]
        for path in said:
            with open(path, "rb") as file:
                self.assertNotIn(PIN.encode(), file.read(), path)


if __name__ == "__main__":
    unittest.main()
