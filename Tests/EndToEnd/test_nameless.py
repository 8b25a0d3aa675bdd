"""Clients that break off so early that the kernel does not know their address any more."""
import signal
import socket
import time

import httpx
import pytest

from processes import eventually
from raw import answering, get, ok


@pytest.mark.parametrize("door", ["clients", "proxied"])
def test_who_is_gone_before_it_was_accepted_is_nobody(raw_agent, start_proxy, door):
    """Its address is not known any more; it must not pass for a client of a local socket, whom lists let in."""
    agent = raw_agent(answering(ok("x")))
    http = {"access": {"deny": ["127.0.0.0/8"]}}
    if door == "proxied":
        http["proxyProtocol"] = {"from": ["203.0.113.0/24"]}
    proxy = start_proxy({"http": http, "performance": {"workerThreads": 1}}, [agent])
    first = b"PROXY UNKNOWN\r\n" if door == "proxied" else b""
    for _ in range(20):
        proxy.signal(signal.SIGSTOP)
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
            sock.sendall(first + get("/").encode())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        proxy.signal(signal.SIGCONT)
        time.sleep(0.03)
    assert not agent.requests, [request.get("X-Forwarded-For") for request in agent.requests]
    eventually(lambda: httpx.get(f"{proxy.admin_url}/health?detailed").json()["connections"] <= 1)
