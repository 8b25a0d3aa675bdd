#!/usr/bin/env bash
# A Python client of the proxy: chat, streaming, health, metrics.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../../common.sh"
need "${PYTHON:=python3}"

start_agent CHAT_1_PORT agent-chat-001
start_agent CHAT_2_PORT agent-chat-002
start_proxy "$here/gateway.json"
say "clawproxy serves on $BASE"

"$PYTHON" "$here/client.py" "$BASE" || WRONG=$((WRONG + 1))

finish
