"""Chains of certificates: from the one that signed to a root that the verifier trusts (RFC 5280).

It asks for more than RFC 5280 where that is simpler to be sure of: an extension that it does not
look at must not be critical, and only the algorithms below sign.
"""

import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from cbm_formats.refused import Refused, require

CHAIN_MAX = 8  # Certificates beside the one that signed.
RSA_BITS_MIN, CURVE_BITS_MIN = 2048, 224  # 112 bits of security.
_HASHES = (hashes.SHA224, hashes.SHA256, hashes.SHA384, hashes.SHA512)
_LOOKED_AT = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage,
              x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier, x509.SubjectAlternativeName)


def verify_chain(leaf, others, authorities, seconds):
    """Refuses a leaf from which no chain leads to a root of `authorities` at an instant.

    `others` are certificates that may lead there, and are not believed by themselves. Of the
    authorities, those that are their own issuers are roots.
    """
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    _require_sound(leaf, at)
    candidates = {each.bytes: each for each in (*authorities, *others)}.values()
    roots = {each.bytes for each in authorities if each.x509.issuer == each.x509.subject}
    require(_reaches_root(leaf, candidates, roots, at, 0),
            "no chain leads from the certificate to a trusted root")


def _reaches_root(certificate, candidates, roots, at, depth):
    """Whether a chain goes up from a certificate that has `depth` others below it."""
    if certificate.bytes in roots:
        return True
    if depth == CHAIN_MAX:
        return False
    for issuer in candidates:
        if issuer.bytes == certificate.bytes or issuer.x509.subject != certificate.x509.issuer:
            continue
        try:
            _require_issued(certificate, issuer, at, depth)
        except Refused:
            continue
        if _reaches_root(issuer, candidates, roots, at, depth + 1):
            return True
    return False


def _require_issued(certificate, issuer, at, below):
    _require_sound(issuer, at)
    constraints = issuer.extension(x509.BasicConstraints)
    require(constraints is not None and constraints.ca, "the issuer is no authority")
    require(constraints.path_length is None or below <= constraints.path_length,
            "the chain is longer than the issuer allows")
    usage = issuer.extension(x509.KeyUsage)
    require(usage is None or usage.key_cert_sign, "the issuer's key does not sign certificates")
    _require_signed(certificate.x509, issuer.x509.public_key())


def _require_sound(certificate, at):
    known = certificate.x509
    require(known.not_valid_before <= at <= known.not_valid_after, "a certificate does not hold then")
    try:
        extensions, key = known.extensions, known.public_key()
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as why:
        raise Refused(f"a certificate cannot be read: {why}") from None
    for extension in extensions:
        require(not extension.critical or isinstance(extension.value, _LOOKED_AT),
                "a certificate has a critical extension that is not known")
    strong = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS_MIN
              or isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= CURVE_BITS_MIN
              or isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)))
    require(strong, "a certificate's key is too weak")


def _require_signed(signed, key):
    try:
        algorithm = signed.signature_hash_algorithm
        require(algorithm is None or isinstance(algorithm, _HASHES),
                "a certificate is signed with a weak hash")
        what = (signed.signature, signed.tbs_certificate_bytes)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(*what, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(*what, ec.ECDSA(algorithm))
        else:
            key.verify(*what)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError):
        raise Refused("a certificate is not signed by its issuer") from None
