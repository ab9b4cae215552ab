"""A whole exchange for tests: certificates for development, cbmd, and the profiles of its offices.

Everything lives in a fresh temporary folder. The programs are those that CBM and CBMD name.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import faked_time
import stuck

ROOT = pathlib.Path(__file__).resolve().parents[2]
CBM = os.environ.get("CBM", "")
CBMD = os.environ.get("CBMD", "")
SECRETARIAT = "secretariat"
OFFICES = ("EE-technical", "EE-policy", "LV-duty", "LT-duty", "FI-technical", "SE-policy", "auditor")

# A bound for what another process does; nothing waits that long unless it hangs.
PATIENCE_SECONDS = 60

CONFIG = """
[exchange]
name = "test"
frameworks = ["{root}/data/frameworks/osce.json", "{root}/data/frameworks/un.json"]
notification_kinds = "{root}/data/notification_kinds.json"
secretariat_certificate = "pki/offices/secretariat/cert.pem"
genesis = "genesis.json"

[server]
listen = "127.0.0.1:{port}"
certificate = "pki/server/cert.pem"
key = "pki/server/key.pem"
client_ca = "pki/ca.pem"
address_file = "address"

[store]
database = "exchange.db"
checkpoints = "checkpoints"

[log_key]
seed_file = "log.seed"

[log]
file = "cbmd.log"
"""


class Outcome:
    """How a program ended, and what it wrote."""

    def __init__(self, arguments, code, out, err):
        self.arguments = arguments
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self):
        return json.loads(self.out)

    def must(self, code=0):
        """Itself, if the program ended with `code`."""
        if self.code != code:
            raise AssertionError(f"ended with {self.code}, not {code}: {self}")
        return self

    def __str__(self):
        words = " ".join(map(str, self.arguments))
        return f"{words}\nexit code {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


def run(*arguments, input=None, cwd=None, environment=None):
    """Runs a program to its end. `input` is text or bytes; without it there is none to read.

    `environment` is added to that of the test. One that does not end in time fails the test, which
    then says what it, and every cbmd, was waiting for.
    """
    if isinstance(input, str):
        input = input.encode()
    with subprocess.Popen([str(each) for each in arguments], cwd=cwd,
                          env={**os.environ, **(environment or {})}, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            out, err = process.communicate(input or b"", timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired as late:
            waiting = stuck.what_they_wait_for({pathlib.Path(each).resolve() for each in (CBM, CBMD)})
            process.kill()
            raise AssertionError(f"{late}\n{waiting}") from None
    return Outcome(arguments, process.returncode, out.decode(), err.decode())


def wait_until(what, condition, seconds=PATIENCE_SECONDS):
    """Asks again until `condition()` is true; the answer. For what another process does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"after {seconds} s: not {what}")


