"""What `cbm verify` and the second verifier say of exported files."""

from cbm_formats.content import open_content
from cbm_formats.note import parse_key
from cbm_formats.receipt import verify_entry_with, verify_receipt
from cbm_formats.refused import Refused

PROVEN, NOT_PROVEN = 0, 5
PARTS = ("receipt", "entry.bin", "entry.tlog-proof", "content.bin")


def second_says(check, *arguments):
    """PROVEN or NOT_PROVEN, and why."""
    try:
        check(*arguments)
    except Refused as why:
        return NOT_PROVEN, str(why)
    return PROVEN, ""


class Judge:
    """Asks both, for one office."""

    def __init__(self, served, office, profile):
        self._served = served
        self._office = office
        self._profile = profile
        self._key = served.cbm(office, "log", "key").must().out.strip()

    @property
    def verifier(self):
        return self._profile.verifier

    def cbm_says(self, *words):
        told = self._served.cbm(self._office, "verify", *words)
        if told.code not in (PROVEN, NOT_PROVEN):
            raise AssertionError(f"cbm verify gives no verdict: {told}")
        return told.code, told.err.strip()

    def of_receipt(self, file):
        """Both verdicts on a receipt."""
        return (self.cbm_says(file),
                second_says(verify_receipt, file.read_bytes(), self._profile.verifier))

    def of_part(self, folder, part, file):
        """Both verdicts on an exported act, one file of which is replaced by `file`."""
        if part == "receipt":
            return self.of_receipt(file)
        if part == "content.bin":
            first = verify_receipt((folder / "receipt").read_bytes(), self._profile.verifier)[0]
            return (self.cbm_says(folder / "receipt", "--content", file),
                    second_says(open_content, file.read_bytes(), first.act.manifest_digest))
        files = {name: file if name == part else folder / name for name in PARTS}
        entry, proof = files["entry.bin"], files["entry.tlog-proof"]
        return (self.cbm_says("--key", self._key, "--entry", entry, "--proof", proof),
                second_says(verify_entry_with, entry.read_bytes(), proof.read_bytes(),
                            parse_key(self._key)))
