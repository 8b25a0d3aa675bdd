#!/usr/bin/env bash
# HTTP/2 towards clients: requests of one connection balanced one by one, an event stream, HTTP/1.1 beside it.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl
curl --version | grep -q HTTP2 || die "curl: expected one that speaks HTTP/2; install one with nghttp2"

start_agent AGENT_1_PORT agent-1
start_agent AGENT_2_PORT agent-2
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE, HTTP/1.1 and HTTP/2"

h2() { curl -s -m 20 --http2-prior-knowledge "$@"; }
metric() { curl -s "http://127.0.0.1:$ADMIN_PORT/metrics" | sed -n "s/^$1 //p"; }

say "1. many requests on one connection, each for the agent whose turn it is"
check "the client speaks HTTP/2" "$(h2 -o /dev/null -w '%{http_version} %{http_code}' "$BASE/")" "2 200"
check "the agent HTTP/1.1" "$(h2 "$BASE/")" '*"version":"HTTP/1.1"*'
check "both agents answer one connection" \
    "$(h2 -Z -D - -o /dev/null "$BASE/?n=[1-40]" | tr -d '\r' | sed -n 's/^x-agent: //p' | sort -u | xargs)" "agent-1 agent-2"
check "which was counted once for all its requests" "$(metric gateway_http2_connections_total) $(metric gateway_http2_requests_total)" "3 42"

say "2. bodies, both ways"
head -c 2000000 /dev/zero >"$WORK/body"
check "2 MB up" "$(h2 --data-binary @"$WORK/body" "$BASE/up")" '*"bodyLength":2000000*'
check "2 MB down" "$(h2 "$BASE/bytes/2000000" | wc -c)" 2000000

say "3. the same port speaks HTTP/1.1"
check "as it always did" "$(curl -s -o /dev/null -w '%{http_version} %{http_code}' "$BASE/")" "1.1 200"

finish
