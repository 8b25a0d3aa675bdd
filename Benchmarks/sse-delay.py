#!/usr/bin/env python3
"""How much later an event of a stream arrives through the proxy than without it.

The agent writes into each event when it was made (monotonic clock, the same for all processes of a machine). STREAMS
streams run at once, some rounds direct and some through the proxy, in turn; what is compared is the delay from made to
read. An event that came in one read with another one counts as bunched.

usage: sse-delay.py [--streams 100] [--events 40] [--interval 100] [--rounds 3]
"""
import argparse, re, select, socket, time

from stage import Stage, free_port, percentile

SENT = re.compile(rb'"sent_ns":(\d+)')


def run(port, streams, events, interval):
    """All delays in nanoseconds, and how many events came bunched."""
    request = f"GET /sse?events={events}&interval={interval} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    poll = select.epoll()
    clients, delays, bunched = {}, [], 0
    # Spread over one interval, so that the client itself is no queue.
    spread = interval / 1000 / streams
    due = time.monotonic()
    deadline = due + 10 + 2 * events * interval / 1000
    while len(delays) < streams * events:
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(delays)} of {streams * events} events came in time")
        if len(clients) < streams and time.monotonic() >= due:
            due += spread
            client = socket.create_connection(("127.0.0.1", port))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(request)
            poll.register(client, select.EPOLLIN)
            clients[client.fileno()] = client
        for number, _ in poll.poll(max(0, due - time.monotonic()) if len(clients) < streams else 1):
            data = clients[number].recv(65536)
            now = time.monotonic_ns()
            if not data:
                raise SystemExit("a stream was cut")
            made = SENT.findall(data)
            bunched += max(0, len(made) - 1)
            delays.extend(now - int(text) for text in made)
    for client in clients.values():
        client.close()
    return delays, bunched


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--streams", type=int, default=100)
    options.add_argument("--events", type=int, default=40)
    options.add_argument("--interval", type=int, default=100, help="milliseconds between two events of a stream")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    load = (given.streams, given.events, given.interval)
    seen = {"direct": [], "through the proxy": []}
    together = dict.fromkeys(seen, 0)
    with Stage() as stage:
        at = free_port()
        stage.agent("agent-bench-001", at)
        ports = {"direct": at, "through the proxy": stage.proxy({"agent-bench-001": at})}
        for port in ports.values():
            run(port, given.streams, 2, 10)
        for _ in range(given.rounds):
            for way, port in ports.items():
                delays, bunched = run(port, *load)
                seen[way] += delays
                together[way] += bunched
    for way, delays in seen.items():
        delays.sort()
        print(f"{way:18s} p50 {percentile(delays, 0.5) / 1e6:.3f} ms  p99 {percentile(delays, 0.99) / 1e6:.3f} ms  "
              f"{len(delays)} events, {together[way]} bunched")
    added = [(percentile(seen["through the proxy"], share) - percentile(seen["direct"], share)) / 1e6
             for share in (0.5, 0.99)]
    print(f"added delay        p50 {added[0]:.3f} ms  p99 {added[1]:.3f} ms  at {given.streams} streams")


main()
