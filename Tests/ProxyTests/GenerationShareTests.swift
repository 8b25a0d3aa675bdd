import Logging
import NIOCore
import NIOPosix
@testable import Proxy
import Settings
import Telemetry
import Testing
import Wire

@Suite("what outlives a generation keeps its plan, its lease and the generation's number, and nothing more")
struct GenerationShareTests {
    /// How far an exchange has come when the generation changes.
    enum Stage: CaseIterable { case connecting, streaming, tunnel }

    @Test(
        "the generation that was is gone while an exchange of it is still open, and that one is still counted",
        arguments: Stage.allCases)
    func outlives(stage: Stage) async throws {
        try await onLoop { loop in
            weak let runtime = loop.runtime
            weak let generation = loop.runtime.generation
            let client = ClientStandIn(loop)
            let exchange = try begin(client, stage)
            try #require(runtime != nil && generation != nil)
            change(loop)
            #expect(runtime == nil && generation == nil)
            #expect(loop.shown == ["1: 1", "2: 0"])
            #expect(exchange.plan?.name == "chat")
            exchange.clientGone()
            #expect(loop.shown == ["2: 0"])
        }
    }

    @Test("an exchange counts once from its beginning to its account, however it ends")
    func once() async throws {
        try await onLoop { loop in
            let clients = (0..<6).map { _ in ClientStandIn(loop) }
            let gone = try begin(clients[0], .connecting)
            let tunnel = try begin(clients[1], .tunnel)
            let stream = try begin(clients[2], .streaming)
            #expect(loop.shown == ["1: 3"])
            change(loop)
            #expect(loop.shown == ["1: 3", "2: 0"])
            let refused = loop.newExchange()
            clients[3].exchange = refused
            refused.refuse(clients[3], Failure(WireFailure.method))
            #expect(loop.shown == ["1: 3", "2: 0"], "a refused head is over at once")
            let fresh = try begin(clients[4], .streaming)
            #expect(loop.shown == ["1: 3", "2: 1"])
            gone.clientGone()
            gone.clientGone()
            #expect(loop.shown == ["1: 2", "2: 1"])
            tunnel.tunnelEnded()
            stream.answerEnded(trailers: nil)
            #expect(loop.shown == ["2: 1"])
            change(loop)
            #expect(loop.shown == ["2: 1", "3: 0"])
            #expect(loop.snapshot().generations == [2: 1, 3: 0])
            fresh.answerEnded(trailers: nil)
            #expect(loop.shown == ["3: 0"])
            #expect(loop.process.openExchanges == 0)
        }
    }

    // MARK: a loop without sockets

    private func onLoop(_ body: @escaping @Sendable (Loop) throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        do {
            try await eventLoop.submit { try body(Self.loop(eventLoop)) }.get()
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private static func loop(_ eventLoop: any EventLoop) -> Loop {
        let generation = Generation(settings, previous: nil)
        var logging = LogSettings()
        logging.accessLog = false
        let process = ProcessState(
            generation, sink: LogSink(logging), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            loopCount: 1,
            startTime: 0)
        return Loop(index: 0, eventLoop: eventLoop, process: process, generation: generation)
    }

    static let settings: GatewaySettings = {
        let text = """
            {logging: {accessLog: false}, debugHeaders: true,
             agents: {discovery: {static: [{id: 'a', endpoint: 'unix:/nowhere/agent.sock'}]}},
             routing: {rules: [{name: 'chat', match: {type: 'prefix', pattern: '/'}, target: 'a'}]}}
            """
        return Configuration<GatewaySettings>.load(
            Inputs(configFiles: ["test.json5"]) { $0 == "test.json5" ? .bytes(Array(text.utf8)) : .missing }
        ).root
    }()

    private func begin(_ client: ClientStandIn, _ stage: Stage) throws -> Exchange {
        let exchange = client.loop.newExchange()
        client.exchange = exchange
        let upgrade = stage == .tunnel ? "Connection: upgrade\r\nUpgrade: websocket\r\n" : ""
        let head = Array("GET /x HTTP/1.1\r\nHost: example.com\r\n\(upgrade)\r\n".utf8)
        let step = head.withUnsafeBytes { exchange.head.take($0, limits: WireLimits()) }
        try #require(step == .complete(head.count))
        exchange.begin(client)
        try #require(exchange.phase == .connecting)
        guard stage != .connecting else { return exchange }
        let stream = StreamStandIn()
        exchange.phase = .waiting
        exchange.stream = stream
        client.stream = stream
        let answer = Array(
            (stage == .tunnel
                ? "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n").utf8)
        let told = answer.withUnsafeBytes { exchange.answer.take($0, toHead: false, limits: WireLimits()) }
        try #require(told == .complete(answer.count))
        let upstream = try #require(exchange.target?.upstreams[exchange.agentIndex])
        exchange.answerHead(UpstreamConnection(upstream))
        try #require(exchange.phase == (stage == .tunnel ? .tunnel : .answering))
        return exchange
    }

    private func change(_ loop: Loop) {
        let generation = Generation(Self.settings, previous: loop.process.generation)
        loop.process.adopt(generation)
        _ = loop.adopt(LoopRuntime(generation))
    }
}

extension Loop {
    fileprivate var shown: [String] { generationShares().map { "\($0.generation): \($0.open)" } }
}

/// A client's connection that takes whatever it is given.
private final class ClientStandIn: InnerDownstream {
    let loop: Loop
    let client = Client(nil, .clients, isTrusted: { _ in false })
    var exchange: Exchange?
    var stream: (any UpstreamStream)?

    init(_ loop: Loop) { self.loop = loop }

    func sendInterim(_ answer: ResponseHead) {}
    func sendHead(of exchange: Exchange) {
        #expect(!exchange.debugFields().isEmpty, "what is told of the rule needs no runtime")
    }
    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {}
    func endAnswer(trailers: HeadLines?) {}
    func sendReply(_ reply: Reply, for exchange: Exchange) {}
    func flush() {}
    func abort() {}
    func sendHead(_ head: SharedHead, for exchange: Exchange) {}

    func exchangeEnded() {
        guard let ended = exchange else { return }
        exchange = nil
        loop.recycle(ended)
    }
}

/// A connection to an agent that takes whatever it is given.
private final class StreamStandIn: InnerStream {
    func cancel() {}
    func wantAnswer(_ wanted: Bool) {}
}
