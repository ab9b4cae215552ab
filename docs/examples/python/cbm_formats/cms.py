"""Signatures: detached CMS SignedData (RFC 5652) in one exact form. docs/formats.md, "Signature"."""

import hashlib

from cbm_formats import der
from cbm_formats.refused import Refused, require

SIGNATURE_BYTES_MAX = 4096

SIGNED_DATA = der.write_oid("1.2.840.113549.1.7.2")
DATA = der.write_oid("1.2.840.113549.1.7.1")
CONTENT_TYPE = der.write_oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = der.write_oid("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2 = der.write_oid("1.2.840.113549.1.9.16.2.47")
SHA256 = der.write_oid("2.16.840.1.101.3.4.2.1")
SHA384 = der.write_oid("2.16.840.1.101.3.4.2.2")
SHA512 = der.write_oid("2.16.840.1.101.3.4.2.3")
ECDSA_WITH_SHA256 = der.write_oid("1.2.840.10045.4.3.2")
ECDSA_WITH_SHA384 = der.write_oid("1.2.840.10045.4.3.3")

HASH_OF = {SHA256: hashlib.sha256, SHA384: hashlib.sha384, SHA512: hashlib.sha512}
# The name of a key's hash in `cryptography`: the digest algorithm, and that of the signature.
ALGORITHMS = {"sha256": (SHA256, ECDSA_WITH_SHA256), "sha384": (SHA384, ECDSA_WITH_SHA384)}
_VERSION_1 = der.write(der.INTEGER, b"\x01")
_NULL = der.write(der.NULL)


def sign(data, certificate, sign_bytes):
    """A signature of `data`. `sign_bytes` signs bytes by ECDSA with the certificate's key."""
    digest_oid, signature_oid = ALGORITHMS[certificate.signs_with().name]
    digest = HASH_OF[digest_oid](data).digest()
    attributes = der.write_set(
        _attribute(CONTENT_TYPE, DATA),
        _attribute(MESSAGE_DIGEST, der.write(der.OCTET_STRING, digest)),
        _attribute(SIGNING_CERTIFICATE_V2, signing_certificate(certificate)))
    return assemble(certificate, digest_oid, attributes, signature_oid, sign_bytes(attributes))


def signing_certificate(certificate):
    """SigningCertificateV2 (RFC 5035) with the SHA-256 of the certificate, which is its default."""
    digest = der.write(der.OCTET_STRING, certificate.digest)
    return der.write(der.SEQUENCE, der.write(der.SEQUENCE, der.write(der.SEQUENCE, digest)))


def assemble(certificate, digest_oid, attributes, signature_oid, signature):
    """The whole from its parts; `attributes` is the SET that was signed."""
    digest_algorithm = der.write(der.SEQUENCE, digest_oid)
    signer = der.write(
        der.SEQUENCE, _VERSION_1, der.write(der.SEQUENCE, certificate.issuer, certificate.serial),
        digest_algorithm, bytes([der.context(0)]) + attributes[1:],
        der.write(der.SEQUENCE, signature_oid), der.write(der.OCTET_STRING, signature))
    signed_data = der.write(
        der.SEQUENCE, _VERSION_1, der.write(der.SET, digest_algorithm),
        der.write(der.SEQUENCE, DATA), der.write(der.SET, signer))
    return der.write(der.SEQUENCE, SIGNED_DATA, der.write(der.context(0), signed_data))


def _attribute(oid, value):
    return der.write(der.SEQUENCE, oid, der.write(der.SET, value))


def verify(signature, data, certificate):
    """Refuses what is not the certificate's signature of `data`, in the form that is laid down."""
    require(len(signature) <= SIGNATURE_BYTES_MAX,
            f"a signature has at most {SIGNATURE_BYTES_MAX} bytes")
    digest_oid, signature_oid = ALGORITHMS[certificate.signs_with().name]
    signer = _signer_info(signature, digest_oid)
    require(len(signer) == 6, "the signer has unsigned attributes, or lacks signed ones")
    version, sid, digest_algorithm, attributes, signature_algorithm, value = signer
    require(version.bytes == _VERSION_1, "the signer's version is not 1")
    require(sid.bytes == der.write(der.SEQUENCE, certificate.issuer, certificate.serial),
            "the signer is not named by issuer and serial number of the certificate")
    _require_digest_algorithm(digest_algorithm, digest_oid)
    attributes.must(der.context(0), "the signed attributes")
    _check_attributes(attributes.children(), HASH_OF[digest_oid](data).digest(), certificate)
    require(signature_algorithm.bytes == der.write(der.SEQUENCE, signature_oid),
            "the signature's algorithm is not the one that goes with the certificate's key")
    # What is signed has the tag of a SET.
    certificate.verify(value.must(der.OCTET_STRING, "the signature").content,
                       bytes([der.SET]) + attributes.bytes[1:])


def _signer_info(signature, digest_oid):
    """The parts of the one SignerInfo."""
    content_info = der.read_one(signature, der.SEQUENCE, "the signature").children()
    require(len(content_info) == 2 and content_info[0].bytes == SIGNED_DATA,
            "the signature is no CMS SignedData")
    inner = content_info[1].must(der.context(0), "the SignedData").content
    parts = der.read_one(inner, der.SEQUENCE, "the SignedData").children()
    require(len(parts) == 4, "the SignedData has certificates or revocation lists, or lacks something")
    version, algorithms, encapsulated, signers = parts
    require(version.bytes == _VERSION_1, "the SignedData's version is not 1")
    listed = algorithms.must(der.SET, "the digest algorithms").children()
    require(len(listed) == 1, "there is not one digest algorithm")
    _require_digest_algorithm(listed[0], digest_oid)
    require(encapsulated.bytes == der.write(der.SEQUENCE, DATA), "the signature is not detached")
    infos = signers.must(der.SET, "the signers").children()
    require(len(infos) == 1, "there is not one signer")
    return infos[0].must(der.SEQUENCE, "the signer").children()


def _require_digest_algorithm(algorithm, digest_oid):
    require(algorithm.bytes in (der.write(der.SEQUENCE, digest_oid),
                                der.write(der.SEQUENCE, digest_oid, _NULL)),
            "the digest algorithm is not the one that goes with the certificate's key")


def _check_attributes(attributes, digest, certificate):
    encoded = [each.bytes for each in attributes]
    require(encoded == sorted(encoded), "the signed attributes are not in DER's order")
    values = {CONTENT_TYPE: [], MESSAGE_DIGEST: [], SIGNING_CERTIFICATE_V2: []}
    for attribute in attributes:
        parts = attribute.must(der.SEQUENCE, "a signed attribute").children()
        require(len(parts) == 2 and parts[0].tag == der.OID, "a signed attribute is none")
        found = parts[1].must(der.SET, "a signed attribute's values").children()
        parts[1].check_within()
        if parts[0].bytes in values:
            require(len(found) == 1, "a signed attribute has not one value")
            values[parts[0].bytes].append(found[0].bytes)
    require(values[CONTENT_TYPE] == [DATA], "the signed contentType is not id-data")
    require(values[MESSAGE_DIGEST] == [der.write(der.OCTET_STRING, digest)],
            "the signature is of other bytes")
    if values[SIGNING_CERTIFICATE_V2]:
        require(len(values[SIGNING_CERTIFICATE_V2]) == 1, "there are two signingCertificateV2")
        _check_signing_certificate(values[SIGNING_CERTIFICATE_V2][0], certificate)


def _check_signing_certificate(value, certificate):
    """Its first ESSCertIDv2 must be of the certificate that verifies."""
    identifiers = _first(der.read_one(value, der.SEQUENCE, "signingCertificateV2"))
    parts = _first(identifiers.must(der.SEQUENCE, "signingCertificateV2")).must(
        der.SEQUENCE, "signingCertificateV2").children()
    digest_oid = SHA256
    if parts and parts[0].tag == der.SEQUENCE:
        digest_oid = _first(parts.pop(0)).bytes
    require(parts and digest_oid in HASH_OF, "signingCertificateV2 has no hash that is known")
    digest = HASH_OF[digest_oid](certificate.bytes).digest()
    require(parts[0].bytes == der.write(der.OCTET_STRING, digest),
            "signingCertificateV2 names another certificate")


def _first(element):
    children = element.children()
    if not children:
        raise Refused("a part of the signature is empty that may not be")
    return children[0]
