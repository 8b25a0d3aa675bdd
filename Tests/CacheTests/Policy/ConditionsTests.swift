import Cache
import Testing
import Wire

@Suite("RFC 9111 4.3.2: conditions that a client sets")
struct ConditionsTests {
    private func judge(
        _ fields: String..., stored: [String] = ["ETag: \"a\""], status: Int = 200, method: String = "GET"
    ) -> Conditions.Verdict? {
        Heads.facts(stored + ["Cache-Control: max-age=60"], status: status)
            .map { Conditions.judge(Heads.request(fields, method: method), $0) }
    }

    @Test(
        "RFC 9110 13.1.2: `If-None-Match` compares weakly with each tag of its list",
        arguments: [
            ("\"a\"", "\"a\"", true), ("W/\"a\"", "\"a\"", true), ("\"a\"", "W/\"a\"", true),
            ("W/\"a\"", "W/\"a\"", true), ("\"b\"", "\"a\"", false), ("\"a\", \"1\", \"2\"", "\"a\"", true),
            ("\"1\",\"a\" , \"2\"", "\"a\"", true), ("\"1\", \"2\", \"a\"", "\"a\"", true), ("*", "\"a\"", true),
            ("\"1, \\\", \"a\"", "\"a\"", true), ("\"x,\"a\"", "\"a\"", false), ("a", "\"a\"", false),
            ("", "\"a\"", false), ("\"abcdef\u{fc}\"", "\"abcdef\u{fc}\"", true), ("\"A\"", "\"a\"", false),
        ])
    func noneMatch(_ field: String, _ tag: String, _ expected: Bool) {
        #expect(judge("If-None-Match: \(field)", stored: ["ETag: \(tag)"]) == (expected ? .notModified : .whole))
    }

    @Test("RFC 9110 13.1.3: `If-Modified-Since` compares with `Last-Modified`, else with the answer's date")
    func modifiedSince() {
        let modified = ["Last-Modified: \(Heads.date(-3000))"]
        #expect(judge("If-Modified-Since: \(Heads.date(-3000))", stored: modified) == .notModified)
        #expect(judge("If-Modified-Since: \(Heads.date(-2000))", stored: modified) == .notModified)
        #expect(judge("If-Modified-Since: \(Heads.date(-3001))", stored: modified) == .whole)
        #expect(judge("If-Modified-Since: no date", stored: modified) == .whole)
        #expect(judge("If-Modified-Since: \(Heads.date(0))", stored: []) == .notModified)
        #expect(judge("If-Modified-Since: \(Heads.date(-1))", stored: []) == .whole)
        let twice = "If-Modified-Since: \(Heads.date(0))"
        #expect(judge(twice, twice, stored: modified) == .whole)
    }

    @Test("RFC 9110 13.2.2: `If-None-Match` goes before `If-Modified-Since`")
    func precedence() {
        let stored = ["ETag: \"a\"", "Last-Modified: \(Heads.date(-5000))"]
        #expect(
            judge("If-None-Match: \"a\"", "If-Modified-Since: \(Heads.date(-10_000))", stored: stored) == .notModified)
        #expect(judge("If-None-Match: \"b\"", "If-Modified-Since: \(Heads.date(0))", stored: stored) == .whole)
    }

    @Test("RFC 9110 13.1.1, 13.1.4: what the client does not want fails")
    func failed() {
        #expect(judge("If-Match: \"a\"") == .whole)
        #expect(judge("If-Match: \"b\", *") == .failed)
        #expect(judge("If-Match: *") == .whole)
        #expect(judge("If-Match: W/\"a\"") == .failed)
        let modified = ["Last-Modified: \(Heads.date(-3000))"]
        #expect(judge("If-Unmodified-Since: \(Heads.date(-3000))", stored: modified) == .whole)
        #expect(judge("If-Unmodified-Since: \(Heads.date(-3001))", stored: modified) == .failed)
    }

    @Test("RFC 9110 13.2.1: only answers that are a success have conditions, and HEAD as GET")
    func successes() {
        #expect(judge("If-None-Match: *", status: 404) == .whole)
        #expect(judge("If-None-Match: *", method: "HEAD") == .notModified)
        #expect(judge() == .whole)
    }
}
