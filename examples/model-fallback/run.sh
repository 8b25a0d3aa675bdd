#!/usr/bin/env bash
# Which model answers where the client leaves that open, and which one where the first does not answer.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl

start_agent A_PORT llm-a
start_agent B_PORT llm-b
start_agent C_PORT llm-c
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

# ask MODEL TEXT: sets STATUS, CHOSEN (what X-ClawProxy-Model says), AGENT, MODEL (what the agent was asked for) and BODY.
# The model "-" stands for none at all.
ask() {
    local model="\"model\": \"$1\", "
    [[ $1 == - ]] && model=
    printf '{%s"messages": [{"role": "user", "content": "%s"}]}' "$model" "$2" >"$WORK/question"
    STATUS=$(curl -s -m 20 -D "$WORK/head" -o "$WORK/body" -w '%{http_code}' -H 'Content-Type: application/json' \
        -d "@$WORK/question" "$BASE/v1/chat/completions")
    CHOSEN=$(header x-clawproxy-model)
    AGENT=$(header x-agent)
    BODY=$(<"$WORK/body")
    MODEL=$(grep -o '"model":"[^"]*"' <<<"$BODY" | cut -d '"' -f 4)
}
header() { tr -d '\r' <"$WORK/head" | sed -n "s/^$1: //Ip" | tail -n 1; }

# answers WHAT MODEL AGENT: the last question was answered by this model, and the answer says so.
answers() { check "$1 -> $CHOSEN, by $AGENT" "$STATUS $CHOSEN $MODEL $AGENT" "200 $2 $2 $3"; }

# tell KEYS: how llm-a behaves from now on.
tell() {
    say "   llm-a: $1"
    curl -s -m 20 -o "$WORK/told" -d "{$1}" "http://127.0.0.1:$A_PORT/control"
}

say "1. the client leaves it open"
ask - 'hi'
answers "no model, a greeting" small llm-a
ask auto '把下面的句子翻译成英文：春天来了，花都开了。'
answers '"auto", a translation from Chinese' mandarin llm-c
ask auto "Design and implement a rate limiter in Go that survives restarts: compare two algorithms, explain the \
trade-offs, write the code with unit tests, and list what can go wrong."
answers '"auto", a demanding task' large llm-a
ask auto "$(printf 'so it goes. %.0s' {1..1500})"
answers '"auto", a long text' reader llm-c

say "2. the client names one"
ask steady 'hi'
check "it gets that one, and the proxy says nothing of it" "$STATUS $MODEL $AGENT$CHOSEN" "200 steady llm-b"
ask unheard-of 'hi'
check "one that nobody serves is 404" "$STATUS $BODY" '404 *model_not_served*'
say "    $BODY"

say "3. the first model does not answer"
tell '"errorRate": 1, "errorStatus": 503'
ask large 'hi'
answers "errors: asked once more, then the next of the chain" steady llm-b
tell '"errorRate": 0, "latency": "20s"'
ask large 'hi'
answers "silence: the next of the chain after timeoutMs" steady llm-b
tell '"errorRate": 1, "errorStatus": 400, "latency": "0s"'
ask large 'hi'
check "400 is an answer: the request is wrong, and would be for any model" "$STATUS $AGENT$CHOSEN" "400 llm-a"
tell '"errorRate": 0'
ask large 'hi'
check "well again: it answers itself" "$STATUS $MODEL $AGENT$CHOSEN" "200 large llm-a"

say "4. what an operator sees"
curl -s -m 20 "$BASE/metrics" | grep '^gateway_model_' | tee "$WORK/metrics" | sed 's/^/    /'
check "one repetition, two stand-ins" "$(<"$WORK/metrics")" \
    '*gateway_model_fallback_total{step="again"} 1*gateway_model_fallback_total{step="next"} 2*'

finish
