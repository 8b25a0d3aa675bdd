#!/usr/bin/env python3
"""A gRPC agent for measurements: the service bench.Echo in all four forms, whose messages are bytes as they come.

usage: grpc_echo.py PORT
"""
import concurrent.futures, sys

import grpc

SERVICE = "bench.Echo"
METHODS = {"Unary": "unary_unary", "Count": "unary_stream", "Sum": "stream_unary", "Chat": "stream_stream"}


def unary(message, context):
    return message


def count(message, context):
    """As many messages as the number says."""
    for number in range(int(message)):
        yield str(number).encode()


def total(messages, context):
    return str(sum(int(message) for message in messages)).encode()


def chat(messages, context):
    yield from messages


def main():
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary), "Count": grpc.unary_stream_rpc_method_handler(count),
        "Sum": grpc.stream_unary_rpc_method_handler(total), "Chat": grpc.stream_stream_rpc_method_handler(chat)}
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(32))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
