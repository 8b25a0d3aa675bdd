#!/usr/bin/env bash
# Two changes that go back by themselves: one that nobody confirms, and one that makes half of the requests fail.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl

start_agent OLD_PORT agent-old --latency 10ms
start_agent NEW_PORT agent-new --latency 10ms --error-rate 0.5 --error-status 500
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

loaded() { (($(answered) >= $1)); }
told() { operate config history | grep -q "$1"; }
route_is_told() { curl -s -m 20 -o /dev/null -D - "$BASE/" | grep -ic '^x-clawproxy-route:'; }
# The times of the versions, newest first, in Unix milliseconds.
times() { operate config history --json | grep -o '"timeMs": *[0-9]*' | grep -o '[0-9]*$'; }

start_load "$BASE/load"
eventually 10 loaded 200

say "1. a change that nobody confirms"
show config patch --raw '{debugHeaders: true}' --confirm 3s --note "who answers what?"
check "it is in force" "$(route_is_told)" 1
eventually 8 told 'nobody confirmed'
show config history
check "it has gone back" "$(route_is_told)" 0
check "the file is as it was, to the byte" "$(cmp "$here/gateway.json" "$PROXY_FILE" && echo same)" same
mapfile -t time < <(times)
check "after 3 s, not before: $((time[0] - time[1])) ms" "$((time[0] - time[1] >= 2900 && time[0] - time[1] < 6000))" 1
check "no request has failed" "$(answered '[^2]..')" 0

say "2. a change that makes half of the requests fail"
show config set routing.rules.chat.target agent-new --note "the new agent"
eventually 8 told 'objective broke'
show config history
check "it has gone back" "$(agents "$BASE/?n=[1-20]" | sort -u)" agent-old
check "the history says why" "$(operate config history | grep -m 1 guard)" '*error rate*in the minute before*'
mapfile -t time < <(times)
check "within 3 s: $((time[0] - time[1])) ms" "$((time[0] - time[1] < 3000))" 1
grep 'taken back' "$WORK/clawproxy.log" | tail -n 1 | sed "s#$WORK/##g; s/^/    /"

failed=$(answered '[^2]..')
before=$(answered)
eventually 10 loaded $((before + 200))
stop_load
check "some failed while it was in force: $failed of $before" "$((failed > 0))" 1
check "none of the $(($(answered) - before)) after that" "$(answered '[^2]..')" "$failed"

finish
