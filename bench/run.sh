#!/usr/bin/env bash
# Measures everything, in under ten minutes after the build, and prints one table.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bench/run.sh [options of cbm_bench]

Installs what is missing (etcd among it), builds (preset release) and measures: the exchange beside
an echo and etcd, pages, followers, neighbours and growth, then each operation alone. Ends with 3 if
a figure misses what it must reach.

Examples: bench/run.sh
          bench/run.sh --only peers --repetitions 3
          bench/run.sh --help-all
TEXT
}

case ${1:-} in
  -h | --help) usage; exit 0 ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
./deploy/install_packages.sh
./deploy/install_packages.sh bench/packages.txt
cmake --preset release >/dev/null
cmake --build build/release -j "$(nproc)" --target cbmd cbm_bench bench_echo cbm_micro_bench
echo "$(nproc) processors: $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)"
echo "limits raised for it: acts 10,000/s and reads 1,000,000/s for a State with all their bytes, answers untaken 1 GiB, streams 64 for an office"
echo "  (but not where a State is measured beside another), and everywhere 1,000,000 window updates/s and 100,000,000 calls/s"
code=0
build/release/bench/cbm_bench "$@" || code=$?
if [ $# -eq 0 ]; then
  echo
  build/release/bench/cbm_micro_bench --benchmark_min_time=0.2
fi
exit "$code"
