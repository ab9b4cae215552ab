#!/usr/bin/env python3
"""An example client of the exchange: submits, opens, follows, verifies.

Made from the .proto files and docs/formats.md alone. README.md says how to run it.
"""

import argparse
import pathlib
import signal
import sys

import grpc

from cbm_formats.refused import Refused
from client import failures, following, opening, protos, submit, verifying
from client.exchange import Exchange
from client.profile import Profile

EXAMPLES = """examples:
  cbm_client.py --profile EE-technical submit --to LV,FI --subject "Payments disturbed" \\
      --cross-border yes --body text.txt
  cbm_client.py --profile LV-duty follow --cursor cursor.json --out entries.jsonl --once
  cbm_client.py --profile LV-duty open 3f6c...
  cbm_client.py --profile EE-technical verify receipts/0190163d8694739baea5966c26f8ad91.receipt

exit codes: 0 done, 1 failed here, 2 usage, 3 refused by the exchange, 4 not now, 5 not proven,
6 not found
"""


def parser():
    whole = argparse.ArgumentParser(prog="cbm_client.py", description=__doc__.split("\n")[0],
                                    epilog=EXAMPLES,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    whole.add_argument("--profile", required=True, help="the office's folder, made by 'cbm init'")
    whole.add_argument("--proto", type=pathlib.Path, default=protos.PROTO,
                       help="the folder that holds cbm/v1/*.proto")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_submit(commands.add_parser("submit", help="send a notification to States by name"))
    opened = commands.add_parser("open", help="ask for what notifications say, and show it")
    opened.add_argument("act_digest", nargs="+", help="64 hexadecimal digits, as 'follow' shows them")
    opened.add_argument("--save", metavar="DIR", help="write the attachments there")
    followed = commands.add_parser("follow", help="show every entry of the own ledgers, once")
    followed.add_argument("--cursor", required=True, help="the file that says where to go on")
    followed.add_argument("--out", help="the file for the lines (else standard output)")
    followed.add_argument("--ledger", action="append", default=[],
                          help="this one alone; several times. Not without the ALL ledgers, unless "
                          "the cursor file has read them: they say whose signatures are whose")
    followed.add_argument("--once", action="store_true", help="stop at the end")
    verified = commands.add_parser("verify", help="check a receipt without the exchange")
    verified.add_argument("receipt", nargs="?")
    verified.add_argument("--content", help="content.bin of the same act")
    verified.add_argument("--entry", help="entry.bin of an exported act, in place of a receipt")
    verified.add_argument("--proof", help="entry.tlog-proof of the same act")
    verified.add_argument("--key", help="the ledger's verifier key (else by the profile's)")
    return whole


def _add_submit(command):
    command.add_argument("--to", help="States by their two letters, with commas between them")
    command.add_argument("--kind", default="INC")
    command.add_argument("--subject", default="")
    command.add_argument("--body", help="the file with the text; - for standard input")
    command.add_argument("--cross-border", choices=("yes", "no", "unknown"),
                         help="asked for by the form of INC")
    command.add_argument("--field", action="append", default=[], metavar="NAME=VALUE",
                         help="another field of the form; several times")
    command.add_argument("--attach", action="append", default=[], metavar="FILE",
                         help="a file that goes with it; several times, 1 MiB in all")
    command.add_argument("--precedence", default="URGENT", choices=("ROUTINE", "URGENT", "EMERGENCY"))
    command.add_argument("--context", default="REAL", choices=("REAL", "EXERCISE", "TEST"))
    command.add_argument("--marking", default="AMBER",
                         choices=("CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"))
    command.add_argument("--measure", action="append", default=[], help="for instance OSCE-3")
    command.add_argument("--language", default="en")
    command.add_argument("--show-list", action="store_true",
                         help="each addressee is shown who the others are")
    command.add_argument("--dir", default="receipts", help="where receipts are kept")
    command.add_argument("--again", metavar="FILE", help="send this .unsent file, and nothing new")


def _check_submit(words):
    if words.again:
        return
    for name in ("to", "body"):
        if not getattr(words, name):
            raise failures.Failure(failures.USAGE, f"submit needs --{name}")
    if not all("=" in field for field in words.field):
        raise failures.Failure(failures.USAGE, "--field is NAME=VALUE")
    words.measure = words.measure or ["OSCE-3"]
    try:
        words.body = (sys.stdin.read() if words.body == "-"
                      else pathlib.Path(words.body).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as why:
        raise failures.Failure(failures.USAGE, f"--body cannot be read: {why}") from None


def run(words):
    profile = Profile(words.profile)
    if words.command == "verify":
        verifying.run(profile, words)
        return
    if words.command == "submit":
        _check_submit(words)
    commands = {"submit": submit.run, "open": opening.run, "follow": following.run}
    messages = protos.load(words.proto)
    with Exchange(profile, messages) as exchange:
        commands[words.command](profile, messages, exchange, words)


def main():
    words = parser().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(words)
    except failures.Failure as why:
        code, text = why.code, str(why)
    except Refused as why:
        code, text = failures.NOT_PROVEN, f"not proven: {why}"
    except grpc.RpcError as error:
        code, text = failures.exit_code_of(error), f"{error.code().name}: {error.details()}"
    except OSError as why:
        code, text = failures.FAILED_HERE, str(why)
    except KeyboardInterrupt:
        return failures.DONE
    else:
        return failures.DONE
    print(f"cbm_client.py: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
