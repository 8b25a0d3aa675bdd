#!/usr/bin/env bash
# gRPC: calls balanced one by one, a stream both ways, a deadline, and what a client is told when nobody serves.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl "${PYTHON:=python3}"
"$PYTHON" -c 'import grpc' 2>/dev/null || die "$PYTHON: no module grpc: install python3-grpcio, or set PYTHON to one that has grpcio"

# start_server VARIABLE NAME: as start_agent does.
start_server() {
    : >"$WORK/$2.log"
    "$PYTHON" "$here/server.py" "$2" >"$WORK/$2.log" 2>&1 &
    local pid=$!
    PIDS+=("$pid")
    eventually "${SECONDS_TO_START:-20}" grep -q ' listening on ' "$WORK/$2.log" || die "$2: did not listen in time"
    export "$1=$(sed -n 's/.* listening on .*://p' "$WORK/$2.log")"
}

start_server RPC_1_PORT rpc-1
start_server RPC_2_PORT rpc-2
start_proxy "$here/gateway.json"
say "clawproxy serves gRPC on 127.0.0.1:$PORT"

call() { "$PYTHON" "$here/client.py" "127.0.0.1:$PORT" "$@" 2>/dev/null; }
metric() { curl -s "http://127.0.0.1:$ADMIN_PORT/metrics" | sed -n "s/^$1 //p"; }
is_down() { [[ $(metric 'gateway_agent_up{agent="rpc-1"}') == 0 ]]; }

say "1. calls of one connection go to whose turn it is"
check "both servers answer" "$(call who 10)" "rpc-1 rpc-2"

say "2. a stream both ways"
check "each word is answered" "$(call talk one two)" "rpc-? heard one, rpc-? heard two"

say "3. deadlines"
check "in time" "$(call sleep 0.1 5)" awake
check "too late" "$(call sleep 3 0.3)" "DEADLINE_EXCEEDED: *"

say "4. a server goes"
stop "${PIDS[0]}"
eventually 10 is_down || die "rpc-1: still said to be up"
check "the other one serves" "$(call who 10)" rpc-2
stop "${PIDS[1]}"
check "nobody does" "$(call who 1)" "UNAVAILABLE: *"

say "5. what is counted"
check "calls by grpc-status" "$(metric 'gateway_grpc_responses_total{status="0"}')" "2[0-9]"

finish
