#!/usr/bin/env bash
# Has calls of cbmd to the kernel fail, one after another, and checks that nothing answered is lost.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tests/fault/failing_calls.sh [--all] [--seed S]

Each fsync, open and getrandom that a small history reaches, and some of its writes, is made to fail.

  --all       every write too
  --seed S    of the choice of writes, to have a failure again; printed by each run

Uses the programs of build/dev; CBM, CBMD and FAULT_SHIM name others.
Example: tests/fault/failing_calls.sh --all
TEXT
}

case ${1-} in
  -h | --help) usage; exit 0 ;;
esac
source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"
exec python3 -B "$root/tests/fault/failing_calls_test.py" "$@"
