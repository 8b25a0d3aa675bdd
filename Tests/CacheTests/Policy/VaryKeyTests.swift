import Cache
import Testing
import Wire

@Suite("RFC 9111 4.1: variants")
struct VaryKeyTests {
    private func values(_ vary: String, _ fields: [String]) -> [UInt8] {
        let names = VaryKey.names(Heads.answer("Vary: \(vary)"))
        return VaryKey.values(names ?? [], Heads.request(fields))
    }

    /// Both ways to compare must agree.
    private func isSame(_ vary: String, _ one: [String], _ other: [String]) -> Bool {
        let stored = values(vary, one)
        let names = VaryKey.names(Heads.answer("Vary: \(vary)")) ?? []
        let selects = VaryKey.selects(names, stored, Heads.request(other))
        #expect(selects == (stored == values(vary, other)), "\(vary): \(one) \(other)")
        return selects
    }

    @Test("names are joined from all lines, sorted, in lower case, each once")
    func names() {
        #expect(VaryKey.names(Heads.answer("Vary: Foo, Bar", "vary: foo,,BAZ"))?.map(\.text) == ["bar", "baz", "foo"])
        #expect(VaryKey.names(Heads.answer()) == [])
        #expect(VaryKey.names(Heads.answer("Vary: ")) == [])
    }

    @Test(
        "4.1: `*` matches nothing",
        arguments: [["*"], ["*, *"], ["*", "*"], [", *"], ["", "*"], ["*, Foo"], ["Foo, *"], ["a b"]])
    func star(_ values: [String]) { #expect(VaryKey.names(Heads.answer(values.map { "Vary: \($0)" })) == nil) }

    @Test("more than sixteen names are not told apart")
    func many() {
        let names = (0..<17).map { "f\($0)" }
        #expect(VaryKey.names(Heads.answer("Vary: \(names.joined(separator: ","))")) == nil)
        #expect(VaryKey.names(Heads.answer("Vary: \(names.dropLast().joined(separator: ","))"))?.count == 16)
    }

    @Test(
        "4.1: all the fields that are named must match, and no others",
        arguments: [
            ("foo", ["Foo: 1"], ["foo: 1"], true), ("foo", ["Foo: 1"], ["Foo: 2"], false),
            ("foo", ["Foo: 1"], [], false), ("foo", [], ["Foo: 1"], false), ("foo", [], [], true),
            ("foo", [], ["Foo: "], false), ("foo", ["Foo: 1", "Bar: 1"], ["Foo: 1", "Bar: 2"], true),
            ("foo, bar", ["Foo: 1", "Bar: a"], ["Bar: a", "Foo: 1"], true),
            ("foo, bar", ["Foo: 1", "Bar: a"], ["Foo: 1", "Bar: ab"], false),
            ("foo, bar", ["Foo: 1"], ["Foo: 1"], true), ("foo, bar", ["Foo: 1"], ["Bar: 1"], false),
            ("foo", ["Foo: a"], ["Foo: A"], false),
        ] as [(String, [String], [String], Bool)])
    func matching(_ vary: String, _ one: [String], _ other: [String], _ expected: Bool) {
        #expect(isSame(vary, one, other) == expected)
        #expect(isSame(vary, other, one) == expected)
    }

    @Test(
        "4.1: lines are joined, and blanks around commas mean nothing",
        arguments: [
            ("foo", ["Foo: 1, 2"], ["Foo: 1", "Foo: 2"], true), ("foo", ["Foo: 1,2"], ["Foo:  1, 2 "], true),
            ("foo", ["Foo: 1, 2"], ["Foo: 2, 1"], false), ("foo", ["Foo: \"a, b\""], ["Foo: \"a,b\""], false),
            ("cookie", ["Cookie: a=b, c"], ["Cookie: a=b,c"], false),
            ("user-agent", ["User-Agent: a (b, c)"], ["User-Agent: a (b, c)"], true),
        ] as [(String, [String], [String], Bool)])
    func lists(_ vary: String, _ one: [String], _ other: [String], _ expected: Bool) {
        #expect(isSame(vary, one, other) == expected)
    }

    @Test(
        "4.1: weighted lists are the same in any order, case and spelling of weights",
        arguments: [
            ("accept-language", "en, de", "de, en", true), ("accept-language", "en, de", "eN,   De", true),
            ("accept-language", "en;q=1.0, de; Q=0.50", "de;q=0.5, en", true),
            ("accept-language", "en, de;q=0.5", "en, de", false), ("accept-language", "en, de", "en", false),
            ("accept-language", "en, en", "en", true),
            ("accept-encoding", "gzip, br", "BR;q=1, gzip", true),
            ("accept-encoding", "gzip, br;q=0", "gzip", true), ("accept-encoding", "*, br;q=0", "*", false),
            ("accept-encoding", "gzip, identity;q=0", "gzip", false), ("accept-encoding", "gzip;q=0.0", "", true),
            ("accept-charset", "utf-8, a", "A, UTF-8", true),
            ("accept-encoding", "gzip, deflate, br", "br,deflate,gzip", true),
            ("accept-encoding", "gzip, deflate, br", "deflate, BR, gzip, gzip,", true),
            ("accept-encoding", "gzip, deflate, br", "deflate, br", false),
            ("accept-encoding", "gzip, br", "gzip, deflate, br", false), ("accept-encoding", "", "", true),
            ("accept-encoding", "", "gzip", false), ("accept-encoding", "gzip", "", false),
            ("accept-encoding", "gzip, identity;q=0", "identity, gzip", false),
            ("accept", "text/html, application/json", "application/JSON,text/html", true),
            ("accept", "text/html;p=A", "text/html;p=a", false), ("accept", "text/html;q=0.5", "text/html", false),
        ] as [(String, String, String, Bool)])
    func weighted(_ name: String, _ one: String, _ other: String, _ expected: Bool) {
        #expect(isSame(name, ["\(name): \(one)"], ["\(name): \(other)"]) == expected)
    }

    @Test("what is written in its one form is compared as it stands, and what is cut off matches nothing")
    func stored() {
        let request = Heads.request("Accept-Encoding: br,gzip", "B: 1")
        let names = [Array("accept-encoding".utf8), Array("b".utf8), Array("c".utf8)]
        let stored = VaryKey.values(names, request)
        #expect(VaryKey.selects(names, stored, request))
        for cut in 0..<stored.count { #expect(!VaryKey.selects(names, Array(stored.prefix(cut)), request)) }
        #expect(!VaryKey.selects(names, stored + [0], request))
        var damaged = stored
        damaged[1] = 0xff
        #expect(!VaryKey.selects(names, damaged, request))
        #expect(VaryKey.selects([], [], request))
    }
}
