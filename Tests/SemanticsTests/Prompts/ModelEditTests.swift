import Semantics
import Testing

@Suite("the model of a body")
struct ModelEditTests {
    private func edited(_ body: String, _ model: String, piece: Int = .max) -> String {
        let bytes = Array(body.utf8)
        let edits = ModelEdit.replacing(scanned(bytes, piece: piece), with: model)
        let result = ModelEdit.applied(edits, to: bytes)
        #expect(result.count == bytes.count + ModelEdit.growth(edits))
        return String(decoding: result, as: UTF8.self)
    }

    @Test(
        "gives way to another, and nothing else changes",
        arguments: [
            (#"{"model":"auto","a":1}"#, #"{"model":"m-1","a":1}"#),
            (#"{ "a" : [ 1, 2 ] , "model" : "auto" }"#, #"{ "a" : [ 1, 2 ] , "model" : "m-1" }"#),
            (#"{"m\u006fdel":"x"}"#, #"{"m\u006fdel":"m-1"}"#),
            (#"{"model":"a\"\\","b":"\u00e9"}"#, #"{"model":"m-1","b":"\u00e9"}"#),
            (#"{"model":null}"#, #"{"model":"m-1"}"#),
            (#"{"model": 5 ,"a":{}}"#, #"{"model": "m-1" ,"a":{}}"#),
            (#"{"model":{"x":["}"]},"a":1}"#, #"{"model":"m-1","a":1}"#),
            (#"{}"#, #"{"model":"m-1"}"#),
            (#" {  } "#, #" {"model":"m-1"  } "#),
            (#"{ "a":1}"#, #"{"model":"m-1", "a":1}"#),
            (#"{"x":{"model":"inner"}}"#, #"{"model":"m-1","x":{"model":"inner"}}"#),
            (#"{"model":"a","b":1,"model":"c"}"#, #"{"model":"m-1","b":1,"model":"m-1"}"#),
            (#"[1]"#, #"[1]"#),
        ])
    func replaced(_ body: String, _ result: String) {
        for piece in pieces { #expect(edited(body, "m-1", piece: piece) == result, "pieces of \(piece)") }
    }

    @Test("a name is escaped as JSON wants it")
    func escaped() {
        #expect(edited("{}", "a\"b\\c\n\u{1f}é模") == #"{"model":"a\"b\\c\u000a\u001fé模"}"#)
        #expect(scanned(edited("{}", "a\"b\\c\n模")).model == .string(value: Array("a\"b\\c\n模".utf8), range: 9..<27))
    }

    @Test("the last of several counts, and however many there are, the last is known")
    func several() {
        let body = "{" + (0..<40).map { #""model":"m\#($0)""# }.joined(separator: ",") + "}"
        let scanner = scanned(body)
        #expect(scanner.models.count == PromptScanner.mostModels)
        guard case .string(let value, _) = scanner.model else {
            Issue.record("no model")
            return
        }
        #expect(value == Array("m39".utf8))
    }

    @Test("null is told from other things that are no name")
    func kinds() {
        #expect(scanned(#"{"model":null}"#).model == .other(range: 9..<13, isNull: true))
        #expect(scanned(#"{"model":[1]}"#).model == .other(range: 9..<12, isNull: false))
        #expect(scanned(#"{"a":1}"#).model == .absent(insertAt: 1, isEmptyObject: false))
        #expect(scanned(#" {}"#).model == .absent(insertAt: 2, isEmptyObject: true))
        let long = String(repeating: "x", count: PromptScanner.longestName + 1)
        #expect(scanned(#"{"model":"\#(long)"}"#).model == .other(range: 9..<(11 + long.count), isNull: false))
    }
}
