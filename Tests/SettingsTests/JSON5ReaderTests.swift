import Settings
import Testing

@Suite("JSON5 is read as its specification has it")
struct JSON5ReaderTests {
    @Test("every case of json5-tests has its verdict")
    func corpus() throws {
        let cases = try Corpora.verdicts("json5.jsonl")
        #expect(cases.count >= 100)
        for one in cases {
            let isAccepted =
                (try? JSONReader.read(one.raw, source: one.name, dialect: .json5, duplicates: .lastStays)) != nil
            #expect(isAccepted == one.isAccepted, "\(one.name)")
        }
    }

    @Test(
        "values stand for the same JSON",
        arguments: [
            ("{a: 1, $b_: 'x', 'c': [1, 2,],}", #"{"a": 1, "$b_": "x", "c": [1, 2]}"#),
            ("{größe: 1, ünï: 2, 名: 3, a\u{200D}b: 4}", "{\"größe\": 1, \"ünï\": 2, \"名\": 3, \"a\u{200D}b\": 4}"),
            (#"{\u0061b\u{62}: 1}"#, nil),
            (#"{\u0061b\u0062: 1}"#, #"{"abb": 1}"#),
            (#"{\u002d: 1}"#, nil),
            (#"'\x41\u0042\v\0\'\"\q'"#, #""AB\u000b\u0000'\"q""#),
            (#"'\uD83D\uDE00'"#, "\"😀\""),
            (#"'\uD83D'"#, nil),
            (#"'\01'"#, nil),
            (#"'\1'"#, nil),
            ("'a\\\r\nb\\\nc\\\u{2028}d\u{2029}e'", "\"abcd\u{2029}e\""),
            ("[0xFF, -0x10, +1, .5, 5., -.5e1, +0]", "[255, -16, 1, 0.5, 5, -5, 0]"),
            ("/* a */ [ // b\n 1 /**/ , 2 ]// end", "[1, 2]"),
            ("\u{A0}\u{FEFF}\u{2003}\u{0B}\u{0C}1", "1"),
            ("// only a comment", nil), ("[,]", nil), ("{,}", nil), ("[1,,2]", nil), ("{a-b: 1}", nil),
            ("{1a: 1}", nil),
            ("0x", nil), ("1e", nil), (".", nil), ("+-1", nil), ("truex", nil), ("Infinityx", nil), ("1a", nil),
            ("'a", nil),
            ("/* open", nil), ("'a\nb'", nil), ("undefined", nil),
        ] as [(String, String?)])
    func values(_ text: String, _ json: String?) throws {
        let node = try? JSONReader.read(Array(text.utf8), source: "f", dialect: .json5)
        let expected = try json.map { try JSONReader.read(Array($0.utf8), source: "e", dialect: .strict) }
        guard let expected else {
            #expect(node == nil, "\(node?.json ?? "")")
            return
        }
        #expect(node?.isSame(as: expected) == true, "\(node?.json ?? "refused")")
    }

    @Test("Infinity and NaN are numbers in the tree", arguments: ["Infinity", "-Infinity", "+Infinity", "NaN", "-NaN"])
    func named(_ text: String) throws {
        let node = try JSONReader.read(Array(text.utf8), source: "f", dialect: .json5)
        guard case .number(let literal) = node.value else {
            Issue.record("no number")
            return
        }
        #expect(NumberLiteral.double(literal)?.isFinite == false)
    }

    @Test(
        "literals become the exact integer, or none",
        arguments: [
            ("1e3", 1000), ("1.0", 1), ("1.5", nil), ("-0", 0), ("0e999999999999", 0), ("1e19", nil), ("-1e-1", nil),
            ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("9223372036854775808", nil),
            ("0x7fffffffffffffff", Int.max), ("-0x8000000000000000", Int.min), ("0xffffffffffffffff", nil),
            ("1230e-1", 123),
            ("100000000000000000000e-20", 1), ("1e-400000000000", nil), ("0.000001e6", 1), ("Infinity", nil),
            ("NaN", nil), ("", nil),
        ] as [(String, Int?)])
    func integers(_ literal: String, _ value: Int?) {
        #expect(NumberLiteral.integer(literal) == value)
    }
}
