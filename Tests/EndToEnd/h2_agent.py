"""An agent that speaks HTTP/2 by hyper-h2 and does as it is told, stream by stream."""
import queue
import socket
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
import hyperframe.frame


class Stream:
    """One request, as its handler sees it; the handler runs on a thread of its own."""

    def __init__(self, connection, number, fields):
        self.connection, self.id, self.fields = connection, number, fields
        self.events = queue.Queue()
        self.body, self.trailers, self.reset = b"", [], None
        self.ended = threading.Event()
        self.wasReset = threading.Event()

    def field(self, name):
        return next((value for key, value in self.fields if key == name), None)

    def read(self, seconds=10):
        """The whole request body."""
        assert self.ended.wait(seconds), "the request did not end"
        return self.body

    def piece(self, seconds=10):
        """The next event: bytes, or None at the end."""
        return self.events.get(timeout=seconds)

    def head(self, status=200, *fields, end=False):
        self.connection.send(lambda h: h.send_headers(self.id, [(":status", str(status)), *fields], end_stream=end))

    def data(self, data, end=False, seconds=30):
        """Sends as far as the windows allow, waiting for them."""
        while True:
            with self.connection.room:
                h = self.connection.h
                if self.reset is not None or self.connection.over:
                    return False
                room = min(h.local_flow_control_window(self.id), h.max_outbound_frame_size)
                if room <= 0 and data:
                    if not self.connection.room.wait(seconds):
                        raise AssertionError("no window")
                    continue
                piece, data = data[:room], data[room:]
                h.send_data(self.id, piece, end_stream=end and not data)
                self.connection.out()
                if not data:
                    return True

    def trail(self, *fields):
        self.connection.send(lambda h: h.send_headers(self.id, list(fields), end_stream=True))

    def kill(self, code):
        self.connection.send(lambda h: h.reset_stream(self.id, code))

    def answer(self, body=b"ok", status=200, *fields):
        self.head(status, ("content-length", str(len(body))), *fields, end=not body)
        if body:
            self.data(body, end=True)


class Connection:
    def __init__(self, agent, sock):
        self.agent, self.sock = agent, sock
        self.h = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.room = threading.Condition(threading.RLock())
        self.streams, self.over, self.pings, self.settled = {}, False, 0, 0
        self.reads = True
        with self.room:
            if agent.settings:
                self.h.local_settings = h2.settings.Settings(
                    client=False, initial_values={**dict(self.h.local_settings), **agent.settings})
            self.h.initiate_connection()
            self.out()

    def out(self):
        data = self.h.data_to_send()
        if data:
            try:
                self.sock.sendall(data)
            except OSError:
                self.over = True

    def send(self, what):
        with self.room:
            try:
                what(self.h)
            except h2.exceptions.StreamClosedError:
                return
            self.out()

    def goaway(self, last, code=0):
        """By hand, for hyper-h2 says nothing more after one."""
        frame = hyperframe.frame.GoAwayFrame(0, last_stream_id=last, error_code=code)
        with self.room:
            self.sock.sendall(frame.serialize())

    def close(self):
        self.over = True
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def run(self):
        try:
            while True:
                data = self.sock.recv(65536)
                if not data:
                    break
                with self.room:
                    events = self.h.receive_data(data)
                    for event in events:
                        self.take(event)
                    self.out()
                    self.room.notify_all()
        except (OSError, h2.exceptions.ProtocolError) as error:
            if isinstance(error, h2.exceptions.ProtocolError):
                self.agent.complaints.append(repr(error))
        with self.room:
            self.over = True
            self.room.notify_all()
        for stream in self.streams.values():
            stream.events.put(None)
            stream.wasReset.set()

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            stream = Stream(self, event.stream_id, [(str(k), str(v)) for k, v in event.headers])
            self.streams[event.stream_id] = stream
            self.agent.requests.append(stream)
            threading.Thread(target=self.agent.handle, args=(stream,), daemon=True).start()
            return
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.DataReceived):
            if self.agent.keeps:
                stream.body += event.data
            stream.events.put(event.data)
            if self.agent.acknowledges and event.flow_controlled_length:
                self.h.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = list(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended.set()
            stream.events.put(None)
        elif isinstance(event, h2.events.StreamReset) and stream:
            stream.reset = event.error_code
            stream.wasReset.set()
            stream.events.put(None)
        elif isinstance(event, h2.events.PingReceived):
            self.pings += 1
        elif isinstance(event, h2.events.SettingsAcknowledged):
            self.settled += 1


class HTTP2Agent:
    """Listens on a port of its own; `handler(stream)` answers each request."""

    def __init__(self, handler, settings=None, context=None, acknowledges=True, keeps=True):
        self.handler, self.settings, self.context = handler, settings, context
        self.acknowledges, self.keeps = acknowledges, keeps
        self.requests, self.connections, self.errors, self.complaints = [], [], [], []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.id = "two"
        scheme = "https" if context else "http"
        self.endpoint = f"{scheme}://127.0.0.1:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def settings_of(self, **more):
        return {"id": self.id, "endpoint": self.endpoint, "protocol": "http2", **more}

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
        except OSError:
            return
        connection = Connection(self, sock)
        self.connections.append(connection)
        connection.run()

    def handle(self, stream):
        try:
            self.handler(stream)
        except (h2.exceptions.StreamClosedError, OSError):
            pass
        except Exception as error:  # told at the end of the test
            self.errors.append(repr(error))

    def stop(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()
