#!/usr/bin/env bash
# Three demo agents behind one proxy: a JSON chat, a stream, rules, balancing, a token.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need curl

start_agent CHAT_1_PORT agent-chat-001
start_agent CHAT_2_PORT agent-chat-002
start_agent CODE_1_PORT agent-code-001
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

check "GET /health is 200" "$(status "$BASE/health")" 200

answer=$(curl -s -m 20 -d '{"message":"hello claw"}' "$BASE/api/v1/chat")
check "a chat is answered" "$answer" '*heard: hello claw*'
check "by a chat agent" "$answer" '*"agent":"agent-chat-00[12]"*'

stream=$(curl -sN -m 20 -d '{"message":"hello claw","stream":true}' "$BASE/api/v1/chat/stream")
check "a stream has an event a word, and a last one" "$(grep -c '^data: {' <<<"$stream")" 5
check "the last event says so" "$(tail -n 1 <<<"$stream")" '*"done":true*'

# Each answer that an agent makes has an id of its own.
ask() {
    curl -s -m 20 -H 'Content-Type: application/json' \
        -d '{"model":"openclaw","messages":[{"role":"user","content":"hello"}]}' "$BASE/v1/chat/completions"
}
id=$(ask | grep -o '"id":"[^"]*"')
check "a model's answer to the same question is kept" "$(ask)" "*${id:-an id}*"

check "a prefix leads to the code agent" "$(agents "$BASE/api/v1/code/review")" agent-code-001
check "the chat agents share the rest" "$(agents "$BASE/hello?n=[1-20]" | sort -u | tr '\n' ' ')" \
    "agent-chat-001 agent-chat-002 "

check "without a token the admin path is 401" "$(status "$BASE/api/v1/admin/users")" 401
check "with it, 200" "$(status -H 'Authorization: Bearer let-me-in' "$BASE/api/v1/admin/users")" 200

finish
