#!/usr/bin/env python3
"""A client of the proxy in Python: chat, streaming, health, metrics. `client.py http://127.0.0.1:8080`

The standard library is enough. Where httpx and openai are installed, the same is done with them too.
"""

import http.client
import json
import sys
import time
import urllib.parse

SECONDS = 30
QUESTION = "hello claw"


class Client:
    """The proxy, as far as these examples use it."""

    def __init__(self, base):
        parts = urllib.parse.urlsplit(base)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)

    def request(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status}: {answer.read(500)!r}")
        return answer

    def chat(self, message):
        return json.load(self.request("POST", "/api/v1/chat", {"message": message}))

    def stream(self, path, body):
        """The data of each event, when it arrives."""
        answer = self.request("POST", path, body)
        for line in answer:
            if line.startswith(b"data: "):
                yield line[len(b"data: ") :].decode().strip()

    def health(self):
        return json.load(self.request("GET", "/health"))

    def metrics(self):
        """Sample by sample: name with labels → value."""
        text = self.request("GET", "/metrics").read().decode()
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def expect(what, right, got=None):
    if not right:
        sys.exit(f"  WRONG  {what}\n           got: {str(got)[:500]}")
    print(f"  ok     {what}")


def with_standard_library(base):
    client = Client(base)

    answer = client.chat(QUESTION)
    expect(f"chat: {answer['message']!r} by {answer['agent']}", QUESTION in answer["message"], answer)

    began = time.monotonic()
    events = []
    for data in client.stream("/api/v1/chat/stream", {"message": QUESTION, "stream": True}):
        events.append((time.monotonic() - began, json.loads(data)))
    words = "".join(event["content"] for _, event in events)
    expect(f"stream: {len(events)} events: {words!r}", QUESTION in words and events[-1][1].get("done"), events)
    expect("stream: the first event came before the last was made", events[0][0] < events[-1][0], events)

    ask = {"model": "openclaw", "messages": [{"role": "user", "content": QUESTION}], "stream": True}
    ask["stream_options"] = {"include_usage": True}
    chunks = list(client.stream("/v1/chat/completions", ask))
    expect("completions: the stream ends with [DONE]", chunks[-1] == "[DONE]", chunks)
    usage = json.loads(chunks[-2])["usage"]
    expect(f"completions: {usage['total_tokens']} tokens used", usage["total_tokens"] > 0, usage)

    health = client.health()
    expect(f"health: {health}", isinstance(health, dict), health)

    requests = {name: value for name, value in client.metrics().items() if name.startswith("gateway_requests_total")}
    expect(f"metrics: {sum(requests.values()):.0f} requests counted", sum(requests.values()) >= 3, requests)


def with_httpx(base):
    try:
        import httpx
    except ImportError:
        return print("  -      httpx is not installed: left out")
    with httpx.Client(base_url=base, timeout=SECONDS, trust_env=False) as client:
        answer = client.post("/api/v1/chat", json={"message": QUESTION}).raise_for_status().json()
        expect("httpx: chat", QUESTION in answer["message"], answer)
        with client.stream("POST", "/api/v1/chat/stream", json={"message": QUESTION}) as stream:
            lines = [line for line in stream.iter_lines() if line.startswith("data: ")]
        expect("httpx: stream", json.loads(lines[-1][len("data: ") :]).get("done") is True, lines)


def with_openai(base):
    try:
        import openai
    except ImportError:
        return print("  -      openai is not installed: left out")
    client = openai.OpenAI(base_url=f"{base}/v1", api_key="none", timeout=SECONDS, max_retries=0)
    turns = [{"role": "user", "content": QUESTION}]
    answer = client.chat.completions.create(model="openclaw", messages=turns)
    expect("openai: completion", QUESTION in answer.choices[0].message.content, answer)
    words, usage = [], None
    for chunk in client.chat.completions.create(
        model="openclaw", messages=turns, stream=True, stream_options={"include_usage": True}
    ):
        words += [choice.delta.content or "" for choice in chunk.choices]
        usage = chunk.usage or usage
    expect("openai: streaming", QUESTION in "".join(words) and usage.total_tokens > 0, words)


def main():
    base = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    with_standard_library(base)
    with_httpx(base)
    with_openai(base)


main()
