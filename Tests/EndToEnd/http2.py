"""HTTP/2 by hand over `h2`, for what no client library would send or show."""
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.events
import h2.settings
from hyperframe.frame import ContinuationFrame, Frame, HeadersFrame, RstStreamFrame  # noqa: F401: for those who import

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ENHANCE_YOUR_CALM = 11


class Reply:
    """What has come of one stream."""

    def __init__(self):
        self.interim = []
        self.fields = []
        self.body = bytearray()
        self.trailers = []
        self.ended = False
        self.reset = None
        self.data_frames = 0

    @property
    def status(self):
        value = dict(self.fields).get(":status")
        return int(value) if value else None

    def get(self, name):
        return dict(self.fields).get(name)


class Client:
    """A connection; frames that come are taken by `wait` and friends."""

    def __init__(self, port, seconds=10, settings=None, grants=True, receive_buffer=None, tls=None):
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(seconds)
        self.sock.connect(("127.0.0.1", port))
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost", suppress_ragged_eofs=False)
            assert self.sock.selected_alpn_protocol() == "h2"
        self.scheme = "https" if tls else "http"
        self.seconds = seconds
        # what is wrong must be sendable
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="latin-1", validate_outbound_headers=False, normalize_outbound_headers=False))
        if settings:
            self.h2.local_settings = h2.settings.Settings(client=True, initial_values=settings)
        # the library takes a GOAWAY for the end of everything; what runs goes on (RFC 9113 6.8)
        states, inputs = h2.connection.ConnectionState, h2.connection.ConnectionInputs
        machine = self.h2.state_machine
        machine._transitions = {
            **machine._transitions, (states.CLIENT_OPEN, inputs.RECV_GOAWAY): (None, states.CLIENT_OPEN)}
        self.grants = grants
        self.replies = {}
        self.gone = []
        self.closed = False
        self.h2.initiate_connection()
        self.push()

    def push(self):
        data = self.h2.data_to_send()
        if data:
            try:
                self.sock.sendall(data)
            except OSError:
                self.closed = True

    def raw(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            self.closed = True

    def request(self, path="/", method="GET", fields=(), body=None, end=True, authority="proxy.test", pseudo=()):
        stream = self.h2.get_next_available_stream_id()
        self.replies[stream] = Reply()
        heads = [(":method", method), (":scheme", self.scheme), (":path", path), (":authority", authority), *pseudo, *fields]
        self.h2.send_headers(stream, heads, end_stream=end and body is None)
        self.push()
        if body is not None:
            self.send(stream, body, end)
        return stream

    def send(self, stream, body, end=True):
        view = memoryview(body)
        while view:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(view))
            if room == 0:
                self.take()
                if self.replies[stream].reset is not None or self.closed:
                    return
                continue
            self.h2.send_data(stream, bytes(view[:room]), end_stream=end and room == len(view))
            view = view[room:]
            self.push()
        if not body and end:
            self.h2.end_stream(stream)
            self.push()

    def take(self, seconds=None):
        """Takes what comes next; False when nothing does in time."""
        self.sock.settimeout(self.seconds if seconds is None else seconds)
        try:
            data = self.sock.recv(65536)
        except socket.timeout:
            return False
        except (ConnectionError, ssl.SSLError):
            data = b""
        if not data:
            self.closed = True
            return False
        for event in self.h2.receive_data(data):
            self._event(event)
        self.push()
        return True

    def _event(self, event):
        if isinstance(event, h2.events.ConnectionTerminated):
            self.gone.append((int(event.error_code), event.last_stream_id))
            return
        reply = self.replies.get(getattr(event, "stream_id", None))
        if reply is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            reply.fields = list(event.headers)
        elif isinstance(event, h2.events.InformationalResponseReceived):
            reply.interim.append(list(event.headers))
        elif isinstance(event, h2.events.DataReceived):
            reply.body += event.data
            reply.data_frames += 1
            if self.grants:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            reply.trailers = list(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            reply.ended = True
        elif isinstance(event, h2.events.StreamReset):
            reply.reset = int(event.error_code)

    def until(self, check, seconds=10):
        """Takes frames until `check()` is true; fails when it does not come true."""
        end = time.monotonic() + seconds
        while not check():
            left = end - time.monotonic()
            assert left > 0 and not self.closed, f"closed: {self.closed}, gone: {self.gone}"
            self.take(left)

    def answer(self, stream, seconds=10):
        reply = self.replies[stream]
        self.until(lambda: reply.ended or reply.reset is not None, seconds)
        return reply

    def ask(self, *arguments, **more):
        return self.answer(self.request(*arguments, **more))

    def wait_closed(self, seconds=5):
        """True when the connection is closed within `seconds`; frames on the way are noted in `gone`."""
        end = time.monotonic() + seconds
        while not self.closed and time.monotonic() < end:
            try:
                self.take(max(0.01, end - time.monotonic()))
            except Exception:  # noqa: BLE001: what comes after what was wrong is of no interest
                self.closed = True
        return self.closed

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
