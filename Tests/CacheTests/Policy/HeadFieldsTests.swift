import Cache
import Testing
import Wire

@Suite("RFC 9111 3.1: which fields are kept")
struct HeadFieldsTests {
    private func stored(_ fields: String..., date: String = "") -> String {
        HeadFields.stored(Heads.answer(fields), date: Array(date.utf8)).text
    }

    @Test(
        "fields of one connection, one exchange or one client are not",
        arguments: [
            "Connection: close", "Keep-Alive: timeout=5", "Proxy-Authenticate: a", "Proxy-Authentication-Info: a",
            "Proxy-Authorization: a", "Proxy-Connection: a", "Proxy-Status: a", "TE: a", "Transfer-Encoding: chunked",
            "Upgrade: a", "Content-Length: 3", "Age: 3", "Set-Cookie: a=b", "Trailer: a", "X-Request-Id: a",
            "Cache-Status: clawproxy; hit",
        ])
    func dropped(_ field: String) { #expect(stored("A: 1", field, "B: 2") == "A: 1\r\nB: 2\r\n") }

    @Test(
        "all others are, as they came",
        arguments: [
            "Content-Type: a/b", "content-encoding:  gzip", "Content-Range: x", "Content-Location: /a",
            "Clear-Site-Data: a", "ETag: \"a\"", "Expires: 0", "X-Y: z", "Cache-Control: max-age=3",
            "Public-Key-Pins: a", "Set-Cookie2: a=b", "Vary: a", "Warning: 1", "Cache-Status: other; hit",
            "CDN-Cache-Control: max-age=3",
        ])
    func kept(_ field: String) { #expect(stored(field) == "\(field)\r\n") }

    @Test("RFC 9110 7.6.1: what `Connection` names goes with it")
    func named() { #expect(stored("Connection: a, B", "A: 1", "b: 2", "c: 3") == "c: 3\r\n") }

    @Test("5.2.2.4, 5.2.2.7: what `no-cache` and `private` name is not kept")
    func withheld() {
        let fields = "Cache-Control: no-cache=\"a, b\", private=c"
        #expect(stored(fields, "A: 1", "B: 2", "c: 3", "d: 4") == "\(fields)\r\nd: 4\r\n")
    }

    @Test("RFC 9110 6.6.1: an answer without a date gets one")
    func dated() {
        #expect(stored("A: 1", date: "Date: x\r\n") == "A: 1\r\nDate: x\r\n")
        #expect(stored("Date: y", date: "Date: x\r\n") == "Date: y\r\n")
        #expect(stored("Date: y", "Connection: date", date: "Date: x\r\n") == "Date: x\r\n")
    }

    @Test("RFC 9110 15.4.5: a 304 repeats all but what describes a content")
    func notModified() {
        let kept = "Content-Type: a\r\nETag: \"a\"\r\nContent-Location: /\r\nContent-Encoding: x\r\nX: 1\r\nDate: y\r\n"
        let repeated = "ETag: \"a\"\r\nContent-Location: /\r\nX: 1\r\nDate: y\r\n"
        #expect(HeadFields.notModified(Array(kept.utf8)).text == repeated)
    }
}
