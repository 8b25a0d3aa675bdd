internal import Settings
internal import Wire

/// A request as somebody describes it who wants to know what would become of it.
struct RequestQuestion {
    var method = "GET"
    var target: String
    /// In the order given; a name may stand there several times.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]?
    /// An address without port; `unix:` for a local socket.
    var client = "127.0.0.1"

    init(method: String = "GET", target: String) {
        self.method = method
        self.target = target
    }

    /// Reads the parameters of `explain.request`; unknown ones are refused by name.
    init(_ params: Node) throws(ControlFailure) {
        var reader = try Parameters(params, of: "explain.request")
        method = try reader.string("method") ?? method
        guard let target = try reader.string("target") else {
            throw reader.missing("target", "a request target such as /api/v1/chat")
        }
        self.target = target
        if let node = reader.take("headers") { headers = try Self.headers(node, reader) }
        body = try reader.string("body").map { Array($0.utf8) }
        client = try reader.string("client") ?? client
        try reader.end()
        guard client == "unix:" || IPText.bytes(client) != nil else {
            throw .invalid("params of explain.request: client: expected an address such as 10.0.0.7, or unix:")
        }
        // A line break would be another line of the head, not what the client meant to send.
        let texts =
            [("method", method), ("target", target)]
            + headers.flatMap { [("headers", $0.name), ("headers", $0.value)] }
        for (name, text) in texts where text.utf8.contains(where: { $0 == 0x0a || $0 == 0x0d }) {
            throw .invalid("params of explain.request: \(name): holds a line break; leave it out")
        }
    }

    /// `{"Name": "value"}`, `{"Name": ["one", "two"]}` or `[["Name", "value"]]`.
    private static func headers(
        _ node: Node, _ reader: Parameters
    ) throws(ControlFailure) -> [(name: String, value: String)] {
        let expected = "an object of strings, or a list of [name, value]"
        var headers: [(name: String, value: String)] = []
        if let members = node.members {
            for member in members {
                let values = member.node.string.map { [$0] } ?? member.node.elements?.compactMap(\.string) ?? []
                guard !values.isEmpty, values.count == member.node.elements?.count ?? 1 else {
                    throw reader.wrong("headers", expected, member.node)
                }
                headers += values.map { (member.name, $0) }
            }
            return headers
        }
        guard let pairs = node.elements else { throw reader.wrong("headers", expected, node) }
        for pair in pairs {
            guard let words = pair.elements?.compactMap(\.string), words.count == 2, pair.elements?.count == 2 else {
                throw reader.wrong("headers", expected, pair)
            }
            headers.append((words[0], words[1]))
        }
        return headers
    }

    // MARK: the head

    func has(_ name: String) -> Bool { headers.contains { $0.name.lowercased() == name } }

    /// No `Host` was given, and the target has none: any client would send one.
    var assumesHost: Bool { !has("host") }

    /// The head as a client would send it: with a `Host`, and a length where there is a body.
    var head: [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\n"
        if assumesHost { text += "Host: \(Self.authority(of: target) ?? "localhost")\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body, !body.isEmpty, !has("content-length"), !has("transfer-encoding") {
            text += "Content-Length: \(body.count)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }

    /// Of an absolute target, which the `Host` field must repeat (RFC 9112 3.2.2).
    private static func authority(of target: String) -> String? {
        let lowercased = target.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowercased.hasPrefix) else { return nil }
        return String(target.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" })
    }

    /// The head, read as a connection would read it.
    func read(_ limits: WireLimits) -> Result<RequestHead, WireFailure> {
        let head = RequestHead()
        switch self.head.withUnsafeBytes({ head.take($0, limits: limits) }) {
        case .complete: return .success(head)
        case .failed(let failure): return .failure(failure)
        // An empty line ends it, so this is a head that ends before it should.
        case .more: return .failure(.requestLine)
        }
    }
}
