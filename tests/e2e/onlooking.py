"""An office to which nothing happens: all that it could notice stays as it was."""

import json

from watching import Watch

UNKNOWN = "ab" * 32  # The digest of no act, and the id of no consultation.


class Onlooker:
    """Looks from when it is made. `more` are further commands whose answers must stay."""

    def __init__(self, exchange, office, *more):
        self.exchange = exchange
        self.office = office
        self.commands = [("inbox", "--headers", "--output", "json"), ("sent", "--output", "json"),
                         ("consult", "list", "--output", "json"), ("log", "checkpoint"), *more]
        self.before = self.seen()
        self.watch = Watch(exchange, office, "--output", "json")

    def seen(self):
        seen = {" ".join(command): self.exchange.cbm(self.office, *command).must().out
                for command in self.commands}
        # All its ledgers with their checkpoints, as the commands brought them up to date.
        for file in sorted((self.exchange.profile(self.office) / "replica").iterdir()):
            seen[file.name] = file.read_bytes()
        return seen

    def must_have_seen_nothing(self):
        now = self.seen()
        if set(now) != set(self.before):
            raise AssertionError(f"{self.office} has other files: {sorted(now)}")
        for place, there in now.items():
            if there != self.before[place]:
                raise AssertionError(f"{self.office} was shown something by {place}:\n"
                                     f"{self.before[place]}\nis now\n{there}")

    def must_not_find(self, *references):
        """Nor by name, in the very words in which it is told of what never existed."""
        for reference in references:
            for command in (("show",), ("consult", "show"), ("ack", "--yes"),
                            ("export", "--dir", self.exchange.folder / "found"),
                            ("reply", "--outcome", "not-in-a-position", "--yes"),
                            ("consult", "confirm", "--version", "1", "--yes")):
                there, nowhere = (self._answer_for(name, command) for name in (reference, UNKNOWN))
                if there != nowhere or there[0] != 6:
                    raise AssertionError(f"{self.office} learns from {command} that {reference} "
                                         f"exists: {there}, otherwise {nowhere}")

    def watched_until(self, part):
        """The entries that the watch was given, the last being the first that has `part`."""
        return [json.loads(line) for line in self.watch.until(self.watch.out, part)]

    def close(self):
        self.watch.close()

    def _answer_for(self, name, command):
        told = self.exchange.cbm(self.office, *command, name)
        return (told.code, *(text.replace(name, "NAME") for text in (told.out, told.err)))
