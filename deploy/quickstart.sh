#!/usr/bin/env bash
# From nothing to a working exchange, and the main jobs played through it with the real programs.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: deploy/quickstart.sh [--dir DIR] [--stay]

Installs what is missing, builds the exchange, makes certificates for development, starts cbmd on
loopback and plays the main jobs with cbm: Estonia notifies Latvia and Finland, and Latvia replies;
Lithuania asks Estonia to consult, they meet and confirm one record. Each step shows the command it
runs. Returns 0 only if every step did what it should.

  --dir DIR   keep everything in DIR (default: build/quickstart); it must be empty or an earlier
              quickstart's, whose exchange is then stopped and replaced
  --stay      leave the exchange running; the last two lines say where

CBM_PRESET names another preset of CMakePresets.json to build than release.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dir=$root/build/quickstart
stay=no
preset=${CBM_PRESET:-release}
while [ $# -gt 0 ]; do
  case $1 in
    --dir)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      dir=$2
      shift 2
      ;;
    --stay) stay=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) echo "quickstart: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
  esac
done

fail() {
  echo "quickstart: $*" >&2
  exit 1
}

say() { printf '\n== %s\n' "$*"; }

# What is narrated goes to the screen, also where a command's own output is kept.
exec 3>&1

# Shows a command and runs it.
run() {
  { printf '   $' && printf ' %q' "$@" && printf '\n'; } >&3
  "$@"
}

# Runs a command as the office of a profile, shown as a user would type it.
as() {
  local office=$1
  shift
  { printf '   $ cbm --profile %s' "profiles/$office" && printf ' %q' "$@" && printf '\n'; } >&3
  "$cbm" --profile "$profiles/$office" "$@"
}

# What is played, once there is an exchange.
# shellcheck source=deploy/quickstart_play.sh
source "$root/deploy/quickstart_play.sh"

# --- the folder ---------------------------------------------------------------------------------

mark=.cbm-quickstart
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
if [ -n "$(ls -A "$dir")" ] && [ ! -e "$dir/$mark" ]; then
  fail "$dir is neither empty nor an earlier quickstart's; name another with --dir"
fi

stop_earlier() {
  [ -s "$dir/pid" ] || return 0
  local pid
  pid=$(cat "$dir/pid")
  # Only the process that an earlier run started: its command line names this folder.
  if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$dir/cbmd.toml"; then
    kill "$pid"
    for _ in $(seq 100); do
      [ -d "/proc/$pid" ] || return 0
      sleep 0.1
    done
    fail "the exchange of the first run (process $pid) does not stop"
  fi
}
stop_earlier
find "$dir" -mindepth 1 -maxdepth 1 ! -name "$mark" -exec rm -rf {} +
touch "$dir/$mark"

# --- build --------------------------------------------------------------------------------------

say "Install what is missing, and build ($preset)"
"$root/deploy/install_packages.sh"
(cd "$root" && cmake --preset "$preset" >"$dir/build.log" 2>&1 &&
  cmake --build "build/$preset" --target cbm cbmd >>"$dir/build.log" 2>&1) ||
  { tail -n 30 "$dir/build.log" >&2; fail "the build failed; $dir/build.log has all of it"; }
cbm=$root/build/$preset/client/cbm
cbmd=$root/build/$preset/server/cbmd
started=$(date +%s)

# --- an exchange --------------------------------------------------------------------------------

profiles=$dir/profiles
pki=$dir/pki
offices='EE-technical EE-policy LV-duty LT-duty FI-technical SE-policy secretariat auditor'

say "Certificates for development (never for real use)"
run "$root/certs/make_development_pki.sh" "$pki" >"$dir/pki.log"
for office in $offices; do
  "$root/certs/issue_office.sh" "$pki" "$office" >>"$dir/pki.log"
done
echo "   one authority, one server, and $(wc -w <<<"$offices") offices"

