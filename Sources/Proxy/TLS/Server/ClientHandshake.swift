internal import Logging
internal import NIOCore
internal import Telemetry

/// A client's handshake, from the connection on: it counts against the limits on connections, and in metrics.
final class ClientHandshake: Timed, TLSAcceptance, IdleClient {
    private let loop: Loop
    private let door: Door
    private let limit: Int64
    private weak var handler: TLSHandler?
    private var address: [UInt8]?
    private var remote: SocketAddress?
    private var channel: (any Channel)?
    private(set) var idleSince: Int64 = 0

    /// - Parameter limit: nanoseconds that the handshake may take.
    init(_ loop: Loop, _ door: Door, limit: Int64) {
        self.loop = loop
        self.door = door
        self.limit = limit
    }

    func began(_ context: ChannelHandlerContext, _ handler: TLSHandler) -> Bool {
        loop.touch()
        if loop.isNameless(context) { return false }
        let remote = loop.remoteAddress(of: context)
        let address = Client.bytes(of: remote)
        if loop.process.connectionOpened(address) {
            self.address = address
            self.remote = remote
            channel = context.channel
            idleSince = loop.now
            loop.handshakes[ObjectIdentifier(self)] = self
            self.handler = handler
            loop.wheel.set(self, loop.now &+ limit)
            return true
        }
        loop.process.connectionClosed(address)
        loop.counters.add(1, to: .connectionsRefused)
        return false
    }

    func established(_ context: ChannelHandlerContext, _ handler: TLSHandler) {
        // whoever joins counts the connection again
        leave()
        loop.counters.add(1, to: handler.session.isResumed ? .tlsResumed : .tlsFull)
        do {
            try ClientChannel.addClientHandlers(
                context.channel, loop, door, spoken: handler.session.applicationProtocol, secure: handler)
        } catch {
            context.close(promise: nil)
        }
    }

    func failed(_ context: ChannelHandlerContext?, _ error: any Error) -> ByteBuffer? {
        leave()
        let failure = error as? TLSFailure
        let reason = failure?.kind == .timeout ? .timeout : failure?.refusal ?? .closed
        loop.counters.add(1, to: Self.tally(reason))
        loop.process.log.debug(
            "no TLS with a client",
            metadata: [
                "client": "\(from)", "reason": "\(failure?.what ?? Upstream.reason(error))",
                "hint": "\(failure?.hint ?? "look at the client")",
            ])
        return reason == .plain ? ByteBuffer(string: Self.plainAnswer) : nil
    }

    private var from: String {
        String(decoding: Client(remote, door, isTrusted: { _ in false }).text, as: UTF8.self)
    }

    private func leave() {
        if let address { loop.process.connectionClosed(address) }
        address = nil
        channel = nil
        loop.wheel.retire(self)
        loop.handshakes[ObjectIdentifier(self)] = nil
    }

    override func deadlinePassed(now: Int64) { handler?.timedOut() }

    /// A handshake takes some journeys there and back: more patience than with who stands and says nothing.
    func isIdle(for time: Int64, _ now: Int64) -> Bool {
        channel != nil && handler?.isWaiting == false && now &- idleSince >= 3 &* time
    }

    func closeIdle() { channel?.close(promise: nil) }

    private static let plainAnswer: String = {
        let body =
            "{\"error\":{\"code\":\"tls_required\",\"message\":\"plain HTTP came where TLS is spoken\","
            + "\"hint\":\"use https:// with this port\"}}\n"
        return "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
            + "Connection: close\r\n\r\n\(body)"
    }()

    static func tally(_ reason: TLSRefusal) -> Tally {
        switch reason {
        case .closed: .tlsFailedClosed
        case .timeout: .tlsFailedTimeout
        case .plain: .tlsFailedPlain
        case .version: .tlsFailedVersion
        case .cipher: .tlsFailedCipher
        case .alpn: .tlsFailedALPN
        case .certificate: .tlsFailedCertificate
        case .alert: .tlsFailedAlert
        case .other: .tlsFailedOther
        }
    }
}
