"""A server of gRPC by grpcio, and what stands around it in tests. Methods by name over bytes: no protoc is needed."""
import threading
from concurrent import futures

import grpc
import pytest

from processes import merge

MIB = 1 << 20
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]


class Service(grpc.GenericRpcHandler):
    """Methods by name, over bytes: no protoc is needed."""

    def __init__(self):
        self.begun, self.cancelled = threading.Event(), threading.Event()
        self.seen = {}
        self.received = 0
        self.serving = 1
        self.calls = 0

    def service(self, details):
        kinds = {
            "/test.Echo/Unary": (grpc.unary_unary_rpc_method_handler, self.unary),
            "/test.Echo/Slow": (grpc.unary_unary_rpc_method_handler, self.slow),
            "/test.Echo/Fail": (grpc.unary_unary_rpc_method_handler, self.fail),
            "/test.Echo/Server": (grpc.unary_stream_rpc_method_handler, self.server),
            "/test.Echo/Broken": (grpc.unary_stream_rpc_method_handler, self.broken),
            "/test.Echo/Client": (grpc.stream_unary_rpc_method_handler, self.client),
            "/test.Echo/Bidi": (grpc.stream_stream_rpc_method_handler, self.bidi),
            "/test.Echo/Early": (grpc.stream_unary_rpc_method_handler, self.early),
            "/test.Echo/Large": (grpc.unary_stream_rpc_method_handler, self.large),
            "/grpc.health.v1.Health/Check": (grpc.unary_unary_rpc_method_handler, self.health),
        }
        found = kinds.get(details.method)
        return found[0](found[1]) if found else None

    def unary(self, request, context):
        self.calls += 1
        self.seen = dict(context.invocation_metadata())
        context.send_initial_metadata((("x-head", "first"),))
        context.set_trailing_metadata((("x-tail", "last"), ("x-data-bin", b"\x00\xff")))
        return request

    def slow(self, request, context):
        context.add_callback(self.cancelled.set)
        self.begun.set()
        self.cancelled.wait(20)
        return request

    def fail(self, request, context):
        self.calls += 1
        code = {item.value[0]: item for item in grpc.StatusCode}[int(request)]
        context.abort(code, "no: 100% ü")

    def server(self, request, context):
        context.add_callback(self.cancelled.set)
        for at in range(int(request)):
            yield b"%d" % at

    def broken(self, request, context):
        yield b"one"
        context.abort(grpc.StatusCode.DATA_LOSS, "lost")

    def client(self, requests, context):
        for piece in requests:
            self.received += len(piece)
        return b"%d" % self.received

    def bidi(self, requests, context):
        for piece in requests:
            yield b"re:" + piece

    def early(self, requests, context):
        next(requests)
        return b"enough"

    def large(self, request, context):
        for _ in range(int(request)):
            yield b"x" * MIB

    def health(self, request, context):
        self.asked = request
        return b"\x08" + bytes([self.serving])


class Server:
    def __init__(self, port=0, credentials=None):
        self.service = Service()
        self.scheme = "https" if credentials else "http"
        self.server = grpc.server(futures.ThreadPoolExecutor(64), options=OPTIONS, handlers=(self.service,))
        where = f"127.0.0.1:{port}"
        self.port = self.server.add_secure_port(where, credentials) if credentials else self.server.add_insecure_port(where)
        self.server.start()

    def settings(self, name="rpc", **more):
        return {"id": name, "endpoint": f"{self.scheme}://127.0.0.1:{self.port}", "protocol": "http2", **more}

    def stop(self, grace=None):
        self.server.stop(grace).wait(20)


@pytest.fixture
def server(started):
    made = Server()
    started.append(made)
    return made


BASE = {"http": {"http2": {"cleartext": True}, "limits": {"bodyBytes": "1GB"}}, "performance": {"workerThreads": 1}}


@pytest.fixture
def edge(start_proxy):
    def start(agents, gateway=None, **more):
        return start_proxy(merge(BASE, gateway or {}), agents, **more)

    return start


@pytest.fixture
def channel():
    opened = []

    def connect(proxy, credentials=None):
        where = f"127.0.0.1:{proxy.port}"
        opened.append(
            grpc.secure_channel(where, credentials, options=OPTIONS) if credentials
            else grpc.insecure_channel(where, options=OPTIONS))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def told_by(call, *arguments):
    """The status of a call that fails, and its words."""
    with pytest.raises(grpc.RpcError) as told:
        call(*arguments, timeout=10)
    return told.value.code(), told.value.details()
