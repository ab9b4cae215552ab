"""Acts as an office signs them: by the example client, so that nothing of ours is used to attack us."""

import pathlib
import sys
import types

import exchange

sys.path.append(str(exchange.ROOT / "docs/examples/python"))
from client import protos, submit  # noqa: E402
from client.profile import Profile  # noqa: E402


class Acts:
    """Makes signed acts. It takes a moment to begin: protoc is run."""

    def __init__(self):
        self._protos = protos.load()
        self._profiles = {}

    def request(self, folder, to, attached=b""):
        """A notification of the office with this profile, as PerformAct takes it."""
        if folder not in self._profiles:
            self._profiles[folder] = Profile(folder)
        words = types.SimpleNamespace(
            to=to, subject="One more", body="Text", kind="FRE", precedence="ROUTINE", context="TEST",
            marking="AMBER", measure=["OSCE-3"], language="en", show_list=False, cross_border=None,
            field=[], attach=[])
        if attached:
            file = pathlib.Path(folder) / "attached.bin"
            file.write_bytes(attached)
            words.attach = [file]
        return submit.build(self._profiles[folder], self._protos, words).SerializeToString()
