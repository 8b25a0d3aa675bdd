import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Settings

/// An HTTP server that does as it is told, for clients under test: what each request gets, by its number from 0 over
/// all connections.
final class ScriptedServer: Sendable {
    enum Act: Sendable {
        case answer(String)
        /// Answers, and ends the connection.
        case last(String)
        case close
        case nothing
    }

    struct Seen: Sendable {
        var requests: [String] = []
        var accepted = 0
        var closed = 0
        var open: [any Channel] = []
    }

    let seen = NIOLockedValueBox(Seen())
    private let channel: any Channel
    let port: Int

    init(
        tls: TLSPeer.Context? = nil, unix path: String? = nil, _ script: @escaping @Sendable (Int) -> Act
    ) async throws {
        let seen = self.seen
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(Encryption(try TLSPeer(tls))) }
                    try channel.pipeline.syncOperations.addHandler(Session(seen, script))
                }
            }
        if let path {
            channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        } else {
            channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        }
        port = channel.localAddress?.port ?? 0
    }

    /// Sends on the connection that was opened last.
    func send(_ text: String) {
        guard let channel = seen.withLockedValue({ $0.open.last }) else { return }
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    func closeAll() async {
        for channel in seen.withLockedValue({ $0.open }) { try? await channel.close() }
    }

    func stop() async {
        try? await channel.close()
        await closeAll()
    }

    /// Waits until what is seen is as it should be; false after a minute.
    func sees(_ check: @Sendable (Seen) -> Bool) async -> Bool {
        await comesTrue { check(seen.withLockedValue { $0 }) }
    }

    private final class Session: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let seen: NIOLockedValueBox<Seen>
        let script: @Sendable (Int) -> Act
        var text = ""

        init(_ seen: NIOLockedValueBox<Seen>, _ script: @escaping @Sendable (Int) -> Act) {
            self.seen = seen
            self.script = script
        }

        func channelActive(context: ChannelHandlerContext) {
            let channel = context.channel
            seen.withLockedValue {
                $0.accepted += 1
                $0.open.append(channel)
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            let channel = context.channel
            seen.withLockedValue {
                $0.closed += 1
                $0.open.removeAll { $0 === channel }
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard let head = text.range(of: "\r\n\r\n") else { return }
            let wanted = text[..<head.lowerBound].split(separator: "\r\n").compactMap { line in
                line.hasPrefix("Content-Length: ") ? Int(line.dropFirst(16)) : nil
            }.first
            guard text[head.upperBound...].utf8.count >= wanted ?? 0 else { return }
            let whole = text
            text = ""
            let number = seen.withLockedValue {
                $0.requests.append(whole)
                return $0.requests.count - 1
            }
            switch script(number) {
            case .nothing: break
            case .close: context.close(promise: nil)
            case .answer(let answer):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            case .last(let answer):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
                context.close(promise: nil)
            }
        }
    }

    /// The server's side of TLS; closes with a goodbye.
    private final class Encryption: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let peer: TLSPeer

        init(_ peer: TLSPeer) { self.peer = peer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var out = ByteBuffer()
            let plain = peer.take(unwrapInboundIn(data), &out)
            if out.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(out), promise: nil) }
            if !plain.isEmpty { context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: plain))) }
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            var out = ByteBuffer()
            peer.send(Array(unwrapOutboundIn(data).readableBytesView), &out)
            context.write(wrapOutboundOut(out), promise: promise)
        }

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            var out = ByteBuffer()
            peer.end(&out)
            if out.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(out), promise: nil) }
            context.close(mode: mode, promise: promise)
        }
    }
}
