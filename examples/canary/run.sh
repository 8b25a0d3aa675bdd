#!/usr/bin/env bash
# A weighted split, 95 to 5: sends 400 requests and counts who answered them.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl

start_agent STABLE_1_PORT agent-stable-001
start_agent STABLE_2_PORT agent-stable-002
start_agent CANARY_1_PORT agent-canary-001
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

agents "$BASE/echo?n=[1-400]" >"$WORK/answers"
sort "$WORK/answers" | uniq -c | sed 's/^/  /'
total=$(wc -l <"$WORK/answers")
canary=$(grep -c canary "$WORK/answers")
check "every request was answered by an agent" "$total" 400
# 20 are expected, with a standard deviation of 4.4: outside of 3...44 it is not chance (one run in a million).
check "the canary got about one in twenty: $canary of $total" "$((canary >= 3 && canary <= 44))" 1
check "both stable agents had a share" "$(grep stable "$WORK/answers" | sort -u | wc -l)" 2

finish
