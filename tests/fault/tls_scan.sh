#!/usr/bin/env bash
# What sslscan and testssl find out about a server.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tests/fault/tls_scan.sh

Starts an exchange of its own, has sslscan and testssl look at it with an office's certificate, and prints
what both say. docs/hardening.md lists what testssl rates above INFO, and why it may.

Debian's packages: sslscan, testssl.sh. Uses the programs of build/dev; CBM and CBMD name others.
TEXT
}

case ${1-} in
  -h | --help) usage; exit 0 ;;
esac
source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"
exec /usr/bin/python3 -B "$root/tests/fault/tls_scan.py" "$@"
