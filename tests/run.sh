#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tests/run.sh [--quick]

Installs what is missing, builds everything (preset dev), compiles each header alone, and runs every
test. Closes with ctest's summary.

  --quick   unit tests only, and no headers

Example: tests/run.sh --quick
TEXT
}

refuse() {
  echo "run.sh: $1" >&2
  usage >&2
  exit 2
}

quick=no
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes ;;
    -h | --help) usage; exit 0 ;;
    *) refuse "unknown argument '$1'" ;;
  esac
  shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
./deploy/install_packages.sh
jobs=$(nproc)
cmake --preset dev
# Once more if it fails: g++ may find no room, where addresses are random, for a precompiled header
# ("PCH allocation failure"). What is wrong with the source fails again.
cmake --build --preset dev -j "$jobs" || cmake --build --preset dev -j "$jobs"
if [ "$quick" = yes ]; then
  exec ctest --preset dev -j "$jobs" -L unit
fi
cmake --build build/dev --target all_verify_interface_header_sets -j "$jobs"
exec ctest --preset dev -j "$jobs"
