import Semantics
import Settings
import Testing

private let second: Int64 = 1_000_000_000

@Suite("settings of the chain of models")
struct ModelFallbackSettingsTests {
    @Test("the owner's document is read as it stands")
    func owners() throws {
        let configuration = try ModelSections.loadOwners("model-fallback")
        #expect(configuration.problems.isEmpty, "\(configuration.problems.map(\.description))")
        let policy = try #require(FallbackPolicy(configuration.root.modelFallback))
        #expect(policy.models == ["gpt-4o", "claude-3-5-sonnet", "deepseek-v3", "gpt-4o-mini"])
        #expect(policy.timeout == 30 * second && policy.retries == 2 && policy.delay == second)
    }

    @Test("what is not said: no timeout of its own, no repetition")
    func defaults() throws {
        let settings = ModelSections.load("{modelFallback: {primary: 'a', fallbackChain: ['b']}}").root.modelFallback
        let policy = try #require(FallbackPolicy(settings))
        #expect(policy.timeout == nil && policy.retries == 0 && policy.models == ["a", "b"])
    }

    @Test("times are numbers of milliseconds, or durations")
    func times() {
        let settings = ModelSections.load(
            "{modelFallback: {primary: 'a', fallbackChain: ['b'], timeoutMs: '20s', retryDelayMs: 250}}"
        ).root.modelFallback
        #expect(settings.timeoutMs == .seconds(20) && settings.retryDelayMs == .milliseconds(250))
    }

    @Test("turned off, there is no chain, whatever else is said")
    func off() {
        #expect(ModelSections.problems("{modelFallback: {enabled: false}}").isEmpty)
        let off = ModelSections.load("{modelFallback: {enabled: false, primary: 'a', fallbackChain: ['b']}}")
        #expect(off.problems.isEmpty && FallbackPolicy(off.root.modelFallback) == nil)
    }

    @Test(
        "what is wrong is told with its place and what was expected",
        arguments: [
            (
                "{primary: 'a', fallbackChain: ['b', 'a']}",
                "fallbackChain[1]: 'a' is in the chain already, at test.json:1:"
            ),
            ("{primary: 'a', fallbackChain: ['b', 'c', 'b']}", "fallbackChain[2]: 'b' is in the chain already"),
            ("{primary: 'a', fallbackChain: []}", "fallbackChain: is empty; expected at least one model"),
            ("{primary: 'a'}", "fallbackChain: is empty"),
            ("{primary: 'a', fallbackChain: ['b', '']}", "fallbackChain[1]: must not be empty"),
            ("{primary: 'a', fallbackChain: ['auto']}", "fallbackChain[0]: 'auto' is what asks for a choice"),
            ("{primary: '', fallbackChain: ['b']}", "primary: must not be empty"),
            ("{fallbackChain: ['b']}", "primary: is missing"),
            ("{primary: 'a', fallbackChain: ['b'], timeoutMs: 0}", "timeoutMs: expected more than zero"),
            ("{primary: 'a', fallbackChain: ['b'], maxRetries: 11}", "maxRetries: expected 0 to 10"),
            ("{primary: 'a', fallbackChain: ['b'], retryDelayMs: 60001}", "retryDelayMs: expected"),
        ])
    func wrong(_ text: String, _ told: String) {
        let problems = ModelSections.problems("{modelFallback: \(text)}")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("error gateway.modelFallback.\(told)") == true, "\(problems)")
    }

    @Test("a chain has an end")
    func most() {
        func problems(_ count: Int) -> [String] {
            let names = (0..<count).map { "'m\($0)'" }.joined(separator: ",")
            return ModelSections.problems("{modelFallback: {primary: 'a', fallbackChain: [\(names)]}}")
        }
        #expect(problems(16).isEmpty)
        #expect(
            problems(17) == ["error gateway.modelFallback.fallbackChain: expected at most 16 models, found 17"])
    }
}

@Suite("the chain of models")
struct FallbackChainTests {
    private static let twice = "maxRetries: 2, retryDelayMs: 1000, timeoutMs: 30000"

    private func policy(_ keys: String = twice) throws -> FallbackPolicy {
        let text = "{modelFallback: {primary: 'a', fallbackChain: ['b', 'c'], \(keys)}}"
        return try #require(FallbackPolicy(ModelSections.load(text).root.modelFallback))
    }

    private func chain(_ model: String = "a", _ keys: String = twice) throws -> FallbackChain {
        try #require(try policy(keys).chain(from: model))
    }

    @Test("it begins at the model that the request has, and a model outside has none")
    func start() throws {
        #expect(try chain("a").model == "a" && chain("c").model == "c")
        #expect(try policy().chain(from: "d") == nil && policy().chain(from: "A") == nil)
        var last = try chain("c")
        #expect(last.failed(.timeout) == .giveUp(.exhausted))
        var middle = try chain("b")
        #expect(middle.failed(.timeout) == .next(model: "c") && middle.isFallback)
        #expect(middle.failed(.timeout) == .giveUp(.exhausted))
    }

