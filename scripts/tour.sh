#!/usr/bin/env bash
# A tour: three demo agents, the proxy before them, and what happens to each kind of request. `make run` calls it.
# Keeps serving until Ctrl-C; ONCE=1 ends after the tour. Exits non-zero if anything was not as it should be.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../examples/common.sh"
need curl "${PYTHON:=python3}"

STEP=0

# The pause between two streamed words, in milliseconds: long enough to see them come one by one.
PACE=60

step() {
    STEP=$((STEP + 1))
    say ""
    say "$STEP. $1"
}

# request WHAT EXPECTED-STATUS EXPECTED-AGENT ARGUMENTS...: one request, and one line of what became of it.
request() {
    local what=$1 want_status=$2 want_agent=$3 head="$WORK/head" body="$WORK/body" code agent rule
    shift 3
    : >"$head"
    code=$(curl -s -m 20 -D "$head" -o "$body" -w '%{http_code}' "$@")
    agent=$(header "$head" x-agent)
    rule=$(header "$head" x-clawproxy-route)
    check "$what -> $code${rule:+, rule $rule}${agent:+, by $agent}" "$code $agent" "$want_status $want_agent"
}

header() { tr -d '\r' <"$1" | sed -n "s/^$2: //Ip" | tail -n 1; }

body() { say "         $(head -c 300 "$WORK/body" | tr '\n' ' ')"; }

start() {
    start_agent CHAT_1_PORT agent-chat-001 --token-interval "${PACE}ms"
    start_agent CHAT_2_PORT agent-chat-002 --token-interval "${PACE}ms"
    start_agent CODE_1_PORT agent-code-001
    [[ -n ${PORT:-} ]] || free_port PORT 8080
    [[ -n ${ADMIN_PORT:-} ]] || free_port ADMIN_PORT 18790
    start_proxy "$here/../examples/quickstart/gateway.json"
    say "clawproxy serves on $BASE, its admin listener on 127.0.0.1:$ADMIN_PORT"
    say "agents: agent-chat-001 on $CHAT_1_PORT, agent-chat-002 on $CHAT_2_PORT, agent-code-001 on $CODE_1_PORT"
}

routes() {
    step "Rules: the exact path, the longest prefix, a pattern, the default"
    request "exact    POST /api/v1/chat" 200 'agent-chat-00[12]' -d '{"message":"hello claw"}' "$BASE/api/v1/chat"
    body
    request "prefix   GET /api/v1/code/review" 200 agent-code-001 "$BASE/api/v1/code/review"
    request "regex    GET /sessions/a-17/history" 200 agent-code-001 "$BASE/sessions/a-17/history"
    request "default  GET /anything" 200 'agent-chat-00[12]' "$BASE/anything"
}

balance() {
    step "Balancing: twenty requests, two agents, one after the other"
    agents "$BASE/anything?n=[1-20]" | sort | uniq -c >"$WORK/shares"
    sed 's/^ */         /' "$WORK/shares"
    check "each agent has ten" "$(awk '{print $1}' "$WORK/shares" | tr '\n' ' ')" "10 10 "
}

completion() {
    step "A completion in OpenAI's shape"
    request "POST /v1/chat/completions" 200 'agent-chat-00[12]' \
        -d '{"model":"openclaw","messages":[{"role":"user","content":"hello claw"}]}' "$BASE/v1/chat/completions"
    body
    check "it holds the answer and its usage" "$(<"$WORK/body")" '*hello claw*"usage"*'
}

# meant TEXT RULE EXPECTED-AGENT: a question that goes by what it means.
meant() {
    request "$1" 200 "$3" -H 'Content-Type: application/json' -d "{\"message\":\"$1\"}" "$BASE/ask"
    check "that is what it means" "$(header "$WORK/head" x-clawproxy-route)" "$2; *tier=builtin"
}

meaning() {
    step "Rules by meaning: one path, and the words say who is asked"
    meant 'Hello, how are you today?' talk 'agent-chat-00[12]'
    meant 'fix this bug in my python function' programming agent-code-001
    meant '你好，最近怎么样？' talk 'agent-chat-00[12]'
    meant '帮我写代码' programming agent-code-001
    meant 'Generate an image of a cat that rides a bicycle' everything-else 'agent-chat-00[12]'
}

# Times of arrival are taken here, line by line: a stream that somebody held back would come in one go.
stream() {
    local line first= last= events=0 now
    step "A stream, event by event (${PACE} ms apart)"
    while IFS= read -r line; do
        [[ $line == data:* ]] || continue
        now=$((${EPOCHREALTIME/[.,]/} / 1000))
        first=${first:-$now}
        last=$now
        events=$((events + 1))
        say "         +$((now - first)) ms  $line"
    done < <(curl -sN -m 20 -d '{"message":"one by one","stream":true}' "$BASE/api/v1/chat/stream")
    check "all six events came" "$events" 6
    check "they came as they were made, not all at once" "$((${last:-0} - ${first:-0} >= 5 * PACE / 2))" 1
}

# ask WHAT QUESTION STREAM: a completion, and what the cache says of it.
ask() {
    request "$1" 200 'agent-chat-00[12]' -H 'Content-Type: application/json' -d "$(question "$2" "$3")" \
        "$BASE/v1/chat/completions"
    told
}

question() { printf '{"model":"openclaw","stream":%s,"messages":[{"role":"user","content":"%s"}]}' "$2" "$1"; }

told() {
    local age
    age=$(header "$WORK/head" age)
    say "         ${age:+Age: $age, }Cache-Status: $(header "$WORK/head" cache-status)"
}

