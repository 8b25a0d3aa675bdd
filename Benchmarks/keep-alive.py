#!/usr/bin/env python3
"""Sends exactly N GET requests over kept-alive connections, each after the answer to the last, and checks every answer.

usage: keep-alive.py PORT PATH N [CONNECTIONS]
"""
import select, socket, sys


def main(port, path, wanted, connections=16):
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    poll = select.epoll()
    open_sockets, got = {}, {}
    started = answered = 0
    for _ in range(min(connections, wanted)):
        client = socket.create_connection(("127.0.0.1", port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(client, select.EPOLLIN)
        open_sockets[client.fileno()], got[client.fileno()] = client, b""
        client.sendall(request)
        started += 1
    while answered < wanted:
        for number, _ in poll.poll(30) or sys.exit("no answer within 30 s"):
            client = open_sockets[number]
            data = client.recv(65536)
            if not data:
                sys.exit(f"the connection was closed after {answered} answers")
            data = got[number] + data
            end = data.find(b"\r\n\r\n")
            if end < 0 or len(data) < end + 4 + length(data[:end]):
                got[number] = data
                continue
            if not data.startswith(b"HTTP/1.1 200 "):
                sys.exit(f"expected 200, found {data[:200]!r}")
            got[number] = b""
            answered += 1
            if started < wanted:
                client.sendall(request)
                started += 1
    for client in open_sockets.values():
        client.close()
    print(answered)


def length(head):
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17:].split(b"\r\n", 1)[0]) if at >= 0 else sys.exit(f"no length: {head!r}")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:5]))
