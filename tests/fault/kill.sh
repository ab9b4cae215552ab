#!/usr/bin/env bash
# Kills cbmd at random moments under load, and checks that what was answered is there afterwards.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tests/fault/kill.sh [--times N] [--seed S]

  --times N   how often (default: 50)
  --seed S    of the moments, to have a failure again; printed by each run

Uses the programs of build/dev; CBM and CBMD name others. Example: tests/fault/kill.sh --times 50
TEXT
}

case ${1-} in
  -h | --help) usage; exit 0 ;;
esac
source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"
exec python3 -B "$root/tests/fault/kill_test.py" --times 50 "$@"
