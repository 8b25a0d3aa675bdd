import Semantics
import Testing

@Suite("paths to the text of a prompt")
struct PromptPathTests {
    @Test(
        "lead to the text",
        arguments: [
            ("query", #"{"query":"q"}"#, "q"),
            ("data.text", #"{"data":{"x":1,"text":"t"},"text":"no"}"#, "t"),
            ("items[0].text", #"{"items":[{"text":"a"},{"text":"b"}]}"#, "a"),
            ("items[1].text", #"{"items":[{"text":"a"},{"text":"b"}]}"#, "b"),
            ("items[].text", #"{"items":[{"text":"a"},{"text":"b"},{"other":"c"}]}"#, "b"),
            ("lines[]", #"{"lines":["a","b"]}"#, "b"),
            ("lines", #"{"lines":["a","b"]}"#, "a\nb"),
            ("turns[].said", #"{"turns":[{"role":"user","said":"a"},{"role":"bot","said":"b"}]}"#, "a"),
            ("contents[].parts", #"{"contents":[{"parts":[{"text":"a"},{"text":"b"}],"role":"user"}]}"#, "a\nb"),
            ("messages", #"{"messages":[{"content":"a","role":"user"},{"role":"assistant","content":"b"}]}"#, "a"),
            ("查询", #"{"查询":"好"}"#, "好"),
        ])
    func lead(_ path: String, _ body: String, _ text: String) throws {
        let read = try PromptPath(reading: path)
        #expect(read.description == path)
        for piece in pieces { #expect(scanned(body, piece: piece, paths: [read]).words == text, "pieces of \(piece)") }
    }

    @Test("the first path that has text wins")
    func order() throws {
        let paths = try ["a.b", "a", "c"].map { try PromptPath(reading: $0) }
        #expect(scanned(#"{"c":"3","a":"2"}"#, paths: paths).words == "2")
        #expect(scanned(#"{"c":"3","a":{"b":"1"}}"#, paths: paths).words == "1")
        #expect(scanned(#"{"c":"3"}"#, paths: paths).path == paths[2])
        let nested = try ["messages", "messages[].content"].map { try PromptPath(reading: $0) }
        let body = #"{"messages":[{"role":"user","content":"u"},{"role":"assistant","content":"a"}]}"#
        for paths in [nested, nested.reversed()] { #expect(scanned(body, paths: paths).words == "u") }
    }

    @Test(
        "a wrong path says what is wrong",
        arguments: [
            ("", PromptPathFault.empty), ("[0].a", .nameFirst("[0].a")), (".a", .emptyName(".a")),
            ("a..b", .emptyName("a..b")),
            ("a.", .emptyName("a.")), ("a[0]b", .afterBracket("a[0]b")), ("a[0", .openBracket("a[0")),
            ("a[x]", .index("a[x]")),
            ("a[1234567]", .index("a[1234567]")), ("a b", .character("a b")), ("a]", .character("a]")),
            ("a[][]", .secondList("a[][]")),
        ])
    func wrong(_ path: String, _ fault: PromptPathFault) {
        #expect(throws: fault) { try PromptPath(reading: path) }
        #expect(PromptPath(path) == nil)
        #expect(fault.description.contains(path) && fault.description.contains("; "))
    }

    @Test("a long name or a long path is refused")
    func long() {
        let name = String(repeating: "n", count: PromptPath.longestName + 1)
        #expect(throws: PromptPathFault.tooLong(name)) { try PromptPath(reading: name) }
        let steps = Array(repeating: "a", count: PromptPath.mostSteps + 1).joined(separator: ".")
        #expect(throws: PromptPathFault.tooLong(steps)) { try PromptPath(reading: steps) }
    }
}
