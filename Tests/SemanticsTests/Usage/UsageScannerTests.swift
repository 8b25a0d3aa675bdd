import Semantics
import Testing

@Suite("What an answer has cost is found as its bytes come")
struct UsageScannerTests {
    static func scan(_ text: String, isStream: Bool, piece: Int = .max) -> UsageScanner {
        var scanner = UsageScanner(isStream: isStream)
        let bytes = Array(text.utf8)
        var at = 0
        while at < bytes.count {
            let end = piece == .max ? bytes.count : min(at + piece, bytes.count)
            bytes[at..<end].withUnsafeBytes { scanner.take($0) }
            at = end
        }
        return scanner
    }

    static let openAI = """
        {"id":"x","choices":[{"message":{"role":"assistant","content":"say \\"usage\\": {\\"total_tokens\\": 9}"}}],
         "usage": {"prompt_tokens": 25, "completion_tokens" : 7,"total_tokens":32,"prompt_tokens_details":{"prompt_tokens":9000}}}
        """
    static let anthropic = """
        event: message_start
        data: {"type":"message_start","message":{"role":"assistant","content":[],"usage":{"input_tokens":25,"output_tokens":1}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}


        """

    @Test("of any split of the bytes", arguments: [1, 2, 3, 5, 7, 64, Int.max])
    func splits(piece: Int) {
        #expect(Self.scan(Self.openAI, isStream: false, piece: piece).usage == TokenUsage(prompt: 25, answer: 7, total: 32))
        let stream = Self.scan(Self.anthropic, isStream: true, piece: piece)
        #expect(stream.usage == TokenUsage(prompt: 25, answer: 15))
        #expect(stream.usage.cost(promptEstimate: 9, answerEstimate: stream.answerEstimate, isWhole: true) == 40)
    }

    @Test("a model's own words are no usage")
    func words() {
        let text = #"{"content":[{"type":"tool_use","input":{"usage":{"total_tokens":999999}}}],"x":"usage","usage":{"total_tokens":5}}"#
        #expect(Self.scan(text, isStream: false).usage == TokenUsage(total: 5))
        #expect(Self.scan(#"["usage",{"total_tokens":7}]"#, isStream: false).usage.isEmpty)
    }

    @Test("pieces of a token each are counted; longer ones are estimated")
    func pieces() {
        let words = (0..<40).map { "data: {\"choices\":[{\"delta\":{\"content\":\" word\($0)\"}}]}\n\n" }.joined()
        #expect(Self.scan("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n" + words, isStream: true).pieces == 40)
        let plain = (0..<50).map { _ in "data: {\"choices\":[{\"delta\":{\"content\":\" house\"}}]}\n\n" }.joined()
        #expect(Self.scan(plain, isStream: true).answerEstimate == 50)
        let long = "data: {\"delta\":{\"text\":\"" + String(repeating: "the house is red and ", count: 20) + "\"}}\n\n"
        let estimate = Self.scan(long, isStream: true).answerEstimate
        #expect((80...130).contains(estimate), "\(estimate)")
    }

    @Test("text behind escapes is text")
    func escapes() {
        let plain = Self.scan(#"{"content":"ein Gruß 你好 😀"}"#, isStream: false).answerEstimate
        #expect(Self.scan(#"{"content":"ein Gru\u00df \u4f60\u597d \ud83d\ude00"}"#, isStream: false).answerEstimate == plain)
    }

    @Test("a stream that was cut short costs what came of it")
    func cut() {
        let begun = TokenUsage(prompt: 25, answer: 1)
        #expect(begun.cost(promptEstimate: 20, answerEstimate: 50, isWhole: false) == 75)
        #expect(TokenUsage(prompt: 25, answer: 48, total: 73).cost(promptEstimate: 20, answerEstimate: 50, isWhole: false) == 73)
        #expect(TokenUsage().cost(promptEstimate: 20, answerEstimate: 50, isWhole: false) == 70)
        #expect(TokenUsage(prompt: .max, answer: 5).cost(promptEstimate: 1, answerEstimate: 1, isWhole: true) == .max)
    }

    @Test("whatever the bytes are, nothing breaks", arguments: 0..<20)
    func noise(seed: Int) {
        var state = UInt64(seed) &+ 1
        let letters = Array("{}[]\",:\\u12usage total_tokens\n\"usage\":{\"total_tokens\":99999999999999999999999".utf8)
        let bytes = (0..<5000).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return letters[Int(state >> 33) % letters.count]
        }
        for isStream in [true, false] {
            var scanner = UsageScanner(isStream: isStream)
            bytes.withUnsafeBytes { scanner.take($0) }
            #expect(scanner.answerEstimate >= 0)
        }
    }

    @Test(
        "how long an answer may be is read from the prompt, over any split",
        arguments: [
            (#"{"max_tokens": 1234, "x":1}"#, 1234), (#"{"max_completion_tokens":7}"#, 7), (#"{"max_output_tokens":0}"#, 0),
            (#"{"max_tokens": -5}"#, nil), (#"{"max_tokens": 1.5}"#, nil), (#"{"max_tokens": "9"}"#, nil),
            (#"{"max_tokens": 99999999999999999999}"#, nil), (#"{"a":{"max_tokens": 5}}"#, nil),
        ] as [(String, Int?)])
    func most(body: String, tokens: Int?) {
        for piece in [1, 3, 1000] {
            var scanner = PromptScanner()
            let bytes = Array(body.utf8)
            for start in stride(from: 0, to: bytes.count, by: piece) {
                bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { scanner.take($0) }
            }
            #expect(scanner.mostTokens == tokens)
        }
    }
}
