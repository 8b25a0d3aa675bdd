import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Proxy

/// A Redis that answers as it is told, on a port of this machine: what each command gets, as RESP.
final class ScriptedRedis: Sendable {
    enum Act: Sendable {
        case say(String)
        case nothing
        case close
    }

    static let ok = Act.say("+OK\r\n")

    static func text(_ text: String) -> Act { .say("$\(text.utf8.count)\r\n\(text)\r\n") }

    /// Everything that was asked, without the greeting.
    let seen = NIOLockedValueBox<[String]>([])
    let connections = NIOLockedValueBox(0)
    private let open = NIOLockedValueBox<[any Channel]>([])
    private let channel: any Channel
    let port: Int

    var endpoint: String { "redis://127.0.0.1:\(port)" }

    /// - Parameter script: of a command's words; nil: what a Redis says to a greeting, and nothing to all else.
    init(port: Int = 0, _ script: @escaping @Sendable (String) -> Act?) async throws {
        let (seen, connections, open) = (seen, connections, open)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.withLockedValue { $0 += 1 }
                    open.withLockedValue { $0.append(channel) }
                    try channel.pipeline.syncOperations.addHandler(Session(seen, script))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
    }

    func closeAll() async {
        for channel in open.withLockedValue({ $0 }) { try? await channel.close() }
        open.withLockedValue { $0 = [] }
    }

    func stop() async {
        try? await channel.close()
        await closeAll()
    }

    private final class Session: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let seen: NIOLockedValueBox<[String]>
        let script: @Sendable (String) -> Act?
        // a command is a list of texts, as some replies are
        let reader = RedisReader()

        init(_ seen: NIOLockedValueBox<[String]>, _ script: @escaping @Sendable (String) -> Act?) {
            self.seen = seen
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            _ = unwrapInboundIn(data).withUnsafeReadableBytes { reader.feed($0) }
            while case .reply(.list(let parts)) = reader.next() {
                let words = parts.map { part in
                    if case .bytes(let bytes) = part { String(buffer: bytes) } else { "?" }
                }.joined(separator: " ")
                act(script(words) ?? greeting(words), context)
            }
        }

        private func greeting(_ words: String) -> Act {
            if words == "PING" { return .say("+PONG\r\n") }
            if words.hasPrefix("AUTH") || words.hasPrefix("CLIENT") || words.hasPrefix("SELECT") { return ok }
            seen.withLockedValue { $0.append(words) }
            return .nothing
        }

        private func act(_ act: Act, _ context: ChannelHandlerContext) {
            switch act {
            case .say(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .nothing: break
            case .close: context.close(promise: nil)
            }
        }
    }
}
