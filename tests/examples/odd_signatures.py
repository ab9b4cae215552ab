"""Signatures of an act in every form that somebody might send: CMS made by hand, well signed or not."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.utils import (decode_dss_signature,
                                                             encode_dss_signature)

from cbm_formats import cms, der

NULL = der.write(der.NULL)
SIGNING_TIME = der.write_oid("1.2.840.113549.1.9.5")
NOBODYS = der.write_oid("1.2.3.4")
SHA1 = der.write_oid("1.3.14.3.2.26")
EC_PUBLIC_KEY = der.write_oid("1.2.840.10045.2.1")
VERSIONS = {number: der.write(der.INTEGER, bytes([number])) for number in (0, 1, 3)}
# The order of the group of P-256.
GROUP_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def sequence(*parts):
    return der.write(der.SEQUENCE, *parts)


def octets(data):
    return der.write(der.OCTET_STRING, data)


def attribute(oid, *values):
    return sequence(oid, der.write(der.SET, *values))


class Maker:
    """Makes signatures of `data`; what is named in a call differs from the form that is laid down."""

    def __init__(self, data, signer, other):
        self.data, self.signer, self.other = data, signer, other

    @property
    def certificate(self):
        return self.signer.certificate

    def content_type(self):
        return attribute(cms.CONTENT_TYPE, cms.DATA)

    def message_digest(self):
        return attribute(cms.MESSAGE_DIGEST, octets(hashlib.sha256(self.data).digest()))

    def ess(self, *identifiers, policies=b""):
        """signingCertificateV2 with these ESSCertIDv2."""
        return attribute(cms.SIGNING_CERTIFICATE_V2, sequence(sequence(*identifiers), policies))

    def ess_id(self, hash=hashlib.sha256, algorithm=b"", certificate=None, rest=b""):
        digest = hash((certificate or self.certificate).bytes).digest()
        return sequence(algorithm, octets(digest), rest)

    def base(self):
        return [self.content_type(), self.message_digest(), self.ess(self.ess_id())]

    def attributes(self, *attributes, sort=True):
        """The signed attributes as a SET."""
        return der.write(der.SET, *(sorted(attributes) if sort else attributes))

    def make(self, attributes=None, signature=None, version=1, algorithms=None, encapsulated=None,
             between=b"", infos=None, tail=b"", **signer_info):
        algorithms = algorithms or der.write(der.SET, sequence(cms.SHA256))
        infos = infos or [self.info(attributes, signature, **signer_info)]
        signed_data = sequence(VERSIONS[version], algorithms, encapsulated or sequence(cms.DATA),
                               between, der.write(der.SET, *infos))
        return sequence(cms.SIGNED_DATA, der.write(der.context(0), signed_data)) + tail

    def info(self, attributes=None, signature=None, version=1, sid=None, digest=None,
             algorithm=cms.ECDSA_WITH_SHA256, parameters=b"", unsigned=b"", tag=0xA0, **other):
        attributes = attributes or self.attributes(*self.base())
        signature = signature or self.signer.sign_bytes(attributes)
        sid = sid or sequence(self.certificate.issuer, self.certificate.serial)
        version = other.get("info_version", version)
        return sequence(VERSIONS[version], sid, digest or sequence(cms.SHA256),
                        bytes([tag]) + attributes[1:], sequence(algorithm, parameters),
                        octets(signature), unsigned)

    def with_attributes(self, *attributes, **options):
        return self.make(self.attributes(*attributes, **options))


def attributes_cases(make):
    """Other signed attributes."""
    content_type, digest, ess = make.base()
    time = attribute(SIGNING_TIME, der.write(0x17, b"200101000000Z"))
    with_attributes = make.with_attributes
    yield "as it is", make.make()
    yield "no signingCertificateV2", with_attributes(content_type, digest)
    yield "a signingTime", with_attributes(content_type, digest, ess, time)
    yield "two signingTimes", with_attributes(content_type, digest, ess, time, time)
    yield "an attribute without values", with_attributes(content_type, digest, attribute(SIGNING_TIME))
    yield "an attribute of two values", with_attributes(
        content_type, digest, attribute(SIGNING_TIME, NULL, NULL))
    # Whether a truth value of another form or a length that is not told is refused there is left open.
    for name, value in {
            "a truth value": b"\x01\x01\xff",
            "a number": b"\x02\x02\x00\x80", "a negative number": b"\x02\x01\x80",
            "a number with a zero": b"\x02\x02\x00\x01", "a number of no digits": b"\x02\x00",
            "a NULL that is none": b"\x05\x01\x00",
            "a length in a longer form": b"\x04\x81\x01x", "half a value": b"\x04\x05x",
            "a sequence of them": sequence(NULL, octets(b"x"))}.items():
        yield f"an attribute with {name}", with_attributes(content_type, digest,
                                                           attribute(NOBODYS, value))
    yield "no contentType", with_attributes(digest, ess)
    yield "contentType twice", with_attributes(content_type, content_type, digest)
    yield "contentType of two values", with_attributes(
        attribute(cms.CONTENT_TYPE, cms.DATA, cms.DATA), digest)
    yield "another contentType", with_attributes(attribute(cms.CONTENT_TYPE, cms.SIGNED_DATA), digest)
    yield "contentType without a value", with_attributes(attribute(cms.CONTENT_TYPE), digest)
    yield "no messageDigest", with_attributes(content_type, ess)
    yield "messageDigest twice", with_attributes(content_type, digest, digest)
    yield "messageDigest of other bytes", with_attributes(
        content_type, attribute(cms.MESSAGE_DIGEST, octets(b"\0" * 32)))
    yield "messageDigest by SHA-384", with_attributes(
        content_type, attribute(cms.MESSAGE_DIGEST, octets(hashlib.sha384(make.data).digest())))
    yield "attributes in another order", make.with_attributes(*sorted(make.base(), reverse=True),
                                                              sort=False)
    yield "no attributes at all", make.make(der.write(der.SET))


def signing_certificate_cases(make):
    """Other signingCertificateV2."""
    content_type, digest, ess = make.base()
    with_attributes, ess_id = make.with_attributes, make.ess_id
    sha256, sha384 = sequence(cms.SHA256), sequence(cms.SHA384)
    issuer_serial = sequence(sequence(der.write(0xA4, make.certificate.issuer)),
                             make.certificate.serial)
    for name, identifier in {
            "SHA-256 by name": ess_id(algorithm=sha256),
            "SHA-256 by name and NULL": ess_id(algorithm=sequence(cms.SHA256, NULL)),
            "SHA-384": ess_id(hashlib.sha384, sha384),
            "SHA-512": ess_id(hashlib.sha512, sequence(cms.SHA512)),
            "SHA-1": ess_id(hashlib.sha1, sequence(SHA1)),
            "a name and another's hash": ess_id(algorithm=sha384),
            "another certificate": ess_id(certificate=make.other.certificate),
            "issuer and serial": ess_id(rest=issuer_serial),
            "no hash": sequence(), "something else": NULL}.items():
        yield f"signingCertificateV2 with {name}", with_attributes(content_type, digest,
                                                                   make.ess(identifier))
    another = ess_id(certificate=make.other.certificate)
    yield "signingCertificateV2 of two, its own first", with_attributes(
        content_type, digest, make.ess(ess_id(), another))
    yield "signingCertificateV2 of two, its own last", with_attributes(
        content_type, digest, make.ess(another, ess_id()))
    yield "signingCertificateV2 of none", with_attributes(content_type, digest, make.ess())
    yield "signingCertificateV2 with policies", with_attributes(
        content_type, digest, make.ess(ess_id(), policies=sequence()))
    yield "signingCertificateV2 twice", with_attributes(content_type, digest, ess, ess)
    yield "signingCertificateV2 twice, once of another", with_attributes(content_type, digest, ess,
                                                                         make.ess(another))
    yield "signingCertificateV2 without a value", with_attributes(
        content_type, digest, attribute(cms.SIGNING_CERTIFICATE_V2))


def algorithm_cases(make):
    """Other algorithms, and their parameters."""
    with_null = sequence(cms.SHA256, NULL)
    sha384 = sequence(cms.SHA384)
    one = der.write(der.SET, sequence(cms.SHA256))
    yield "NULL for the digest", make.make(algorithms=der.write(der.SET, with_null), digest=with_null)
    yield "NULL for the signer's digest alone", make.make(digest=with_null)
    yield "NULL for the first digest alone", make.make(algorithms=der.write(der.SET, with_null))
    yield "NULL for the signature", make.make(parameters=NULL)
    yield "other parameters for the digest", make.make(digest=sequence(cms.SHA256, sequence()))
    yield "SHA-384 for the digest", make.make(algorithms=der.write(der.SET, sha384), digest=sha384)
    yield "SHA-384 for the signer's digest alone", make.make(digest=sha384)
    yield "SHA-384 for the signature", make.make(algorithm=cms.ECDSA_WITH_SHA384)
    yield "the key's kind for the signature", make.make(algorithm=EC_PUBLIC_KEY)
    yield "two digest algorithms", make.make(algorithms=der.write(der.SET, sequence(cms.SHA256), sha384))
    yield "the same digest algorithm twice", make.make(
        algorithms=der.write(der.SET, sequence(cms.SHA256), sequence(cms.SHA256)))
    yield "no digest algorithm", make.make(algorithms=der.write(der.SET))
    yield "the digest algorithm", make.make(algorithms=one)


def frame_cases(make):
    """What is around."""
    whole = make.make()
    attributes = make.attributes(*make.base())
    signed = make.signer.sign_bytes(attributes)
    r, s = decode_dss_signature(signed)
    certificate = make.certificate
    yield "the other of two values that verify", make.make(
        attributes, encode_dss_signature(r, GROUP_ORDER - s))
    yield "a value that is not in DER", make.make(
        attributes, r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    yield "a value with something behind", make.make(attributes, signed + b"\0")
    yield "another's value", make.make(attributes, make.other.sign_bytes(attributes))
    yield "a value of the bytes themselves", make.make(attributes, make.signer.sign_bytes(make.data))
    yield "SignedData of version 3", make.make(version=3)
    yield "SignerInfo of version 3", make.make(info_version=3)
    yield "SignerInfo of version 0", make.make(info_version=0)
    yield "another signer's name", make.make(
        sid=sequence(make.other.certificate.issuer, make.other.certificate.serial))
    yield "a signer by key identifier", make.make(sid=der.write(0x80, b"\1" * 20))
    yield "a serial number with a zero", make.make(sid=sequence(
        certificate.issuer, der.write(der.INTEGER, b"\0" + certificate.serial[2:])))
    yield "a certificate within", make.make(between=der.write(0xA0, certificate.bytes))
    yield "certificates, but none", make.make(between=der.write(0xA0))
    yield "revocation lists, but none", make.make(between=der.write(0xA1))
    yield "the content within", make.make(encapsulated=sequence(
        cms.DATA, der.write(0xA0, octets(make.data))))
    yield "an empty content within", make.make(encapsulated=sequence(cms.DATA,
                                                                     der.write(0xA0, octets(b""))))
    yield "another type of content", make.make(encapsulated=sequence(cms.SIGNED_DATA))
    yield "unsigned attributes", make.make(unsigned=der.write(0xA1, attribute(SIGNING_TIME, NULL)))
    yield "unsigned attributes, but none", make.make(unsigned=der.write(0xA1))
    yield "attributes under another tag", make.make(tag=0xA2)
    yield "two signers", make.make(infos=[make.info(), make.info()])
    yield "no signer", sequence(cms.SIGNED_DATA, der.write(der.context(0), sequence(
        VERSIONS[1], der.write(der.SET, sequence(cms.SHA256)), sequence(cms.DATA),
        der.write(der.SET))))
    yield "something behind", whole + b"\0"
    yield "something behind that is DER", make.make(tail=NULL)
    yield "a part", whole[:-1]
    yield "nothing", b""
    yield "a length in a longer form", b"\x30\x83\0" + whole[2:4] + whole[4:]
    yield "a length that is not told", b"\x30\x80" + whole[4:] + b"\0\0"
    yield "another type of message", whole.replace(cms.SIGNED_DATA, cms.DATA, 1)
    for size in (4096, 4097):
        long = make.with_attributes(*make.base(), attribute(SIGNING_TIME, octets(b"")))
        spare = size - len(long)
        for filler in range(spare - 16, spare + 1):
            long = make.with_attributes(*make.base(), attribute(SIGNING_TIME, octets(b"x" * filler)))
            if len(long) == size:
                yield f"{size} bytes", long
                break
