#!/usr/bin/env bash
# A Node client of the proxy: chat, streaming, health, metrics.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../../common.sh"
need "${NODE:=node}"

start_agent CHAT_1_PORT agent-chat-001
start_agent CHAT_2_PORT agent-chat-002
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

"$NODE" "$here/client.mjs" "$BASE" || WRONG=$((WRONG + 1))

finish
