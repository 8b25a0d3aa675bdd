#!/usr/bin/env bash
# One address, three agents: the words of a request say who gets it, in English and Chinese.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl

start_agent CHAT_PORT agent-chat-001
start_agent CODE_PORT agent-code-001
start_agent BILLING_PORT agent-billing-001
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

# ask BODY [PATH]: sets STATUS, ROUTE (what X-ClawProxy-Route says), AGENT and BODY.
ask() {
    STATUS=$(curl -sN -m 20 -D "$WORK/head" -o "$WORK/body" -w '%{http_code}' -H 'Content-Type: application/json' \
        -d "$1" "$BASE${2:-/api/v1/chat}")
    ROUTE=$(header x-clawproxy-route)
    AGENT=$(header x-agent)
    BODY=$(<"$WORK/body")
}
header() { tr -d '\r' <"$WORK/head" | sed -n "s/^$1: //Ip" | tail -n 1; }

# goes TEXT RULE AGENT
goes() {
    ask "{\"message\": \"$1\"}"
    check "$1 -> $ROUTE" "$STATUS $ROUTE $AGENT" "200 $2; score=[01].*; tier=builtin $3"
}

say "1. the words decide"
goes 'Hello, how are you today?' chat agent-chat-001
goes '你好，最近怎么样？' chat agent-chat-001
goes 'write a function in Swift that reverses a list' code agent-code-001
goes '帮我写代码' code agent-code-001

say "2. a category of our own, from twenty examples"
goes 'I think you took the money from my account twice' billing agent-billing-001
goes '我的发票什么时候能开？' billing agent-billing-001

say "3. what is like none of them goes to the default"
ask '{"message": "Generate an image of a cat that rides a bicycle"}'
check "a picture -> $ROUTE" "$STATUS $ROUTE $AGENT" "200 default; tier=builtin agent-chat-001"
ask '{"message": "画一只骑自行车的猫"}'
check "the same in Chinese -> $ROUTE" "$STATUS $ROUTE $AGENT" "200 default; tier=builtin agent-chat-001"

say "4. in every shape of body: the last turn of the user counts"
ask '{"model": "openclaw", "stream": true, "messages": [{"role": "user", "content": "hello there!"},
    {"role": "assistant", "content": "hello!"}, {"role": "user", "content": "fix this bug in my python function"}]}' \
    /v1/chat/completions
check "a conversation, as a stream -> $ROUTE" "$STATUS $ROUTE $AGENT" "200 code; score=*; tier=builtin agent-code-001"
check "it is a stream" "$BODY" '*data: \[DONE\]*'

say "5. a rule by path is not asked what the text means"
ask '{"message": "Hello, how are you today?"}' /api/v1/code/review
check "small talk below /api/v1/code -> $ROUTE" "$STATUS $ROUTE $AGENT" "200 review agent-code-001"

say "6. agent in the body names one that the rule may reach, and no other"
ask '{"message": "帮我写代码", "agent": "agent-chat-001"}'
check "the rule's fallback -> $ROUTE" "$STATUS $AGENT" "200 agent-chat-001"
ask '{"message": "帮我写代码", "agent": "agent-billing-001"}'
check "one that the rule does not reach: $STATUS" "$STATUS $BODY" '400 *unknown_agent*'
say "    $BODY"

say "7. why"
operate explain --request 'POST /api/v1/chat' -H 'Content-Type: application/json' \
    --body '{"message": "帮我写代码"}' >"$WORK/why" 2>&1
sed -n '1,/^target/p' "$WORK/why" | sed 's/^/    /'
check "explain names the rule that wins" "$(<"$WORK/why")" '*rule code wins*'
check "and the score of one that loses" "$(<"$WORK/why")" '*billing*scored *below its threshold*'

say "8. what would become of yesterday's prompts; no proxy need run for that"
printf '%s\n' 'Can you tell me a joke?' 'why does this loop never end? while (i < 10) { }' '请把上个月的钱退给我' \
    'Translate this letter into French' >"$WORK/prompts"
operate semantic classify <"$WORK/prompts" >"$WORK/routes" 2>"$WORK/classify.log"
paste -d ' ' "$WORK/routes" "$WORK/prompts" | sed 's/^/    /'
check "a line each" "$(wc -l <"$WORK/routes")" 4
check "by the same rules" "$(tr -d '\n' <"$WORK/routes")" \
    '{"route":*"chat"*}{"route":*"code"*}{"route":*"billing"*}{"route":*null*}'

finish
