#!/usr/bin/env bash
# Who may ask, what browsers are told, who a client is, and who is turned away first when memory runs out.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl

start_agent AGENT_PORT agent
free_port BALANCED_PORT
export BALANCED_PORT
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE, and on port $BALANCED_PORT behind a balancer that sends PROXY headers"

head() { curl -s -m 20 -o /dev/null -D - "$@" | tr -d '\r'; }
# preflight ORIGIN METHOD: what a browser asks before a page may send more than a form could.
preflight() { head -X OPTIONS -H "Origin: $1" -H "Access-Control-Request-Method: $2" -H 'Access-Control-Request-Headers: content-type' "$BASE/v1"; }
# logged ADDRESS PATH: the access log names this client for it.
logged() { grep '"message":"request"' "$WORK/clawproxy.log" | grep "\"path\":\"$2\"" | grep -q "\"client\":\"$1\""; }

say "1. browsers"
told=$(preflight https://miaoquai.com POST)
check "a page of miaoquai.com may ask" "$told" 'HTTP/1.1 204*Access-Control-Allow-Origin: https://miaoquai.com*'
check "for ten minutes, by what is configured" "$told" '*Access-Control-Allow-Methods: GET, POST, OPTIONS*Access-Control-Max-Age: 600*'
check "a page of another site may not" "$(preflight https://evil.test POST)" 'HTTP/1.1 403*'
check "nor by DELETE" "$(preflight https://miaoquai.com DELETE)" 'HTTP/1.1 403*'
told=$(head -H 'Origin: https://app.example.com' "$BASE/")
check "answers name the page that asked" "$told" '*Access-Control-Allow-Origin: https://app.example.com*'
check "and caches are told that they differ" "$told" '*Vary: Origin*'
check "every answer protects browsers" "$told" '*X-Frame-Options: DENY*X-Content-Type-Options: nosniff*'

say "2. who a client is"
check "a proxy on this machine brings 198.51.100.7" "$(status -H 'X-Forwarded-For: 6.6.6.6, 198.51.100.7' "$BASE/office")" 200
eventually 5 logged 198.51.100.7 /office
check "the log names it, and not what it claims" "$(logged 198.51.100.7 /office && echo yes)" yes
check "others may not ask there" "$(status "$BASE/office")" 403
check "a network that is denied may ask nothing" "$(status -H 'X-Forwarded-For: 203.0.113.9' "$BASE/")" 403
check "a balancer's PROXY header says the same of a connection" "$(status --haproxy-protocol "http://127.0.0.1:$BALANCED_PORT/")" 200
check "without one, nobody is served there" "$(status "http://127.0.0.1:$BALANCED_PORT/")" 000

say "3. too much: twice of what is used now, and less urgent requests are turned away from 30 % on"
used=$(($(grep VmRSS "/proc/$PROXY_PID/status" | tr -dc 0-9) * 1024))
everybody() { for path in alarms / reports health; do status "$BASE/${path#/}"; printf ' '; done; }
check "alarms, anything, reports and /health are served" "$(everybody)" '200 200 200 200 '
shed() { [[ $(everybody) == "$1" ]]; }
limit=$((used * 2 / 1000000))
show config patch --raw "{performance: {maxMemory: $limit, overload: {shedLow: 0.3, shedNormal: 0.9}}}" --note "a small machine"
eventually 10 shed '200 200 503 200 '
check "reports can wait, and are turned away first" "$(everybody)" '200 200 503 200 '
show config patch --raw "{performance: {overload: {shedNormal: 0.4}}}"
eventually 10 shed '200 503 503 200 '
check "then all but the most urgent" "$(everybody)" '200 503 503 200 '
check "who is turned away learns when to ask again" "$(head "$BASE/reports")" '*Retry-After: *'
show doctor | grep -A 1 overload
operate config patch --raw "{performance: {maxMemory: null, overload: null}}" >/dev/null
eventually 15 shed '200 200 200 200 '
check "everybody is served again" "$(everybody)" '200 200 200 200 '

finish
