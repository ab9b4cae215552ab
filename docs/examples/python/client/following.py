"""Follows ledgers: every entry once, in order, proven, through any interruption."""

import json
import os
import pathlib
import sys
import time

import grpc

from cbm_formats.digests import sha256
from cbm_formats.instants import nanos_of, show
from cbm_formats.ledger import LedgerReader
from cbm_formats.messages import ENUMS, KINDS
from cbm_formats.note import open_checkpoint
from cbm_formats.refused import require
from cbm_formats.registry import NotRegistered, Registry
from client.acts import write_durably
from client.failures import USAGE, Failure, is_worth_another_try

PAGE_SIZE = 200
FIRST_WAIT_SECONDS, WAIT_SECONDS_MAX = 0.25, 5
ROLES = ("unspecified", "own", "addressed", "informed", "header", "refused")
_WORDS = {
    "Precedence": ("", "ROUTINE", "URGENT", "EMERGENCY"),
    "Context": ("", "REAL", "EXERCISE", "TEST"),
    "Marking": ("", "CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"),
}


class Place:
    """Where a follower stands, and what it wrote: a cursor file, and a file of JSON lines or none.

    Lines are written first and counted in the cursor file second. Whoever is killed in between finds
    more in the file than the cursor counts, cuts it off, and writes it again: nothing is missing, and
    nothing is there twice. Without a file the lines go to standard output, and those may come again.
    """

    def __init__(self, cursor, out):
        self._cursor = pathlib.Path(cursor)
        self._out = None
        self.ledgers, self.credentials, self._out_bytes = {}, [], 0
        if self._cursor.exists():
            said = json.loads(self._cursor.read_text())
            self.ledgers, self.credentials = said["ledgers"], said["credentials"]
            self._out_bytes = said["out_bytes"]
        elif out and os.path.exists(out) and os.path.getsize(out):
            raise Failure(USAGE, f"{out} is there without its cursor file {cursor}: name another")
        if out:
            self._keep()
            self._out = open(out, "ab")
            self._out.truncate(self._out_bytes)
            self._out.seek(0, os.SEEK_END)

    def write(self, lines, ledgers, credentials):
        self.ledgers, self.credentials = ledgers, credentials
        data = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
        if self._out is None:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
        else:
            self._out.write(data)
            self._out.flush()
            os.fsync(self._out.fileno())
            self._out_bytes += len(data)
        self._keep()

    def _keep(self):
        write_durably(self._cursor, json.dumps(
            {"ledgers": self.ledgers, "credentials": self.credentials,
             "out_bytes": self._out_bytes}).encode())


class Follower:
    """Reads ledgers side by side. Lines are written once every ledger stands at a signed checkpoint."""

    def __init__(self, profile, protos, exchange, place, ledgers):
        self._protos, self._exchange, self._place = protos, exchange, place
        self._registry = Registry(profile.genesis)
        self._registry.add_json(place.credentials)
        # What went to all of a framework first: it says whose the credentials are.
        self._readers = {}
        for ledger in sorted(ledgers, key=lambda name: not name.startswith("ALL/")):
            reader = LedgerReader(ledger, profile.genesis, profile.log_key, self._registry)
            if ledger in place.ledgers:
                reader.resume(place.ledgers[ledger])
            self._readers[ledger] = reader
        self._held, self._unproven = [], set()

    def catch_up(self, only=""):
        """Reads every ledger to its end, page by page."""
        for ledger, reader in self._readers.items():
            at_end = not ledger.startswith(only)
            while not at_end:
                page = self._exchange.call("LedgerService.ListEntries", self._protos.ListEntriesRequest(
                    cursor=self._cursor(reader), page_size=PAGE_SIZE))
                size = open_checkpoint(page.checkpoint.encode(), reader.key).size
                require(page.records or size == reader.size, "the exchange holds entries back")
                at_end = reader.size + len(page.records) == size
                self._take(reader, page.records, page.checkpoint if at_end else "")

    def follow(self):
        """Takes what comes until the exchange ends the stream."""
        request = self._protos.FollowRequest(cursors=map(self._cursor, self._readers.values()))
        for answer in self._exchange.stream("LedgerService.Follow", request):
            reader = self._readers[answer.cursor.ledger]
            # What was read from its page in the meantime comes here again.
            fresh = answer.records[max(0, reader.size - answer.cursor.ordinal + len(answer.records)):]
            at_end = reader.size + len(fresh) == answer.cursor.ordinal
            self._take(reader, fresh, answer.checkpoint if at_end else "")

    def _cursor(self, reader):
        return self._protos.Cursor(ledger=reader.ledger, epoch=reader.key.epoch, ordinal=reader.size)

    def _take(self, reader, records, checkpoint):
        for record in records:
            fields = (record.entry, record.act, record.signature, list(record.given))
            try:
                entry, act = reader.accept(*fields)
            except NotRegistered:
                # An office may be enrolled and act at once; its enrolment stands where all see it.
                require(not reader.ledger.startswith("ALL/"), "an unknown credential signed an act")
                self.catch_up("ALL/")
                entry, act = reader.accept(*fields)
            self._held.append(describe(entry, act))
            self._unproven.add(reader.ledger)
        if checkpoint:
            reader.reach(checkpoint)
            self._unproven.discard(reader.ledger)
        if self._held and not self._unproven:
            self._place.write(self._held, {name: each.to_json() for name, each in self._readers.items()},
                              self._registry.to_json())
            self._held = []


def describe(entry, act):
    """An entry as a line: what a program wants to know before it opens anything."""
    line = {"ledger": entry.ledger, "ordinal": entry.ordinal,
            "time": show(nanos_of(entry.time, "time")), "kind": KINDS.get(entry.kind),
            "role": ROLES[entry.role] if entry.role < len(ROLES) else entry.role,
            "act_digest": entry.act_digest.hex()}
    told = entry.summary
    if act is not None:
        line.update(party=act.party, office=act.office, act_id=act.act_id.hex())
        kind = act.which("kind")
        said = getattr(act, kind.name) if kind else None
        told = getattr(said, "notification", None) if _has_notification(kind) else None
        line["acts_on"] = [reference.act_digest.hex() for reference in act.references]
    elif told is not None:
        line["acts_on"] = [told.acted_on.hex()] if told.acted_on else []
    if told is not None:
        kind = told.kind if act is not None else told.notification_kind
        line["notification"] = {"kind": kind,
                                "precedence": _word("Precedence", told.precedence),
                                "context": _word("Context", told.context),
                                "marking": _word("Marking", told.marking)}
    return line


def _has_notification(kind):
    return kind is not None and kind.name in ("submit", "reply", "consultation_request")


def _word(enum, value):
    return _WORDS[enum][value] if value in ENUMS[enum] else value


def run(profile, protos, exchange, words):
    """Follows until it is told to stop, or with --once until the end of the ledgers."""
    answer = exchange.call("ExchangeService.GetExchange", protos.GetExchangeRequest())
    require(answer.exchange_id == profile.exchange_id, "another exchange answers there")
    require(sha256(answer.genesis) == profile.genesis.digest, "it has another genesis document")
    ledgers = words.ledger or list(answer.ledgers)
    follower = Follower(profile, protos, exchange, Place(words.cursor, words.out), ledgers)
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            follower.catch_up()
            if words.once:
                return
            wait = FIRST_WAIT_SECONDS
            follower.follow()
        except grpc.RpcError as error:
            if not is_worth_another_try(error):
                raise
            print(f"the exchange is away ({error.details()}); coming again", file=sys.stderr)
            time.sleep(wait)
            wait = min(2 * wait, WAIT_SECONDS_MAX)
