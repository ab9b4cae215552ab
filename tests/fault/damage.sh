#!/usr/bin/env bash
# Damages the files of an exchange in one place after another, and checks that nothing false is believed.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tests/fault/damage.sh [--all] [--only KIND] [--acts N] [--seed S]

  --all       every row, and every k-th byte, instead of a sample; takes hours
  --only KIND rows, rows_while_served, bits, cuts, signed or log
  --acts N    notifications in the history (default: 2); with 260 there are tiles
  --seed S    of the places, to have a failure again; printed by each run

Uses the programs of build/dev; CBM and CBMD name others. Example: tests/fault/damage.sh --acts 260
TEXT
}

case ${1-} in
  -h | --help) usage; exit 0 ;;
esac
source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"
exec python3 -B "$root/tests/fault/damage_test.py" "$@"
