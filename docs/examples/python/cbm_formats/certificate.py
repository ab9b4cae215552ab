"""Certificates that sign acts: X.509, in DER. docs/formats.md, "Signature"."""

import calendar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cbm_formats import der
from cbm_formats.digests import sha256
from cbm_formats.refused import Refused, require

# The curve decides the hash.
HASHES = {"secp256r1": hashes.SHA256, "secp384r1": hashes.SHA384}


class Certificate:
    """One that was read. `digest` names it everywhere."""

    def __init__(self, data):
        self.bytes = data
        self.digest = sha256(data)
        self.x509 = _load(data)
        self.issuer, self.serial = _issuer_and_serial(data)

    @property
    def begins(self):
        """The first instant at which it holds, in seconds."""
        return calendar.timegm(self.x509.not_valid_before.timetuple())

    @property
    def ends(self):
        """The last instant at which it holds, in seconds."""
        return calendar.timegm(self.x509.not_valid_after.timetuple())

    def signs_with(self):
        """The hash that goes with its key. Refuses one that is not fit to sign acts."""
        key = self._public_key()
        require(isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in HASHES,
                "the certificate's key is neither of P-256 nor of P-384")
        constraints = self.extension(x509.BasicConstraints)
        require(constraints is None or not constraints.ca, "the certificate is an authority's")
        usage = self.extension(x509.KeyUsage)
        require(usage is None or usage.digital_signature, "the certificate's key is not for signing")
        return HASHES[key.curve.name]

    def verify(self, signature, signed):
        """Refuses a signature (ECDSA, in DER) of other bytes, or by another key."""
        try:
            self._public_key().verify(signature, signed, ec.ECDSA(self.signs_with()()))
        except InvalidSignature:
            raise Refused("the signature does not verify") from None

    def extension(self, type):
        """What an extension says; None if there is none."""
        try:
            return self.x509.extensions.get_extension_for_class(type).value
        except x509.ExtensionNotFound:
            return None
        except ValueError as why:
            raise Refused(f"the certificate's extensions cannot be read: {why}") from None

    def _public_key(self):
        try:
            return self.x509.public_key()
        except Exception as why:  # The library has an error for each way in which a key can be none.
            raise Refused(f"the certificate's key cannot be read: {why}") from None


def read_pem(text):
    """The certificates in a PEM file, in its order."""
    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    blocks = [begin + rest.split(end)[0] + end + b"\n" for rest in text.split(begin)[1:]]
    try:
        loaded = [x509.load_pem_x509_certificate(block) for block in blocks]
    except ValueError as why:
        raise Refused(f"a certificate cannot be read: {why}") from None
    return [Certificate(each.public_bytes(serialization.Encoding.DER)) for each in loaded]


def _load(data):
    try:
        return x509.load_der_x509_certificate(data)
    except (ValueError, x509.InvalidVersion) as why:
        raise Refused(f"the certificate cannot be read: {why}") from None


def _issuer_and_serial(data):
    """Both as they stand in it, which is how a signature names its signer."""
    signed = der.read_one(data, der.SEQUENCE, "the certificate").children()[0]
    parts = signed.must(der.SEQUENCE, "what is signed of the certificate").children()
    if parts and parts[0].tag == der.context(0):
        del parts[0]  # The version.
    require(len(parts) >= 3, "the certificate lacks serial number or issuer")
    return (parts[2].must(der.SEQUENCE, "the issuer").bytes,
            parts[0].must(der.INTEGER, "the serial number").bytes)
