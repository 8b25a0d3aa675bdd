internal import Balancer
internal import Glibc
internal import NIOCore
internal import NIOEmbedded
internal import Settings

/// The entry of libFuzzer: bytes of a client to a listener with TLS, or of an agent to our client, as they come; or a client
/// of our own, whose flights are spoilt on their way. `CLAWPROXY_FUZZ_FOLDER` has ca.pem, leaf.pem, leaf.key.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTLS(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = FuzzInput(data, size)
    let first = input.byte()
    must(TLSFuzz.shared != nil, "CLAWPROXY_FUZZ_FOLDER: no certificates there")
    guard let fuzz = TLSFuzz.shared else { return 0 }
    switch first & 3 {
    case 0: fuzz.raw(&input, step: Int(first >> 2) + 1)
    case 1: fuzz.agent(&input, step: Int(first >> 2) + 1)
    default: fuzz.spoilt(&input, asks: first & 4 != 0)
    }
    return 0
}

private final class TLSFuzz {
    nonisolated(unsafe) static let shared = try? TLSFuzz()

    private let edge = FuzzEdge(
        "{gateway: {logging: {accessLog: false}, routing: {rules: [{name: \"a\", match: {type: \"prefix\", pattern: \"/a\"}, target: \"nobody\"}]}}}")
    /// One that asks for no certificate, one that does.
    private let servers: [TLSServer]
    private let keys: TLSTicketKeys
    private let client: TLSClientContext

    private init() throws {
        let folder = getenv("CLAWPROXY_FUZZ_FOLDER").map { String(cString: $0) } ?? "."
        servers = try [false, true].map { asks in
            var settings = TLSSettings()
            settings.cert = folder + "/leaf.pem"
            settings.key = folder + "/leaf.key"
            settings.clientCA = asks ? folder + "/ca.pem" : nil
            settings.clientAuth = asks ? .optional : nil
            return try TLSServer(TLSServerOptions(settings, protocols: ["h2", "http/1.1"]))
        }
        keys = try TLSTicketKeys(random: nil)
        var options = TLSClientOptions()
        options.caFile = folder + "/ca.pem"
        client = try TLSClientContext(options)
    }

    private func listener(asks: Bool) -> EmbeddedChannel? {
        guard let session = try? TLSSession(server: servers[asks ? 1 : 0], keys: keys) else { return nil }
        let loop = edge.loop
        return edge.connect {
            try? $0.pipeline.syncOperations.addHandler(
                TLSHandler(
                    session, limit: .now() + .hours(1), reads: loop.reads, writes: loop.writes,
                    acceptance: ClientHandshake(loop, .clients, limit: 3_600_000_000_000), turns: loop.handshakeTurns))
        }
    }

    func raw(_ input: inout FuzzInput, step: Int) {
        guard let channel = listener(asks: step & 1 == 1) else { return }
        while !input.isEmpty { channel.receive(input.bytes(step)) }
        edge.end(channel)
    }

    func agent(_ input: inout FuzzInput, step: Int) {
        guard let session = try? TLSSession(client: client, name: TLSPeerName("a.test"), peer: "there:1") else { return }
        let channel = edge.connect {
            try? $0.pipeline.syncOperations.addHandler(TLSHandler(session, limit: .now() + .hours(1)))
        }
        while !input.isEmpty { channel.receive(input.bytes(step)) }
        must(!session.isOpen, "nobody has proved to be a.test")
        edge.end(channel)
    }

    /// Deeds, each a byte: whole flights, parts of them, spoilt ones; what the client says; ends and pauses.
    func spoilt(_ input: inout FuzzInput, asks: Bool) {
        guard let channel = listener(asks: asks),
            let client = try? TLSSession(client: client, name: TLSPeerName("a.test"), peer: "there:1")
        else { return }
        var toServer = ByteBuffer()
        _ = client.begin(&toServer)
        while !input.isEmpty, channel.isActive {
            let deed = input.byte()
            switch deed & 15 {
            case 0...4: deliver(toServer.readBytes(length: toServer.readableBytes) ?? [], channel)
            case 5: deliver(toServer.readBytes(length: min(Int(input.byte()), toServer.readableBytes)) ?? [], channel)
            case 6: spoil(&toServer, &input)
            case 7: _ = toServer.readBytes(length: min(Int(input.byte()), toServer.readableBytes))
            case 8: toServer.writeBytes(input.bytes(Int(input.byte())))
            case 9, 10:
                let said = deed & 15 == 9 ? Array("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".utf8) : input.bytes(Int(input.byte()))
                if client.isOpen { _ = said.withUnsafeBytes { client.encrypt($0, &toServer) } }
            case 11: client.finish(&toServer)
            case 12: channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            case 13:
                channel.isWritable.toggle()
                channel.pipeline.fireChannelWritabilityChanged()
            case 14: channel.close(mode: .output, promise: nil)
            default: edge.run()
            }
            // a handshake may have to wait for its turn
            if deed & 0x80 == 0 { edge.takeTurns() }
            answer(client, channel, &toServer)
        }
        edge.end(channel)
    }

    private func deliver(_ bytes: [UInt8], _ channel: EmbeddedChannel) {
        if !bytes.isEmpty { channel.receive(bytes) }
    }

    private func spoil(_ bytes: inout ByteBuffer, _ input: inout FuzzInput) {
        let at = Int(input.byte()) << 8 | Int(input.byte())
        guard bytes.readableBytes > 0 else { return }
        let index = bytes.readerIndex + at % bytes.readableBytes
        bytes.setInteger((bytes.getInteger(at: index) ?? UInt8(0)) ^ max(1, input.byte()), at: index)
    }

    private func answer(_ client: TLSSession, _ channel: EmbeddedChannel, _ toServer: inout ByteBuffer) {
        var toClient = ByteBuffer(bytes: channel.takeSent())
        var heard = ByteBuffer()
        while toClient.readableBytes > 0, let event = client.next(&toClient, &heard, &toServer) {
            if case .failed = event { toClient.clear() }
        }
    }
}
