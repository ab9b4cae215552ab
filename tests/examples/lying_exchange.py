"""An exchange that answers with whatever ledgers it is given, so that `cbm` judges them as a reader does."""

import contextlib
import re
import shutil
from concurrent import futures

import grpc

from exchange import CBM, run
from whole_ledgers import messages

PROVEN, NOT_PROVEN = 0, 5


class LyingExchange:
    """Serves one office. Close it, or use it in `with`; `served` may have ended."""

    def __init__(self, served, office, about):
        self._served, self._office, self._about = served, office, about
        self._ledgers = {}
        self._undo = contextlib.ExitStack()
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
        self._undo.callback(lambda: self._server.stop(None).wait())
        self._server.add_generic_rpc_handlers((
            self._handler("ExchangeService", "GetExchange", messages().GetExchangeRequest, self._get),
            self._handler("LedgerService", "ListEntries", messages().ListEntriesRequest, self._list)))
        files = served.pki
        key, certificate, authorities = (
            (files / name).read_bytes() for name in ("server/key.pem", "server/cert.pem", "ca.pem"))
        self._port = self._server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(
            [(key, certificate)], authorities, require_client_auth=True))
        self._server.start()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._undo.close()

    def cbm_says(self, ledgers):
        """PROVEN or NOT_PROVEN, and why, of these ledgers by name, to who has read none before."""
        self._ledgers = ledgers
        profile = self._served.folder / "lied to"
        shutil.rmtree(profile, ignore_errors=True)
        shutil.copytree(self._served.profile(self._office), profile,
                        ignore=shutil.ignore_patterns("replica", "outbox"))
        config = profile / "config.toml"
        config.write_text(re.sub(r"(?m)^server = .*$", f"server = '127.0.0.1:{self._port}'",
                                 config.read_text()))
        told = run(CBM, "--profile", profile, "log", "checkpoint")
        if told.code not in (PROVEN, NOT_PROVEN):
            raise AssertionError(f"cbm gives no verdict: {told}")
        return told.code, told.err.strip()

    @staticmethod
    def _handler(service, method, request, answer):
        return grpc.method_handlers_generic_handler(f"cbm.v1.{service}", {
            method: grpc.unary_unary_rpc_method_handler(
                answer, request.FromString, lambda answered: answered.SerializeToString())})

    def _get(self, request, context):
        return self._about

    def _list(self, request, context):
        ledger = self._ledgers[request.cursor.ledger]
        rest = ledger.records[request.cursor.ordinal:request.cursor.ordinal + request.page_size]
        page = messages().ListEntriesResponse(checkpoint=ledger.checkpoint)
        page.next.CopyFrom(request.cursor)
        page.next.ordinal += len(rest)
        for entry, act, signature, given in rest:
            page.records.add(entry=entry, act=act, signature=signature, given=given)
        return page
