# What the quickstart plays: for quickstart.sh, which has made the exchange, and says how commands are
# shown (say, run, as) and where they and their offices are (cbm, dir, profiles).
# shellcheck shell=bash disable=SC2154

# Prints one field of the JSON that is read.
field() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# How many notifications, or consultations, an office is shown.
count() {
  local office=$1 what=$2
  shift 2
  "$cbm" --profile "$profiles/$office" "$@" --output json |
    python3 -c 'import json,sys; print(len(json.load(sys.stdin)[sys.argv[1]]))' "$what"
}

# Holds what a file of JSON says against Python's assertions, which are read from standard input;
# there it is called `it`.
holds() {
  local file=$1 failure=$2
  python3 -c '
import json, sys
exec(sys.stdin.read(), {"it": json.load(open(sys.argv[1]))})' "$file" || fail "$failure"
}

# Asks as an office for what is not its own: exit code 6, not found.
does_not_find() {
  local office=$1 code=0
  shift
  as "$office" "$@" || code=$?
  [ "$code" = 6 ] || fail "$office: cbm $* ended with $code, not 6 (not found)"
}

# --- a notification and its answer --------------------------------------------------------------

play_notification() {
  say "Estonia sends an URGENT notification to Latvia and Finland"
  cat >"$dir/incident.txt" <<'TEXT'
Since 20:55 UTC the clearing host of a payment operator has been losing file systems. Card payments
fail in the north-east; the node also carries settlement traffic of Latvian banks. Cause unknown. No
attribution is implied. We ask whether you see the same.
TEXT
  as EE-technical notify --kind INC --to LV,FI --precedence URGENT --context EXERCISE \
    --marking AMBER --measure OSCE-2,OSCE-15 --cross-border yes \
    --subject "Payment clearing disturbed" --body "$dir/incident.txt" --yes --output json \
    >"$dir/sent.json"
  cat "$dir/sent.json"
  act_id=$(field act_id <"$dir/sent.json")

  say "Each opens it"
  as LV-duty inbox
  as FI-technical inbox
  as LV-duty show "$act_id"

  say "Latvia acknowledges"
  as LV-duty ack "$act_id" --yes

  say "Latvia replies, to Estonia alone"
  echo "We see the same at two banks since 21:10 UTC." >"$dir/reply.txt"
  as LV-duty reply "$act_id" --outcome final --body "$dir/reply.txt" --yes --output json \
    >"$dir/reply.json"
  cat "$dir/reply.json"
  reply_id=$(field act_id <"$dir/reply.json")

  say "Estonia sees who has and who has not, and what Latvia says"
  as EE-technical sent
  as EE-technical sent --output json >"$dir/sent_list.json"
  holds "$dir/sent_list.json" "Estonia is not shown what Latvia and Finland did" <<'PY'
(sent,) = it["notifications"]
by = {d["state"]: d for d in sent["deliveries"]}
assert set(by) == {"LV", "FI"}, by
assert by["LV"]["acknowledged"] and by["LV"]["opened"] and by["LV"]["outcome"] == "final", by
assert by["FI"]["opened"] and not by["FI"]["acknowledged"] and not by["FI"]["answered"], by
PY
  as EE-technical show "$reply_id"
  as EE-technical show "$act_id" --output json >"$dir/thread.json"
  holds "$dir/thread.json" "Estonia is not shown Latvia's reply" <<'PY'
(reply,) = it["replies"]
assert "at two banks" in reply["body"], reply
PY

  say "Finland does not find the reply; Lithuania and Sweden find nothing at all"
  does_not_find FI-technical show "$reply_id"
  for office in LT-duty SE-policy; do
    as "$office" inbox
    [ "$(count "$office" notifications inbox)" = 0 ] ||
      fail "$office was shown a notification that is not its"
    does_not_find "$office" show "$act_id"
  done
}

# --- a consultation -----------------------------------------------------------------------------

# An instant this far from now, as the commands take it.
instant() { date --utc --date "$1" +%Y-%m-%dT%H:%M:%SZ; }

