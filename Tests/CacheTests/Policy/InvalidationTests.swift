import Cache
import Testing
import Wire

@Suite("RFC 9111 4.4: what is no longer true after a change")
struct InvalidationTests {
    private func targets(
        _ fields: String..., method: String = "POST", target: String = "/a/b?c=d", status: Int = 200
    ) -> [String] {
        Invalidation.targets(Heads.request([], method: method, target: target), Heads.answer(fields, status: status))
            .map(\.text)
    }

    @Test(
        "the target, after an unsafe method, one that is not known too",
        arguments: ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH"])
    func own(_ method: String) {
        #expect(targets(method: method) == ["/a/b?c=d"])
        #expect(targets(method: method, status: 303) == ["/a/b?c=d"])
        #expect(targets(method: method, status: 500).isEmpty)
        #expect(targets(method: method, status: 404).isEmpty)
    }

    @Test("not after a safe one", arguments: ["GET", "HEAD", "OPTIONS"])
    func safe(_ method: String) { #expect(targets("Location: /x", method: method).isEmpty) }

    @Test(
        "what `Location` and `Content-Location` name, of the same origin only",
        arguments: [
            ("/x", "/x"), ("/x?y=z#f", "/x?y=z"), ("x", "/a/x"), ("../x", "/x"), ("./x/../y", "/a/y"), ("?q", "/a/b?q"),
            ("http://example.com/x", "/x"), ("HTTPS://Example.com:443/x", "/x"), ("//example.com", "/"),
            ("http://example.com?q", "/?q"), ("/a//%62/", "/a/b/"), ("http://other.com/x", nil),
            ("//example.com:81/x", nil), ("ftp://example.com/x", nil), ("mailto:a", nil), ("", nil), ("/b c", nil),
            ("http://example.com.evil/x", nil),
        ] as [(String, String?)])
    func references(_ text: String, _ expected: String?) {
        let all = ["/a/b?c=d"] + (expected.map { [$0] } ?? [])
        #expect(targets("Location: \(text)") == all)
        #expect(targets("Content-Location: \(text)") == all)
    }

    @Test("both, each once, and nothing of `*`")
    func both() {
        #expect(targets("Location: /x", "Content-Location: /y", "Location: /x") == ["/a/b?c=d", "/x", "/y"])
        #expect(targets(target: "/a/../a/b") == ["/a/b"])
    }
}
