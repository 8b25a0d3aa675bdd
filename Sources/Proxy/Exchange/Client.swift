internal import Access
internal import NIOCore
internal import Settings
internal import Wire

/// Where a connection comes from: the address as bytes and as text, and whether its forwarding fields are believed.
final class Client {
    /// Text of the address without the port, for `X-Forwarded-For` and logs; `unix:` for a local socket.
    let text: [UInt8]
    /// 4 or 16 bytes; empty for a local socket.
    let address: [UInt8]
    /// Of the address: affinity of `ip-hash`.
    let key: UInt64
    private(set) var isTrusted: Bool
    /// The generation whose `http.trustedProxies` say so; nil: it does not hang on that.
    private var trustedBy: Int?
    /// Through which listener it came.
    let door: Door
    /// Known before its first request.
    var speaksHTTP2 = false
    /// What TLS says of it; nil where it came in plain text.
    let tls: ClientTLS?
    /// The field line that tells agents of its certificate, with CR LF; empty where it has shown none.
    let identityField: [UInt8]
    /// The certificate by which it said who it is, after its listener vouched for that.
    let presented: PresentedCertificate?

    /// - Parameter identityHeader: the name of that field.
    init(
        _ remote: SocketAddress?, _ door: Door, tls: ClientTLS? = nil, identityHeader: String? = nil,
        generation: Int? = nil, isTrusted: ([UInt8]) -> Bool
    ) {
        self.door = door
        trustedBy = generation
        self.tls = tls
        identityField =
            if let identityHeader, let certificate = tls?.certificate {
                Array("\(identityHeader): \(certificate.text)\r\n".utf8)
            } else { [] }
        presented = tls?.certificate?.presented
        let address = Self.bytes(of: remote)
        self.address = address
        text = Self.text(of: address, remote)
        key = Self.key(of: address)
        self.isTrusted = isTrusted(address)
    }

    /// Another configuration is in force for its next request.
    @inline(__always)
    func follow(_ runtime: LoopRuntime) {
        if let trustedBy, trustedBy != runtime.generation.number {
            self.trustedBy = runtime.generation.number
            isTrusted = runtime.isTrusted(address)
        }
    }

    /// It came over TLS.
    var isSecure: Bool { tls != nil }

    /// A request's scheme is https: by its connection, or, where a trusted proxy says how it came there, by its word.
    func isSecure(_ head: RequestHead) -> Bool {
        guard isTrusted, let told = head.first(.xForwardedProto) else { return isSecure }
        // of several hops the first is the client's own
        let word = UnsafeRawBufferPointer(rebasing: told.prefix { $0 != UInt8(ascii: ",") && $0 != 0x20 })
        return word.isCaseless("https")
    }

    /// Who it is by the certificate that it has shown; nil where it has shown none.
    var certificate: ClientCertificate? { tls?.certificate }

    static func key(of address: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in address { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }

    /// True for loopback addresses and local sockets.
    var isLocal: Bool { Self.isLocal(address) }

    static func isLocal(_ address: [UInt8]) -> Bool {
        address.isEmpty || (address.count == 4 && address[0] == 127)
            || (address.count == 16 && address[0..<15].allSatisfy { $0 == 0 } && address[15] == 1)
            || (address.count == 16 && isMappedLoopback(address))
    }

    private static func isMappedLoopback(_ address: [UInt8]) -> Bool {
        address[0..<10].allSatisfy { $0 == 0 } && address[10] == 255 && address[11] == 255 && address[12] == 127
    }

    /// A client that came as IPv4 over an IPv6 socket is told as what it is.
    private static func text(of address: [UInt8], _ remote: SocketAddress?) -> [UInt8] {
        guard address.count == 4 else {
            return address.isEmpty ? Array("unix:".utf8) : Array((remote?.ipAddress ?? "unknown").utf8)
        }
        return IPText.four(address)
    }

    /// 4 or 16 bytes; empty for a local socket.
    static func bytes(of remote: SocketAddress?) -> [UInt8] {
        switch remote {
        case .v4(let v4):
            // sockaddr_in: family and port, then the address
            return withUnsafeBytes(of: v4.address) { Array($0[4..<8]) }
        case .v6(let v6):
            // sockaddr_in6: family, port and flow, then the address
            let bytes = withUnsafeBytes(of: v6.address) { Array($0[8..<24]) }
            let isMapped = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
            return isMapped ? Array(bytes[12...]) : bytes
        default: return []
        }
    }
}