# kept WHAT PATTERN: what `Cache-Status` of the last answer is like.
kept() { check "$1" "$(header "$WORK/head" cache-status)" "clawproxy; $2"; }

cache() {
    step "The cache: asked twice, answered once by an agent"
    ask "POST a question" 'what is a claw?' false
    kept "nothing was kept of it, and is now" 'fwd=uri-miss;*stored'
    cp "$WORK/body" "$WORK/first"
    ask "POST the same" 'what is a claw?' false
    kept "it comes from memory" 'hit;*detail=memory'
    check "with its age" "$(header "$WORK/head" age)" '[0-9]*'
    check "byte for byte" "$(cmp "$WORK/first" "$WORK/body" && echo same)" same
    ask "POST another" 'what is a paw?' false
    kept "that is another entry" 'fwd=uri-miss;*stored'
    request "GET /v1/models" 200 'agent-chat-00[12]' "$BASE/v1/models"
    told
    request "GET /v1/models" 200 'agent-chat-00[12]' "$BASE/v1/models"
    told
    kept "the list of models, too, comes from memory" 'hit;*detail=memory'
}

# The agent pauses between words, the cache need not.
replay() {
    local began
    step "A stream that is kept, given again as a stream"
    began=$(milliseconds)
    ask "POST a question for a stream" 'one by one' true
    say "         $(grep -c '^data:' "$WORK/body") events in $(($(milliseconds) - began)) ms"
    cp "$WORK/body" "$WORK/first"
    began=$(milliseconds)
    ask "POST the same" 'one by one' true
    say "         $(grep -c '^data:' "$WORK/body") events in $(($(milliseconds) - began)) ms"
    kept "it comes from memory" 'hit;*detail=memory'
    check "event by event the same" "$(cmp "$WORK/first" "$WORK/body" && echo same)" same
    check "as an event stream" "$(header "$WORK/head" content-type)" 'text/event-stream*'
}

milliseconds() { printf %s "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

# Each answer that an agent makes has an id of its own.
together() {
    local client clients=()
    step "Twenty at once ask the same: one fetch, which all of them follow"
    for client in {1..20}; do
        curl -sN -m 20 -D "$WORK/head.$client" -o "$WORK/body.$client" -H 'Content-Type: application/json' \
            -d "$(question 'all together now' true)" "$BASE/v1/chat/completions" &
        clients+=("$!")
    done
    wait "${clients[@]}"
    for client in {1..20}; do header "$WORK/head.$client" cache-status; done | sed 's/ttl=[0-9]*/ttl=.../' >"$WORK/told"
    sort "$WORK/told" | uniq -c | sed 's/^ */         /'
    check "twenty answers, whole" "$(grep -l '^data: \[DONE\]' "$WORK"/body.{1..20} | wc -l)" 20
    check "an agent has made one" "$(grep -oh '"id":"[^"]*"' "$WORK"/body.{1..20} | sort -u | wc -l)" 1
    check "one client's request was sent, others followed it" \
        "$(grep -vcE 'collapsed|hit' "$WORK/told") $(grep -c collapsed "$WORK/told")" '1 [1-9]*'
}

purge() {
    step "What is kept, and how to be rid of it"
    show cache stats
    check "there were hits" "$(operate cache stats)" '*hit ratio  [1-9]*'
    show cache purge "$BASE/v1/models"
    request "GET /v1/models" 200 'agent-chat-00[12]' "$BASE/v1/models"
    told
    kept "it was gone" 'fwd=uri-miss;*'
    ask "POST the first question" 'what is a claw?' false
    kept "that was still there" 'hit;*'
    show cache purge --all
    ask "POST the first question" 'what is a claw?' false
    kept "now everything was gone" 'fwd=uri-miss;*'
}

websocket() {
    step "A WebSocket: the challenge, echoes, close codes"
    "$PYTHON" "$here/../examples/websocket/client.py" 127.0.0.1 "$PORT" /ws || WRONG=$((WRONG + 1))
}

refusals() {
    step "What is not served, and why"
    request "no token   GET /api/v1/admin/users" 401 '' "$BASE/api/v1/admin/users"
    check "WWW-Authenticate names the scheme" "$(header "$WORK/head" www-authenticate)" 'Bearer*'
    request "a token    GET /api/v1/admin/users" 200 agent-code-001 \
        -H 'Authorization: Bearer let-me-in' "$BASE/api/v1/admin/users"
    request "no agent   GET /unserved" 503 '' "$BASE/unserved"
    body
    check "the answer names the target" "$(<"$WORK/body")" '*nobody*'
    request "no rule    GET / for a host that no rule knows" 404 '' -H 'Host: elsewhere.example' "$BASE/"
    body
}

look() {
    step "Health and metrics"
    request "GET /health" 200 '' "$BASE/health"
    body
    request "GET /metrics" 200 '' "$BASE/metrics"
    grep -E '^gateway_(requests_total|active_connections)' "$WORK/body" | head -n 12 | sed 's/^/         /'
    check "requests are counted" "$(grep -c '^gateway_requests_total' "$WORK/body")" '[1-9]*'
}

serve() {
    say ""
    say "serving on $BASE until Ctrl-C; try: curl -d '{\"message\":\"hello\"}' $BASE/api/v1/chat"
    trap 'exit $((WRONG > 0))' INT TERM
    wait "$PROXY_PID"
    die "clawproxy: ended by itself"
}

start
routes
meaning
balance
completion
stream
cache
replay
together
purge
websocket
refusals
look
say ""
if ((WRONG == 0)); then say "the tour: all as expected"; else say "the tour: $WRONG checks were wrong" && show_logs; fi
[[ ${ONCE:-} == 1 ]] || serve
exit $((WRONG > 0))
