#!/usr/bin/env bash
# Two replicas that share a Redis: what one has fetched the other serves, what is purged on one is gone on the other.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl redis-server redis-cli

start_agent MODEL_PORT model --token-interval 50ms
free_port REDIS_PORT
redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --save '' --appendonly no --dir "$WORK" >"$WORK/redis.log" 2>&1 &
REDIS_PID=$!
PIDS+=("$REDIS_PID")
wait_port "$REDIS_PORT" "$REDIS_PID" redis
# An answer is sent to Redis when its client has it.
shared() { (($(redis-cli -p "$REDIS_PORT" --raw keys 'clawproxy:*:agent:response:*' | wc -l) == $1)); }
export MODEL_PORT REDIS_PORT CLAWPROXY_SECRET=not-a-secret-in-an-example-0123456789

# replica NUMBER: sets URL_NUMBER and ADMIN_NUMBER. Each has a copy of the file, as it keeps a history beside it.
replica() {
    local folder=$WORK/proxy-$1 pid
    mkdir -p "$folder"
    cp "$here/gateway.json" "$folder"
    PORT='' ADMIN_PORT=''
    free_port PORT
    free_port ADMIN_PORT
    PORT=$PORT ADMIN_PORT=$ADMIN_PORT HOME=$folder OPENCLAW_GLOBAL_CONFIG=$WORK/none.json \
        "$CLAWPROXY" run --config-file "$folder/gateway.json" >"$WORK/proxy-$1.log" 2>&1 &
    pid=$!
    PIDS+=("$pid")
    wait_port "$PORT" "$pid" "proxy-$1"
    eventually 10 grep -q 'redis is in use' "$WORK/proxy-$1.log" || die "proxy-$1: has not found its Redis"
    printf -v "URL_$1" %s "http://127.0.0.1:$PORT"
    printf -v "ADMIN_$1" %s "127.0.0.1:$ADMIN_PORT"
}

# cache NUMBER ARGUMENTS...: what an operator of that replica types, and sees.
cache() {
    local admin=ADMIN_$1 folder=$WORK/proxy-$1
    shift
    say "  \$ clawproxy cache $*"
    HOME=$folder "$CLAWPROXY" cache "$@" --admin "${!admin}" 2>&1 | sed 's/^/    /'
}

# get NUMBER PATH and ask NUMBER BODY: sets TOLD, what the cache says of the answer, and BODY. The host is part of the
# key, so both replicas are asked for the same one, as behind a load balancer.
get() { fetch "$1" "$2"; }
ask() { fetch "$1" /v1/chat/completions -H 'Content-Type: application/json' -d "$2"; }
fetch() {
    local url=URL_$1 path=$2
    shift 2
    curl -sN -m 20 -D "$WORK/head" -o "$WORK/body" -H 'Host: models.example' "$@" "${!url}$path"
    TOLD=$(tr -d '\r' <"$WORK/head" | sed -n 's/^cache-status: //Ip')
    BODY=$(<"$WORK/body")
}
id() { grep -o '"id":"[^"]*"' "$WORK/body" | sort -u; }

replica 1
replica 2
say "two proxies serve on $URL_1 and $URL_2"

say "1. a question, asked of both"
ask 1 '{"model":"m","temperature":0,"messages":[{"role":"user","content":"what is a claw?"}]}'
check "the first has it from the model: $TOLD" "$TOLD" 'clawproxy; fwd=uri-miss;*stored'
made=$(id)
again() { ask "$1" '{"messages": [{"content": "what is a claw?", "role": "user"}], "temperature": 0.0, "model": "m"}'; }
eventually 10 shared 1
again 2
check "the second from Redis, though it is written otherwise: $TOLD" "$TOLD" 'clawproxy; hit;*detail=shared'
again 2
check "and then from its own memory: $TOLD" "$TOLD" 'clawproxy; hit;*detail=requests'
check "it is the same answer" "$(id)" "$made"

say "2. what is asked of the model each time"
ask 2 '{"model":"m","messages":[{"role":"user","content":"what is a claw?"}]}'
check "a question without a temperature: $TOLD" "$TOLD" 'clawproxy; fwd=bypass*'
ask 2 '{"model":"m","temperature":0,"tools":[{}],"messages":[{"role":"user","content":"what is a claw?"}]}'
check "one with tools: $TOLD" "$TOLD" 'clawproxy; fwd=bypass*'

say "3. a stream"
stream='{"model":"m","temperature":0,"stream":true,"messages":[{"role":"user","content":"word by word"}]}'
ask 1 "$stream"
first=$BODY
check "word by word from the model: $TOLD" "$TOLD" 'clawproxy; fwd=uri-miss;*stored'
eventually 10 shared 2
ask 2 "$stream"
check "from the other replica at once: $TOLD" "$TOLD" 'clawproxy; hit;*detail=shared'
check "event by event the same" "$([[ $BODY == "$first" ]] && echo same)" same

say "4. a list, and its tag"
get 1 /v1/models
check "the first has it from the model: $TOLD" "$TOLD" 'clawproxy; fwd=uri-miss;*stored'
eventually 10 shared 3
get 2 /v1/models
check "the second has it from Redis: $TOLD" "$TOLD" 'clawproxy; hit;*detail=shared'
get 2 /v1/models
check "and then from its own memory: $TOLD" "$TOLD" 'clawproxy; hit;*detail=memory'
cache 1 purge --tag models
get 2 /v1/models
check "purged on one, it is gone from the other's memory: $TOLD" "$TOLD" 'clawproxy; fwd=uri-miss;*'
again 2
check "what has another tag is still there: $TOLD" "$TOLD" 'clawproxy; hit;*'

say "5. what an operator sees"
cache 2 stats

say "6. Redis goes"
stop "$REDIS_PID"
again 2
check "what is in memory is served: $TOLD" "$TOLD" 'clawproxy; hit;*detail=requests'
ask 2 '{"model":"m","temperature":0,"messages":[{"role":"user","content":"and without Redis?"}]}'
check "what is not comes from the model: $TOLD" "$TOLD $BODY" 'clawproxy; fwd=uri-miss;*and without Redis?*'
cache 2 stats

finish
