import Testing
import Wire

@Suite("the head of a request")
struct RequestHeadTests {
    private static let host = "Host: a\r\n"

    /// A head with these field lines beside Host.
    private static func fields(_ lines: String, version: String = "HTTP/1.1") -> String {
        "POST / \(version)\r\n\(host)\(lines)\r\n"
    }

    private static let lengths: [(String, WireFailure)] = [
        ("-1", .lengthInvalid), ("+1", .lengthInvalid), ("1 2", .lengthInvalid), ("0x5", .lengthInvalid),
        ("1e3", .lengthInvalid), ("", .lengthInvalid), ("5;", .lengthInvalid), ("\"5\"", .lengthInvalid),
        ("1.0", .lengthInvalid), ("1, 2", .lengthInvalid), ("5,", .lengthInvalid), ("\u{b2}", .lengthInvalid),
        ("1000000000000000000", .lengthInvalid), ("18446744073709551617", .lengthInvalid),
    ]

    @Test("a length is up to eighteen decimal digits and nothing else", arguments: lengths)
    func badLength(value: String, failure: WireFailure) {
        #expect(Wires.request(Self.fields("Content-Length: \(value)\r\n"))?.failure == failure)
    }

    @Test(
        "a length may be repeated when it is the same, and frames the body",
        arguments: [
            ("Content-Length: 5\r\n", Framing.length(5)), ("Content-Length:5 \t\r\n", .length(5)),
            ("Content-Length: 5\r\ncontent-length: 5\r\n", .length(5)), ("Content-Length: 007\r\n", .length(7)),
            ("Content-Length: 7\r\nContent-Length: 007\r\n", .length(7)), ("Content-Length: 0\r\n", Framing.none),
            ("Content-Length: 999999999999999999\r\n", .length(999_999_999_999_999_999)), ("", Framing.none),
            ("Transfer-Encoding: chunked\r\n", .chunked), ("transfer-encoding:\tCHUNKED \r\n", .chunked),
        ])
    func framing(lines: String, framing: Framing) {
        #expect(Wires.request(Self.fields(lines))?.value?.framing == framing)
    }