    @Test("each model is asked as often as is said, so far apart, before the next one; where all fail, that is the end")
    func all() throws {
        var chain = try chain()
        var steps: [FallbackStep] = []
        for _ in 0..<9 { steps.append(chain.failed(.status(503, retryAfter: nil))) }
        let again = FallbackStep.again(after: second)
        #expect(
            steps == [
                again, again, .next(model: "b"), again, again, .next(model: "c"), again, again, .giveUp(.exhausted),
            ])
        #expect(chain.tries == 9 && chain.model == "c" && chain.isFallback)
        #expect(chain.failed(.connect) == .giveUp(.exhausted), "over is over")
    }

    static let worthRepeating: [FallbackCause] = [
        .connect, .reset, .stream, .status(408, retryAfter: nil), .status(429, retryAfter: nil),
        .status(500, retryAfter: nil), .status(502, retryAfter: nil), .status(503, retryAfter: nil),
        .status(529, retryAfter: nil), .status(599, retryAfter: nil), .status(429, retryAfter: second),
        .status(503, retryAfter: 0),
    ]

    @Test("what time may mend is repeated with the same model", arguments: worthRepeating)
    func repeated(_ cause: FallbackCause) throws {
        var chain = try chain()
        #expect(chain.failed(cause) == .again(after: second))
        #expect(chain.model == "a" && !chain.isFallback && chain.tries == 2)
    }

    @Test(
        "without repetitions, or beyond the pool's budget of them, the next model is asked at once",
        arguments: worthRepeating)
    func unrepeated(_ cause: FallbackCause) throws {
        var without = try chain("a", "maxRetries: 0")
        #expect(without.failed(cause) == .next(model: "b"))
        var beyond = try chain()
        #expect(beyond.failed(cause, mayRepeat: false) == .next(model: "b"))
        #expect(beyond.failed(cause) == .again(after: second), "the next model is repeated in its own right")
    }

    @Test(
        "what time does not mend goes to the next model at once",
        arguments: [
            .timeout, .unavailable, .badAnswer, .modelMissing, .status(501, retryAfter: nil),
            .status(505, retryAfter: nil),
            .status(429, retryAfter: second + 1), .status(503, retryAfter: 60 * second), .status(408, retryAfter: .max),
        ] as [FallbackCause])
    func next(_ cause: FallbackCause) throws {
        var chain = try chain()
        #expect(chain.failed(cause) == .next(model: "b"))
        #expect(chain.model == "b" && chain.isFallback && chain.tries == 2)
    }

    @Test(
        "other answers are answers", arguments: [200, 301, 400, 401, 402, 403, 404, 405, 409, 413, 422, 451, 499, 600])
    func answers(_ status: Int) throws {
        var chain = try chain()
        #expect(chain.failed(.status(status, retryAfter: nil)) == .giveUp(.answer))
        #expect(chain.failed(.connect) == .giveUp(.answer))
        #expect(chain.model == "a" && chain.tries == 1)
    }

    @Test("nobody else is asked once the client has a byte, whatever happens")
    func begun() throws {
        var chain = try chain()
        #expect(chain.failed(.timeout) == .next(model: "b"))
        chain.answerBegan()
        for cause in Self.worthRepeating + [.timeout, .unavailable] {
            #expect(chain.failed(cause) == .giveUp(.begun))
        }
        #expect(chain.model == "b" && chain.tries == 2, "the model that gave the answer is the one that it names")
    }

    @Test("a model that was repeated before it timed out is left; the next one has all its repetitions")
    func mixed() throws {
        var chain = try chain()
        #expect(chain.failed(.connect) == .again(after: second))
        #expect(chain.failed(.timeout) == .next(model: "b"))
        #expect(chain.failed(.reset) == .again(after: second) && chain.failed(.reset) == .again(after: second))
        #expect(chain.failed(.reset) == .next(model: "c"))
        #expect(chain.failed(.status(400, retryAfter: nil)) == .giveUp(.answer))
        #expect(chain.tries == 6)
    }

    @Test("every try may wait as long as is said, the last one too")
    func timeout() throws {
        var chain = try chain()
        #expect(chain.timeout == 30 * second)
        _ = chain.failed(.timeout)
        _ = chain.failed(.timeout)
        #expect(chain.model == "c" && chain.timeout == 30 * second)
        #expect(try self.chain("a", "maxRetries: 1").timeout == nil)
    }

    @Test("whatever fails in whatever order, a chain ends, and never goes back")
    func ends() throws {
        let causes = Self.worthRepeating + [.timeout, .unavailable, .badAnswer, .modelMissing]
        var random: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<2000 {
            var chain = try chain()
            var last = 0
            var tries = 1
            while true {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let cause = causes[Int(random >> 33) % causes.count]
                let step = chain.failed(cause, mayRepeat: random & (1 << 20) != 0)
                if case .giveUp(let why) = step {
                    #expect(why == .exhausted && chain.model == "c")
                    break
                }
                tries += 1
                let place = try #require(["a", "b", "c"].firstIndex(of: chain.model))
                try #require(place >= last && tries <= 9 && chain.tries == tries)
                last = place
            }
        }
    }

    @Test("causes have words for a metric's label")
    func words() {
        #expect(FallbackCause.status(429, retryAfter: 5).word == "429" && FallbackCause.timeout.word == "timeout")
        #expect(FallbackCause.modelMissing.word == "model-missing")
    }
}
