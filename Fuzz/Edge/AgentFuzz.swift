internal import NIOCore
internal import NIOEmbedded

/// The entry of libFuzzer: an agent that speaks HTTP/2, frame by frame, to a client that has asked once. The first byte of
/// the input says what was asked.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAgent(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = FuzzInput(data, size)
    let loop = AgentFuzz.edge.loop
    let client = AgentFuzz.edge.connect { try? ClientChannel.addClientHandlers($0, loop, .clients) }
    client.receive(AgentFuzz.requests[Int(input.byte()) % AgentFuzz.requests.count].utf8)
    let asking = loop.clients.values.compactMap { ($0 as? ClientConnection)?.exchange }.first
    if let exchange = asking, exchange.phase == .connecting, let upstream = exchange.target?.upstreams[exchange.agentIndex] {
        var run = AgentFuzz(exchange, upstream, client)
        run.answer(&input)
        run.end()
    } else {
        must(false, "nobody is asked: \(asking.map { "\($0.phase)" } ?? "no exchange")")
    }
    AgentFuzz.edge.end(client)
    return 0
}

private struct AgentFuzz {
    /// The agent's name is known to nobody: no connection but the one in memory comes about.
    nonisolated(unsafe) static let edge = FuzzEdge(
        """
        {gateway: {logging: {accessLog: false}, agents: {discovery: {static: [{id: "a", endpoint: "http://nowhere.invalid:1", protocol: "http2"}]},
            healthCheck: {enabled: false}},
          loadBalancing: {circuitBreaker: {enabled: false}},
          routing: {rules: [{name: "all", match: {type: "prefix", pattern: "/"}, target: "a"}]}}}
        """)
    static let requests = [
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "GET /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    ]

    private let client: EmbeddedChannel
    private let agent: EmbeddedChannel
    private let connection: HTTP2AgentConnection
    private let home: HTTP2Agent

    init(_ exchange: Exchange, _ upstream: Upstream, _ client: EmbeddedChannel) {
        self.client = client
        let home = HTTP2Agent(upstream)
        let connection = HTTP2AgentConnection(upstream, home) { _ in }
        self.home = home
        self.connection = connection
        agent = Self.edge.connect {
            try? $0.pipeline.syncOperations.addHandlers([HTTP2Terms.handler((32_768, 100), connection), connection])
        }
        connection.greet(within: .seconds(10))
        agent.receive([0, 0, 0, 4, 0, 0, 0, 0, 0])
        if connection.hasRoom { exchange.opened(connection.newStream(), nil) }
        Self.edge.run()
    }

    mutating func answer(_ input: inout FuzzInput) {
        while !input.isEmpty, agent.isActive {
            let deed = input.byte()
            switch deed & 15 {
            case 0...9: frame(deed & 15, flags: input.byte(), stream: input.byte(), input.bytes(length(&input)))
            case 10: Self.edge.run()
            case 11: agent.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            case 12:
                client.isWritable.toggle()
                client.pipeline.fireChannelWritabilityChanged()
            // `:status: 200` alone, and a field more
            case 13: frame(1, flags: 0x04 | input.byte() & 1, stream: 1, [0x88])
            case 14: frame(1, flags: 0x04 | input.byte() & 1, stream: 1, [0x88, 0x0f, 0x0d, 1, 0x35])
            default: client.receive(input.bytes(length(&input)))
            }
            _ = agent.takeSent()
            _ = client.takeSent()
        }
    }

    private func length(_ input: inout FuzzInput) -> Int {
        let byte = Int(input.byte())
        return byte < 200 ? byte : (byte - 200) * 300
    }

    private func frame(_ kind: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) {
        let size = UInt32(payload.count)
        agent.receive(
            [UInt8(size >> 16 & 255), UInt8(size >> 8 & 255), UInt8(size & 255), kind, flags, 0, 0, 0, stream & 3] + payload)
    }

    /// The agent is gone. What it owed is answered by somebody.
    func end() {
        Self.edge.run()
        Self.edge.close(agent)
        must(connection.leased == 0, "\(connection.leased) streams are leased")
    }
}
