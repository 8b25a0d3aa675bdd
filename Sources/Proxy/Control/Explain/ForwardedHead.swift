internal import Access
internal import Routing
internal import Settings
internal import Wire

/// The head of a request as its agent would get it: written by what writes it, then told line by line, without secrets.
struct ForwardedHead {
    private static let newID = "(new for each request)"
    private static let sent = "(as sent)"
    private static let set = "(as the rule sets it)"
    /// A field whose name holds one of these carries a credential more often than not.
    private static let secretWords = [
        "authorization", "cookie", "token", "secret", "password", "passwd", "key", "credential", "session", "signature",
        "assertion",
    ]

    private let request: MatchedRequest
    private let head: RequestHead
    /// As they are written.
    private let lines: [String]

    init(_ request: MatchedRequest) {
        self.request = request
        head = request.head
        var id = Self.requestID(request.head)
        lines = id.withUTF8 { Self.write(request, UnsafeRawBufferPointer($0)) }
    }

    private static func write(_ request: MatchedRequest, _ id: UnsafeRawBufferPointer) -> [String] {
        let path = request.path.flatMap { $0.isEmpty ? nil : $0 }
        let lines = RequestLines(
            head: request.head, plan: request.plan, client: request.explanation.client, path: path, requestID: id,
            upgrade: request.upgrade, identity: request.credential?.lines,
            withheld: request.withheld)
        let bytes = [UInt8](unsafeUninitializedCapacity: lines.room) { memory, count in
            guard let start = UnsafeMutableRawPointer(memory.baseAddress) else { return }
            var sink = HeadSink(start)
            lines.write(authority: Array("localhost".utf8), into: &sink)
            count = sink.at - start
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
    }

    /// The one that the client sent where it is well-formed, as for every exchange.
    private static func requestID(_ head: RequestHead) -> String {
        guard head.requestIDField >= 0 else { return newID }
        let given = head.lines.value(head.lines.fields[head.requestIDField])
        return Exchange.isRequestID(given) ? given.text : newID
    }

    var node: Node {
        let path = request.path.flatMap { $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self) }
        let edits = request.edits
        func names(_ edits: HeaderEditSettings) -> Node {
            .object([("set", .strings(edits.set.keys.sorted())), ("remove", .strings(edits.remove))])
        }
        return .object([
            ("path", .string(path ?? head.path.text)), ("rewritten", .flag(path != nil)), ("lines", .strings(shown)),
            ("dropped", .strings(dropped)),
            ("edits", .object([("request", names(edits.request)), ("response", names(edits.response))])),
            ("answerAdds", .strings(answerAdds)),
        ])
    }

    /// The last lines are those that the rule sets: their values often are credentials of the agent.
    private var shown: [String] {
        let setByRule = request.plan.requestEdits.bytes.count { $0 == 0x0a }
        return lines.enumerated().map { index, line in
            guard index > 0, let colon = line.firstIndex(of: ":") else { return line }
            let name = line[..<colon]
            if index >= lines.count - setByRule { return "\(name): \(Self.set)" }
            return Self.isSecret(name) ? "\(name): \(Self.sent)" : line
        }
    }

    private static func isSecret(_ name: Substring) -> Bool {
        let name = name.lowercased()
        return secretWords.contains { name.contains($0) }
    }

    /// Names of fields that were sent and do not go on as they came.
    private var dropped: [String] {
        let kept = Set(lines.dropFirst().map(Self.compared))
        var seen: Set<String> = []
        return (0..<head.lines.fieldCount).compactMap { index in
            let field = head.lines.fields[index]
            let name = head.lines.name(field).text
            let isKept = kept.contains(Self.compared("\(name):\(head.lines.value(field).text)"))
            return isKept || !seen.insert(name.lowercased()).inserted ? nil : name
        }
    }

    /// A line in a form that does not depend on case of names and on blanks.
    private static func compared(_ line: String) -> String {
        guard let colon = line.firstIndex(of: ":") else { return line }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        return line[..<colon].lowercased() + ":" + value
    }

    /// What the client's answer gets from here.
    private var answerAdds: [String] {
        var lines = ["Via: 1.1 clawproxy", "X-Request-Id: \(Self.requestID(head))"]
        lines += request.edits.response.set.keys.sorted().map { "\($0): \(Self.set)" }
        if request.explanation.client.isSecure { lines += request.explanation.hsts }
        if request.plan.tellsDebug {
            lines += [
                "X-ClawProxy-Route: \(request.rule.name)", "X-ClawProxy-Agent: (its id)",
                "X-ClawProxy-Attempts: (how many)",
            ]
        }
        return lines
    }
}
