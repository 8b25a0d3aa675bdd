import Testing
import Wire

@Suite("which fields go on")
struct ForwardedFieldsTests {
    private static func forward(_ lines: String, _ dropping: Dropping) throws -> String {
        let head = try #require(Wires.request("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")?.value)
        return Wires.forwarded(head.lines, dropping, namesFields: head.namesFields)
    }

    private static let hop = Dropping(ids: Dropping.hopByHop, underscores: true)

    private static let cases: [(String, String)] = [
        ("", ""), ("X: 1\r\nY:  2 \r\n", "X: 1\r\nY:  2 \r\n"),
        ("Connection: close\r\nX: 1\r\n", "X: 1\r\n"), ("X: 1\r\nConnection: close\r\n", "X: 1\r\n"),
        ("Keep-Alive: 5\r\nTE: x\r\nUpgrade: a\r\nProxy-Connection: b\r\nHTTP2-Settings: c\r\n", ""),
        ("Proxy-Authorization: a\r\nProxy-Authenticate: b\r\nTransfer-Encoding: chunked\r\n", ""),
        ("X: 1\r\nTE: x\r\nY: 2\r\nUpgrade: a\r\nZ: 3\r\n", "X: 1\r\nY: 2\r\nZ: 3\r\n"),
        ("Connection: x\r\nX: 1\r\nx: 2\r\nXY: 3\r\n", "XY: 3\r\n"),
        ("Connection: x\r\nConnection: y, close\r\nX: 1\r\nY: 2\r\nZ: 3\r\n", "Z: 3\r\n"),
        ("Connection:  Cookie ,, \r\nCookie: 1\r\n", ""),
        (
            "Connection: authorization, content-length\r\nAuthorization: 1\r\nContent-Length: 0\r\n",
            "Authorization: 1\r\nContent-Length: 0\r\n"
        ),
        (
            "Connection: x-forwarded-for, x-forwarded-proto, x-forwarded-host, x-forwarded-port, x-real-ip, forwarded\r\n"
                + "X-Forwarded-For: 1\r\nX-Forwarded-Proto: 2\r\nX-Forwarded-Host: 3\r\nX-Forwarded-Port: 4\r\nX-Real-IP: 5\r\nForwarded: 6\r\n",
            "X-Forwarded-For: 1\r\nX-Forwarded-Proto: 2\r\nX-Forwarded-Host: 3\r\nX-Forwarded-Port: 4\r\nX-Real-IP: 5\r\nForwarded: 6\r\n"
        ),
        (
            "Connection: traceparent, tracestate, x-request-id, via\r\nTraceparent: 1\r\nTracestate: 2\r\nX-Request-Id: 3\r\nVia: 4\r\n",
            "Traceparent: 1\r\nTracestate: 2\r\nX-Request-Id: 3\r\nVia: 4\r\n"
        ),
        ("X_A: 1\r\nX-A: 2\r\n", "X-A: 2\r\n"), ("X: a_b\r\n", "X: a_b\r\n"),
        ("Content-Length: 5\r\nX: 1\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nX: 1\r\n"),
    ]

    @Test(
        "hop-by-hop fields and what Connection names stay; protected ones, order and spelling are kept",
        arguments: cases)
    func forwarded(lines: String, expected: String) throws {
        #expect(try Self.forward(lines, Self.hop) == "Host: a\r\n" + expected)
    }

    @Test("Connection can never take Host away")
    func hostStays() throws {
        #expect(try Self.forward("Connection: host\r\n", Self.hop) == "Host: a\r\n")
    }

    @Test("a rule's names are dropped in any case, protected or not")
    func namedByRule() throws {
        let names = ["x-a", "authorization"].map { Array($0.utf8) }
        let dropping = Dropping(ids: Dropping.hopByHop, names: names, underscores: false)
        #expect(
            try Self.forward("X-A: 1\r\nX_B: 2\r\nAUTHORIZATION: 3\r\nX-Ab: 4\r\n", dropping)
                == "Host: a\r\nX_B: 2\r\nX-Ab: 4\r\n")
    }

    @Test("nothing but what is dropped is lost, whatever is dropped")
    func everySet() throws {
        let lines = ["TE: a", "X-1: b", "Via: c", "Cookie: d", "Date: e", "X-Real-IP: f"]
        let names: [FieldName?] = [.te, nil, .via, nil, .date, .xRealIP]
        for mask in 0..<(1 << lines.count) {
            var ids: UInt64 = 0
            for (index, name) in names.enumerated() where mask >> index & 1 == 1 {
                if let name { ids |= Dropping.bits(name) }
            }
            let kept = lines.indices.filter { names[$0] == nil || mask >> $0 & 1 == 0 }.map { lines[$0] + "\r\n" }
            let text = lines.map { $0 + "\r\n" }.joined()
            #expect(try Self.forward(text, Dropping(ids: ids, underscores: false)) == "Host: a\r\n" + kept.joined())
        }
    }

    @Test(
        "numbers are written as they are read",
        arguments: [0, 1, 9, 10, 15, 16, 255, 256, 4095, 65_535, 65_536, 1_000_000, 1 << 40, Int.max])
    func numbers(number: Int) {
        #expect(Wires.written(atMost: 20) { $0.put(decimal: number) } == String(number))
        #expect(Wires.written(atMost: 16) { $0.put(hex: number) } == String(number, radix: 16))
    }

    @Test("names are known in any case and by the whole of them")
    func names() {
        let known = { (text: String) in Wires.bytes(text).withUnsafeBytes { FieldName($0) } }
        #expect(known("HOST") == .host && known("hosT") == .host && known("Hos") == .other && known("Hostt") == .other)
        #expect(known("Transfer-Encoding") == .transferEncoding && known("Transfer_Encoding") == .other)
        #expect(known("Content-Length") == .contentLength && known("content-lengtH") == .contentLength)
        #expect(
            known("X-Forwarded-Anything") == .xForwarded && known("X-Forwarded-") == .xForwarded
                || known("X-Forwarded-") == .other)
        #expect(known("x-openclaw-scopes") == .openclawScopes && known("") == .other)
    }
}
