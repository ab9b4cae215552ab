"""Certificates that hardly are any. What leads nowhere does no harm in a receipt, if it is one in DER."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

BEGIN, END = datetime.datetime(2020, 1, 1), datetime.datetime(2090, 1, 1)


def _made(key, extensions=(), algorithm=hashes.SHA256()):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "odd")])
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
               .public_key(key.public_key()).serial_number(1).not_valid_before(BEGIN)
               .not_valid_after(END))
    for oid, value in extensions:
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value),
                                        critical=False)
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.DER)


def cases():
    """(name, DER)"""
    key = ec.generate_private_key(ec.SECP256R1())
    plain = _made(key)
    version = b"\xa0\x03\x02\x01"
    serial = b"\x02\x01\x01"
    yield "another", plain
    yield "one of Ed25519", _made(ed25519.Ed25519PrivateKey.generate(), algorithm=None)
    yield "one of a weak curve", _made(ec.generate_private_key(ec.SECP192R1()))
    for number in (0, 1, 3, 10):
        yield f"one of version {number + 1}", plain.replace(version + b"\2", version + bytes([number]), 1)
    for name, value in (("a negative number", b"\x02\x01\xff"), ("number zero", b"\x02\x01\x00")):
        yield f"one of {name}", plain.replace(serial, value, 1)
    yield "one of a day that there is not", plain.replace(b"200101000000Z", b"201301000000Z", 1)
    yield "one of a time without seconds", plain.replace(b"200101000000Z", b"2001010000+0Z", 1)
    yield "one of an unknown curve", plain.replace(
        bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d030177"), 1)
    yield "one of no point", plain.replace(b"\x03\x42\x00\x04", b"\x03\x42\x00\x05", 1)
    yield "one of an unknown signature", plain.replace(
        bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8648ce3d040377"))
    yield "one of two signature algorithms", plain.replace(
        bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8648ce3d040303"), 1)
    yield "one with broken basic constraints", _made(key, [("2.5.29.19", b"\x30\x03\x01")])
    yield "one with a broken key usage", _made(key, [("2.5.29.15", b"none")])
    yield "one with a broken further name", _made(key, [("2.5.29.17", b"\x30\x05none")])
    yield "one with an unknown extension", _made(key, [("1.2.3.4", b"none")])
    for size in (4096, 4097, 16384, 16385):
        yield f"one of {size} bytes", _filled(key, size)


def _filled(key, size):
    """A certificate of that size, by an extension that says nothing. A signature's length varies."""
    length = size - len(_made(key, [("1.2.3.4", b"x" * 4000)])) + 4000
    for _ in range(200):
        made = _made(key, [("1.2.3.4", b"x" * length)])
        if len(made) == size:
            return made
        length += size - len(made) if abs(size - len(made)) > 4 else 0
    raise AssertionError("no certificate of that size")
