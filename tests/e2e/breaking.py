"""A stretch of the way from a client to an exchange, which a test may break."""

import contextlib
import select
import socket
import threading

from exchange import PATIENCE_SECONDS


# A request is longer; what gRPC itself says in between is not.
REQUEST_BYTES_MIN = 512


class Way:
    """Passes on whatever comes, at an address of its own. Close it."""

    def __init__(self, exchange):
        host, _, port = exchange.address.rpartition(":")
        self._to = (host, int(port))
        self._until = {}  # For each client's connection: what ends it, once it is broken.
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._listening.getsockname())
        self._over, self._is_over = socket.socketpair()
        self._threads = [threading.Thread(target=self._take)]
        self._threads[0].start()

    def break_until(self, end):
        """From now on nothing passes over what is open now. New connections are passed on.

        What is broken ends when the client asks for something more (`end` is "client"), or when
        the exchange has ended it (`end` is "server").
        """
        for client in list(self._until):
            self._until[client] = end

    def close(self):
        self._over.close()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        self._is_over.close()

    def _take(self):
        with self._listening:
            while self._is_over not in select.select([self._listening, self._is_over], [], [])[0]:
                client, _ = self._listening.accept()
                self._until[client] = None
                thread = threading.Thread(target=self._pass_on, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, client):
        with client, socket.create_connection(self._to, PATIENCE_SECONDS) as server:
            others = {client: server, server: client}
            unheard_bytes = 0
            with contextlib.suppress(OSError):
                while True:
                    ready = select.select([*others, self._is_over], [], [])[0]
                    if self._is_over in ready:
                        return
                    for side in ready:
                        said = side.recv(65_536)
                        until = self._until[client]
                        if until is None and said:
                            others[side].sendall(said)
                        elif until == "client" and side is server:
                            if not said:
                                del others[server]
                        elif not said:
                            return
                        elif until == "client":
                            unheard_bytes += len(said)
                            if unheard_bytes >= REQUEST_BYTES_MIN:
                                return
