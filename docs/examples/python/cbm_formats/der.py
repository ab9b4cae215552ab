"""DER (X.690), as far as signatures and certificates need it: exact lengths, low tag numbers."""

from cbm_formats.refused import require

BOOLEAN, INTEGER, OCTET_STRING, NULL, OID, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
CONSTRUCTED = 0x20


def context(number):
    """The tag of a constructed element that its context names."""
    return 0xA0 | number


def write(tag, *contents):
    """An element with these contents, one after the other."""
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def write_set(*elements):
    """A SET OF in the order that DER gives it: that of the encoded elements."""
    return write(SET, *sorted(elements))


def write_oid(text):
    first, second, *rest = map(int, text.split("."))
    content = bytearray()
    for number in (40 * first + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return write(OID, bytes(content))


def _shortest(number):
    """The content of an INTEGER in its shortest form."""
    value = int.from_bytes(number, "big", signed=True)
    bits = (value if value >= 0 else ~value).bit_length()
    return value.to_bytes(bits // 8 + 1, "big", signed=True)


class Element:
    """One element: its tag, its content, and all its bytes."""

    def __init__(self, data, at=0):
        require(at + 2 <= len(data), "DER ends within an element")
        self.tag = data[at]
        require(self.tag & 0x1F != 0x1F, "DER has a tag that nothing here has")
        length, start = data[at + 1], at + 2
        if length >= 0x80:
            count = length & 0x7F
            require(1 <= count <= 4 and start + count <= len(data), "DER has a length that it may not")
            length = int.from_bytes(data[start:start + count], "big")
            require(length >= 0x80 and data[start] != 0, "DER has a length that could be shorter")
            start += count
        require(length <= len(data) - start, "DER ends within an element")
        self.content = data[start:start + length]
        self.bytes = data[at:start + length]

    def children(self):
        found, at = [], 0
        while at < len(self.content):
            child = Element(self.content, at)
            found.append(child)
            at += len(child.bytes)
        return found

    def must(self, tag, what):
        """Itself, if it has that tag."""
        require(self.tag == tag, f"{what} is another element than it must be")
        return self


    def check_within(self):
        """Refuses what is not DER at any depth, of the types that have a form of their own there."""
        content = self.content
        if self.tag & CONSTRUCTED:
            for child in self.children():
                child.check_within()
        elif self.tag == BOOLEAN:
            require(content in (b"\x00", b"\xff"), "DER has a truth value of another form")
        elif self.tag == INTEGER:
            require(content and content == _shortest(content), "DER has a number that could be shorter")
        elif self.tag == NULL:
            require(not content, "DER has a NULL with something in it")


def read_one(data, tag, what):
    """The element that is all of `data`."""
    element = Element(data).must(tag, what)
    require(len(element.bytes) == len(data), f"something follows {what}")
    return element
