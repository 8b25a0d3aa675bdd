#!/usr/bin/env bash
# Checks the manifests without a cluster, and runs the proxy as the ConfigMap says against an API server played here.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl python3 openssl

valid=$(python3 "$here/validate.py" "$WORK/gateway.yaml" 2>&1)
if [[ $valid == SKIPPED* ]]; then
    say "  $valid"
    finish
fi
check "the manifests are valid" "$valid" valid
# Addresses that are free here, and the API server below; in a cluster a pod finds it by itself.
free_port PORT
free_port ADMIN_PORT
free_port METRICS_PORT
free_port GATEWAY_PORT
python3 "$here/api.py" "$WORK" "$GATEWAY_PORT" >"$WORK/api.log" 2>&1 &
PIDS+=("$!")
eventually 20 grep -q '^https:' "$WORK/api.log" || die "the API server did not start"
api=$(grep -m 1 '^https:' "$WORK/api.log")
sed -i "s|0.0.0.0:8080|127.0.0.1:$PORT|; s|127.0.0.1:18790|127.0.0.1:$ADMIN_PORT|; s|0.0.0.0:9100|127.0.0.1:$METRICS_PORT|
    s|service: gateways|&\n        namespace: default\n        server: $api\n        caFile: $WORK/ca.pem\n        tokenFile: $WORK/token|" \
    "$WORK/gateway.yaml"
check "the configuration is sound" "$("$CLAWPROXY" check "$WORK/gateway.yaml" 2>&1 && echo sound)" '*sound'

start_agent GATEWAY_PORT gateways-0 --listen "127.0.0.2:$GATEWAY_PORT" --latency 5ms
start_agent GATEWAY_PORT gateways-1 --listen "127.0.0.3:$GATEWAY_PORT" --latency 5ms
HOME=$WORK OPENCLAW_GLOBAL_CONFIG=$WORK/none.json \
    "$CLAWPROXY" run --config-file "$WORK/gateway.yaml" --config.loadBalancing.strategy=round-robin \
    >"$WORK/clawproxy.log" 2>&1 &
PROXY_PID=$!
PIDS+=("$PROXY_PID")
wait_port "$PORT" "$PROXY_PID" clawproxy
BASE=http://127.0.0.1:$PORT
proxy() { HOME=$WORK "$CLAWPROXY" "$@" --admin "127.0.0.1:$ADMIN_PORT"; }
served_by() { [[ $(agents "$BASE/?n=[1-30]" | sort -u | tr '\n' ' ') == "$1 " ]]; }
failing() { [[ $(proxy status) == *"is forbidden"* ]]; }

say "1. the pods of the service are agents"
check "both pods serve" "$(eventually 10 served_by "gateways-0 gateways-1" && echo yes)" yes
proxy agents | sed 's/^/    /'

say "2. a pod terminates, under load"
start_load "$BASE/load"
touch "$WORK/terminate"
check "it gets nothing new" "$(eventually 10 served_by gateways-0 && echo yes)" yes
proxy status | grep finds | sed 's/^/    /'
stop_load
total=$(answered)
check "0 of $total requests failed" "$((total - $(answered 200)))" 0

say "3. the Role is taken away"
touch "$WORK/forbid"
check "it says so" "$(eventually 20 failing && echo yes)" yes
proxy doctor 2>&1 | grep -A 1 discovery | sed "s#$WORK/##g; s/^/    /"
check "the pod that was known still serves" "$(agents "$BASE/")" gateways-0

finish
