"""Attacks one after another, at full strength: what another State met, and what the server needed.

The victim and the attacker work in processes of their own.
"""

import argparse
import collections
import multiprocessing
import os
import pathlib
import resource
import subprocess
import sys
import time

import exchange
from attacks import attack, crowd, floods, http2, server, slow, zoo
from attacks.victim import Victim

ATTACKER, VICTIM = crowd.OFFICES[0], "LV-duty"
SESSIONS = 60  # Nearly as many as one certificate may have.
REASON_CHARACTERS_MAX = 40
P99_MILLISECONDS_MAX = 50  # That another State's calls may take.
SETTLE_SECONDS = 3  # After an attack, before what is left is measured.
COLUMNS = ("attack", "calls", "failed", "p50 ms", "p99 ms", "act ms", "connect ms", "before MiB",
           "peak MiB", "after MiB", "how it ended", "log")


def quiet():
    """What there is when nobody attacks."""
    def run(ground):
        ground.hold()
        return collections.Counter()
    return attack.Attack("none", run, None, "")


def work(what, target, offices, acts, seconds, answers):
    """The attacker: round after round until the time is up."""
    end = time.monotonic() + seconds
    ground = attack.Ground(target, offices[0], lambda: time.monotonic() < end, SESSIONS, offices, acts)
    ended = collections.Counter()
    while ground.lasting():
        try:
            ended.update(what.run(ground))
        except OSError as error:  # Not connected: the bounds keep it out.
            ended[f"kept out ({type(error).__name__})"] += 1
    answers.put(ended)


def tls_of(served, office):
    """TLS as this office speaks it."""
    profile = served.profile(office)
    return http2.client_tls(profile / "ca.pem", profile / "cert.pem", profile / "key.pem")


def percentile(seconds, share):
    return 1000 * sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))] if seconds else 0


def log_said(lines):
    """The commonest line that is not of a call, whose it is, and how many others there are."""
    said = collections.Counter(
        (line["event"], line.get("reason", "")[:REASON_CHARACTERS_MAX], line.get("party", ""))
        for line in lines if line["event"] != "call")
    if not said:
        return ""
    (event, reason, party), count = said.most_common(1)[0]
    return f"{event} {reason} {party or '(nobody)'} x{count} of {sum(said.values())}"


def measure(served, victim, log, what, offices, seconds):
    """One row of the table, of a server that remembers nothing of the attack before."""
    served.restart()
    victim.until_served()
    host, port = served.address.split(":")
    answers = multiprocessing.Queue()
    acts = crowd.long_acts(served) if what in crowd.CROWDS else ()
    before = server.memory_bytes(served.process)
    log.take()
    victim.take()
    attacker = multiprocessing.Process(
        target=work, args=(what, (host, int(port)), offices, acts, seconds, answers))
    with server.Peak(served.process) as peak:
        attacker.start()
        ended = answers.get(timeout=seconds + exchange.PATIENCE_SECONDS)
        attacker.join()
        met = victim.take()
    time.sleep(SETTLE_SECONDS)
    calls = met["calls"]
    return {
        "attack": what.name, "calls": sum(len(met[kind]) for kind in ("calls", "connections", "acts")),
        "failed": len(met["failures"]), "failures": met["failures"],
        "p50 ms": f"{percentile(calls, .5):.1f}", "p99 ms": f"{percentile(calls, .99):.1f}",
        "act ms": f"{percentile(met['acts'], 1):.1f}",
        "connect ms": f"{percentile(met['connections'], 1):.0f}",
        "before MiB": before // server.MIB, "peak MiB": peak.bytes // server.MIB,
        "after MiB": server.memory_bytes(served.process) // server.MIB,
        "how it ended": "; ".join(f"{count} {how}" for how, count in ended.most_common(2)),
        "log": log_said(log.take()),
    }


def show(row):
    print("| " + " | ".join(str(row[column]) for column in COLUMNS) + " |", flush=True)


def show_zoo(served, log):
    print("\n| certificate | TLS alert | log |\n|---|---|---|")
    host, port = served.address.split(":")
    for specimen in zoo.specimens(served, served.folder / "zoo"):
        log.take()
        alert = zoo.show(served, (host, int(port)), specimen.files)
        line, = exchange.wait_until("a line in the log", lambda: log.take("gate_refused"))
        print(f"| {specimen.name} | {alert} | {line['reason']} |", flush=True)


def main():
    options = argparse.ArgumentParser(prog="attack.sh")
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--only", default="")
    words = options.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    attacks = [each for each in [quiet(), *floods.FLOODS, *slow.SLOW_CONNECTIONS, *crowd.CROWDS]
               if words.only in each.name]
    version = subprocess.run([exchange.CBMD, "--version"], capture_output=True, text=True, check=True)
    print(f"{version.stdout.strip()}, {pathlib.Path(exchange.CBMD).parts[-3]} build, "
          f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {words.seconds:g} s each\n")
    failed = 0
    with exchange.Exchange((ATTACKER, VICTIM)) as served, server.Log(served) as log:
        offices = [tls_of(served, ATTACKER)]
        if any(each in crowd.CROWDS for each in attacks):
            crowd.enrol(served)
            offices = [tls_of(served, office) for office in crowd.OFFICES]
        print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
        with Victim(served, VICTIM) as victim:
            for each in attacks:
                row = measure(served, victim, log, each, offices, words.seconds)
                show(row)
                for failure in row["failures"][:3]:
                    print(f"FAILED: {failure}", file=sys.stderr)
                failed += row["failed"]
                if float(row["p99 ms"]) > P99_MILLISECONDS_MAX:
                    print(f"FAILED: a p99 of more than {P99_MILLISECONDS_MAX} ms", file=sys.stderr)
                    failed += 1
        if not words.only:
            show_zoo(served, log)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
