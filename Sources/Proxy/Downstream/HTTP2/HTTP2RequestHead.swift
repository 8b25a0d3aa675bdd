internal import NIOHPACK
internal import Wire

/// A request head of HTTP/2 (RFC 9113 8.3) as the bytes of one of HTTP/1.1, which `Wire` checks like any other: what
/// could not be written there as one line each is refused here.
struct HTTP2RequestHead {
    /// Why a head is malformed (RFC 9113 8.1.1).
    enum Fault: Error, Equatable {
        case pseudoField, pseudoFieldTwice, pseudoFieldLate, pseudoFieldMissing, connectFields
        case method, scheme, path, authority, authorityDisagrees, protocolName
        case name, value, notText, connectionField, te, lengthOfTunnel
    }

    private(set) var bytes: [UInt8] = []
    /// It is an extended CONNECT (RFC 8441): what follows is no body.
    private(set) var isTunnel = false

    private var method: String?
    private var scheme: String?
    private var path: String?
    private var authority: String?
    private var asked: String?
    private var hasStartLine = false
    private var hasLength = false
    private var hosts = 0
    private var cookies: [UInt8] = []

    init() { bytes.reserveCapacity(1024) }

    /// Reads a head.
    ///
    /// - Parameters:
    ///   - endsStream: no body follows.
    ///   - key: for `Sec-WebSocket-Key`, which clients of HTTP/2 have no use for, and agents of HTTP/1.1 expect.
    mutating func take(_ fields: HPACKHeaders, endsStream: Bool, key: @autoclosure () -> [UInt8]) -> Fault? {
        reset()
        do throws(Fault) {
            for (name, value, _) in fields {
                if name.utf8.first == 0x3a {
                    if hasStartLine { throw .pseudoFieldLate }
                    try pseudo(name, value)
                } else {
                    if !hasStartLine { try startLine(key()) }
                    try field(name, value)
                }
            }
            if !hasStartLine { try startLine(key()) }
        } catch {
            return error
        }
        if hosts > 1, authority != nil { return .authorityDisagrees }
        if isTunnel, hasLength { return .lengthOfTunnel }
        if !cookies.isEmpty {
            // one field again, as HTTP/1.1 has it (RFC 9113 8.2.3)
            put("cookie: ")
            bytes += cookies
            put("\r\n")
        }
        if !endsStream, !hasLength, !isTunnel { put("transfer-encoding: chunked\r\n") }
        put("\r\n")
        return nil
    }

