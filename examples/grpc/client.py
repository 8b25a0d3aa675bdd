"""A call through the proxy.

usage: client.py ADDRESS who TIMES | talk WORD... | sleep SECONDS DEADLINE
"""
import sys

import grpc

address, what, *words = sys.argv[1:]
with grpc.insecure_channel(address) as channel:
    try:
        if what == "who":
            ask = channel.unary_unary("/demo.Demo/Who")
            print(" ".join(sorted({ask(b"", timeout=10).decode() for _ in range(int(words[0]))})))
        elif what == "talk":
            answers = channel.stream_stream("/demo.Demo/Talk")((word.encode() for word in words), timeout=10)
            print(", ".join(answer.decode() for answer in answers))
        else:
            print(channel.unary_unary("/demo.Demo/Sleep")(words[0].encode(), timeout=float(words[1])).decode())
    except grpc.RpcError as error:
        print(f"{error.code().name}: {error.details()}")
