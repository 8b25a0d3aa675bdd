import Cache
import Testing
import Wire

@Suite("the JSON of requests to agents is read strictly")
struct AgentJSONTests {
    private func refusal(_ value: String) -> NotCached? { Agents.key(#"{"prompt":"p","x":\#(value)}"#).refusal }

    @Test(
        "what RFC 8259 does not have makes a request uncacheable",
        arguments: [
            "", " ", "01", "+1", "1.", ".5", "1e", "1e+", "-", "0x1", "NaN", "Infinity", "tru", "True", "nul", "[1,]",
            "[,1]", "[1 2]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}", "{1:1}", "'a'", #""a"#, #""\x""#,
            #""\u12""#, #""\u12g4""#, "\"\u{1}\"", "\"\n\"", #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#,
            #""\ud800x""#, "1]", "1}", "// c\n1", "/* */1", "[", "{", "]", #"{"a":1"#, "1e9999999999", "1,",
        ])
    func strict(_ value: String) {
        #expect(refusal(value) == .invalidJSON)
    }

    @Test(
        "what it has is taken",
        arguments: [
            "0", "-0", "1e5", "-1.5E-3", "[]", "{}", "[ ]", "[[],{}]", #""""#, #""\b\f\n\r\t\"\\\/""#, "true", "false",
            "null", #""\ud83d\ude00""#, "\"\u{7f}\u{2028}é😀\"", "1e999999999", " [ 1 , 2 ] ",
        ])
    func lawful(_ value: String) {
        #expect(refusal(value) == nil)
    }

    @Test(
        "what is not UTF-8 makes a request uncacheable",
        arguments: [
            [0x80], [0xc3], [0xc0, 0xaf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff],
            [0xc3, 0x28], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xe2, 0x28, 0xa1],
        ] as [[UInt8]])
    func invalidBytes(_ bytes: [UInt8]) {
        // behind as many letters as are looked at in one step, and behind one
        for letters in ["x", "sixteen letters!"] {
            let body = Array(#"{"prompt":"\#(letters)"#.utf8) + bytes + Array("\"}".utf8)
            #expect(Agents.key(body, Agents.head()).refusal == .invalidJSON)
        }
        let cut = Array(#"{"prompt":"x"#.utf8) + bytes
        #expect(Agents.key(cut, Agents.head()).refusal == .invalidJSON)
    }

    @Test("no bytes break it", arguments: 0..<8 as Range<UInt64>)
    func mutations(_ seed: UInt64) {
        var random = AgentDice(seed: seed)
        let sources = [
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"é😀\ud83d\ude00"}]}]}"#,
            #"{"input":[{"role":"user","content":"\u0068i"}],"temperature":0.5e-1,"stream":true,"metadata":[{}]}"#,
        ].map { Array($0.utf8) }
        let alphabet = Array(#"{}[]":,\u0e-.tfn1"#.utf8) + [0xc3, 0xf0, 0x00, 0x80]
        let head = Agents.head()
        var taken = 0
        for _ in 0..<2000 {
            var body = random.pick(sources)
            for _ in 0...random.below(3) {
                let at = random.below(body.count)
                switch random.below(3) {
                case 0: body[at] = random.pick(alphabet)
                case 1: body.removeSubrange(at..<min(body.count, at + 1 + random.below(8)))
                default: body.insert(random.pick(alphabet), at: at)
                }
                if body.isEmpty { body = [0x7b] }
            }
            if Agents.key(body, head).refusal == nil { taken += 1 }
            let text = String(decoding: body, as: UTF8.self)
            _ = Agents.judge(text)
            _ = Agents.judge(events: ["data: " + text, "data: [DONE]"])
        }
        #expect(taken > 0 && taken < 2000, "seed \(seed)")
    }
}
