#!/usr/bin/env bash
# Fuzzes for as long as wanted, with clang and libFuzzer.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tests/fuzz/run.sh [--minutes M] [--minimise] [TARGET...]

Builds the targets with clang, libFuzzer and the sanitizers, and runs each for M minutes (default 1)
from its seeds and from tests/fuzz/corpus/TARGET. What it learns is kept in build/fuzz/corpus.

  --minimise   afterwards put what adds something into tests/fuzz/corpus/TARGET

Targets: act content entry receipt proof checkpoint cms config frame_police proxy_header
perform_act (default: all).
A broken promise leaves its input in build/fuzz/crash-*; put it into tests/fuzz/corpus/TARGET with a
name that says what it is, and mend. build/dev/tests/fuzz/fuzz_TARGET FILE repeats it; with
CBM_MUTATIONS=N it goes on for longer without clang, in the way of the tests.

Example: tests/fuzz/run.sh --minutes 10 receipt cms
TEXT
}

minutes=1
minimise=no
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=${2:?--minutes needs a number}; shift ;;
    --minimise) minimise=yes ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "run.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=(act content entry receipt proof checkpoint cms config
  frame_police proxy_header perform_act)

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
./deploy/install_packages.sh
cmake -S . -B build/fuzz -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang \
  -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DCBM_FUZZ=ON \
  -DCBM_SANITIZE=fuzzer-no-link,address,undefined >/dev/null
cmake --preset dev >/dev/null
for target in "${targets[@]}"; do
  cmake --build build/fuzz -j "$(nproc)" --target "fuzz_$target"
  cmake --build --preset dev -j "$(nproc)" --target "fuzz_$target"
  learnt=build/fuzz/corpus/$target
  kept=tests/fuzz/corpus/$target
  mkdir -p "$learnt" "$kept"
  "build/dev/tests/fuzz/fuzz_$target" --write-seeds "$learnt"
  echo "== $target, $minutes min"
  "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time=$((minutes * 60)) -max_len=70000 \
    -artifact_prefix=build/fuzz/crash-"$target"- -print_final_stats=1 "$learnt" "$kept" 2>&1 |
    tail -n 12
  if [ "$minimise" = yes ]; then
    # As few inputs as reach every edge; those that only repeat one more often are left out.
    "build/fuzz/tests/fuzz/fuzz_$target" -set_cover_merge=1 -use_counters=0 "$kept" "$learnt" 2>&1 |
      tail -n 1
  fi
done
