#!/usr/bin/env bash
# Heap allocations of the proxy for each kept-alive request that it forwards: all calls that ask the C library for
# memory, counted by a preloaded library, divided by requests, counted by the client and by the proxy's own metrics.
#
# Kept alive means both sides: the idle pools below hold every connection, and the run is wrong if more were opened than
# clients can have in use at once (each agent may at some moment serve all of them).
# A new connection to an agent costs allocations of its own; IDLE=10 is the default of maxIdleConnsPerHost, which 16
# clients outgrow, and shows that price.
#
# usage: [IDLE=512] Benchmarks/allocations.sh [REQUESTS]    (200000)
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../examples/common.sh"
need cc curl "${PYTHON:=python3}"
requests=${1:-200000}
idle=${IDLE:-512}

# What is asked for between two looks at the counter.
counted() {
    local before line deadline=$((SECONDS + 5))
    before=$(grep -c '^malloc-count: ' "$WORK/clawproxy.log")
    kill -USR1 "$PROXY_PID"
    until (($(grep -c '^malloc-count: ' "$WORK/clawproxy.log") > before)); do
        ((SECONDS < deadline)) || die "the proxy does not tell its count"
        sleep 0.02
    done
    line=$(grep '^malloc-count: ' "$WORK/clawproxy.log" | tail -n 1)
    printf -v "$1" %s "${line#malloc-count: }"
}

# The sum of a counter over its labels; the page is read outside of what is measured, since it allocates.
metric() { curl -s -m 20 "$BASE/metrics" | awk -v name="$1" -v with="${2:-}" \
    'index($1, name "{") == 1 && index($1, with) { sum += $2 } END { print sum + 0 }'; }

send() { "$PYTHON" "$here/keep-alive.py" "$PORT" /bytes/1024 "$1" 16 >/dev/null || die "not all requests were answered"; }

cc -O2 -shared -fPIC -o "$WORK/malloc-count.so" "$here/malloc-count.c" || die "malloc-count.c: cannot be compiled"
start_agent AGENT_1_PORT agent-bench-001
start_agent AGENT_2_PORT agent-bench-002
export IDLE=$idle
cat >"$WORK/gateway.json" <<'JSON'
{
  gateway: {
    http: { listen: "127.0.0.1:${PORT}" },
    admin: { listen: "127.0.0.1:${ADMIN_PORT}" },
    performance: { workerThreads: 1 },
    agents: {
      discovery: {
        static: [
          { id: "agent-bench-001", endpoint: "http://127.0.0.1:${AGENT_1_PORT}", weight: 100, tags: ["chat"] },
          { id: "agent-bench-002", endpoint: "http://127.0.0.1:${AGENT_2_PORT}", weight: 50, tags: ["chat"] },
        ],
      },
      connectionPool: { maxIdleConns: 1000, maxIdleConnsPerHost: "${IDLE}" },
      healthCheck: { enabled: false },
    },
    loadBalancing: { strategy: "weighted-round-robin" },
    routing: { rules: [{ name: "body", match: { type: "exact", pattern: "/bytes/1024" }, target: "tag:chat" }] },
    logging: { level: "warning", accessLog: false },
  },
}
JSON
LD_PRELOAD=$WORK/malloc-count.so start_proxy "$WORK/gateway.json"

send 5000 # buffers, exchanges and connections are made once
counted first
sleep 2
counted second
served=$(metric gateway_requests_total 'route="body"')
opened=$(metric gateway_agent_connections_opened_total)
counted third
send "$requests"
counted fourth
served=$(($(metric gateway_requests_total 'route="body"') - served))
opened=$(($(metric gateway_agent_connections_opened_total) - opened))

check "the counter counts: a start asks for memory" "$((first > 1000))" 1
check "the proxy forwarded what the client sent" "$served" "$requests"
if ((idle > 10)); then check "connections to agents were kept: $opened opened" "$((opened <= 2 * 16))" 1; fi
say "heap allocations per proxied request: $(awk -v n=$((fourth - third)) -v r="$requests" 'BEGIN { printf "%.3f", n / r }')"
say "  $((fourth - third)) over $requests requests, 16 client connections, 1 KB answers; $opened connections opened to agents"
say "  without requests, a second: $(((second - first) / 2))"
finish
