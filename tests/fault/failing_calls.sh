#!/usr/bin/env bash
# Has calls of cbmd to the kernel fail, one after another, and checks that nothing answered is lost.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tests/fault/failing_calls.sh [--all] [--seed S]

From the start of cbmd to its end, with a small history between, one call fails: the n-th fsync,
write or open of a file, reading of a whole file (fopen), getrandom, or sending to a socket. Where a
kind has many calls, for some n.

  --all       for every n of every kind, which takes six minutes on two cores; but of the some
              20,000 writes of zeros that lengthen SQLite's log, which are alike, for a few
  --seed S    of the choice of n, to have a failure again; printed by each run

Uses the programs of build/dev; CBM, CBMD and FAULT_SHIM name others.
Example: tests/fault/failing_calls.sh --all
TEXT
}

case ${1-} in
  -h | --help) usage; exit 0 ;;
esac
source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"
exec python3 -B "$root/tests/fault/failing_calls_test.py" "$@"
