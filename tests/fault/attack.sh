#!/usr/bin/env bash
# Attacks a server as clients can, one attack after another, and prints what came of each.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tests/fault/attack.sh [--seconds N] [--only TEXT]

  --seconds N   of each attack (default: 5)
  --only TEXT   the attacks with this in their name

Prints for each attack what another State met meanwhile (calls, failures, milliseconds of a call and the
longest time to connect), the server's memory before, at its most and after, and what the log says; then
each certificate that must be refused. Exits with 1 if the other State met a failure, or a p99 of more
than 50 ms.

Uses the programs of build/release, or else of build/dev; CBM and CBMD name others.
Example: tests/fault/attack.sh --seconds 10 --only resets
TEXT
}

case ${1-} in
  -h | --help) usage; exit 0 ;;
esac
release=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/release
if [ -x "$release/client/cbm" ] && [ -x "$release/server/cbmd" ]; then
  export CBM=${CBM:-$release/client/cbm} CBMD=${CBMD:-$release/server/cbmd}
fi
source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"
exec /usr/bin/python3 -B "$root/tests/fault/attack_table.py" "$@"