play_consultation() {
  say "Lithuania asks Estonia to consult"
  echo "Settlement with banks of yours has failed since last night. We ask to consult." \
    >"$dir/request.txt"
  as LT-duty consult request --to EE --precedence URGENT --context EXERCISE --measure OSCE-3 \
    --time "$(instant '+1 hour')" --time "$(instant '+5 hours')" --level policy_with_technical \
    --format video --subject "Settlement between our banks" --body "$dir/request.txt" --yes \
    --output json >"$dir/request.json"
  cat "$dir/request.json"
  consultation=$(field consultation_id <"$dir/request.json")

  say "Estonia accepts, and sets the meeting"
  as EE-policy consult list
  as EE-policy consult answer "$consultation" accept --yes
  as EE-policy consult schedule "$consultation" --from "$(instant now)" --to "$(instant '+1 hour')" \
    --yes

  say "They meet at once; Lithuania enters that the meeting was held, and drafts the record"
  as LT-duty consult held "$consultation" --from "$(instant '-1 second')" \
    --to "$(instant now)" --yes
  echo "Facts were shared. A direct line between the duty officers stays open for a month." \
    >"$dir/record.txt"
  as LT-duty consult record "$consultation" --text "$dir/record.txt" --yes

  say "Both read the record and confirm it"
  as EE-policy consult show "$consultation"
  as EE-policy consult confirm "$consultation" --version 1 --yes
  as LT-duty consult confirm "$consultation" --version 1 --yes
  for office in EE-policy LT-duty; do
    as "$office" consult show "$consultation" --output json >"$dir/consultation-$office.json"
    holds "$dir/consultation-$office.json" "$office does not see that the record is agreed" <<'PY'
assert it["state"] == "concluded_agreed" and it["confirmed"] == ["EE", "LT"], it
assert [said for said in it["history"] if "direct line" in said.get("body", "")], it["history"]
PY
    field record_digest <"$dir/consultation-$office.json" >>"$dir/record-digests"
  done
  [ "$(sort -u "$dir/record-digests" | wc -l)" = 1 ] ||
    fail "Estonia and Lithuania did not confirm one record"
  echo "   both confirmed the record $(head -n 1 "$dir/record-digests")"

  say "Latvia, Finland and Sweden find nothing of it"
  for office in LV-duty FI-technical SE-policy; do
    as "$office" consult list
    [ "$(count "$office" consultations consult list)" = 0 ] ||
      fail "$office was shown a consultation that is not its"
    does_not_find "$office" consult show "$consultation"
  done
}

# --- afterwards ---------------------------------------------------------------------------------

verify_receipts() {
  say "Each office verifies all its receipts, offline"
  for receipts in "$profiles"/*/receipts; do
    local office
    office=$(basename "$(dirname "$receipts")")
    for receipt in "$receipts"/*.receipt; do
      as "$office" verify "$receipt"
    done
  done
}

show_to_secretariat() {
  say "The secretariat sees that it happened, between whom and when, not what was said"
  as secretariat inbox --headers | tee "$dir/secretariat.txt"
  as secretariat consult list | tee -a "$dir/secretariat.txt"
  as secretariat consult show "$consultation" | tee -a "$dir/secretariat.txt"
  as secretariat inbox --headers --output json >"$dir/headers.json"
  holds "$dir/headers.json" "the secretariat is not shown who notified whom and when" <<'PY'
reply, incident = it["notifications"]
by = {d["state"]: d for d in incident["deliveries"]}
assert (incident["from_party"], set(by)) == ("EE", {"LV", "FI"}), incident
assert incident["time"] and by["LV"]["acknowledged"] and by["LV"]["answered"], incident
assert (reply["from_party"], reply["subject"], incident["subject"]) == ("LV", None, None), reply
PY
  as secretariat consult show "$consultation" --output json >"$dir/summary.json"
  holds "$dir/summary.json" "the secretariat is not shown who consulted and when" <<'PY'
assert it["requester"] == "LT" and it["parties"] == ["EE", "LT"], it
assert it["state"] == "concluded_agreed" and it["held_from"] and it["concluded"], it
assert it["request"] is None and it["record_digest"] is None, it
PY
  for said in "Payment clearing" "clearing host" "two banks" "Settlement" "direct line"; do
    if grep -qF "$said" "$dir/secretariat.txt" "$dir/headers.json" "$dir/summary.json"; then
      fail "the secretariat was shown what was said: $said"
    fi
  done
}
