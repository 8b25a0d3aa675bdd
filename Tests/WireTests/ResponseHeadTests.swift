import Testing
import Wire

@Suite("the head of an answer")
struct ResponseHeadTests {
    private static let bad: [(String, WireFailure)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthWithCoding),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .lengthsDiffer),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .lengthInvalid),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", .lengthInvalid),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .codingUnknown),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .codingUnknown),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", .codingInvalid),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .codingInvalid),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n", .codingInvalid),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .codingOnOldVersion),
        ("HTTP/1.1 204 No\r\nContent-Length: x\r\n\r\n", .lengthInvalid),
        ("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", .foldedField),
        ("HTTP/1.1 200 OK\r\nX : a\r\n\r\n", .blankBeforeColon),
        ("HTTP/1.1 200 OK\r\nX: a\0\r\n\r\n", .control), ("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", .bareCarriageReturn),
        ("HTTP/1.1 200 OK\nX: a\r\n\r\n", .bareLineFeed), ("HTTP/1.1 200 OK\r\nX\r\n\r\n", .fieldWithoutColon),
        ("HTTP/1.1 200 OK\r\n: a\r\n\r\n", .fieldName), ("HTTP/2.0 200 OK\r\n\r\n", .version),
        ("HTTP/1.2 200 OK\r\n\r\n", .version), ("http/1.1 200 OK\r\n\r\n", .version),
        ("ICY 200 OK now\r\n\r\n", .version),
        ("HTTP/1.1 20 OK\r\n\r\n", .status), ("HTTP/1.1 2000 OK\r\n\r\n", .statusLine),
        ("HTTP/1.1 099 X\r\n\r\n", .status),
        ("HTTP/1.1 600 X\r\n\r\n", .status), ("HTTP/1.1 2x0 X\r\n\r\n", .status), ("HTTP/1.1  200 X\r\n\r\n", .status),
        ("HTTP/1.1\t200 OK\r\n\r\n", .statusLine), ("HTTP/1.1 200 O\u{1}K\r\n\r\n", .control),
        ("HTTP/1.1 20\r\n\r\n", .statusLine), ("\r\nHTTP/1.1 200 OK\r\n\r\n", .statusLine),
        ("HTTP/1.1 101 X\r\nUpgrade: a\r\n\r\n", .statusLine),
        ("HTTP/1.1 101 X\r\nConnection: upgrade\r\n\r\n", .statusLine),
    ]

    @Test("an agent's answer is held to the same rules as a request", arguments: bad)
    func refused(text: String, failure: WireFailure) {
        #expect(Wires.answer(text)?.failure == failure)
    }

    private static let framings: [(text: String, toHead: Bool, framing: Framing)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", false, .length(5)), ("HTTP/1.1 200 OK\r\n", false, .untilClose),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", false, .none), ("HTTP/1.0 200 OK\r\n", false, .untilClose),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n", false, .chunked),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", true, .none), ("HTTP/1.1 200 OK\r\n", true, .none),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", true, .none),
        ("HTTP/1.1 204 No\r\nContent-Length: 5\r\n", false, .none), ("HTTP/1.1 204 No\r\n", false, .none),
        ("HTTP/1.1 304 Not\r\nContent-Length: 5\r\n", false, .none),
        ("HTTP/1.1 304 Not\r\nTransfer-Encoding: chunked\r\n", false, .none),
        ("HTTP/1.1 100 Go\r\n", false, .none), ("HTTP/1.1 103 Early\r\nContent-Length: 5\r\n", false, .none),
        ("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n", false, .none),
        ("HTTP/1.1 205 Reset\r\n", false, .untilClose), ("HTTP/1.1 404\r\nContent-Length: 3\r\n", false, .length(3)),
    ]

    @Test("where a body ends is known from status, method and fields (RFC 9112 6.3)", arguments: framings)
    func framing(text: String, toHead: Bool, framing: Framing) {
        #expect(Wires.answer(text + "\r\n", toHead: toHead)?.value?.framing == framing)
    }

    @Test(
        "a reason may be empty, absent or any text",
        arguments: [
            ("HTTP/1.1 200 OK", "OK"), ("HTTP/1.1 200 ", ""), ("HTTP/1.1 200", ""), ("HTTP/1.1 200 a\tb c", "a\tb c"),
            ("HTTP/1.1 200  two", " two"),
        ])
    func reason(line: String, reason: String) throws {
        let head = try #require(Wires.answer(line + "\r\nContent-Length: 0\r\n\r\n")?.value)
        #expect(head.status == 200 && head.reason.text == reason)
    }

    private static let keeping: [(String, Bool)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n", true), ("HTTP/1.1 200 OK\r\n", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n", false), ("HTTP/1.1 204 No\r\n", true),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n", true),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", false),
    ]

    @Test("a connection is kept when the answer ends before it", arguments: keeping)
    func keepsAlive(text: String, keeps: Bool) {
        #expect(Wires.answer(text + "\r\n")?.value?.keepsAlive == keeps)
    }

    @Test(
        "1xx is interim but for 101",
        arguments: [(100, true), (102, true), (103, true), (199, true), (101, false), (200, false)])
    func interim(status: Int, isInterim: Bool) throws {
        let head = try #require(
            Wires.answer("HTTP/1.1 \(status) X\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n")?.value)
        #expect(head.isInterim == isInterim && head.isUpgrade == (status == 101))
    }

    @Test(
        "Keep-Alive says how long an agent waits",
        arguments: [
            ("timeout=5", 5), ("timeout=5, max=100", 5), ("max=1, Timeout=60", 60), ("timeout=x", -1), ("max=5", -1),
            ("timeout=", -1), ("", -1),
        ])
    func keepAliveSeconds(value: String, seconds: Int) {
        #expect(Wires.answer("HTTP/1.1 204 X\r\nKeep-Alive: \(value)\r\n\r\n")?.value?.keepAliveSeconds == seconds)
    }

    @Test("event streams are known by their type")
    func eventStream() {
        let answer = { (field: String) in Wires.answer("HTTP/1.1 200 X\r\n\(field)\r\n\r\n")?.value?.isEventStream }
        #expect(answer("Content-Type: text/event-stream") == true)
        #expect(answer("content-type: Text/Event-Stream; charset=utf-8") == true)
        #expect(answer("Content-Type: text/plain") == false && answer("X: text/event-stream") == false)
    }

    @Test("a head is used again, and holds nothing of the one before")
    func reset() {
        let head = ResponseHead()
        let first = Wires.bytes(
            "HTTP/1.0 101 Long reason\r\nConnection: upgrade, x\r\nUpgrade: a\r\nDate: d\r\nKeep-Alive: timeout=5\r\n"
                + "Content-Type: text/event-stream\r\nX: \(String(repeating: "a", count: 20_000))\r\n\r\n")
        _ = first.withUnsafeBytes { head.take($0, toHead: false, limits: WireLimits()) }
        head.reset()
        #expect(head.status == 0 && head.reason.count == 0 && !head.isOld && head.framing == .none && head.keepsAlive)
        #expect(
            !head.isUpgrade && !head.namesFields && !head.hasDate && !head.isEventStream && head.keepAliveSeconds == -1)
        #expect(head.upgradeField == -1 && head.contentTypeField == -1 && head.lines.fieldCount == 0)
        let second = Wires.bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        #expect(
            second.withUnsafeBytes { head.take($0, toHead: false, limits: WireLimits()) } == .complete(second.count))
        #expect(head.status == 200 && head.framing == .length(2))
    }
}