    private mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        cookies.removeAll(keepingCapacity: true)
        isTunnel = false
        method = nil
        scheme = nil
        path = nil
        authority = nil
        asked = nil
        hasStartLine = false
        hasLength = false
        hosts = 0
    }

    private mutating func pseudo(_ name: String, _ value: String) throws(Fault) {
        switch name {
        case ":method": try Self.once(&method, value)
        case ":scheme": try Self.once(&scheme, value)
        case ":path": try Self.once(&path, value)
        case ":authority": try Self.once(&authority, value)
        case ":protocol": try Self.once(&asked, value)
        default: throw .pseudoField
        }
    }

    private static func once(_ place: inout String?, _ value: String) throws(Fault) {
        guard place == nil else { throw .pseudoFieldTwice }
        place = value
    }

    /// The pseudo-fields are complete: the request line and the host.
    private mutating func startLine(_ key: [UInt8]) throws(Fault) {
        hasStartLine = true
        guard let method else { throw .pseudoFieldMissing }
        guard !method.isEmpty, method.utf8.allSatisfy(ByteClass.isToken) else { throw .method }
        if let authority, !authority.utf8.allSatisfy(Self.isVisible) { throw .authority }
        if method == "CONNECT", asked == nil { return try connect() }
        guard let scheme, let path else { throw .pseudoFieldMissing }
        guard !scheme.isEmpty, scheme.utf8.allSatisfy(ByteClass.isToken) else { throw .scheme }
        guard path.utf8.allSatisfy(Self.isVisible) else { throw .path }
        guard path.utf8.first == 0x2f || (path == "*" && method == "OPTIONS") else { throw .path }
        if let asked {
            guard method == "CONNECT" else { throw .pseudoField }
            guard !asked.isEmpty, asked.utf8.allSatisfy(ByteClass.isToken) else { throw .protocolName }
            isTunnel = true
        }
        put(isTunnel ? "GET" : method)
        put(" ")
        put(path)
        put(" HTTP/1.1\r\n")
        host()
        if isTunnel, let asked {
            put("connection: upgrade\r\nupgrade: ")
            put(asked)
            put("\r\n")
            if asked == "websocket" {
                put("sec-websocket-key: ")
                bytes += key
                put("\r\n")
            }
        }
    }

    /// A plain CONNECT has an authority and nothing else (RFC 9113 8.5); `Wire` refuses the method.
    private mutating func connect() throws(Fault) {
        guard scheme == nil, path == nil else { throw .connectFields }
        guard let authority, !authority.isEmpty else { throw .pseudoFieldMissing }
        put("CONNECT ")
        put(authority)
        put(" HTTP/1.1\r\n")
        host()
    }

    private mutating func host() {
        guard let authority, !authority.isEmpty else { return }
        put("host: ")
        put(authority)
        put("\r\n")
    }

    private mutating func field(_ name: String, _ value: String) throws(Fault) {
        try Self.check(name, value)
        switch name {
        case "te": guard value == "trailers" else { throw .te }
        case "content-length": hasLength = true
        case "host":
            hosts += 1
            if let authority, !authority.isEmpty {
                guard value.lowercased() == authority.lowercased() else { throw .authorityDisagrees }
                return
            }
        case "cookie":
            if !cookies.isEmpty { cookies += [0x3b, 0x20] }
            cookies += value.utf8
            return
        case "sec-websocket-key": if isTunnel { return }
        default: break
        }
        put(name)
        put(": ")
        put(value)
        put("\r\n")
    }

    /// What holds for every field, of heads and of trailers (RFC 9113 8.2).
    static func check(_ name: String, _ value: String) throws(Fault) {
        guard !name.isEmpty, name.utf8.allSatisfy({ ByteClass.isToken($0) && $0 &- 0x41 >= 26 }) else { throw .name }
        switch name {
        case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade": throw .connectionField
        default: break
        }
        var value = value
        if let fault = value.withUTF8({ Self.fault(of: UnsafeRawBufferPointer($0)) }) { throw fault }
    }

    private static func fault(of value: UnsafeRawBufferPointer) -> Fault? {
        guard let first = value.first, let last = value.last else { return nil }
        if ByteClass.isBlank(first) || ByteClass.isBlank(last) { return .value }
        for (at, byte) in value.enumerated() {
            if byte == 0 || byte == 0x0d || byte == 0x0a { return .value }
            // the decoder has put U+FFFD where bytes were no UTF-8: what was sent cannot be passed on any more
            if byte == 0xef, at + 2 < value.count, value[at + 1] == 0xbf, value[at + 2] == 0xbd { return .notText }
        }
        return nil
    }

    private static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7f }

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }
    private mutating func put(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The fields after a body as lines; nil where they are malformed.
    static func trailers(_ fields: HPACKHeaders, limits: WireLimits) -> HeadLines? {
        var lines: [UInt8] = []
        for (name, value, _) in fields {
            guard name.utf8.first != 0x3a, (try? check(name, value)) != nil, name != "te" else { return nil }
            lines += name.utf8
            lines += [0x3a, 0x20]
            lines += value.utf8
            lines += [0x0d, 0x0a]
        }
        var bounds = limits
        bounds.headBytes = limits.trailerBytes
        bounds.fieldCount = limits.trailerCount
        return Trailers.read(lines, limits: bounds)
    }
}
