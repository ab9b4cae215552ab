"""An office's profile, as `cbm init` makes it: a folder with what the office was given."""

import pathlib
import tomllib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cbm_formats.certificate import read_pem
from cbm_formats.genesis import read_genesis
from cbm_formats.note import parse_anchor_key
from cbm_formats.receipt import Verifier
from client.failures import USAGE, Failure


class Profile:
    """What config.toml, ca.pem, cert.pem, key.pem and genesis.json say."""

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)
        config = tomllib.loads(self._read("config.toml").decode())
        self.server = config["server"]
        self.party, self.office = config.get("party", ""), config.get("office", "")
        self.ledger = config.get("ledger") or f"state/{self.party}"
        # The key was given to `cbm init` by another way than the exchange: all proofs rest on it.
        self.log_key = parse_anchor_key(config["log_key"])
        self.exchange_id = self.log_key.exchange_id
        self.genesis = read_genesis(self._read("genesis.json"), self.log_key)
        self.ca_pem = self._read("ca.pem")
        self.chain_pem = self._read("cert.pem")
        self.certificate = read_pem(self.chain_pem)[0]

    @property
    def key_pem(self):
        return self._read("key.pem")

    @property
    def verifier(self):
        """What a receipt is held against."""
        return Verifier(self.log_key, self.genesis, read_pem(self.ca_pem), self.ledger)

    def sign(self, data):
        """ECDSA over these bytes with the office's key, in DER."""
        key = serialization.load_pem_private_key(self.key_pem, password=None)
        return key.sign(data, ec.ECDSA(self.certificate.signs_with()()))

    def _read(self, name):
        try:
            return (self._folder / name).read_bytes()
        except OSError as why:
            raise Failure(USAGE, f"{self._folder} is no profile ({why}): make one with 'cbm init'") \
                from None
