#!/usr/bin/env bash
# The same without Docker: a DNS server of our own says which gateways there are, three proxies follow it under load.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl python3

valid=$(python3 "$here/validate.py" 2>&1)
[[ $valid == SKIPPED* ]] && say "  $valid" || check "compose.yaml is valid" "$valid" valid

# gateway NUMBER: replicas have one port and addresses of their own, as containers have.
gateway() { start_agent GATEWAY_PORT "gateway-$1" --listen "127.0.0.$(($1 + 1)):${GATEWAY_PORT:-0}" --latency 10ms; }

# zone NUMBERS...: who bears the name from now on. Answers hold for no time, as where nothing keeps them.
zone() {
    local list number
    list=$(for number in "$@"; do printf '"127.0.0.%d",' $((number + 1)); done)
    printf '{"gateways": {"A": [%s], "ttl": 0}}\n' "${list%,}" >"$WORK/zone.new"
    mv "$WORK/zone.new" "$WORK/zone.json"
}

free_port GATEWAY_PORT
gateway 1
gateway 2
gateway 3
zone 1 2 3
python3 "$ROOT/Tests/EndToEnd/dns_server.py" --listen 127.0.0.1:0 --zone "$WORK/zone.json" >"$WORK/dns.log" 2>&1 &
PIDS+=("$!")
eventually 10 grep -q : "$WORK/dns.log" || die "the DNS server did not start"
dns=$(grep -oE '127\.0\.0\.1:[0-9]+' "$WORK/dns.log" | head -n 1)

# replica NUMBER: sets URL_NUMBER and ADMIN_NUMBER. Gateways serve in turn, so that a few requests show who does.
replica() {
    local folder=$WORK/proxy-$1 pid
    mkdir -p "$folder"
    # a copy: the history of changes stands beside the file
    cp "$here/gateway.json" "$folder/gateway.json"
    PORT='' ADMIN_PORT=''
    free_port PORT
    free_port ADMIN_PORT
    LISTEN=127.0.0.1:$PORT ADMIN_PORT=$ADMIN_PORT HOME=$folder OPENCLAW_GLOBAL_CONFIG=$WORK/none.json \
        "$CLAWPROXY" run --config-file "$folder/gateway.json" "--config.agents.resolver.servers=$dns" \
        --config.loadBalancing.slowStart.duration=1s --config.loadBalancing.strategy=round-robin \
        >"$WORK/proxy-$1.log" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    wait_port "$PORT" "$pid" "proxy-$1"
    printf -v "URL_$1" %s "http://127.0.0.1:$PORT"
    printf -v "ADMIN_$1" %s "127.0.0.1:$ADMIN_PORT"
}

export GATEWAY_PORT
replica 1
replica 2
replica 3
say "three proxies serve on $URL_1, $URL_2, $URL_3"

# served_by URL NAMES: whether exactly these gateways serve behind a proxy.
served_by() { [[ $(agents "$1/?n=[1-30]" | sort -u | tr '\n' ' ') == "$2 " ]]; }
everywhere() {
    local url
    for url in "$URL_1" "$URL_2" "$URL_3"; do served_by "$url" "$1" || return; done
}

check "all three find all three" "$(eventually 15 everywhere "gateway-1 gateway-2 gateway-3" && echo yes)" yes
start_load "$URL_1/load"

say "1. a fourth gateway"
gateway 4
zone 1 2 3 4
check "it serves behind all of them" "$(eventually 15 everywhere "gateway-1 gateway-2 gateway-3 gateway-4" && echo yes)" yes

say "2. two go"
zone 1 4
check "they get nothing new" "$(eventually 15 everywhere "gateway-1 gateway-4" && echo yes)" yes
stop "${PIDS[1]}"
stop "${PIDS[2]}"

say "3. what an operator sees"
HOME=$WORK/proxy-1 "$CLAWPROXY" agents --admin "$ADMIN_1" | sed 's/^/    /'
HOME=$WORK/proxy-1 "$CLAWPROXY" status --admin "$ADMIN_1" | grep finds | sed 's/^/    /'

stop_load
total=$(answered)
check "0 of $total requests failed" "$((total - $(answered 200)))" 0

finish
