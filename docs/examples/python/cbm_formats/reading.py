"""Reads a message by its table, as any protobuf library does: what is not known is passed over."""

from cbm_formats import wire
from cbm_formats.messages import ENUMS, MESSAGES
from cbm_formats.refused import Refused, require


class Message:
    """What was read. A field that is not there has its default; a message that is not there, None."""

    def __init__(self, type):
        self._type = type
        self._set = {}
        self.has_unknown = False  # Whether there were fields or enum values that are not known here.

    def __getattr__(self, name):
        for field in MESSAGES[self._type].values():
            if field.name == name.rstrip("_"):  # `from_`, since `from` is a word of the language.
                return self._set.get(field.name, field.default)
        raise AttributeError(f"{self._type} has no {name}")

    def known(self):
        """What is known of it, by name: bytes in hexadecimal digits, and nothing that has its default."""
        found = {}
        for field in MESSAGES[self._type].values():
            if field.name in self._set:
                value = self._set[field.name]
                shown = [_shown(each) for each in value] if field.repeated else _shown(value)
                if field.is_message or shown not in ("", 0, []):
                    found[field.name] = shown
        return {name: value for name, value in found.items() if value != []}

    def which(self, one_of):
        """The field of a `oneof` that is set; None if none is."""
        for field in MESSAGES[self._type].values():
            if field.one_of == one_of and field.name in self._set:
                return field
        return None


def _shown(value):
    if isinstance(value, Message):
        return value.known()
    return value.hex() if isinstance(value, bytes) else value


def read(data, type, depth=0):
    """The message of that type in `data`. Refuses what is no such message at all."""
    require(depth <= wire.NESTING_MAX, "is nested too deeply")
    message, parts = Message(type), {}
    for number, wire_type, value in wire.read_fields(data):
        field = MESSAGES[type].get(number)
        if field is None or not _fits(field, wire_type):
            message.has_unknown = True
        elif field.is_message and not field.repeated:
            _forget_others(message, field, parts)
            # Of a message that comes in several pieces, the pieces together are the message.
            parts[field.name] = parts.get(field.name, b"") + value
            message._set[field.name] = _message(parts[field.name], field, message, depth)
        else:
            _take(message, field, wire_type, value, depth)
    return message


def _fits(field, wire_type):
    if field.is_number:
        return wire_type == wire.VARINT or field.repeated and wire_type == wire.LENGTH
    return wire_type == wire.LENGTH


def _forget_others(message, field, parts):
    """Of a `oneof`, the last one that comes counts."""
    if field.one_of:
        for other in MESSAGES[message._type].values():
            if other.one_of == field.one_of and other is not field:
                message._set.pop(other.name, None)
                parts.pop(other.name, None)


def _take(message, field, wire_type, value, depth):
    if field.is_message:
        values = [_message(value, field, message, depth)]
    elif field.is_number:
        values = [number_of(field, each) for each in _numbers(wire_type, value)]
        if field.type in ENUMS and not ENUMS[field.type].issuperset(values):
            message.has_unknown = True
    else:
        values = [text_of(value, field.name) if field.type == "string" else value]
    if field.repeated:
        message._set.setdefault(field.name, []).extend(values)
    else:
        message._set[field.name] = values[-1]


def _message(value, field, parent, depth):
    read_one = read(value, field.type, depth + 1)
    parent.has_unknown = parent.has_unknown or read_one.has_unknown
    return read_one


def _numbers(wire_type, value):
    if wire_type == wire.VARINT:
        return [value]
    numbers, at = [], 0
    while at < len(value):
        number, at = wire.read_varint(value, at)
        numbers.append(number)
    return numbers


def number_of(field, varint):
    """What a varint of 64 bits says as a number of the field's type."""
    bits = 64 if field.type in ("uint64", "int64") else 32
    value = varint & (2**bits - 1)
    signed = field.type not in ("uint32", "uint64")
    return value - 2**bits if signed and value >> (bits - 1) else value


def text_of(value, name):
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Refused(f"{name} is not valid UTF-8") from None