    private static let codings: [(String, WireFailure)] = [
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .lengthWithCoding),
        ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", .lengthWithCoding),
        ("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", .lengthWithCoding),
        ("Transfer-Encoding: xchunked\r\n", .codingUnknown), ("Transfer-Encoding: gzip, chunked\r\n", .codingUnknown),
        ("Transfer-Encoding: chunked, chunked\r\n", .codingInvalid),
        ("Transfer-Encoding: ,chunked\r\n", .codingInvalid),
        ("Transfer-Encoding: chunked,\r\n", .codingInvalid), ("Transfer-Encoding: chunked;q=1\r\n", .codingInvalid),
        ("Transfer-Encoding: \r\n", .codingInvalid), ("Transfer-Encoding: chunked identity\r\n", .codingInvalid),
        ("Transfer-Encoding: \"chunked\"\r\n", .codingInvalid), ("Transfer-Encoding: identity\r\n", .codingInvalid),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", .codingInvalid),
        ("Transfer-Encoding: \u{b}chunked\r\n", .control), ("Transfer-Encoding: chunked\0\r\n", .control),
        ("Transfer-Encoding\t: chunked\r\n", .blankBeforeColon), ("Transfer-Encoding: chun\r\n ked\r\n", .foldedField),
    ]

    @Test("a body has one length or one coding, which is chunked", arguments: codings)
    func badCoding(lines: String, failure: WireFailure) {
        #expect(Wires.request(Self.fields(lines))?.failure == failure)
    }

    @Test("HTTP/1.0 has no codings")
    func oldCoding() {
        let text = Self.fields("Transfer-Encoding: chunked\r\n", version: "HTTP/1.0")
        #expect(Wires.request(text)?.failure == .codingOnOldVersion)
    }

    private static let lines: [(String, WireFailure)] = [
        ("GET  / HTTP/1.1\r\n", .target), ("GET /  HTTP/1.1\r\n", .target), ("GET / HTTP/1.1 \r\n", .version),
        (" GET / HTTP/1.1\r\n", .method), ("GET\t/\tHTTP/1.1\r\n", .method), ("GET /\r\n", .version),
        ("GET /index.html\r\n", .requestLine), ("/ HTTP/1.1\r\n", .method), ("GET HTTP/1.1\r\n", .requestLine),
        ("GET / HTTP/1.1x\r\n", .version), ("GET / HTTP/11\r\n", .version), ("GET / HTTP/0.9\r\n", .version),
        ("GET / HTTP/3.0\r\n", .version), ("GET / ICAP/1.0\r\n", .version), ("GET / HTTP/1,1\r\n", .version),
        ("GET /a b HTTP/1.1\r\n", .target), ("GET /a\u{7f} HTTP/1.1\r\n", .control),
        ("GET /\u{80} HTTP/1.1\r\n", .target),
        ("G\u{e9}T / HTTP/1.1\r\n", .method), ("GET: / HTTP/1.1\r\n", .method), ("\"GET\" / HTTP/1.1\r\n", .method),
        ("GET /a\rb HTTP/1.1\r\n", .bareCarriageReturn), ("GET / HTTP/1.1\n", .bareLineFeed),
        ("GET /\nX: y\r\n", .bareLineFeed),
        ("\nGET / HTTP/1.1\r\n", .bareLineFeed), ("\r\n\r\n\r\nGET / HTTP/1.1\r\n", .requestLine),
        ("GET /a#b HTTP/1.1\r\n", .targetFragment), ("GET ?a HTTP/1.1\r\n", .targetForm),
        ("GET ** HTTP/1.1\r\n", .targetForm),
        ("GET ftp://a/ HTTP/1.1\r\n", .targetForm), ("GET http:/a/ HTTP/1.1\r\n", .targetForm),
        ("GET http:// HTTP/1.1\r\n", .host), ("GET http://u@a/ HTTP/1.1\r\n", .host),
        ("GET http://a:b/ HTTP/1.1\r\n", .host), ("GET http://?a HTTP/1.1\r\n", .host),
        ("TRACE / HTTP/1.0\r\n", .methodRefused), ("CONNECT / HTTP/1.1\r\n", .methodRefused),
    ]

    @Test("a request line is METHOD SP TARGET SP VERSION", arguments: lines)
    func badLine(line: String, failure: WireFailure) {
        #expect(Wires.request(line + Self.host + "\r\n")?.failure == failure)
    }

    @Test(
        "methods are case-sensitive tokens, and others pass",
        arguments: ["get", "Trace", "M-SEARCH", "X!#$%&'*+.^_`|~0"])
    func otherMethod(name: String) throws {
        let head = try #require(Wires.request("\(name) / HTTP/1.1\r\n\(Self.host)\r\n")?.value)
        #expect(head.method == .other && head.methodBytes.text == name && !head.method.isIdempotent)
    }

    private static let fieldLines: [(String, WireFailure)] = [
        ("X Y: z\r\n", .fieldName), ("X\u{e9}: z\r\n", .fieldName), ("\"X\": z\r\n", .fieldName),
        ("X/Y: z\r\n", .fieldName),
        (": z\r\n", .fieldName), (" X: z\r\n", .foldedField), ("\tX: z\r\n", .foldedField),
        ("X\r\n", .fieldWithoutColon),
        ("X  : z\r\n", .blankBeforeColon), ("X: a\u{1}b\r\n", .control), ("X: a\u{7f}\r\n", .control),
        ("X: a\u{b}\r\n", .control), ("X: \0\r\n", .control), ("\0: z\r\n", .control), ("X\0: z\r\n", .control),
        ("X: a\rb\r\n", .bareCarriageReturn), ("X: a\r\rb\r\n", .bareCarriageReturn),
        ("X\r: z\r\n", .bareCarriageReturn),
        ("X: a\n", .bareLineFeed), ("X: a\r\r\n", .bareCarriageReturn),
    ]

    @Test("a field line is NAME COLON VALUE and one line", arguments: fieldLines)
    func badField(line: String, failure: WireFailure) {
        #expect(Wires.request(Self.fields(line))?.failure == failure)
        #expect(Wires.request("GET / HTTP/1.1\r\n" + line + Self.host + "\r\n")?.failure == failure, "as the first")
    }

    @Test("values lose the blanks around them, keep those within, and may hold bytes beyond ASCII")
    func values() throws {
        let head = try #require(
            Wires.request(Self.fields("X-A: \t b  c\t \r\nX-B:\r\nX-C: caf\u{e9}\u{80}\u{ff}\r\nx-a: second\r\n"))?
                .value)
        #expect(head.first(named: "x-a")?.text == "b  c")
        #expect(head.first(named: "x-b")?.count == 0)
        #expect(head.first(named: "x-c").map(Array.init) == Wires.bytes("caf\u{e9}\u{80}\u{ff}"))
        #expect(head.first(named: "x-d") == nil)
    }

    private static let hosts: [(String, WireFailure?)] = [
        ("a", nil), ("a:80", nil), ("a:", nil), ("A-b.C_d~e", nil), ("127.0.0.1:8080", nil), ("[::1]", nil),
        ("[::1]:80", nil), ("[::ffff:1.2.3.4]", nil), ("a%20b", nil), ("", nil), ("a:65535", nil),
        ("u@a", .host), ("u:p@a", .host), ("a b", .host), ("a/b", .host), ("a?b", .host), ("a#b", .host),
        ("a\\b", .host),
        ("a:80:90", .host), ("a:8o", .host), ("a:123456", .host), (":80", .host), ("[::1", .host), ("::1", .host),
        ("[]", .host), ("[::1]a", .host), ("[g::]", .host), ("a,b", nil), ("http://a", .host), ("\u{e9}", .host),
    ]

    @Test("Host is HOST[:PORT], once, and without userinfo", arguments: hosts)
    func hostField(value: String, failure: WireFailure?) {
        let result = Wires.request("GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n")
        #expect(result?.failure == failure)
        if failure == nil { #expect(result?.value?.host.text == value) }
    }

    @Test("HTTP/1.1 needs a Host, HTTP/1.0 does not, and neither has two")
    func hostCount() {
        #expect(Wires.request("GET / HTTP/1.1\r\nX: y\r\n\r\n")?.failure == .hostMissing)
        #expect(Wires.request("GET / HTTP/1.0\r\nX: y\r\n\r\n")?.value?.host.count == 0)
        #expect(Wires.request("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n")?.failure == .hostTwice)
        #expect(Wires.request("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n")?.failure == .hostTwice)
    }

    private static let targets: [(target: String, path: String, query: String?, changed: Bool)] = [
        ("/", "/", nil, false), ("/a/b", "/a/b", nil, false), ("/a?b=c?d", "/a", "b=c?d", false),
        ("/a?", "/a", "", false),
        ("/a/../b?x=/../y", "/b", "x=/../y", true), ("//a", "/a", nil, true), ("/%7e", "/~", nil, true),
        ("http://a/x?y", "/x", "y", true), ("HTTP://A/x", "/x", nil, true), ("http://a", "/", nil, true),
        ("http://a?q", "/", "q", true), ("https://a//b", "/b", nil, true), ("/%c3", "/%C3", nil, true),
    ]

    @Test("a target has a path in its one form, and a query as it came", arguments: targets)
    func target(target: String, path: String, query: String?, changed: Bool) throws {
        let head = try #require(Wires.request("GET \(target) HTTP/1.1\r\n\(Self.host)\r\n")?.value)
        #expect(head.target.text == target && head.path.text == path && head.pathChanged == changed)
        #expect(head.hasQuery == (query != nil) && head.query.text == query ?? "")
    }

    @Test("an absolute target and Host must agree, but for the case of letters")
    func absolute() throws {
        let head = try #require(Wires.request("GET http://A.B:80/x HTTP/1.1\r\nHost: a.b:80\r\n\r\n")?.value)
        #expect(head.host.text == "A.B:80")
        for other in ["b", "", "a.b", "a.b:081"] {
            #expect(Wires.request("GET http://a.b:80/x HTTP/1.1\r\nHost: \(other)\r\n\r\n")?.failure == .hostDisagrees)
        }
        #expect(Wires.request("GET http://a/ HTTP/1.0\r\n\r\n")?.value?.host.text == "a")
    }

    @Test("the asterisk stands alone and with OPTIONS alone")
    func asterisk() {
        #expect(Wires.request("OPTIONS * HTTP/1.1\r\n\(Self.host)\r\n")?.value?.path.text == "*")
        #expect(Wires.request("POST * HTTP/1.1\r\n\(Self.host)\r\n")?.failure == .targetForm)
    }

    @Test("paths that agents read differently are marked", arguments: ["/a%2fb", "/a%5C", "/%00", "/%", "/%zz"])
    func marked(path: String) throws {
        #expect(try #require(Wires.request("GET \(path) HTTP/1.1\r\n\(Self.host)\r\n")?.value).hasEncodedDelimiter)
        let plain = try #require(Wires.request("GET /x?\(path) HTTP/1.1\r\n\(Self.host)\r\n")?.value)
        #expect(!plain.hasEncodedDelimiter, "in a query it says nothing")
    }

    private static let keeping: [(String, String, Bool)] = [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
        ("HTTP/1.1", "Connection: CLOSE\r\n", false),
        ("HTTP/1.1", "Connection: x, Close ,y\r\n", false), ("HTTP/1.1", "Connection: keep-alive\r\n", true),
        ("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ("HTTP/1.1", "Connection: closed\r\n", true),
        ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
        ("HTTP/1.0", "Connection: keep-alive, close\r\n", false), ("HTTP/1.0", "Connection: upgrade\r\n", false),
    ]

    @Test("a connection is kept as version and Connection say", arguments: keeping)
    func keepsAlive(version: String, lines: String, keeps: Bool) {
        #expect(Wires.request(Self.fields(lines, version: version))?.value?.keepsAlive == keeps)
    }

    private static let continuing: [(String, String, Bool)] = [
        ("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 5\r\n", true),
        ("HTTP/1.1", "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", true),
        ("HTTP/1.1", "Expect: 100-continue\r\n", false), ("HTTP/1.1", "Expect: other\r\nContent-Length: 5\r\n", false),
        ("HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 5\r\n", false),
    ]

    @Test("100 is waited for by HTTP/1.1 with a body", arguments: continuing)
    func expects(version: String, lines: String, expects: Bool) {
        #expect(Wires.request(Self.fields(lines, version: version))?.value?.expectsContinue == expects)
    }

    private static let upgrading: [(String, String, Bool)] = [
        ("HTTP/1.1", "Connection: upgrade\r\nUpgrade: websocket\r\n", true),
        ("HTTP/1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: x\r\n", true),
        ("HTTP/1.1", "Upgrade: websocket\r\n", false), ("HTTP/1.1", "Connection: upgrade\r\n", false),
        ("HTTP/1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n", false),
    ]

    @Test("an upgrade is asked for by both fields together", arguments: upgrading)
    func upgrades(version: String, lines: String, asks: Bool) {
        #expect(Wires.request(Self.fields(lines, version: version))?.value?.asksUpgrade == asks)
    }

    @Test(
        "TE says that trailers are taken, wherever in its list",
        arguments: [("trailers", true), ("gzip;q=0.5, Trailers", true), ("gzip", false), ("trailersx", false)])
    func takesTrailers(value: String, takes: Bool) {
        #expect(Wires.request(Self.fields("TE: \(value)\r\n"))?.value?.takesTrailers == takes)
    }

    // MARK: limits

    /// `GET /`, Host and a filler, in all `count` bytes.
    private static func head(of count: Int) -> String {
        let start = "GET / HTTP/1.1\r\n\(host)X: "
        return start + String(repeating: "a", count: count - start.utf8.count - 4) + "\r\n\r\n"
    }

    /// The last line's CR LF is not counted.
    @Test("a head is as large as headerBytes and no larger")
    func headBytes() {
        for most in [1024, 32 * 1024] {
            var limits = WireLimits()
            limits.headBytes = most
            #expect(Wires.request(Self.head(of: most), limits: limits)?.value != nil)
            #expect(Wires.request(Self.head(of: most + 3), limits: limits)?.failure == .headTooLarge)
            #expect(
                Wires.request(String(Self.head(of: most + 9).dropLast(4)), limits: limits)?.failure == .headTooLarge)
        }
    }

    @Test("a head has headerCount fields and no more")
    func fieldCount() {
        let filler = { (count: Int) in String(repeating: "X: y\r\n", count: count) }
        #expect(Wires.request(Self.fields(filler(99)))?.value?.lines.fieldCount == 100)
        #expect(Wires.request(Self.fields(filler(100)))?.failure == .tooManyFields)
    }

    @Test("a target is as long as targetBytes, whatever the method's length, however its line is cut")
    func targetBytes() {
        var limits = WireLimits()
        limits.targetBytes = 100
        for method in ["GET", String(repeating: "M", count: 40)] {
            for (length, fits) in [(100, true), (101, false)] {
                let text = "\(method) /\(String(repeating: "a", count: length - 1)) HTTP/1.1\r\n\(Self.host)\r\n"
                let failure: WireFailure? = fits ? nil : .targetTooLong
                #expect(Wires.request(text, limits: limits)?.failure == failure)
                let bytes = Wires.bytes(text)
                let head = RequestHead()
                var last = HeadLines.Step.more
                for byte in bytes where last == .more {
                    last = [byte].withUnsafeBytes { head.take($0, limits: limits) }
                }
                #expect(last == (fits ? .complete(1) : .failed(.targetTooLong)), "\(method.count), byte by byte")
            }
        }
    }

    @Test("a target that never ends is refused before the head is full")
    func endlessTarget() {
        #expect(Wires.request("GET /\(String(repeating: "a", count: 9000))")?.failure == .targetTooLong)
    }

    // MARK: reading on

    @Test("what follows a head is left where it is")
    func rest() {
        let head = RequestHead()
        let text = "\r\nGET / HTTP/1.1\r\n\(Self.host)\r\n"
        let step = Wires.bytes(text + "GET /next").withUnsafeBytes { head.take($0, limits: WireLimits()) }
        #expect(step == .complete(text.utf8.count) && head.path.text == "/")
    }

    @Test("a head is used again, and holds nothing of the one before")
    func reset() throws {
        let head = RequestHead()
        let limits = WireLimits()
        let first = Wires.bytes(
            "HEAD http://a/x/../y?z HTTP/1.0\r\nHost: a\r\nConnection: X, upgrade, keep-alive\r\nUpgrade: u\r\nTE: trailers\r\n"
                + "Content-Length: 5\r\nExpect: 100-continue\r\nAuthorization: b\r\nX-Request-Id: i\r\nX-Forwarded-For: f\r\n"
                + "X: \(String(repeating: "a", count: 20_000))\r\n\r\n")
        guard case .complete = first.withUnsafeBytes({ head.take($0, limits: limits) }) else {
            Issue.record("the first head is right")
            return
        }
        head.reset()
        #expect(head.path.count == 0 && head.target.count == 0 && head.methodBytes.count == 0 && head.query.count == 0)
        #expect(head.host.count == 0 && !head.hasQuery && !head.pathChanged && !head.hasEncodedDelimiter)
        #expect(head.method == .get && !head.isOld && head.framing == .none && head.keepsAlive && !head.expectsContinue)
        #expect(!head.asksUpgrade && !head.takesTrailers && !head.namesFields && head.lines.fieldCount == 0)
        let indices = [
            head.hostField, head.authorizationField, head.requestIDField, head.forwardedForField, head.upgradeField,
        ]
        #expect(indices.allSatisfy { $0 == -1 })
        let second = Wires.bytes("GET /second HTTP/1.1\r\n\(Self.host)\r\n")
        #expect(second.withUnsafeBytes { head.take($0, limits: limits) } == .complete(second.count))
        #expect(head.path.text == "/second")
    }

    @Test("every failure has a status of a client's error, and says its rule", arguments: WireFailure.allCases)
    func statuses(failure: WireFailure) {
        #expect([400, 405, 413, 414, 431, 501].contains(failure.status))
        #expect(!failure.explanation.description.isEmpty)
    }
}
