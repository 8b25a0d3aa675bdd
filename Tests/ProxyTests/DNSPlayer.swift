import Balancer
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Proxy
import Testing

/// A DNS server on one port of 127.0.0.1, UDP and TCP, that answers as a closure says.
final class DNSPlayer: Sendable {
    typealias Script = @Sendable (DNSMessage, Lookup.Transport) -> [[UInt8]]

    private let udp: any Channel
    private let tcp: any Channel
    let server: NameServer
    private let asked: NIOLockedValueBox<[String]>

    /// `udp agents.test A`, oldest first.
    var questions: [String] { asked.withLockedValue { $0 } }

    init(_ script: @escaping Script) async throws {
        let asked = NIOLockedValueBox<[String]>([])
        let group = MultiThreadedEventLoopGroup.singleton
        let answer: Script = { message, transport in
            let question = message.questions.first.map { "\($0.name) \($0.kind)" } ?? "nothing"
            asked.withLockedValue { $0.append("\(transport) \(question)") }
            return script(message, transport)
        }
        var bound: (any Channel, any Channel)?
        // what is free for UDP may be taken for TCP
        for _ in 0..<20 where bound == nil {
            let udp = try await DatagramBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Datagrams(answer))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let tcp = try? await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Stream(answer))
                    }
                }
                .bind(host: "127.0.0.1", port: udp.localAddress?.port ?? 0).get()
            if let tcp { bound = (udp, tcp) } else { try await udp.close() }
        }
        (udp, tcp) = try #require(bound)
        self.asked = asked
        server = NameServer(address: [127, 0, 0, 1], port: udp.localAddress?.port ?? 0)
    }

    func close() async {
        try? await udp.close()
        try? await tcp.close()
    }

    private final class Datagrams: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private let answer: Script

        init(_ answer: @escaping Script) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            guard let message = try? DNSMessage(reading: Array(envelope.data.readableBytesView)) else { return }
            for bytes in answer(message, .udp) {
                let reply = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: bytes))
                context.writeAndFlush(wrapOutboundOut(reply), promise: nil)
            }
        }
    }

    private final class Stream: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: Script
        private var bytes: [UInt8] = []

        init(_ answer: @escaping Script) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += unwrapInboundIn(data).readableBytesView
            guard bytes.count >= 2, bytes.count >= 2 + Int(bytes[0]) << 8 + Int(bytes[1]),
                let message = try? DNSMessage(reading: Array(bytes.dropFirst(2)))
            else { return }
            bytes = []
            for reply in answer(message, .tcp) {
                // a byte at a time: a stream has no borders
                for byte in [UInt8(reply.count >> 8), UInt8(reply.count & 0xFF)] + reply {
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [byte])), promise: nil)
                }
            }
        }
    }
}

extension DNSPlayer {
    /// A zone: what a server knows by name and kind; it says NXDOMAIN to the rest.
    static func zone(_ records: [DNSRecord], additional: [DNSRecord] = []) -> Script {
        { message, _ in
            guard let question = message.questions.first else { return [] }
            let found = records.filter { $0.name == question.name && $0.kind == question.kind }
            let isKnown = records.contains { $0.name == question.name }
            return [
                DNS.answer(
                    question, id: message.id, isKnown ? .noError : .noSuchName, found,
                    authority: found.isEmpty ? [DNS.zone(minimum: 3)] : [], additional: found.isEmpty ? [] : additional
                ).bytes
            ]
        }
    }
}
