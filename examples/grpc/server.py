"""A gRPC server of three methods, and the health service, over bytes: no protoc is needed.

usage: server.py NAME [PORT]
"""
import sys
import time
from concurrent import futures

import grpc


class Demo(grpc.GenericRpcHandler):
    def __init__(self, name):
        self.name = name.encode()

    def service(self, details):
        methods = {
            "/demo.Demo/Who": grpc.unary_unary_rpc_method_handler(lambda request, context: self.name),
            "/demo.Demo/Sleep": grpc.unary_unary_rpc_method_handler(self.sleep),
            "/demo.Demo/Talk": grpc.stream_stream_rpc_method_handler(self.talk),
            # HealthCheckResponse { status: SERVING }
            "/grpc.health.v1.Health/Check": grpc.unary_unary_rpc_method_handler(lambda request, context: b"\x08\x01"),
        }
        return methods.get(details.method)

    def sleep(self, request, context):
        time.sleep(float(request))
        return b"awake"

    def talk(self, requests, context):
        for request in requests:
            yield self.name + b" heard " + request


server = grpc.server(futures.ThreadPoolExecutor(16), handlers=(Demo(sys.argv[1]),))
port = server.add_insecure_port(f"127.0.0.1:{sys.argv[2] if len(sys.argv) > 2 else 0}")
server.start()
print(f"{sys.argv[1]} listening on 127.0.0.1:{port}", flush=True)
server.wait_for_termination()
