import Balancer
import Settings
import Testing

@Suite("when a failed request is sent again")
struct RetryPolicyTests {
    private static let get = RetryRequest(isIdempotent: true)
    private static let post = RetryRequest(isIdempotent: false)
    private static let keyed = RetryRequest(isIdempotent: false, hasKey: true)
    private static let model = RetryRequest(isIdempotent: false, kind: .llm)
    private static let upgrade = RetryRequest(isIdempotent: true, isUpgrade: true)

    private func policy(_ change: (inout RetrySettings) -> Void = { _ in }) -> RetryPolicy {
        var settings = RetrySettings()
        change(&settings)
        return RetryPolicy(settings)
    }

    private func isRepeated(_ failed: FailedAttempt, _ policy: RetryPolicy? = nil) -> Bool {
        if case .no = (policy ?? self.policy()).verdict(failed, random: 0) { return false }
        return true
    }

    @Test("a connection that failed is made good once at no cost, whatever the request")
    func connect() {
        for request in [Self.get, Self.post, Self.keyed, Self.model, Self.upgrade] {
            let failed = FailedAttempt(.connect, request, sent: .nothing)
            #expect(policy().verdict(failed, random: .max) == .yes(after: 0, isFree: true))
        }
        // the second one is a repetition like any other
        let second = FailedAttempt(.connect, Self.post, sent: .nothing, freeRepeats: 1)
        #expect(policy().verdict(second, random: 0) == .yes(after: 0, isFree: false))
        let third = FailedAttempt(.connect, Self.post, sent: .nothing, repeats: 1, freeRepeats: 1)
        #expect(policy().verdict(third, random: 0) == .no(.attemptsUsed))
    }

    @Test(
        "once a byte was sent, a POST goes nowhere else, unless its client vouches for it or a model serves it",
        arguments: [RetryCause.reset, .timeout, .status(503), .stream, .stale])
    func sent(cause: RetryCause) {
        for sent in [FailedAttempt.Sent.head, .body] {
            #expect(policy().verdict(FailedAttempt(cause, Self.post, sent: sent), random: 0) == .no(.unsafe))
            #expect(policy().verdict(FailedAttempt(cause, Self.upgrade, sent: sent), random: 0) == .no(.unsafe))
            for request in [Self.get, Self.keyed, Self.model] {
                #expect(isRepeated(FailedAttempt(cause, request, sent: sent)), "\(request)")
            }
        }
    }

    @Test("nothing is repeated once the client has a byte of an answer")
    func begun() {
        for cause in [RetryCause.connect, .reset, .timeout, .status(503), .stream, .stale] {
            let failed = FailedAttempt(cause, Self.get, sent: .head, isAnswerBegun: true)
            #expect(policy().verdict(failed, random: 0) == .no(.answerBegun))
        }
    }

    @Test("a request whose body is gone is not repeated once some of it was sent")
    func bodyGone() {
        let failed = FailedAttempt(.reset, Self.model, sent: .body, isWhole: false)
        #expect(policy().verdict(failed, random: 0) == .no(.bodyGone))
        #expect(isRepeated(FailedAttempt(.connect, Self.model, sent: .nothing, isWhole: false)))
    }

    @Test("a stale connection leads to the same agent once, then it counts as broken")
    func stale() {
        #expect(policy().verdict(FailedAttempt(.stale, Self.get, sent: .head), random: 0) == .sameAgent)
        let again = FailedAttempt(.stale, Self.get, sent: .head, freeRepeats: 1)
        #expect(policy().verdict(again, random: 0) == .yes(after: 0, isFree: false))
    }

    @Test("as often as `attempts` says", arguments: [0, 1, 3])
    func attempts(attempts: Int) {
        let policy = policy { $0.attempts = attempts }
        for repeats in 0..<5 {
            let failed = FailedAttempt(.reset, Self.get, sent: .head, repeats: repeats)
            #expect(isRepeated(failed, policy) == (repeats < attempts))
        }
    }

    @Test("only what `on` lists is repeated; 429 and 529 for models alone")
    func listed() {
        let narrow = policy { $0.on = [.connect, .status(503)] }
        #expect(isRepeated(FailedAttempt(.status(503), Self.get, sent: .head), narrow))
        for cause in [RetryCause.reset, .timeout, .status(502), .stream, .stale] {
            let failed = FailedAttempt(cause, Self.get, sent: .head)
            #expect(narrow.verdict(failed, random: 0) == .no(.notListed))
        }
        for status in [429, 529] {
            #expect(isRepeated(FailedAttempt(.status(status), Self.model, sent: .body)))
            #expect(!isRepeated(FailedAttempt(.status(status), Self.get, sent: .head)))
        }
        for status in [200, 404, 500, 501] {
            #expect(!isRepeated(FailedAttempt(.status(status), Self.get, sent: .head)))
            #expect(!policy().mayRepeat(status: status))
        }
        #expect(!isRepeated(FailedAttempt(.badAnswer, Self.get, sent: .head)))
    }

    @Test("the wait is anything up to the backoff, which doubles up to its bound")
    func backoff() {
        let policy = policy { $0.attempts = 6 }
        for (repeats, most) in [25, 50, 100, 200, 250, 250].enumerated() {
            let failed = FailedAttempt(.reset, Self.get, sent: .head, repeats: repeats)
            var longest: Int64 = 0
            for draw in 0...16 {
                let random = draw == 16 ? UInt64.max : UInt64(draw) << 60
                guard case .yes(let delay, false) = policy.verdict(failed, random: random) else {
                    Issue.record("repetition \(repeats) was refused")
                    return
                }
                longest = max(longest, delay)
                #expect((0...Int64(most) * millisecond).contains(delay))
            }
            #expect(longest >= Int64(most) * millisecond - 1)
        }
    }

    @Test("settings are read in their forms, and what is wrong is told")
    func settings() throws {
        let (value, problems) = try read(
            RetrySettings.self,
            """
            {attempts: 2, on: ['connect', 503, '504'], perTry: '2s', backoff: '10ms', maxBackoff: '1s',
             budget: {ratio: '10%', minPerSecond: 3}, replayBytes: '64KB', hedge: {enabled: true, quantile: 0.9}}
            """)
        #expect(problems.isEmpty)
        #expect(value.on == [.connect, .status(503), .status(504)] && value.perTry == .seconds(2))
        #expect(RetryPolicy(value).perTry == 2 * second && RetryPolicy(RetrySettings()).perTry == .max)
        let (_, wrong) = try read(RetrySettings.self, "{on: ['conect', 200, true], attempts: 99, hedge: {quantile: 2}}")
        #expect(wrong.count == 5)
    }
}