class Exchange:
    """An exchange that serves, with its offices enrolled. Close it, or use it in `with`.

    With `starts_at` ("2026-03-10 21:40", UTC) it lives in a time of its own, which `clock` moves.
    """

    def __init__(self, offices=OFFICES, starts_at=None):
        for name, program in (("CBM", CBM), ("CBMD", CBMD)):
            if not os.access(program, os.X_OK):
                raise RuntimeError(f"the environment variable {name} must name the program")
        self.process = None
        self.clock = None
        self._undo = contextlib.ExitStack()
        with contextlib.ExitStack() as failed:
            failed.callback(self.close)
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cbm-test-"))
            self._undo.callback(shutil.rmtree, self.folder)
            if starts_at is not None:
                self.clock = faked_time.FakedTime(self.folder, starts_at)
            self._make(offices)
            failed.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.close()

    @property
    def config(self):
        return self.folder / "cbmd.toml"

    @property
    def database(self):
        return self.folder / "exchange.db"

    @property
    def pki(self):
        return self.folder / "pki"

    @property
    def environment(self):
        """What a program needs to live in this exchange's time."""
        return self.clock.environment if self.clock is not None else {}

    def run(self, *arguments, **options):
        return run(*arguments, environment=self.environment, **options)

    def run_script(self, *arguments):
        return run(*arguments, environment=self.clock.script_environment if self.clock else {})

    def profile(self, office):
        return self.folder / "profiles" / office

    # --- the server ---

    def cbmd(self, command, *arguments):
        return self.run(CBMD, command, "--config", self.config, *arguments)

    def start(self, stderr=None):
        """Starts cbmd and returns once it listens. Its standard error goes to cbmd.out, or to `stderr`."""
        file = self.folder / "address"
        file.unlink(missing_ok=True)
        with open(self.folder / "cbmd.out", "ab") as out:
            self.process = subprocess.Popen([CBMD, "serve", "--config", str(self.config)],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=stderr or out,
                                            env={**os.environ, **self.environment})
        wait_until("cbmd listens or has ended",
                   lambda: file.exists() or self.process.poll() is not None)
        if not file.exists():
            said = (self.folder / "cbmd.out").read_text()
            raise AssertionError(f"cbmd ended with {self.process.wait()}:\n{said}")

    def stop(self):
        """Ends cbmd as its operator does, and sees to it that it ends well."""
        self.process.send_signal(signal.SIGTERM)
        code = self._wait()
        if code != 0:
            said = (self.folder / "cbmd.out").read_text()
            raise AssertionError(f"cbmd ended with {code} after SIGTERM:\n{said}")

    def kill(self):
        """Ends cbmd as a loss of power does: it can do nothing more."""
        self.process.kill()
        self._wait()

    def restart(self):
        """Starts cbmd at the same address, having stopped it if it runs."""
        if self.process is not None:
            self.stop()
        self.start()

    def close(self):
        """Ends and removes everything. Once more does nothing."""
        if self.process is not None:
            self.kill()
        self._undo.close()

    def _wait(self):
        process, self.process = self.process, None
        return process.wait(PATIENCE_SECONDS)

    # --- its offices ---

    def cbm(self, office, *arguments, input=None):
        """Runs cbm with the office's profile."""
        return self.run(CBM, "--profile", self.profile(office), *arguments, input=input)

    def json(self, office, *arguments, input=None):
        """The JSON that a command of the office answers, which must end with 0."""
        return self.cbm(office, *arguments, "--output", "json", input=input).must().json

    def issue(self, office):
        """Makes key and certificate of an office; the folder with both."""
        self.run_script(ROOT / "certs/issue_office.sh", self.pki, office).must()
        return self.pki / "offices" / office

    def init_profile(self, office):
        files = self.pki / "offices" / office
        return self.cbm(office, "init", "--server", self.address, "--ca", self.pki / "ca.pem",
                        "--cert", files / "cert.pem", "--key", files / "key.pem",
                        "--log-key", self.log_key)

    def enrol(self, office, type=None, files=None):
        """Gives an office a certificate, has the secretariat enrol it, and makes its profile.

        `files`: the folder of one that it has already, in `pki/offices`.
        """
        party, _, name = office.partition("-")
        if office == "auditor":
            party, name, type = "AUDITOR", "main", "auditor"
        files = files or self.issue(office)
        whose = ("--party", party, "--office", name, "--cert", files / "cert.pem")
        proof = files / "possession.p7s"
        self.run(CBM, "directory", "possession", *whose, "--key", files / "key.pem",
            "--log-key", self.log_key, "--out", proof).must()
        enrolled = self.json(SECRETARIAT, "directory", "enrol", *whose, "--type", type or name,
                             "--possession", proof, "--yes")
        self.init_profile(office).must()
        return enrolled

    # --- how it comes to be ---

    def _make(self, offices):
        port = self._keep_port()
        self.address = f"127.0.0.1:{port}"
        self.config.write_text(CONFIG.format(root=ROOT, port=port))
        self.run_script(ROOT / "certs/make_development_pki.sh", self.pki).must()
        self.issue(SECRETARIAT)
        self.cbmd("init").must()
        self.sign_genesis(self.folder / "genesis.p7s").must()
        created = self.cbmd("init", "--signature", self.folder / "genesis.p7s").must()
        said = dict(line.rsplit(maxsplit=1) for line in created.out.splitlines())
        self.log_key = said["log key"]
        self.start()
        self.init_profile(SECRETARIAT).must()
        for office in offices:
            self.enrol(office)

    def sign_genesis(self, out, office=SECRETARIAT):
        files = self.pki / "offices" / office
        return self.run(CBM, "genesis", "sign", "--genesis", self.folder / "genesis.json",
                   "--cert", files / "cert.pem", "--key", files / "key.pem", "--out", out)

    def _keep_port(self):
        """A free port that stays ours while cbmd is away: who restarts must find the same.

        Bound and not listened on, it is given to nobody else, and cbmd may still listen there.
        """
        kept = self._undo.enter_context(socket.socket())
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        return kept.getsockname()[1]
