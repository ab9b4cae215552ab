"""Every ledger of an exchange, read with the example client and kept as it came."""

from cbm_formats.ledger import LedgerReader
from cbm_formats.registry import Registry
from client import protos
from client.exchange import Exchange
from client.profile import Profile

_MESSAGES = []


def messages():
    """What the .proto files define, made once."""
    if not _MESSAGES:
        _MESSAGES.append(protos.load())
    return _MESSAGES[0]


class Ledger:
    """One ledger: its records, and the checkpoint that came with the last."""

    def __init__(self, name, records, checkpoint):
        self.name = name
        self.records = records  # (entry, act, signature, given)
        self.checkpoint = checkpoint


class Office:
    """An office's connection, and the ledgers that it may read, ALL first."""

    def __init__(self, served, office):
        self.profile = Profile(served.profile(office))
        self.exchange = Exchange(self.profile, messages())

    def call(self, method, request):
        return self.exchange.call(method, request)

    def ledger_names(self):
        answer = self.call("ExchangeService.GetExchange", messages().GetExchangeRequest())
        return sorted(answer.ledgers, key=lambda name: not name.startswith("ALL/"))

    def fetch(self, ledger, page_size):
        """The ledger, page by page."""
        cursor = messages().Cursor(ledger=ledger, epoch=self.profile.log_key.epoch)
        records = []
        while True:
            page = self.call("LedgerService.ListEntries", messages().ListEntriesRequest(
                cursor=cursor, page_size=page_size))
            if not page.records:
                return Ledger(ledger, records, page.checkpoint)
            records += [(each.entry, each.act, each.signature, list(each.given))
                        for each in page.records]
            cursor = page.next

    def read(self, ledgers):
        """Follows ledgers from the first entry to the checkpoint; what each entry says, by ledger."""
        registry = Registry(self.profile.genesis)
        said = {}
        for ledger in ledgers:
            reader = self.reader(ledger, registry)
            said[ledger.name] = [reader.accept(*record) for record in ledger.records]
            reader.reach(ledger.checkpoint)
        return said

    def reader(self, ledger, registry):
        return LedgerReader(ledger.name, self.profile.genesis, self.profile.log_key, registry)
