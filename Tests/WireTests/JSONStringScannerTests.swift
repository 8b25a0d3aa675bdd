import Testing
import Wire

@Suite("strings at the top of a JSON object")
struct JSONStringScannerTests {
    private func scan(_ text: String, _ names: [String], piece: Int = .max) -> [String?] {
        var scanner = JSONStringScanner(names.map { Array($0.utf8) })
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = piece == .max ? bytes.count : min(bytes.count, start + piece)
            let step = bytes[start..<end].withUnsafeBytes { scanner.take($0) }
            if step == .done { break }
            start = end
        }
        return scanner.values.map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test(
        "are found wherever they stand, whole or byte by byte",
        arguments: [
            (#"{"user":"u-1"}"#, "u-1"),
            (#"  {"messages":[{"user":"inner","role":"user"}],"user" : "u-2" }"#, "u-2"),
            (#"{"a":{"user":"x"},"b":[1,2,[3,{"user":"y"}]],"user":"top"}"#, "top"),
            (#"{"text":"a \"user\":\"no\" }{][ \\","user":"yes"}"#, "yes"),
            (#"{"n":-1.5e3,"t":true,"z":null,"user":"after"}"#, "after"),
            (#"{"user":"a\"b\\c\/d\nE"}"#, #"a"b\c/d\nE"#),
            (#"{"user":"first","user":"second"}"#, "first"),
        ])
    func found(_ text: String, _ value: String) {
        for piece in [1, 2, 3, 7, .max] { #expect(scan(text, ["user"], piece: piece) == [value], "\(piece)") }
    }

    @Test(
        "other things are no value",
        arguments: [
            "", "[]", #""user""#, #"{"user":5}"#, #"{"user":{"user":"x"}}"#, #"{"user":["x"]}"#, #"{"user":""}"#,
            #"{"user"}"#, #"{user:"x"}"#, #"{"users":"x"}"#, #"{"user":"never ends"#, #"{"a":1}{"user":"x"}"#,
            #"{"a":1]}"#,
        ])
    func nothing(_ text: String) {
        for piece in [1, .max] { #expect(scan(text, ["user"], piece: piece) == [nil]) }
    }

    @Test("several are found in any order, and it is done with the last")
    func several() {
        let text = #"{"b":"2","x":[0],"a":"1","c":"never looked at"#
        var scanner = JSONStringScanner([Array("a".utf8), Array("b".utf8)])
        #expect(Array(text.utf8).withUnsafeBytes { scanner.take($0) } == .done)
        #expect(scanner.values == [Array("1".utf8), Array("2".utf8)])
    }

    @Test("a value that is too long is none")
    func long() {
        let long = String(repeating: "x", count: JSONStringScanner.longest + 1)
        #expect(scan("{\"user\":\"\(long)\"}", ["user"]) == [nil])
        #expect(scan("{\"user\":\"\(long.dropLast())\"}", ["user"]) == [String(long.dropLast())])
    }

    @Test("no bytes break it", arguments: 0..<64 as Range<UInt64>)
    func random(_ seed: UInt64) {
        var random = Numbers(seed)
        let alphabet = Array(#"{}[]":,\ au1"#.utf8)
        let bytes = (0..<400).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(scan(text, ["a", "u"], piece: 1) == scan(text, ["a", "u"]))
    }
}

private struct Numbers {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &+ 1 }
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}
