import NIOCore
import NIOHPACK
import Testing
import Wire

@testable import Proxy

@Suite("Heads between HTTP/1.1 and agents of HTTP/2")
struct HTTP2HeadsTests {
    private func request(_ text: [UInt8]) -> HPACKHeaders? {
        text.withUnsafeBytes { HTTP2Heads.request($0, scheme: "http") }
    }

    private func answer(_ fields: [(String, String)], isWhole: Bool = false, toHead: Bool = false) -> String? {
        var buffer = ByteBuffer()
        do {
            try HTTP2Heads.writeAnswer(HPACKHeaders(fields), isWhole: isWhole, toHead: toHead, into: &buffer)
        } catch {
            return nil
        }
        return String(buffer: buffer)
    }

    @Test("A request's fields are in lower case, without those of a connection; pseudo-fields come first")
    func requests() {
        let text =
            "POST /a?b HTTP/1.1\r\nX-One:  1 \r\nHost: h\r\nConnection: x\r\nKeep-Alive: 1\r\nTE: gzip\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
        let found = request(Array(text.utf8)).map { fields in fields.map { "\($0.name)=\($0.value)" } }
        #expect(found == [":method=POST", ":scheme=http", ":path=/a?b", ":authority=h", "x-one=1"])
    }

    @Test("Bytes that are no UTF-8 are taken for ISO 8859-1, and no input is too strange")
    func bytes() {
        let latin = Array("GET / HTTP/1.1\r\nx: J".utf8) + [0xf6] + Array("\r\n\r\n".utf8)
        #expect(request(latin)?.first(name: "x") == "J\u{f6}")
        #expect(request([]) == nil)
        #expect(request(Array("GET\r\n\r\n".utf8)) == nil)
        #expect(request(Array("GET / HTTP/1.1\r\n: x\r\nno colon\r\n".utf8))?.count == 3)
        #expect(request(Array("GET / HTTP/1.1".utf8)) != nil)
    }

    @Test("Secrets are never in a table")
    func secrets() {
        let fields = request(Array("GET / HTTP/1.1\r\nAuthorization: Bearer x\r\nCookie: a=b\r\n\r\n".utf8))
        for field in fields ?? [:] where field.name == "authorization" || field.name == "cookie" {
            #expect(field.indexable == .neverIndexed)
        }
    }

    @Test("An answer without a length is chunked, unless nothing follows or can follow")
    func answers() {
        #expect(answer([(":status", "200")])?.hasSuffix("transfer-encoding: chunked\r\n\r\n") == true)
        #expect(answer([(":status", "200")], isWhole: true)?.hasSuffix("content-length: 0\r\n\r\n") == true)
        #expect(answer([(":status", "204")], isWhole: true)?.contains("content-length") == false)
        #expect(answer([(":status", "200")], toHead: true)?.contains("chunked") == false)
        #expect(answer([(":status", "200"), ("content-length", "3")])?.hasSuffix("content-length: 3\r\n\r\n") == true)
    }

    @Test(
        "Malformed heads are refused",
        arguments: [
            [], [("a", "b")], [(":status", "20")], [(":status", "abc")], [(":status", "600")], [(":status", "101")],
            [(":status", "200"), (":status", "200")], [("a", "b"), (":status", "200")],
            [(":status", "200"), (":path", "/")],
            [(":status", "200"), ("Upper", "1")], [(":status", "200"), ("a b", "1")], [(":status", "200"), ("", "1")],
            [(":status", "200"), ("a", "1\r\nb: 2")], [(":status", "200"), ("a", "1\0")],
            [(":status", "200"), ("connection", "close")],
        ] as [[(String, String)]])
    func malformed(_ fields: [(String, String)]) { #expect(answer(fields) == nil) }

    @Test("Trailers hold no pseudo-fields, and not too many fields")
    func trailers() throws {
        #expect(try HTTP2Heads.readTrailers([:], limits: WireLimits()) == nil)
        #expect(try HTTP2Heads.readTrailers(["grpc-status": "0"], limits: WireLimits())?.fieldCount == 1)
        #expect(throws: HTTP2Heads.Fault.self) { try HTTP2Heads.readTrailers([":status": "200"], limits: WireLimits()) }
        let many = HPACKHeaders((0..<40).map { ("x-\($0)", "1") })
        #expect(throws: HTTP2Heads.Fault.self) { try HTTP2Heads.readTrailers(many, limits: WireLimits()) }
    }
}
