#!/usr/bin/env bash
# Changes a running proxy by command and by hand, breaks its file, and goes back, under load: no request may fail.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl

# A pause between words keeps a stream open over several changes; answers that take a while keep the load bearable.
start_agent BLUE_PORT agent-blue --latency 10ms --tokens 40 --token-interval 100ms
start_agent GREEN_PORT agent-green --latency 10ms
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

served_by() { [[ $(agents "$BASE/") == "$1" ]]; }
loaded() { (($(answered) >= $1)); }
logged() { grep -q "$1" "$WORK/clawproxy.log"; }

start_load "$BASE/load"
curl -sN -m 20 -d '{"message":"hello","stream":true}' "$BASE/api/v1/chat/stream" >"$WORK/stream" &
stream=$!
PIDS+=("$stream")
eventually 10 loaded 100
eventually 10 grep -q '^data:' "$WORK/stream"

say "1. one key, by command"
show config set routing.rules.chat.target agent-green --note "blue gets an update"
check "the next request is served by agent-green" "$(agents "$BASE/")" agent-green
check "the comments are still there" "$(grep -c '// blue or green' "$PROXY_FILE")" 1

say "2. a broken file changes nothing"
cp "$PROXY_FILE" "$WORK/good.json"
sed 's/agent-green" },* *\/\/.*/agent-green", targett: "x" },/; s/"prefix"/"prefixx"/' "$WORK/good.json" >"$PROXY_FILE"
eventually 10 logged 'was not taken' || say "  nothing in the log"
grep -m 1 'was not taken' "$WORK/clawproxy.log" | sed "s#$WORK/##g; s/^/    /"
show status
check "it is counted" "$(operate status)" '*, 1 refused*'
check "requests are served as before" "$(agents "$BASE/")" agent-green

say "3. the file, corrected by hand: first what it would change, then in its place"
sed 's/target: "agent-green"/target: ["agent-blue", "agent-green"]/' "$WORK/good.json" >"$WORK/edited.json"
show config diff "$WORK/edited.json"
mv "$WORK/edited.json" "$PROXY_FILE"
eventually 10 logged 'configuration reloaded'
check "the proxy has followed" "$(agents "$BASE/?n=[1-40]" | sort -u | tr '\n' ' ')" "agent-blue agent-green "
show config diff

say "4. back"
show config rollback --note "blue is not ready"
check "all is served by agent-green again" "$(agents "$BASE/?n=[1-40]" | sort -u)" agent-green
show config history

wait "$stream"
check "the stream that was open all the time came to its end" "$(tail -n 2 "$WORK/stream")" '*"done":true*'
stop_load
total=$(answered)
check "0 of $total requests failed" "$((total - $(answered 200)))" 0
check "none of the clients lost its connection" "$(connected)" 4

finish
