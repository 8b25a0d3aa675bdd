internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOEmbedded
internal import Settings
internal import Telemetry

/// A rule of this target: broken ones are told, which `precondition` does not do in what is optimised.
func must(_ holds: Bool, _ what: @autoclosure () -> String) {
    guard !holds else { return }
    let text = Array("broken: \(what())\n".utf8)
    write(2, text, text.count)
    abort()
}

/// One loop in memory, on a configuration that knows no agent: whatever is answered is an answer of our own. Compiled into
/// the module `Proxy`, whose sources it uses as they are.
final class FuzzEdge {
    private let eventLoop = EmbeddedEventLoop()
    let loop: Loop
    private var connections = 0

    init(_ text: String) {
        let loaded = Configuration<GatewaySettings>.load(
            Inputs(configFiles: ["f.json5"]) { $0 == "f.json5" ? .bytes(Array(text.utf8)) : .missing })
        let generation = Generation(loaded.root, previous: nil)
        must(!loaded.problems.contains { $0.severity == .error }, "\(loaded.problems)")
        let process = ProcessState(
            generation, sink: LogSink(LogSettings()), log: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() },
            loopCount: 1, startTime: 0)
        loop = Loop(index: 0, eventLoop: eventLoop, process: process, generation: generation)
    }

    /// A connection of a client from loopback, with what `open` puts into its pipeline.
    func connect(_ open: (EmbeddedChannel) throws -> Void) rethrows -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: eventLoop)
        try? channel.pipeline.syncOperations.addHandler(HalfClosing())
        try open(channel)
        connections += 1
        if let address = try? SocketAddress(ipAddress: "127.0.0.1", port: 1 + connections % 60_000) {
            channel.connect(to: address, promise: nil)
        }
        return channel
    }

    func run() { eventLoop.run() }
    func takeTurns() { eventLoop.advanceTime(by: .milliseconds(1)) }

    /// The peer is gone.
    func close(_ channel: EmbeddedChannel) {
        _ = try? channel.finish(acceptAlreadyClosed: true)
        eventLoop.run()
    }

    /// The client is gone: nothing of its connection is left.
    func end(_ channel: EmbeddedChannel) {
        close(channel)
        must(loop.clients.isEmpty, "a connection is left")
        must(loop.snapshot().generations.values.allSatisfy { $0 == 0 }, "an exchange is left")
    }
}

/// Closes one direction as a socket does, where a channel in memory would close both.
private final class HalfClosing: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var isShut = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isShut else { return context.write(data, promise: promise) }
        promise?.fail(ChannelError.outputClosed)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        isShut = true
        promise?.succeed(())
    }
}

extension EmbeddedChannel {
    /// Whatever happens to it, the pipeline hears of bytes only while the connection stands.
    func receive(_ bytes: some Sequence<UInt8>) {
        guard isActive else { return }
        pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
        pipeline.fireChannelReadComplete()
    }

    /// All that was sent since the last time.
    func takeSent() -> [UInt8] {
        var sent: [UInt8] = []
        while let found = try? readOutbound(as: ByteBuffer.self) { sent += found.readableBytesView }
        return sent
    }
}

/// Takes an input apart.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    init(_ data: UnsafePointer<UInt8>?, _ size: Int) {
        rest = data.map { Array(UnsafeBufferPointer(start: $0, count: size))[...] } ?? []
    }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return Array(taken)
    }
}
