#!/usr/bin/env bash
# HTTP/2 towards clients, over TLS and without: requests of one connection balanced one by one, HTTP/1.1 beside it.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl openssl
curl --version | grep -q HTTP2 || die "curl: expected one that speaks HTTP/2; install one with nghttp2"

export CERTS=$WORK/certs
mkdir "$CERTS"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$CERTS/edge.key" -out "$CERTS/edge.pem" \
    -days 90 -subj "/CN=edge.test" -addext subjectAltName=DNS:edge.test 2>/dev/null

start_agent AGENT_1_PORT agent-1
start_agent AGENT_2_PORT agent-2
free_port CLEAR_PORT
export CLEAR_PORT
start_proxy "$here/gateway.json"
BASE=https://edge.test:$PORT
CLEAR=http://127.0.0.1:$CLEAR_PORT
say "clawproxy serves on $BASE and $CLEAR, HTTP/1.1 and HTTP/2"

tls() { curl -s -m 20 --cacert "$CERTS/edge.pem" --connect-to "::127.0.0.1:$PORT" "$@"; }
plain() { curl -s -m 20 --http2-prior-knowledge "$@"; }
metric() { curl -s "http://127.0.0.1:$ADMIN_PORT/metrics" | sed -n "s/^$1 //p"; }

say "1. many requests on one connection, each for the agent whose turn it is"
check "the client speaks HTTP/2" "$(tls -o /dev/null -w '%{http_version} %{http_code}' "$BASE/")" "2 200"
check "the agent HTTP/1.1" "$(tls "$BASE/")" '*"version":"HTTP/1.1"*'
before=$(metric gateway_http2_connections_total)
check "both agents answer one connection" \
    "$(tls -D - -o /dev/null "$BASE/?n=[1-40]" | tr -d '\r' | sed -n 's/^x-agent: //p' | sort | uniq -c | xargs)" "20 agent-1 20 agent-2"
check "it was one connection for all forty" "$(($(metric gateway_http2_connections_total) - before))" 1

say "2. bodies, both ways"
head -c 2000000 /dev/zero >"$WORK/body"
check "2 MB up" "$(tls --data-binary @"$WORK/body" "$BASE/up")" '*"bodyLength":2000000*'
check "2 MB down" "$(tls "$BASE/bytes/2000000" | wc -c)" 2000000

say "3. without TLS, for who begins with it at once"
check "HTTP/2" "$(plain -o /dev/null -w '%{http_version} %{http_code}' "$CLEAR/")" "2 200"
check "who speaks HTTP/1.1 is answered so" "$(curl -s -m 20 -o /dev/null -w '%{http_version} %{http_code}' "$CLEAR/")" "1.1 200"
check "and over TLS too" "$(tls --http1.1 -o /dev/null -w '%{http_version} %{http_code}' "$BASE/")" "1.1 200"

finish
