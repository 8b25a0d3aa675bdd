import NIOHPACK
import Testing
import Wire

@testable import Proxy

@Suite("A request head of HTTP/2 as one of HTTP/1.1")
struct HTTP2RequestHeadTests {
    private static let get = [(":method", "GET"), (":scheme", "https"), (":path", "/a?b"), (":authority", "a.test")]

    private func told(_ fields: [(String, String)], endsStream: Bool = true) -> (HTTP2RequestHead.Fault?, String) {
        var head = HTTP2RequestHead()
        let fault = head.take(HPACKHeaders(fields), endsStream: endsStream, key: Array("KEY".utf8))
        return (fault, String(decoding: head.bytes, as: UTF8.self))
    }

    @Test("Pseudo-fields become the request line and Host")
    func plain() {
        let (fault, text) = told(Self.get + [("x-a", "1")])
        #expect(fault == nil)
        #expect(text == "GET /a?b HTTP/1.1\r\nhost: a.test\r\nx-a: 1\r\n\r\n")
    }

    @Test("A body without a length is chunked, and with one it is not")
    func bodies() {
        #expect(told(Self.get, endsStream: false).1.hasSuffix("\r\ntransfer-encoding: chunked\r\n\r\n"))
        let sized = told(Self.get + [("content-length", "5")], endsStream: false).1
        #expect(sized.hasSuffix("\r\ncontent-length: 5\r\n\r\n"))
    }

    @Test("Cookies become one field, a host that agrees is not repeated")
    func joined() {
        let (fault, text) = told(Self.get + [("cookie", "a=1"), ("host", "A.test"), ("cookie", "b=2")])
        #expect(fault == nil)
        #expect(text == "GET /a?b HTTP/1.1\r\nhost: a.test\r\ncookie: a=1; b=2\r\n\r\n")
    }

    @Test("An extended CONNECT becomes an upgrade")
    func tunnel() {
        let (fault, text) = told(
            [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/ws"), (":authority", "a.test"),
             ("sec-websocket-version", "13")], endsStream: false)
        #expect(fault == nil)
        #expect(
            text == "GET /ws HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
                + "sec-websocket-key: KEY\r\nsec-websocket-version: 13\r\n\r\n")
    }

    @Test("What HTTP/1.1 could not say on a line of its own is refused", arguments: [
        ("x", "a\r\nb: c", HTTP2RequestHead.Fault.value), ("x", "a\nb", .value), ("x", "a\0b", .value), ("x", " a", .value),
        ("x", "a\t", .value), ("X", "a", .name), ("", "a", .name), ("a b", "a", .name), ("a\r\n", "a", .name),
        ("connection", "close", .connectionField), ("transfer-encoding", "chunked", .connectionField),
        ("upgrade", "h2c", .connectionField), ("keep-alive", "1", .connectionField), ("te", "gzip", .te),
        ("host", "b.test", .authorityDisagrees), (":path", "/b", .pseudoFieldLate), ("x", "\u{fffd}", .notText),
    ])
    func fields(name: String, value: String, fault: HTTP2RequestHead.Fault) {
        #expect(told(Self.get + [("x-first", "1"), (name, value)]).0 == fault)
    }

    @Test("Pseudo-fields are all there, once, and well formed", arguments: [
        ([(":method", "GET"), (":path", "/")], HTTP2RequestHead.Fault.pseudoFieldMissing),
        ([(":method", "GET"), (":method", "GET")], .pseudoFieldTwice),
        ([(":status", "200")], .pseudoField),
        ([(":method", "GET /"), (":scheme", "http"), (":path", "/")], .method),
        ([(":method", "GET"), (":scheme", "http"), (":path", "/ HTTP/1.1\r\nx: y")], .path),
        ([(":method", "GET"), (":scheme", "http"), (":path", "http://a/")], .path),
        ([(":method", "GET"), (":scheme", "ht tp"), (":path", "/")], .scheme),
        ([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a\r\nb: c")], .authority),
        ([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":protocol", "websocket")], .pseudoField),
        ([(":method", "CONNECT"), (":scheme", "http"), (":authority", "a:1")], .connectFields),
    ] as [([(String, String)], HTTP2RequestHead.Fault)])
    func pseudo(fields: [(String, String)], fault: HTTP2RequestHead.Fault) { #expect(told(fields).0 == fault) }

    @Test("Trailers are lines without pseudo-fields, and bounded")
    func trailers() {
        let limits = WireLimits()
        #expect(HTTP2RequestHead.trailers(HPACKHeaders([("x-sum", "1")]), limits: limits)?.fieldCount == 1)
        #expect(HTTP2RequestHead.trailers(HPACKHeaders([(":path", "/")]), limits: limits) == nil)
        #expect(HTTP2RequestHead.trailers(HPACKHeaders([("connection", "x")]), limits: limits) == nil)
        let many = HPACKHeaders((0..<40).map { ("x-\($0)", "1") })
        #expect(HTTP2RequestHead.trailers(many, limits: limits) == nil)
    }
}
