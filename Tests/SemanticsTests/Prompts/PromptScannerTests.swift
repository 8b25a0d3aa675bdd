import Semantics
import Testing

@Suite("what a JSON body says")
struct PromptScannerTests {
    @Test(
        "the text to judge is found wherever it stands, whole or in pieces",
        arguments: [
            (#"{"message":"hello","stream":true}"#, "hello"),
            (#" { "stream" : false , "agent":"a" , "message" : "hello" } "#, "hello"),
            (#"{"prompt":"write"}"#, "write"),
            (#"{"prompt":["one","two"]}"#, "one\ntwo"),
            (#"{"input":"ask"}"#, "ask"),
            (#"{"input":[15,7,9]}"#, ""),
            (#"{"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]}]}"#, "q"),
            (#"{"input":[{"role":"user","content":"q"},{"type":"function_call_output","output":"o"}]}"#, "q"),
            (#"{"input":[{"type":"input_text","text":"a"},{"text":"b"}]}"#, "a\nb"),
            (#"{"message":{"role":"user","content":"nested"}}"#, "nested"),
            (#"{"data":{"message":"inner"}}"#, ""),
            (#"{"m\u0065ssage":"escaped name"}"#, "escaped name"),
            (#"{"message":"","prompt":"second"}"#, "second"),
        ])
    func found(_ body: String, _ text: String) {
        for piece in pieces { #expect(scanned(body, piece: piece).words == text, "pieces of \(piece)") }
    }

    @Test(
        "of messages the last turn of the user counts, in any order of keys",
        arguments: [
            (#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#, "a"),
            (#"{"messages":[{"role":"user","content":"a"},{"content":"c","role":"user"}]}"#, "c"),
            (#"{"messages":[{"content":"a","role":"user"},{"content":"s","role":"system"}],"message":"no"}"#, "a"),
            (#"{"message":"no","messages":[{"role":"user","content":"yes"}]}"#, "yes"),
            (#"{"messages":[{"role":"assistant","content":"b"}],"message":"else"}"#, "else"),
            (
                #"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"text":"b","type":"text"}]}]}"#,
                "a\nb"
            ),
            (
                #"{"messages":[{"role":"user","content":[{"text":"x","type":"thinking"},{"type":"text","text":"b"}]}"#
                    + "]}",
                "b"
            ),
            // an answer of a tool is not what the user says
            (
                #"{"messages":[{"role":"user","content":"a"},{"role":"user","#
                    + #""content":[{"type":"tool_result","content":"4"}]}]}"#,
                "a"
            ),
            (
                #"{"messages":[{"role":"user","content":"#
                    + #"[{"content":[{"type":"text","text":"4"}],"type":"tool_result"}]}]}"#,
                ""
            ),
            (#"{"messages":[{"role":"user","content":"a"},{"role":"user","content":null}]}"#, "a"),
            (#"{"messages":[{"role":"user","content":"first"}],"messages":[{"role":"user","content":"2"}]}"#, "2"),
            (#"{"messages":[{"role":"user","content":"first"}],"messages":[]}"#, ""),
        ])
    func turns(_ body: String, _ text: String) {
        for piece in pieces { #expect(scanned(body, piece: piece).words == text, "pieces of \(piece)") }
    }

    @Test(
        "escapes become UTF-8; half a pair becomes the replacement character",
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (#"\u4f60\u597D é"#, "你好 é"),
            (#"\ud83d\ude00!"#, "😀!"),
            (#"\ud83d!"#, "\u{fffd}!"),
            (#"\ud83d\n\u00e9"#, "\u{fffd}\né"),
            (#"\ud83d\ud83d\ude00"#, "\u{fffd}😀"),
            (#"\ude00"#, "\u{fffd}"),
            (#"\ud83d"#, "\u{fffd}"),
            (#"\u0000\u007f\u0080\uffff"#, "\u{0}\u{7f}\u{80}\u{ffff}"),
        ])
    func escapes(_ written: String, _ text: String) {
        for piece in pieces { #expect(scanned(#"{"message":"\#(written)"}"#, piece: piece).words == text) }
    }

    @Test("facts of the body")
    func facts() {
        let body = #"""
            {"tools":[{"type":"function","function":{"name":"f"}}],"stream":true,"agentId":"coder","system":"be kind",
             "model":"m","messages":[{"content":"sys","role":"developer"},
             {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:xx"}},
             {"type":"text","text":"hi"}]}]}
            """#
        for piece in pieces {
            let scanner = scanned(body, piece: piece)
            #expect(scanner.isObject && scanner.isDone && !scanner.isBroken)
            #expect(scanner.hasTools && scanner.stream == true)
            #expect(scanner.turns == 2 && scanner.images == 1 && scanner.systemBytes == 10)
            #expect(scanner.agent == Array("coder".utf8))
            #expect(scanner.path == PromptPath("messages[].content"))
            let range = scanner.agentRange ?? 0..<0
            #expect(String(decoding: Array(body.utf8)[range], as: UTF8.self) == #""coder""#)
        }
        #expect(!scanned(#"{"tools":[]}"#).hasTools)
        #expect(scanned(#"{"stream":null}"#).stream == nil)
        #expect(scanned(#"{"agent":7}"#).agent == nil)
        #expect(scanned(#"{"x":{"agent":"inner","model":"inner","stream":true}}"#).agent == nil)
    }

    @Test("stream and pieces change nothing of what is judged")
    func sameForStreams() {
        let body = #"{"messages":[{"role":"user","content":"帮我写代码 in Go"}],"model":"auto","stream":"#
        let one = scanned(body + "true}")
        let other = scanned(body + "false}", piece: 1)
        #expect(one.text() == other.text() && one.tokens == other.tokens && one.model == other.model)
        #expect(one.stream == true && other.stream == false)
    }

    @Test(
        "what is no JSON ends it; what was found until then stands",
        arguments: [
            ("", ""), ("[]", ""), ("nonsense", ""), (#"{"message":"hal"#, "hal"),
            (#"{"message":"whole","x":tru:"#, "whole"),
            (#"{"message":"whole"]"#, "whole"), (#"{"message":"a" "prompt" 5"#, "a"), (#"{"message":"a","b":\u}"#, "a"),
            (#"{"message":"bad \uZZZZ"}"#, "bad "), (#"{"message":"whole"}}}{"message":"late"}"#, "whole"),
            (#"{"messages":[{"role":"user","content":"whole"},{"role":"user","content":"ha"#, "whole"),
        ])
    func broken(_ body: String, _ text: String) {
        for piece in pieces { #expect(scanned(body, piece: piece).words == text) }
    }

    @Test("no bytes break it, and any split finds the same", arguments: 0..<128 as Range<UInt64>)
    func anyBytes(seed: UInt64) {
        var random = SplitMix(state: seed)
        let seeds = [
            #"{"messages":[{"role":"user","content":[{"type":"text","text":"a\u00e9\ud83d\ude00"}]}],"model":"x","#,
            #""message":"b","input":[{"role":"user","content":"c"}],"prompt":["d"],"tools":[{"a":1}],"stream":true}"#,
        ]
        var body = Array(seeds.joined().utf8)
        for _ in 0..<Int(random.next() % 8) {
            let at = Int(random.next() % UInt64(body.count))
            switch random.next() % 3 {
            case 0: body[at] = UInt8(truncatingIfNeeded: random.next())
            case 1: body.insert(Array(#"{}[]",:\"#.utf8)[Int(random.next() % 8)], at: at)
            default: body.remove(at: at)
            }
        }
        let whole = scanned(body)
        for piece in [1, 3, 5] {
            let split = scanned(body, piece: piece)
            #expect(split.text() == whole.text() && split.models == whole.models && split.tokens == whole.tokens)
            #expect(split.isBroken == whole.isBroken && split.isDone == whole.isDone && split.turns == whole.turns)
        }
    }

    @Test("of a text beyond the limit the beginning and the end are kept, in whole scalars", arguments: [1, 1000, .max])
    func limit(piece: Int) {
        let text = "BEGIN" + String(repeating: "中文字", count: 40_000) + "END"
        let kept = scanned(#"{"message":"\#(text)"}"#, piece: piece).text()
        #expect(kept.count <= 65536 && kept.count > 65000)
        let words = String(decoding: kept, as: UTF8.self)
        #expect(words.hasPrefix("BEGIN中") && words.hasSuffix("字END") && words.contains("\n"))
        #expect(!words.contains("\u{fffd}"))
        let fits = String(repeating: "x", count: 60_000)
        #expect(scanned(#"{"message":"\#(fits)"}"#, piece: piece).words == fits)
    }

    @Test("depth is bounded: what is deeper is passed over")
    func depth() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        for body in [#"{"x":\#(deep),"message":"after"}"#, #"{"messages":\#(deep),"message":"after"}"#] {
            let scanner = scanned(body, piece: 4096)
            #expect(scanner.words == "after" && !scanner.isBroken)
        }
    }

    @Test("tokens are counted of all turns, system and tools, but not of pictures")
    func tokens() {
        let words = String(repeating: "the quick brown fox ", count: 50)
        let picture = String(repeating: "QUJD", count: 5000)
        let base = scanned(#"{"messages":[{"role":"user","content":"\#(words)"}]}"#).tokens.count
        #expect((180...220).contains(base))
        let more = scanned(
            #"{"system":"\#(words)","messages":[{"role":"assistant","content":"\#(words)"},{"role":"user","content":["#
                + #"{"type":"image_url","image_url":{"url":"data:;base64,\#(picture)"}},"#
                + #"{"type":"text","text":"\#(words)"}]}]}"#)
        #expect((base * 3 - 3...base * 3 + 3).contains(more.tokens.count))
        #expect(scanned(#"{"metadata":{"note":"\#(words)"},"message":"hi"}"#).tokens.count <= 2)
    }

    @Test(
        "a turn of the user is not lost behind what is too long to be kept",
        arguments: [10, 60_000, 70_000, 200_000], pieces.suffix(3))
    func behindLong(length: Int, piece: Int) {
        let long = String(repeating: "q", count: length)
        let turn = #"{"role":"user","content":"hello"}"#
        #expect(scanned("{\"input\":[\"\(long)\",\(turn)]}", piece: piece).words == "hello")
        let answer = "{\"role\":\"assistant\",\"content\":\"\(long)\"}"
        #expect(scanned("{\"input\":[{\"content\":\"\(long)\"},\(turn),\(answer)]}", piece: piece).words == "hello")
        let earlier = "{\"role\":\"user\",\"content\":\"\(long)\"}"
        #expect(scanned("{\"input\":[\(earlier),\(turn)]}", piece: piece).words == "hello")
    }

    @Test("items that nobody in particular said are one text, also where the body ends early")
    func unsaid() {
        #expect(scanned(#"{"input":["a",{"text":"b"},{"type":"image","text":"c"},"d",{"content":["e","f"]}]}"#).words == "a\nb\nd\ne\nf")
        #expect(scanned(#"{"input":["a",{"text":"b"},{"text":"cd"#).words == "a\nb\ncd")
        #expect(scanned(#"{"input":["a",{"role":"system","text":"b"},{"text":"c"}]}"#).words == "a\nc")
    }
}
