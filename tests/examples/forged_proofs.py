"""Receipts with a proof, or a checkpoint in it, in another form. Some hold nevertheless."""

from forge import base64_of

WITNESS = "witness.example"
COSIGNED_AT = 1_780_000_000


def note_of(proof):
    return proof.split("\n\n", 1)[1]


def text_of(proof):
    return note_of(proof).split("\n\n")[0] + "\n"


def name_of(proof):
    return text_of(proof).split("\n")[0]


def with_note(proof, note):
    return proof.split("\n\n", 1)[0] + "\n\n" + note


def line_of(name, data=b"\0" * 68):
    """A line that looks like a signature by somebody else."""
    return f"— {name} {base64_of(data)}\n"


def proofs(forge):
    """A proof in order but for one thing."""
    for cases in (_files(), _others_lines(), _own_lines(forge), _texts(forge)):
        for name, change in cases.items():
            yield f"proof: {name}", forge.remade(proof=change)
    for epoch in (0, 2, 7, "01"):
        yield f"proof: of epoch {epoch}", forge.remade(epoch=epoch)


def _replaced(old, new):
    return lambda proof: proof.replace(old, new, 1)


def _files():
    """What stands before the checkpoint, and where the file ends."""
    return {
        "as it is": lambda proof: proof,
        "an extra line": _replaced("\n", "\nextra aGVsbG8=\n"),
        "an empty extra line": _replaced("\n", "\nextra \n"),
        "an extra line that is no base64": _replaced("\n", "\nextra ?\n"),
        "two extra lines": _replaced("\n", "\nextra aGVsbG8=\nextra aGVsbG8=\n"),
        "another magic": _replaced("@v1", "@v2"),
        "no index": _replaced("index 0\n", ""),
        "an index with a zero": _replaced("index 0", "index 00"),
        "an index with a sign": _replaced("index 0", "index +0"),
        "a hash too many": _replaced("index 0\n", f"index 0\n{base64_of(b'0' * 32)}\n"),
        "a carriage return": _replaced("\n", "\r\n"),
        "two empty lines": _replaced("\n\n", "\n\n\n"),
        "nothing at the end": lambda proof: proof[:-1],
        "something at the end": lambda proof: proof + "\n",
        "a blank at the end": lambda proof: proof + " ",
    }


def _others_lines():
    """Lines of signatures by others: passed over, but not whatever they are."""
    def behind(line):
        return lambda proof: proof + line

    cases = {
        "another's line": behind(line_of(WITNESS)),
        "another's line first": lambda proof: with_note(
            proof, note_of(proof).replace("\n\n", "\n\n" + line_of(WITNESS), 1)),
        "another's line alone": lambda proof: with_note(
            proof, text_of(proof) + "\n" + line_of(WITNESS)),
        "another's line that is no base64": behind(f"— {WITNESS} ????\n"),
        "another's line without a name": behind("—  AAAAAAAA\n"),
        "a line with a hyphen": behind(f"- {WITNESS} AAAAAAAA\n"),
    }
    for count in (1, 4, 5):
        cases[f"another's signature of {count} bytes"] = behind(line_of(WITNESS, b"\0" * count))
    for count in (16, 63, 64):
        cases[f"{count} others"] = behind("".join(line_of(f"{WITNESS}{each}")
                                                  for each in range(count)))
    for character in "+ \t\x1f\x7f\x85\x9b\xa0\u2003\u2028\u3000\ufeff":
        cases[f"another's name with U+{ord(character):04X}"] = behind(line_of(f"wit{character}ness"))
    return cases


def _own_lines(forge):
    """Lines by the log's own name or key."""
    return {
        "its own line twice": lambda proof: proof + forge.line(name_of(proof), text_of(proof)),
        "its own name with another key": lambda proof: proof + line_of(name_of(proof)),
        "its own key and a wrong signature": lambda proof: proof + forge.line(name_of(proof),
                                                                              "something else\n"),
        **_cosignatures(forge),
        "no line": lambda proof: with_note(proof, text_of(proof) + "\n"),
        "under the anchor's name": lambda proof: with_note(proof, forge.note(
            text_of(proof).replace("/state/EE", "", 1), name_of(proof).removesuffix("/state/EE"))),
    }


def _cosignatures(forge):
    """Lines of witnesses (C2SP tlog-cosignature): of another type, and passed over, whatever they are."""
    def of(name=None, at=COSIGNED_AT, said=None):
        return lambda proof: forge.cosignature(name or name_of(proof), said or text_of(proof), at)

    def alone(line):
        return lambda proof: with_note(proof, text_of(proof) + "\n" + line(proof))

    cases = {
        "a cosignature": of(WITNESS), "a cosignature of something else": of(WITNESS, said="else\n"),
        "a cosignature of the year 2^63": of(WITNESS, at=2**63),
        "a cosignature under its own name": of(), "a wrong one under its own name": of(said="else\n")}
    return {**{name: lambda proof, line=line: proof + line(proof) for name, line in cases.items()},
            **{f"{name}, alone": alone(line) for name, line in cases.items()}}


def _texts(forge):
    """Checkpoints that say something else, and are signed."""
    def signed(change):
        return lambda proof: with_note(proof, forge.note(change(text_of(proof)), name_of(proof)))

    def two_lines(text):
        return "".join(text.splitlines(keepends=True)[:2])

    cases = {
        "further lines": signed(lambda text: text + "more\nand more\n"),
        "a further line that is empty": signed(lambda text: text + "\nmore\n"),
        "a size with a zero": signed(_replaced("\n1\n", "\n01\n")),
        "no root": signed(two_lines),
        "a root without padding": signed(_replaced("=", "")),
        "a short root": signed(lambda text: two_lines(text) + "AAAA\n"),
        "another origin": signed(_replaced("state/EE", "state/LV")),
    }
    for size in (0, 2, 2**63, 2**64):
        cases[f"a size of {size}"] = signed(_replaced("\n1\n", f"\n{size}\n"))
    for character in "\t\x1f\x7f\x85\u2028":
        cases[f"a further line with U+{ord(character):04X}"] = signed(
            lambda text, within=character: text + f"mo{within}re\n")
    return cases
