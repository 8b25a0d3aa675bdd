internal import Testing
internal import Wire

@Suite("the framing rules of a request")
struct HardeningTests {
    static let refused: [(String, WireFailure)] = [
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthWithCoding),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", .codingUnknown),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .codingUnknown),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", .codingInvalid),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", .codingInvalid),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", .codingInvalid),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            .codingInvalid
        ),
        ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .codingOnOldVersion),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", .lengthInvalid),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", .lengthInvalid),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 1\r\n\r\n", .lengthInvalid),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", .lengthInvalid),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", .lengthInvalid),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .lengthsDiffer),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", .foldedField),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", .bareCarriageReturn),
        ("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", .bareLineFeed),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", .control),
        ("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", .blankBeforeColon),
        ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", .fieldName),
        ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", .fieldWithoutColon),
        ("GET / HTTP/1.1\r\nHost: a\r\nX(: b\r\n\r\n", .fieldName),
        ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", .method),
        ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", .version),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .version),
        ("GET / http/1.1\r\nHost: a\r\n\r\n", .version),
        ("GET / HTTP/1.1\r\n\r\n", .hostMissing),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .hostTwice),
        ("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", .host),
        ("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", .host),
        ("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", .hostDisagrees),
        ("GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", .targetFragment),
        ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .targetForm),
        ("GET a/b HTTP/1.1\r\nHost: a\r\n\r\n", .targetForm),
        ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", .methodRefused),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", .methodRefused),
    ]

    @Test("what is ambiguous is refused, and says by which rule", arguments: refused)
    func refuses(text: String, failure: WireFailure) {
        #expect(WireDriver.events(Array(text.utf8), .requests, cuts: []) == ["failed \(failure)"])
    }

    static let chunks: [(String, String)] = [
        ("5;a=b\r\nhello\r\n0\r\n\r\n", "body 5"),
        ("5 ;a\r\nhello\r\n0\r\n\r\n", "body 5"),
        ("0\r\nX: y\r\n\r\n", "body 0"),
        ("5\r\nhelloX\r\n0\r\n\r\n", "failed chunkEnd"),
        ("g\r\n", "failed chunkSize"),
        ("-5\r\n", "failed chunkSize"),
        ("0x5\r\n", "failed chunkSize"),
        ("5\nhello\r\n", "failed bareLineFeed"),
        ("5 \r\nhello\r\n", "failed chunkExtension"),
        ("5;\r\nhello\r\n", "failed chunkExtension"),
        ("5;a=\"b\r\nhello\r\n", "failed chunkExtension"),
        ("5;a=\"b;\\\"c\" ; d\r\nhello\r\n0\r\n\r\n", "body 5"),
        ("1000000000000000\r\n", "failed chunkSize"),
        ("0\r\nX : y\r\n\r\n", "failed blankBeforeColon"),
    ]

    @Test("chunks", arguments: chunks)
    func chunked(body: String, outcome: String) {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let events = WireDriver.events(Array((head + body).utf8), .requests, cuts: [])
        #expect(events.contains { $0.hasPrefix(outcome) }, "\(events)")
    }

    @Test("limits: the head, its fields, the target, an extension, trailers")
    func limits() {
        let head = "GET / HTTP/1.1\r\nHost: a\r\n"
        #expect(last(head + "X: \(String(repeating: "a", count: 33_000))\r\n\r\n") == "failed headTooLarge")
        #expect(last(head + String(repeating: "X: a\r\n", count: 100) + "\r\n") == "failed tooManyFields")
        #expect(last("GET /\(String(repeating: "a", count: 8192)) HTTP/1.1\r\n") == "failed targetTooLong")
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(last(chunked + "1;\(String(repeating: "a", count: 300))\r\n").hasPrefix("failed chunkExtension"))
        #expect(last(chunked + "0\r\n" + String(repeating: "X: a\r\n", count: 33)).hasPrefix("failed trailersTooLarge"))
    }

    private func last(_ text: String) -> String { WireDriver.events(Array(text.utf8), .requests, cuts: []).last ?? "" }

    @Test("a head that was reset holds nothing of the one before")
    func reset() {
        let head = RequestHead()
        let first = Array("HEAD /secret HTTP/1.0\r\nX: \(String(repeating: "a", count: 9000))\r\n\r\n".utf8)
        _ = first.withUnsafeBytes { head.take($0, limits: WireLimits()) }
        head.reset()
        let bad = Array("BAD\u{1} / HTTP/1.1\r\n\r\n".utf8)
        _ = bad.withUnsafeBytes { head.take($0, limits: WireLimits()) }
        #expect(head.path.count == 0 && head.methodBytes.count == 0 && head.method == .get && !head.isOld)
    }

    @Test("what Connection names is left out but for what is protected")
    func connectionNames() {
        let head = RequestHead()
        let text =
            "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nAuthorization: b\r\nConnection: x-a, authorization, host\r\nX-B: 2\r\n\r\n"
        _ = Array(text.utf8).withUnsafeBytes { head.take($0, limits: WireLimits()) }
        var memory = [UInt8](repeating: 0, count: 512)
        let count = memory.withUnsafeMutableBytes { bytes in
            var sink = HeadSink(bytes.baseAddress!)
            head.lines.copyFields(
                into: &sink, dropping: Dropping(ids: Dropping.hopByHop, underscores: true),
                namesFields: head.namesFields)
            return sink.at - bytes.baseAddress!
        }
        #expect(String(decoding: memory[..<count], as: UTF8.self) == "Host: a\r\nAuthorization: b\r\nX-B: 2\r\n")
    }

    @Test("a WebSocket's frames end where they end, however they are cut")
    func frames() {
        let frames: [UInt8] =
            [0x81, 0x03, 1, 2, 3, 0x82, 126, 0, 200] + [UInt8](repeating: 9, count: 200) + [0x89, 0x80, 1, 2, 3, 4]
        for cut in 0...frames.count {
            var boundary = WebSocketBoundary()
            frames[..<cut].withUnsafeBytes { boundary.take($0) }
            #expect(boundary.isAtBoundary == [0, 5, 209, 215].contains(cut), "after \(cut)")
        }
    }
}
