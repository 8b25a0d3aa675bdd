internal import NIOCore
internal import NIOEmbedded

/// The entry of libFuzzer: a client's connection, from its first byte. The first byte of the input says whether what follows
/// is taken as it comes (HTTP/1 too), or as frames and events of an HTTP/2 connection.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP2(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = FuzzInput(data, size)
    let first = input.byte()
    let channel = HTTP2Fuzz.edge.connect {
        try? ClientChannel.addClientHandlers($0, HTTP2Fuzz.edge.loop, .clients)
    }
    var run = HTTP2Fuzz(channel)
    if first & 1 == 0 { run.raw(&input, step: Int(first >> 1) + 1) } else { run.frames(&input) }
    HTTP2Fuzz.edge.run()
    run.check()
    HTTP2Fuzz.edge.end(channel)
    return 0
}

private struct HTTP2Fuzz {
    nonisolated(unsafe) static let edge = FuzzEdge(
        """
        {gateway: {logging: {accessLog: false}, http: {http2: {enabled: true, cleartext: true}, limits: {bodyBytes: "1KiB"}},
          auth: {tokens: [{name: "a", token: "letmein"}]},
          routing: {rules: [
            {name: "kept", match: {type: "prefix", pattern: "/kept"}, target: "nobody", requiresAuth: true},
            {name: "chat", match: {type: "prefix", pattern: "/chat"}, target: "nobody"}]}}}
        """)
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// GET, https, of the static table; the path follows.
    static let paths = ["/metrics", "/health", "/chat", "/kept", "/none"]

    let channel: EmbeddedChannel
    private var sent: [UInt8] = []
    private var isHTTP2 = false
    /// What the client has allowed all streams together, at most.
    private var window = 65_535
    private var hasSetFrameSize = false

    init(_ channel: EmbeddedChannel) { self.channel = channel }

    mutating func raw(_ input: inout FuzzInput, step: Int) {
        while !input.isEmpty { channel.receive(input.bytes(step)) }
    }

    mutating func frames(_ input: inout FuzzInput) {
        isHTTP2 = true
        channel.receive(Self.preface)
        while !input.isEmpty, channel.isActive {
            let deed = input.byte()
            switch deed & 15 {
            case 0...9: frame(deed & 15, flags: input.byte(), stream: input.byte(), input.bytes(length(&input)))
            case 10: Self.edge.run()
            case 11: channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            case 12:
                channel.isWritable.toggle()
                channel.pipeline.fireChannelWritabilityChanged()
            case 13: get(Self.paths[Int(input.byte()) % Self.paths.count], flags: input.byte(), stream: input.byte())
            case 14: frame(4, flags: 0, stream: 0, [])
            default: channel.receive(input.bytes(length(&input)))
            }
            sent += channel.takeSent()
        }
    }

    private func length(_ input: inout FuzzInput) -> Int {
        let byte = Int(input.byte())
        return byte < 200 ? byte : (byte - 200) * 300
    }

    private mutating func frame(_ kind: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) {
        if kind == 8, payload.count == 4 { window += Int(payload.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff) }
        if kind == 4 { hasSetFrameSize = true }
        let size = UInt32(payload.count)
        channel.receive(
            [UInt8(size >> 16 & 255), UInt8(size >> 8 & 255), UInt8(size & 255), kind, flags, 0, 0, 0, stream & 31] + payload)
    }

    /// A request that is right, up to its flags.
    private mutating func get(_ path: String, flags: UInt8, stream: UInt8) {
        frame(1, flags: 0x04 | flags & 1, stream: stream | 1, [0x82, 0x86, 0x04, UInt8(path.utf8.count)] + path.utf8 + [0x01, 1, 0x61])
    }

    /// What was answered is frames, each stream has one end, and windows hold.
    mutating func check() {
        sent += channel.takeSent()
        guard isHTTP2 else { return }
        var at = 0
        var over: Set<UInt32> = []
        var data = 0
        while sent.count - at >= 9 {
            let size = Int(sent[at]) << 16 | Int(sent[at + 1]) << 8 | Int(sent[at + 2])
            let (kind, flags) = (sent[at + 3], sent[at + 4])
            let stream = sent[at + 5..<at + 9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            must(kind <= 9 && kind != 5 && kind != 2, "a frame of kind \(kind)")
            must(size <= 16_384 || hasSetFrameSize, "a frame of \(size) bytes")
            if kind <= 1 {
                must(stream & 1 == 1 && !over.contains(stream), "more on stream \(stream), which is over")
                if flags & 1 == 1 { over.insert(stream) }
                if kind == 0 { data += size }
            } else if kind == 3 {
                over.insert(stream)
            }
            at += 9 + size
        }
        // what is cut is cut by the connection's end
        must(data <= window, "\(data) bytes in a window of \(window)")
    }
}
