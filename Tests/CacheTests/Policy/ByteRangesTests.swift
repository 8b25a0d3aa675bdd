import Cache
import Testing
import Wire

@Suite("RFC 9110 14: parts of a kept answer")
struct ByteRangesTests {
    private func judge(
        _ fields: String..., stored: [String] = ["ETag: \"a\""], length: Int = 10, status: Int = 200,
        method: String = "GET"
    ) -> ByteRanges.Answer? {
        Heads.facts(stored + ["Cache-Control: max-age=60"], status: status)
            .map { ByteRanges.judge(Heads.request(fields, method: method), $0, length: length) }
    }

    @Test(
        "14.1.2: from, to, and the last so many",
        arguments: [
            ("0-1", .one(0..<2)), ("1-", .one(1..<10)), ("-1", .one(9..<10)), ("5-100", .one(5..<10)),
            ("-100", .one(0..<10)), ("9-9", .one(9..<10)), ("10-", .unsatisfiable), ("-0", .unsatisfiable),
            ("0-0,20-30", .one(0..<1)), ("20-,-0", .unsatisfiable), ("0-0,-1", .many([0..<1, 9..<10])),
            ("5-6, 1-2", .many([5..<7, 1..<3])), ("0-4,3-6", .one(0..<7)), ("0-4,5-9", .whole),
            ("0-1,1-2,5-6", .many([0..<3, 5..<7])), ("0-99999999999999999999999", .one(0..<10)),
            ("99999999999999999999999-", .unsatisfiable), ("-99999999999999999999", .one(0..<10)),
        ] as [(String, ByteRanges.Answer)])
    func ranges(_ text: String, _ expected: ByteRanges.Answer) { #expect(judge("Range: bytes=\(text)") == expected) }

    @Test(
        "14.2: a range that is not in order is not heeded",
        arguments: [
            "bytes=", "bytes=a-b", "bytes=1", "bytes=5-2", "bytes=-", "bytes 0-1", "items=0-1", "bytes=1-2,x",
            "bytes=--1",
        ])
    func ignored(_ text: String) { #expect(judge("Range: \(text)") == .whole) }

    @Test("14.2: more than sixteen, twice given ones, and other methods or statuses bring the whole")
    func whole() {
        func many(_ count: Int) -> String {
            "Range: bytes=" + (0..<count).map { "\($0 * 3)-\($0 * 3)" }.joined(separator: ",")
        }
        #expect(judge(many(17), length: 100) == .whole)
        #expect(judge(many(16), length: 100) == .many((0..<16).map { $0 * 3..<$0 * 3 + 1 }))
        #expect(judge("Range: bytes=0-1", "Range: bytes=0-1") == .whole)
        #expect(judge("Range: bytes=0-1", method: "HEAD") == .whole)
        #expect(judge("Range: bytes=0-1", status: 404) == .whole)
        #expect(judge("Range: BYTES=0-1") == .one(0..<2))
        #expect(judge("Range: bytes=0-1", length: 0) == .unsatisfiable)
        #expect(judge() == .whole)
    }

    @Test("13.1.5: `If-Range` compares strongly")
    func ifRange() {
        let range = "Range: bytes=0-1"
        #expect(judge(range, "If-Range: \"a\"") == .one(0..<2))
        #expect(judge(range, "If-Range: \"b\"") == .whole)
        #expect(judge(range, "If-Range: W/\"a\"", stored: ["ETag: W/\"a\""]) == .whole)
        let modified = ["Last-Modified: \(Heads.date(-60))"]
        #expect(judge(range, "If-Range: \(Heads.date(-60))", stored: modified) == .one(0..<2))
        #expect(judge(range, "If-Range: \(Heads.date(-59))", stored: modified) == .whole)
        #expect(judge(range, "If-Range: \(Heads.date(0))", stored: ["Last-Modified: \(Heads.date(0))"]) == .whole)
        #expect(judge(range, "If-Range: \(Heads.date(0))") == .whole)
        #expect(judge(range, "If-Range: x") == .whole)
    }

    @Test("14.4, 14.6: what frames the parts, and how long it is")
    func framing() {
        let parts = PartialAnswer([0..<2, 8..<10], length: 10, contentType: Array("text/plain".utf8), seed: 35)
        #expect(PartialAnswer.contentRange(0..<2, length: 10).text == "Content-Range: bytes 0-1/10\r\n")
        #expect(PartialAnswer.unsatisfied(length: 10).text == "Content-Range: bytes */10\r\n")
        #expect(parts.typeLine.text == "Content-Type: multipart/byteranges; boundary=clawproxy-z\r\n")
        let text = parts.head(of: 0).text + "ab" + parts.head(of: 1).text + "cd" + parts.end.text
        #expect(
            text == "--clawproxy-z\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\nab"
                + "\r\n--clawproxy-z\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\ncd"
                + "\r\n--clawproxy-z--\r\n")
        #expect(parts.count == text.utf8.count)
    }
}
