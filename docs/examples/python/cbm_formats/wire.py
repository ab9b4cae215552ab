"""Protobuf's wire format: tags, varints, and what lies between.

This is the ordinary reading, as any protobuf library does it; canonical.py holds bytes to the one form
that an act must have.
"""

from cbm_formats.refused import Refused, require

VARINT, FIXED64, LENGTH, GROUP, GROUP_END, FIXED32 = range(6)
VARINT_BYTES_MAX = 10
FIELD_NUMBER_MAX = 2**29 - 1
NESTING_MAX = 100


def read_varint(data, at):
    """The number that begins at `at`, and where it ends."""
    value = 0
    for length in range(VARINT_BYTES_MAX):
        require(at + length < len(data), "ends within a number")
        byte = data[at + length]
        value |= (byte & 0x7F) << (7 * length)
        if byte < 0x80:
            return value & (2**64 - 1), at + length + 1
    raise Refused("a number has more than ten bytes")


def write_varint(value):
    """The shortest form of a number of at most 64 bits; negative ones as two's complement."""
    value &= 2**64 - 1
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def write_field(number, value):
    """A field with its tag: of an int as varint, of bytes with their length."""
    if isinstance(value, int):
        return write_varint(number << 3 | VARINT) + write_varint(value)
    return write_varint(number << 3 | LENGTH) + write_varint(len(value)) + value


def read_tag(data, at):
    """Field number and wire type, and where they end."""
    tag, at = read_varint(data, at)
    number, wire_type = tag >> 3, tag & 7
    require(1 <= number <= FIELD_NUMBER_MAX, f"{number} is no field number")
    require(wire_type <= FIXED32, f"{wire_type} is no wire type")
    return number, wire_type, at


def read_value(data, at, wire_type, number, depth=0):
    """A field's value, an int or bytes, and where it ends. Groups are passed over, as b""."""
    if wire_type == VARINT:
        return read_varint(data, at)
    if wire_type == GROUP:
        return b"", _end_of_group(data, at, number, depth + 1)
    require(wire_type != GROUP_END, "a group ends that did not begin")
    if wire_type == LENGTH:
        length, at = read_varint(data, at)
    else:
        length = 8 if wire_type == FIXED64 else 4
    require(length <= len(data) - at, f"ends within field {number}")
    return data[at:at + length], at + length


def read_fields(data):
    """Each field in turn: (number, wire type, value)."""
    at = 0
    while at < len(data):
        number, wire_type, at = read_tag(data, at)
        value, at = read_value(data, at, wire_type, number)
        yield number, wire_type, value


def _end_of_group(data, at, group, depth):
    require(depth <= NESTING_MAX, "is nested too deeply")
    while True:
        require(at < len(data), "ends within a group")
        number, wire_type, at = read_tag(data, at)
        if wire_type == GROUP_END:
            require(number == group, "one group begins and another ends")
            return at
        _, at = read_value(data, at, wire_type, number, depth)
