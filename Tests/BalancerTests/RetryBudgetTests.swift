import Balancer
import Settings
import Testing

@Suite("how much is repeated at most")
struct RetryBudgetTests {
    private func policy(ratio: Double = 0.2, minPerSecond: Int = 10) -> RetryPolicy {
        var settings = RetrySettings()
        settings.budget.ratio.value = ratio
        settings.budget.minPerSecond = minPerSecond
        return RetryPolicy(settings)
    }

    /// Every request fails and wants to be repeated; how many are, in each of `seconds`.
    private func storm(_ perSecond: Int, seconds: Int, _ policy: RetryPolicy) -> [Int] {
        let budget = RetryBudget()
        var tally = RequestTally()
        return (0..<seconds).map { elapsed in
            var repeated = 0
            for request in 0..<perSecond {
                let now = (100 + Int64(elapsed)) * second + Int64(request) * second / Int64(perSecond)
                tally.began(budget, now)
                tally.settle(budget, now)
                guard budget.hasRoom(policy, now) else { continue }
                budget.retried(now)
                repeated += 1
            }
            return repeated
        }
    }

    @Test(
        "a storm gets a fifth of the last ten seconds' requests, and ten a second besides", arguments: [50, 1000, 5000])
    func bounded(perSecond: Int) {
        let repeated = storm(perSecond, seconds: 60, policy())
        for end in 10...60 {
            let sum = repeated[(end - 10)..<end].reduce(0, +)
            #expect(sum <= perSecond * 2 + 100, "in the ten seconds before \(end)")
        }
        #expect(repeated[20...].reduce(0, +) >= perSecond * 40 / 5, "and not much less")
    }

    @Test("few requests are repeated ten times a second all the same, none where the budget is nothing")
    func floor() {
        #expect(storm(1, seconds: 30, policy()).reduce(0, +) == 30)
        #expect(storm(100, seconds: 30, policy(ratio: 0, minPerSecond: 0)).reduce(0, +) == 0)
    }

    @Test("what was repeated more than ten seconds ago does not count")
    func window() {
        let budget = RetryBudget()
        let policy = policy(ratio: 0, minPerSecond: 1)
        for _ in 0..<10 { budget.retried(5 * second) }
        #expect(!budget.hasRoom(policy, 5 * second) && !budget.hasRoom(policy, 14 * second))
        #expect(budget.hasRoom(policy, 15 * second) && budget.hasRoom(policy, 1000 * second))
        #expect(budget.retriesSoFar == 10)
    }

    @Test("a loop tells the budget at once what it counted when somebody asks")
    func tally() {
        let budget = RetryBudget()
        var tally = RequestTally()
        for _ in 0..<20 { tally.began(budget, second) }
        tally.settle(budget, second)
        let policy = policy(ratio: 0.5, minPerSecond: 0)
        for _ in 0..<10 {
            #expect(budget.hasRoom(policy, second))
            budget.retried(second)
        }
        #expect(!budget.hasRoom(policy, second))
    }

    @Test("a hundred requests earn one hedge, and no more than twenty are kept")
    func hedges() {
        let budget = RetryBudget()
        var sent = 0
        for request in 1...10_000 {
            budget.began(1, Int64(request) * millisecond)
            if budget.takeHedge(ratio: 0.01) { sent += 1 }
        }
        #expect(sent == 100 && budget.hedgesSoFar == 100)
        budget.began(100_000, second)
        var burst = 0
        while budget.takeHedge(ratio: 0.01) { burst += 1 }
        #expect(burst == 20)
        #expect(!budget.takeHedge(ratio: 0))
    }

    @Test("the quantile of times to first byte is found to a tenth, and follows what is recent")
    func quantile() throws {
        var times = FirstByteQuantile()
        var random = SplitMix64(seed: 7)
        #expect(times.value(0.95, least: 10) == nil)
        for _ in 0..<2000 { times.add(Int64(random.below(100)) * millisecond + millisecond) }
        let measured = times.value(0.95, least: 100)
        let found = try #require(measured)
        #expect(abs(found - 95 * millisecond) < 10 * millisecond, "\(found)")
        for _ in 0..<20_000 { times.add(400 * millisecond) }
        let newer = times.value(0.95, least: 100)
        let later = try #require(newer)
        #expect(abs(later - 400 * millisecond) < 60 * millisecond, "\(later)")
    }

    @Test("hedging is opt-in, and only for what may be repeated and is all here")
    func hedging() {
        var settings = HedgeSettings()
        let get = RetryRequest(isIdempotent: true)
        #expect(!HedgePolicy(settings).mayHedge(get, isWhole: true))
        settings.enabled = true
        let policy = HedgePolicy(settings)
        #expect(policy.mayHedge(get, isWhole: true) && !policy.mayHedge(get, isWhole: false))
        #expect(policy.mayHedge(RetryRequest(isIdempotent: false, kind: .llm), isWhole: true))
        #expect(!policy.mayHedge(RetryRequest(isIdempotent: false), isWhole: true))
    }
}