say "Create the exchange: cbmd writes the genesis document, the secretariat signs it"
cat >"$dir/cbmd.toml" <<TOML
[exchange]
name = "quickstart"
frameworks = ["$root/data/frameworks/osce.json", "$root/data/frameworks/un.json"]
notification_kinds = "$root/data/notification_kinds.json"
secretariat_certificate = "pki/offices/secretariat/cert.pem"
genesis = "genesis.json"

[server]
listen = "127.0.0.1:0"
certificate = "pki/server/cert.pem"
key = "pki/server/key.pem"
client_ca = "pki/ca.pem"
address_file = "address"

[store]
database = "exchange.db"
checkpoints = "checkpoints"

[log_key]
seed_file = "log.seed"

[log]
file = "cbmd.log"
TOML
run "$cbmd" init --config "$dir/cbmd.toml"
run "$cbm" genesis sign --genesis "$dir/genesis.json" --cert "$pki/offices/secretariat/cert.pem" \
  --key "$pki/offices/secretariat/key.pem" --out "$dir/genesis.p7s"
run "$cbmd" init --config "$dir/cbmd.toml" --signature "$dir/genesis.p7s" | tee "$dir/init.txt"
log_key=$(sed -n 's/^log key  *//p' "$dir/init.txt")
[ -n "$log_key" ] || fail "cbmd init did not print the log key"

say "Start it"
printf '   $ cbmd serve --config %s &\n' "$dir/cbmd.toml"
setsid "$cbmd" serve --config "$dir/cbmd.toml" >"$dir/cbmd.out" 2>&1 </dev/null 3>&- &
pid=$!
echo "$pid" >"$dir/pid"
[ "$stay" = yes ] || trap 'kill "$pid" 2>/dev/null && wait "$pid" || true; rm -f "$dir/pid"' EXIT
for _ in $(seq 100); do
  [ -s "$dir/address" ] && break
  [ -d "/proc/$pid" ] || { cat "$dir/cbmd.out" >&2; fail "cbmd did not start"; }
  sleep 0.1
done
[ -s "$dir/address" ] || fail "cbmd did not say where it listens"
address=$(cat "$dir/address")
echo "   it listens on $address"

say "The secretariat enrols the offices, each with the proof that it holds its key"
init_profile() {
  "$cbm" --profile "$profiles/$1" init --server "$address" --ca "$pki/ca.pem" \
    --cert "$pki/offices/$1/cert.pem" --key "$pki/offices/$1/key.pem" --log-key "$log_key" \
    >>"$dir/init.txt"
}
mkdir -p "$profiles"
init_profile secretariat
for office in $offices; do
  case $office in
    secretariat) continue ;;
    auditor) party=AUDITOR name=main type=auditor ;;
    *) party=${office%%-*} name=${office#*-} type=${office#*-} ;;
  esac
  proof=$pki/offices/$office/possession.p7s
  "$cbm" directory possession --party "$party" --office "$name" --log-key "$log_key" \
    --cert "$pki/offices/$office/cert.pem" --key "$pki/offices/$office/key.pem" --out "$proof" \
    >>"$dir/init.txt"
  as secretariat directory enrol --party "$party" --office "$name" --type "$type" \
    --cert "$pki/offices/$office/cert.pem" --possession "$proof" --yes >>"$dir/enrol.txt"
  init_profile "$office"
done
as secretariat directory offices

# --- what is played -----------------------------------------------------------------------------

play_notification
play_consultation
verify_receipts
show_to_secretariat

say "Done in $(($(date +%s) - started)) s after the build"
cat <<TEXT
Go on by hand, for instance as Finland's technical contact point:

  export PATH=$root/build/$preset/client:\$PATH
  cbm --profile $profiles/FI-technical ack $act_id

Profiles of all offices are in $profiles; what the server logs, in $dir/cbmd.log.
TEXT
if [ "$stay" = yes ]; then
  echo "address $address"
  echo "pid $pid"
else
  echo "The exchange is stopped now; start again with --stay to keep it."
fi
