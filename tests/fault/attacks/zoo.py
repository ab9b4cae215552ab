"""Client certificates as nobody should have them, each with how it must be refused."""

import dataclasses
import datetime
import pathlib
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from attacks import http2
from attacks.attack import LEFT_OPEN

DAY = datetime.timedelta(days=1)
CHAIN_TOO_LONG = 12


@dataclasses.dataclass(frozen=True)
class Specimen:
    name: str
    files: pathlib.Path | None  # The folder with the certificate and its key; none to show none.
    alert: str  # A regular expression for what its holder is told: a TLS alert, or a GOAWAY.
    reason: str  # What the log says.


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def _name(common):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "CBM development"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Issuer:
    """An authority: `States` of the exchange's own, or one that somebody made."""

    def __init__(self, certificate, key):
        self.certificate, self.key = certificate, key

    @classmethod
    def load(cls, folder):
        return cls(x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes()),
                   serialization.load_pem_private_key((folder / "key.pem").read_bytes(), None))

    @classmethod
    def new(cls, common):
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(make(None, key, common, authority=True), key)


def make(issuer, key, common, *, begins=-DAY, lasts=30 * DAY, authority=False,
         usage=ExtendedKeyUsageOID.CLIENT_AUTH):
    """A certificate of this key; without an issuer it signs itself."""
    begin = now() + begins
    builder = (x509.CertificateBuilder()
               .subject_name(_name(common))
               .issuer_name(issuer.certificate.subject if issuer else _name(common))
               .public_key(key.public_key())
               .serial_number(x509.random_serial_number())
               .not_valid_before(begin)
               .not_valid_after(begin + lasts)
               .add_extension(x509.BasicConstraints(authority, None), critical=True)
               .add_extension(x509.KeyUsage(
                   digital_signature=not authority, key_cert_sign=authority, crl_sign=authority,
                   key_agreement=not authority and isinstance(key, ec.EllipticCurvePrivateKey),
                   content_commitment=False, key_encipherment=False, data_encipherment=False,
                   encipher_only=False, decipher_only=False), critical=True))
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(
            [usage, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer.key if issuer else key, hashes.SHA256())


def write(folder, chain, key):
    """Both as files of an office: the certificate with what leads from it to a root, and the key."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cert.pem").write_bytes(
        b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    (folder / "key.pem").chmod(0o600)
    return folder


def _chained(root, length):
    """A leaf, and the intermediates that lead from it to the root: so many in all."""
    issuer, chain = root, []
    for number in range(length - 1):
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = Issuer(make(issuer, key, f"intermediate {number}", authority=True), key)
        chain.insert(0, issuer.certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    return [make(issuer, key, "EE-deep"), *chain], key


def specimens(served, folder):
    """All that must not come near gRPC; their files are written under `folder`."""
    states = Issuer.load(served.pki / "authorities" / "States")
    key = ec.generate_private_key(ec.SECP256R1())
    rsa_key = rsa.generate_private_key(65537, 1024)
    other = Issuer.new("States")  # By the name, one of those that are known.
    ours = x509.load_pem_x509_certificate(
        (served.profile("EE-technical") / "cert.pem").read_bytes())
    leaf = Issuer(ours, serialization.load_pem_private_key(
        (served.profile("EE-technical") / "key.pem").read_bytes(), None))
    deep, deep_key = _chained(states, CHAIN_TOO_LONG)
    unknown, bad = "tlsv1 alert unknown ca", "sslv3 alert bad certificate"
    nobodys = "INADEQUATE_SECURITY: .*registered to no office.*"
    made = [
        ("self-signed", [make(None, key, "EE-technical")], key, unknown, "self-signed"),
        ("of another authority", [make(other, key, "EE-technical"), other.certificate], key,
         "tlsv1 alert decrypt error", "certificate signature failure"),
        ("expired, of nobody", [make(states, key, "EE-old", begins=-9 * DAY, lasts=DAY)], key,
         nobodys, "registered to no office"),
        ("not yet valid", [make(states, key, "EE-soon", begins=DAY)], key, nobodys,
         "registered to no office"),
        ("for servers alone",
         [make(states, key, "EE-server", usage=ExtendedKeyUsageOID.SERVER_AUTH)], key,
         "sslv3 alert unsupported certificate", "clientAuth"),
        ("an authority's", [make(states, key, "EE-authority", authority=True)], key,
         "sslv3 alert unsupported certificate", "authority"),
        ("issued by a leaf", [make(leaf, key, "EE-technical"), ours], key, unknown,
         "is not accepted"),
        ("RSA of 1024 bits", [make(states, rsa_key, "EE-weak")], rsa_key, bad, "key too weak"),
        (f"chain of {CHAIN_TOO_LONG}", deep, deep_key, unknown, "chain too long"),
    ]
    found = [Specimen("none", None, "tlsv13 alert certificate required",
                      "did not return a certificate")]
    return found + [Specimen(name, write(folder / name, chain, its_key), alert, reason)
                    for name, chain, its_key, alert, reason in made]


def show(served, target, files):
    """Shows this certificate to the server; the TLS alert that comes, LEFT_OPEN if it is let in."""
    tls = http2.client_tls(served.pki / "ca.pem")
    tls.set_ciphers("DEFAULT@SECLEVEL=0")  # Ours are not to be refused by ourselves.
    if files is not None:
        tls.load_cert_chain(files / "cert.pem", files / "key.pem")
    try:
        with http2.Connection(target, tls) as connection:
            connection.await_frame(http2.SETTINGS)  # From gRPC, for who is let in.
            return connection.ended or LEFT_OPEN
    except ssl.SSLError as error:
        return http2.alert_of(error)


def short_lived(served, folder, seconds):
    """Files of an office whose certificate ends that soon; when."""
    states = Issuer.load(served.pki / "authorities" / "States")
    key = ec.generate_private_key(ec.SECP256R1())
    lasts = DAY + datetime.timedelta(seconds=seconds)
    certificate = make(states, key, folder.name, lasts=lasts)
    write(folder, [certificate], key)
    return certificate.not_valid_after.replace(tzinfo=datetime.timezone.utc)


def oddly_named(served, folder):
    """Certificates of nobody by an authority that is trusted, with names that tempt."""
    states = Issuer.load(served.pki / "authorities" / "States")
    key = ec.generate_private_key(ec.SECP256R1())
    names = {"NUL": "EE-technical\0.example", "newline": 'EE\n{"level":"error","event":"x"}',
             "terminal": "EE\x1b[2J", "unregistered": "EE-technical"}
    return {name: write(folder / name, [make(states, key, common)], key)
            for name, common in names.items()}
