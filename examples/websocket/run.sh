#!/usr/bin/env bash
# A WebSocket through the proxy: challenge, echo of text, fragments and a large message, ping, close codes.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../common.sh"
need "${PYTHON:=python3}"

start_agent CHAT_1_PORT agent-chat-001
start_agent CHAT_2_PORT agent-chat-002
start_proxy "$here/gateway.json"
say "clawproxy serves on ws://127.0.0.1:$PORT/ws"

"$PYTHON" "$here/client.py" 127.0.0.1 "$PORT" /ws || WRONG=$((WRONG + 1))

finish
