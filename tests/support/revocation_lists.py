"""Revocation lists of the authorities of a PKI for development, made by openssl."""

import pathlib
import tempfile

from exchange import run

REVOKED = "R\t330101000000Z\t260101000000Z\t{serial}\tunknown\t/CN=revoked\n"

CONFIG = """
[ca]
default_ca = it
[it]
database = {folder}/index.txt
crlnumber = {folder}/number
default_md = sha256
crl_extensions = of_list
[of_list]
authorityKeyIdentifier = keyid
"""


def serial_of(certificate):
    """In hexadecimal digits."""
    said = run("openssl", "x509", "-in", certificate, "-noout", "-serial").must().out
    return said.strip().partition("=")[2]


def make_list(authority, revoked=(), number=1, seconds=3600):
    """A list in PEM by the authority in that folder; `revoked` are the files of certificates.

    It is fresh for so many seconds.
    """
    with tempfile.TemporaryDirectory(prefix="cbm-test-") as name:
        folder = pathlib.Path(name)
        (folder / "index.txt").write_text(
            "".join(REVOKED.format(serial=serial_of(each)) for each in revoked))
        (folder / "number").write_text(f"{number:04X}\n")
        (folder / "ca.cnf").write_text(CONFIG.format(folder=folder))
        made = folder / "list.crl"
        run("openssl", "ca", "-gencrl", "-config", folder / "ca.cnf", "-cert",
            authority / "cert.pem", "-keyfile", authority / "key.pem", "-crlsec", seconds,
            "-out", made).must()
        return made.read_bytes()
