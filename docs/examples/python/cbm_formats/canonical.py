"""Whether bytes are the one canonical form of what they say: docs/formats.md, "Canonical serialization".

What is signed must have one form alone; otherwise two programs could hash the same act differently.
"""

from cbm_formats import wire
from cbm_formats.messages import ENUMS, MESSAGES
from cbm_formats.reading import number_of, read, text_of
from cbm_formats.refused import Refused, require


def read_canonical(data, type):
    """The message in `data`, which must be its canonical form, with no field that is not known."""
    try:
        _check(data, type)
    except Refused as why:
        raise Refused(f"is not canonical: {why}") from None
    return read(data, type)


def _check(data, type):
    at, last, chosen = 0, 0, set()
    while at < len(data):
        start = at
        number, wire_type, at = wire.read_tag(data, at)
        _require_shortest(data[start:at], number << 3 | wire_type)
        field = MESSAGES[type].get(number)
        require(field is not None, f"{type} has no field {number}")
        in_one_piece = not field.repeated or field.is_number
        require(number > last or number == last and not in_one_piece,
                f"{field.name} comes again, or after a field of a higher number")
        if field.one_of:
            require(field.one_of not in chosen, f"more than one of `{field.one_of}` is set")
            chosen.add(field.one_of)
        at = _check_value(data, at, wire_type, field)
        last = number


def _check_value(data, at, wire_type, field):
    """Where the value ends that begins at `at`."""
    alone = field.is_number and not field.repeated
    require(wire_type == (wire.VARINT if alone else wire.LENGTH), f"{field.name} is of another type")
    start = at
    if alone:
        value, at = wire.read_varint(data, at)
        _check_number(data[start:at], value, field)
        require(value != 0, f"{field.name} has its default and is written")
        return at
    length, at = wire.read_varint(data, at)
    _require_shortest(data[start:at], length)
    require(length <= len(data) - at, f"ends within {field.name}")
    value = data[at:at + length]
    if field.is_message:
        _check(value, field.type)
    else:
        require(value or field.repeated and not field.is_number,
                f"{field.name} has its default and is written")
        if field.is_number:
            _check_packed(value, field)
        elif field.type == "string":
            text_of(value, field.name)
    return at + length


def _check_packed(value, field):
    at = 0
    while at < len(value):
        start = at
        number, at = wire.read_varint(value, at)
        _check_number(value[start:at], number, field)


def _check_number(written, varint, field):
    _require_shortest(written, varint)
    value = number_of(field, varint)
    # A number of fewer bits that is written with more would be cut in reading.
    require(value & (2**64 - 1) == varint, f"{field.name} has too many bits")
    if field.type in ENUMS:
        require(value in ENUMS[field.type], f"{field.name} has a value outside its enum: {value}")


def _require_shortest(written, value):
    require(written == wire.write_varint(value), "a number is not in its shortest form")
