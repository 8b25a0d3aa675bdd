#!/usr/bin/env bash
# What limits of requests, tokens and requests at once let through, what a client is told, and what an operator sees.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl

start_agent LLM_PORT llm --tokens 100
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

# ask PATH [CURL'S ARGUMENTS...]: sets STATUS, LEFT (RateLimit), AGAIN (Retry-After) and BODY.
ask() {
    local path=$1
    shift
    STATUS=$(curl -s -m 20 -D "$WORK/head" -o "$WORK/body" -w '%{http_code}' "$@" "$BASE$path")
    LEFT=$(header ratelimit)
    AGAIN=$(header retry-after)
    BODY=$(<"$WORK/body")
}
header() { tr -d '\r' <"$WORK/head" | sed -n "s/^$1: //Ip" | paste -sd ' '; }

# chat MODEL TEXT [MORE]: one question to a model.
chat() {
    ask /v1/chat/completions -H 'Content-Type: application/json' \
        -d "{\"model\": \"$1\", \"messages\": [{\"role\": \"user\", \"content\": \"$2\"}]${3:+, $3}}"
}

say "1. an address: 20 at once, then 10 a second"
curl -s -m 20 -o /dev/null -w '%{http_code}\n' "$BASE/hello?n=[1-40]" >"$WORK/statuses"
passed=$(grep -c 200 "$WORK/statuses")
check "of 40 in a row $passed passed, the rest got 429" "$((passed >= 20 && passed <= 24)) $(sort -u "$WORK/statuses" | paste -sd ' ')" "1 200 429"
for _ in {1..40}; do
    ask /hello
    [[ $STATUS == 429 ]] && break
done
say "    RateLimit: $LEFT, Retry-After: $AGAIN"
say "    $BODY"
check "the body says which limit, and when to come again" "$STATUS $AGAIN $BODY" '429 1 *http*10r/s*this address*retry after 1 s*'
sleep 2.5

say "2. a rule of its own, by user"
ask /reports -H 'X-User: ada'
check "the first passes, and both limits say what is left" "$STATUS $LEFT" '200 "default";r=*"reports";r=1;t=*'
ask /reports -H 'X-User: ada'
ask /reports -H 'X-User: ada'
check "the third does not" "$STATUS $((AGAIN > 1700))" "429 1"
ask /reports -H 'X-User: bob'
check "somebody else has a count of his own" "$STATUS" 200

say "3. a model, in requests: three a minute"
for _ in 1 2 3; do chat large hi; done
check "the third passes" "$STATUS" 200
chat large hi
check "the fourth does not" "$STATUS $BODY" "429 *model:large*3r/m*"
chat small hi
check "another model does" "$STATUS" 200

say "4. a model, in tokens: 600 a minute, of which each answer takes 100"
sleep 1
for _ in 1 2 3 4; do chat small hi; done
check "what was set apart is settled by what the answer cost" "$STATUS $LEFT" '200 *"model:small:tokens";r=*'
say "    RateLimit: $LEFT"
chat small hi '"max_tokens": 500'
check "what asks for more than is left waits" "$STATUS $BODY" "429 *model:small:tokens*600 tokens a minute*"
say "    $BODY"

say "5. two at once, of all models together"
curl -s -m 20 -o /dev/null -d '{"latency": "2s"}' "http://127.0.0.1:$LLM_PORT/control"
sleep 1
for _ in 1 2; do
    curl -s -m 20 -o /dev/null -H 'Content-Type: application/json' -d '{"model": "other", "messages": []}' "$BASE/v1/chat/completions" &
    PIDS+=("$!")
done
sleep 0.5
chat other hi
check "the third is told to come again" "$STATUS $BODY" "429 *global*2 requests at once*"
sleep 2.5
chat other hi
check "and passes when there is room" "$STATUS" 200

say "6. what an operator sees"
curl -s -m 20 "$BASE/metrics" | grep '^gateway_ratelimit_' | tee "$WORK/metrics" | sed 's/^/    /'
check "refusals are counted by limit" "$(<"$WORK/metrics")" '*refused_total{policy="model:large"} 1*'

finish
