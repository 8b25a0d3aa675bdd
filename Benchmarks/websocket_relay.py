#!/usr/bin/env python3
"""A relay from WebSocket over HTTP/1.1 to WebSocket over HTTP/2 (RFC 8441): an upgrade becomes an extended CONNECT, bytes pass as
they are, ends stay ends and resets resets. Each client has an HTTP/2 connection of its own, in cleartext, by the library `h2`.

usage: websocket_relay.py PORT TARGET_PORT
"""
import asyncio, base64, hashlib, sys

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SECONDS = 10
# Fields of the upgrade that HTTP/2 has no room for, or says otherwise (RFC 8441, 5).
LEFT_OUT = ("host", "connection", "upgrade", "sec-websocket-key", "content-length", "transfer-encoding")


class Refused(Exception):
    """There is no tunnel; `status` and `fields` are the answer."""

    def __init__(self, status, fields=()):
        super().__init__(str(status))
        self.status, self.fields = status, fields


class Tunnel:
    """One client, and its stream on a connection of its own."""

    def __init__(self, reader, writer, target):
        self.reader, self.writer, self.target = reader, writer, target
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.room = asyncio.Event()
        self.tasks = []

    async def run(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:-2])]
        self.above, self.below = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            answer = await asyncio.wait_for(self.connect(path, fields), SECONDS)
        except Refused as refused:
            lines = "".join(f"{name}: {value}\r\n" for name, value in refused.fields if not name.startswith(":") and name != "content-length")
            self.writer.write(f"HTTP/1.1 {refused.status} Refused\r\n{lines}Content-Length: 0\r\nConnection: close\r\n\r\n".encode("latin-1"))
            return
        key = dict(fields)["sec-websocket-key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        lines = "".join(f"{name}: {value}\r\n" for name, value in answer if not name.startswith(":") and name != "sec-websocket-accept")
        self.writer.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
                          f"{lines}\r\n".encode("latin-1"))
        self.tasks = [asyncio.create_task(self.up()), asyncio.create_task(self.down())]
        # the end of what comes down is the end of all; what goes up may end before
        await self.tasks[1]

    async def close(self):
        for task in self.tasks:
            task.cancel()
        for writer in (self.writer, getattr(self, "below", None)):
            if writer:
                writer.close()

    async def flush(self):
        if data := self.h2.data_to_send():
            self.below.write(data)
            await self.below.drain()

    async def events(self):
        while data := await self.above.read(65536):
            for event in self.h2.receive_data(data):
                yield event
            await self.flush()

    async def connect(self, path, fields):
        self.h2.initiate_connection()
        await self.flush()
        self.source = self.events()
        async for event in self.source:
            if isinstance(event, h2.events.RemoteSettingsChanged):
                break
        else:
            raise Refused(502)
        if not self.h2.remote_settings.enable_connect_protocol:
            raise Refused(501, [("x-why", "no SETTINGS_ENABLE_CONNECT_PROTOCOL")])
        self.stream = self.h2.get_next_available_stream_id()
        head = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":authority", dict(fields).get("host", "bench")), (":path", path)]
        self.h2.send_headers(self.stream, head + [field for field in fields if field[0] not in LEFT_OUT])
        await self.flush()
        async for event in self.source:
            if isinstance(event, h2.events.ResponseReceived):
                status = int(dict(event.headers)[":status"])
                if status != 200:
                    raise Refused(status, event.headers)
                return event.headers
            if isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                raise Refused(502)
        raise Refused(502)

    async def up(self):
        try:
            while data := await self.reader.read(65536):
                while data:
                    size = min(self.h2.local_flow_control_window(self.stream), self.h2.max_outbound_frame_size)
                    if size <= 0:
                        self.room.clear()
                        await self.room.wait()
                        continue
                    self.h2.send_data(self.stream, data[:size])
                    data = data[size:]
                    await self.flush()
            self.h2.end_stream(self.stream)
        except (OSError, h2.exceptions.ProtocolError):
            # a reset by the client, or a stream that has ended on the other side
            try:
                self.h2.reset_stream(self.stream, 8)
            except h2.exceptions.ProtocolError:
                return
        try:
            await self.flush()
        except OSError:
            pass

    async def down(self):
        async for event in self.source:
            if isinstance(event, h2.events.DataReceived):
                self.h2.acknowledge_received_data(event.flow_controlled_length, self.stream)
                self.writer.write(event.data)
                await self.writer.drain()
            elif isinstance(event, h2.events.StreamEnded):
                # an orderly end of what comes down; what goes up has its own
                return await self.end()
            elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                return self.writer.transport.abort()
            elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
                self.room.set()
        self.writer.transport.abort()

    async def end(self):
        await self.flush()
        if self.writer.can_write_eof():
            self.writer.write_eof()
        await asyncio.wait([self.tasks[0]], timeout=SECONDS)


async def serve(reader, writer, target):
    tunnel = Tunnel(reader, writer, target)
    try:
        await tunnel.run()
    except (OSError, EOFError, asyncio.TimeoutError, h2.exceptions.ProtocolError, KeyError, IndexError):
        writer.transport.abort()
    finally:
        await tunnel.close()


async def main():
    port, target = map(int, sys.argv[1:3])
    server = await asyncio.start_server(lambda reader, writer: serve(reader, writer, target), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
