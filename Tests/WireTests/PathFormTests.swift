import Testing
import Wire

@Suite("a path has one normal form")
struct PathFormTests {
    /// Reads a path the way a head does.
    private func form(_ path: String) -> (text: String, flags: PathForm.Flags, isNormal: Bool) {
        let bytes = Array(path.utf8)
        var copy = [UInt8](repeating: 0xff, count: bytes.count)
        return bytes.withUnsafeBytes { from in
            let result = copy.withUnsafeMutableBytes { PathForm.normalise(from, into: $0) }
            return (String(decoding: copy.prefix(result.count), as: UTF8.self), result.flags, PathForm.isNormal(from))
        }
    }

    @Test(
        "dot segments, slashes and escapes are put right",
        arguments: [
            ("/", "/"), ("/a/b", "/a/b"), ("/a/b/", "/a/b/"), ("/a//b", "/a/b"), ("//", "/"), ("///a///", "/a/"),
            ("/a/./b", "/a/b"), ("/a/.", "/a/"), ("/a/../b", "/b"), ("/a/..", "/"), ("/a/b/..", "/a/"),
            ("/..", "/"), ("/../../a", "/a"), ("/a/../../../b/./c", "/b/c"), ("/a/b/c/./../../g", "/a/g"),
            ("/a/b//../c", "/a/c"), ("/a/...", "/a/..."), ("/.well-known/x", "/.well-known/x"),
            ("/a..b/.c", "/a..b/.c"),
            ("/%7Euser", "/~user"), ("/%41%2d%5f%2E%39", "/A-_.9"), ("/a%c3%a9", "/a%C3%A9"), ("/%20%3f", "/%20%3F"),
            ("/%2541", "/%2541"), ("/%25%34%31", "/%2541"), ("/a\\..\\b", "/a\\..\\b"), ("/a;x=1/../b", "/b"),
            ("/%2e%2e/x", "/x"), ("/a/%2e%2E/x", "/x"), ("/a/.%2e/x", "/x"), ("/a/%2e/x", "/a/x"), ("/a/%2e%2e", "/"),
            ("/a%2e%2e/x", "/a../x"), ("*", "*"), ("", ""), ("a/../b", "b"), ("./a", "a"),
        ])
    func normalForm(path: String, expected: String) {
        let result = form(path)
        #expect(result.text == expected)
        #expect(result.flags == [])
        if path.hasPrefix("/") { #expect(result.isNormal == (path == expected)) }
    }

    private static let ambiguous: [(path: String, expected: String, flags: PathForm.Flags)] = [
        ("/a%2fb", "/a%2Fb", .encodedDelimiter), ("/a%5Cb", "/a%5Cb", .encodedDelimiter),
        ("/%00", "/%00", .encodedDelimiter), ("/..%2f..", "/..%2F..", .encodedDelimiter),
        ("/%", "/%", .invalidEscape), ("/%4", "/%4", .invalidEscape), ("/%zz", "/%zz", .invalidEscape),
        ("/%4g/%2F", "/%4g/%2F", [.invalidEscape, .encodedDelimiter]),
        // a decoded digit never completes an escape that was not sent
        ("/%%36%31", "/%%361", .invalidEscape), ("/%6%31", "/%6%31", .invalidEscape),
        // what `..` takes away is not there
        ("/a%2fb/../c", "/c", []), ("/%zz/../%2f", "/%2F", .encodedDelimiter),
    ]

    @Test("what agents read differently is told", arguments: ambiguous)
    func flags(path: String, expected: String, flags: PathForm.Flags) {
        let result = form(path)
        #expect(result.text == expected)
        #expect(result.flags == flags)
        #expect(!result.isNormal)
    }

    @Test("only the asterisk is normal without a slash in front")
    func withoutSlash() {
        #expect(form("*").isNormal)
        for path in ["a", "a/../b", "**", ".", ".."] { #expect(!form(path).isNormal) }
    }

    @Test("reading and writing may share memory")
    func inPlace() {
        var bytes = Array("/a/%2e%2e/b//%7e%c3%a9/./c/..".utf8)
        let count = bytes.withUnsafeMutableBytes { PathForm.normalise(UnsafeRawBufferPointer($0), into: $0).count }
        #expect(String(decoding: bytes.prefix(count), as: UTF8.self) == "/b/~%C3%A9/")
    }

    @Test("too little room is refused, not overrun")
    func tooSmall() {
        var small = [UInt8](repeating: 7, count: 2)
        let result = Array("/abc".utf8).withUnsafeBytes { from in
            small.withUnsafeMutableBytes { PathForm.normalise(from, into: $0) }
        }
        #expect(result.count == 0 && result.invalidEscape)
        #expect(small == [7, 7])
    }

    @Test("the form of a form is the form, never longer, without dot segments, and the fast check knows it")
    func properties() {
        var random = Seeded(seed: 20_260_801)
        let pieces = [
            "/", "/", "/", ".", ".", "..", "%", "%2e", "%2F", "%2f", "a", "3", "6", "1", "%36", "%31", "%61", "%zz",
            "%25", "%5c", "%c3", "%C3", "segment", "longer-segment-than-a-word", "~",
        ]
        for _ in 0..<100_000 {
            var path = random.next() % 8 == 0 ? "" : "/"
            for _ in 0..<(random.next() % 12) { path += pieces[Int(random.next() % UInt64(pieces.count))] }
            let once = form(path)
            let twice = form(once.text)
            #expect(twice.text == once.text && twice.flags == once.flags, "seed 20260801: \(path)")
            #expect(once.text.utf8.count <= path.utf8.count)
            guard path.hasPrefix("/") else { continue }
            #expect(once.isNormal == (once.text == path && once.flags.isEmpty), "seed 20260801: \(path)")
            let segments = once.text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            #expect(!segments.contains(".") && !segments.contains("..") && !segments.dropLast().contains(""), "\(path)")
        }
    }
}
