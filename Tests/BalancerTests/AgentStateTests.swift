import Balancer
import Dispatch
import Synchronization
import Testing

@Suite("what is known of an agent")
struct AgentStateTests {
    private let state = AgentState(changes: Changes())
    private let policy = BreakerPolicy()

    private func fail(_ times: Int, now: Int64) {
        for _ in 0..<times { state.end(.failure(.reset), now, policy) }
    }

    /// A request that finds out whether the agent is back, and how it ends.
    private func probe(_ outcome: Outcome, _ now: Int64, meanwhile: () -> Void = {}) {
        let pool = Pool(name: "p", agents: [agent(state)])
        let loop = LoopPool(pool, seed: 1)
        guard case .agent(let lease) = loop.pick(Ask(key: 0, now: now)) else {
            Issue.record("nobody was picked")
            return
        }
        #expect(lease.isProbe)
        meanwhile()
        pool.ended(lease, outcome, now)
    }

    private func agent(_ state: AgentState) -> Agent {
        var settings = AgentSettings()
        settings.id = "a"
        return Agent(settings, kind: .llm, healthCheck: HealthCheckSettings(), state: state)
    }

    @Test("three failures in a row set it aside for 10 s, and up to a tenth longer")
    func ejects() {
        fail(2, now: 5)
        #expect(!state.isOpen(5))
        fail(1, now: 5)
        #expect(state.isOpen(5))
        #expect((10 * second...11 * second).contains(state.openUntil - 5))
        #expect(!state.isOpen(11 * second + 5))
    }

    @Test("a success between sets the count back")
    func successResets() {
        fail(2, now: 0)
        state.end(.success, 0)
        fail(2, now: 0)
        #expect(!state.isOpen(0))
    }

    @Test(
        "what is cancelled, refused or about one request neither counts in a row nor sets back",
        arguments: [Outcome.cancelled, .overloaded, .serverError])
    func neutral(_ outcome: Outcome) {
        fail(2, now: 0)
        for _ in 0..<10 { state.end(outcome, 0) }
        #expect(!state.isOpen(0))
        #expect(state.served == (outcome == .cancelled ? 0 : 10))
        fail(1, now: 0)
        #expect(state.isOpen(0))
    }

    @Test(
        "half of at least 20 attempts within 10 s open it, fewer do not", arguments: [Outcome.overloaded, .serverError])
    func ratio(_ outcome: Outcome) {
        for _ in 0..<10 { state.end(.success, second) }
        for _ in 0..<9 { state.end(outcome, 2 * second) }
        #expect(!state.isOpen(2 * second), "19 attempts say nothing")
        state.end(outcome, 2 * second)
        #expect(state.isOpen(2 * second))
    }

    @Test("what is older than the window does not count")
    func oldErrors() {
        for _ in 0..<19 { state.end(.serverError, second) }
        state.end(.serverError, 11 * second)
        #expect(!state.isOpen(11 * second))
        #expect(state.window(11 * second, policy) == (1, 1))
    }

    @Test("each opening in a row is 10 s longer, and a probe that fails is enough, up to 300 s")
    func longer() {
        fail(3, now: 0)
        for n in 2...40 as ClosedRange<Int64> {
            let now = state.openUntil
            probe(.failure(.reset), now)
            let least = min(n * 10, 300) * second
            #expect((least...(least + least / 10)).contains(state.openUntil - now), "opening \(n)")
            #expect(state.openings == Int(n))
        }
    }

    @Test("failures while it is open do not lengthen that")
    func notLengthened() {
        fail(3, now: 0)
        let until = state.openUntil
        fail(50, now: 9 * second)
        #expect(state.openUntil == until && state.openings == 1 && state.totalOpenings == 1)
    }

    @Test("a probe that is answered closes it, and its share rises from then on")
    func probeCloses() {
        fail(3, now: 0)
        let now = state.openUntil
        probe(.success, now)
        #expect(!state.isSetAside && state.rampStart == now && state.consecutiveFailures == 0)
    }

    @Test("a probe that comes to nothing leaves the next request to find out")
    func probeCancelled() {
        fail(3, now: 0)
        let now = state.openUntil
        probe(.cancelled, now)
        #expect(state.isSetAside && !state.isOpen(now))
        probe(.success, now + 1)
        #expect(!state.isSetAside)
    }

    @Test("a probe that was out when an operator closed the breaker opens it no more")
    func probeAfterHand() {
        fail(3, now: 0)
        let now = state.openUntil
        probe(.failure(.reset), now) { state.closeBreaker(now) }
        #expect(!state.isSetAside && state.rampStart == now && state.totalOpenings == 1)
    }

    @Test("a health check that passes stands in for the probe that does not come")
    func checkCloses() {
        fail(3, now: 0)
        let over = state.openUntil
        state.checkPassed(now: over + 4 * second)
        #expect(state.isSetAside, "a request may still come")
        state.checkPassed(now: over + 6 * second)
        #expect(!state.isSetAside && state.rampStart == over + 6 * second && state.openings == 1)
    }

    @Test("one probe at a time, a request that can be repeated first; after a second any will do")
    func oneProbe() {
        let members = agents([1, 1, 1])
        members[0].state.failUntilEjected(0)
        let pool = pool(of: members)
        let loop = LoopPool(pool, seed: 1)
        let now = members[0].state.openUntil
        func pick(_ now: Int64, repeatable: Bool) -> Lease? {
            guard case .agent(let lease) = loop.pick(Ask(key: 0, now: now, isRepeatable: repeatable)) else {
                return nil
            }
            return lease
        }
        for _ in 0..<20 { #expect(pick(now, repeatable: false)?.agent != 0) }
        let probe = pick(now, repeatable: true)
        #expect(probe?.agent == 0 && probe?.isProbe == true)
        for _ in 0..<20 { #expect(pick(now + 1, repeatable: true)?.agent != 0) }
        if let probe { pool.ended(probe, .cancelled, now + 2) }
        #expect(pick(now + second + 1, repeatable: false)?.isProbe == true)
    }

    @Test("the success of a request that began before it opened does not close it, one that began after does")
    func lateSuccess() {
        fail(3, now: 10)
        state.record(.success, began: 5, now: 20, policy)
        #expect(state.isOpen(20))
        state.record(.success, began: 15, now: 20, policy)
        #expect(!state.isSetAside)
    }

    @Test("an agent that opens again soon after is away for longer; after a quiet time it begins anew")
    func quiet() {
        fail(3, now: 0)
        probe(.success, state.openUntil)
        let soon = 12 * second
        fail(3, now: soon)
        #expect(state.openings == 2)
        probe(.success, state.openUntil)
        fail(3, now: 100 * second)
        #expect(state.openings == 1)
    }

    @Test("Retry-After sets it aside for that long, at most for the longest cooldown")
    func retryAfter() {
        state.record(.overloaded, began: 0, now: 5, retryAfter: 7 * second, policy)
        #expect(state.asideUntil == 7 * second + 5)
        state.record(.overloaded, began: 0, now: 5, retryAfter: .max, policy)
        #expect(state.asideUntil == 300 * second + 5)
    }

    @Test("maxFails 0 leaves it to the ratio, and enabled: false to nobody")
    func never() {
        var settings = CircuitBreakerSettings()
        settings.maxFails = 0
        for _ in 0..<19 { state.end(.failure(.connect), 0, BreakerPolicy(settings)) }
        #expect(!state.isOpen(0))
        settings.enabled = false
        for _ in 0..<100 { state.end(.failure(.connect), 0, BreakerPolicy(settings)) }
        #expect(!state.isOpen(0) && state.failed == 119)
        settings.enabled = true
        state.end(.failure(.connect), 0, BreakerPolicy(settings))
        #expect(state.isOpen(0))
    }

    @Test(
        "statuses: gateways' own count in a row, a request's errors and refusals in the ratio alone",
        arguments: [
            (200, Outcome.success), (404, .success), (429, .overloaded), (500, .serverError), (501, .serverError),
            (502, .failure(.status)), (503, .failure(.status)), (504, .failure(.status)), (529, .overloaded),
        ])
    func statuses(_ status: Int, _ outcome: Outcome) {
        #expect(Outcome.of(status: status) == outcome)
    }

    @Test("times at the end of the clock do not overflow")
    func endOfTime() {
        fail(3, now: .max - 1)
        #expect(state.openUntil == .max)
        var settings = CircuitBreakerSettings()
        settings.cooldown = .seconds(Int64.max / 2_000_000_000)
        #expect(BreakerPolicy(settings).duration(1000, 0) == 300 * second)
    }

    @Test("loops that fail at the same moment open it once")
    func ejectsOnce() {
        for _ in 0..<200 {
            let state = AgentState(changes: Changes())
            let policy = policy
            DispatchQueue.concurrentPerform(iterations: 8) { _ in state.end(.failure(.connect), 0, policy) }
            #expect(state.openings == 1 && state.totalOpenings == 1)
        }
    }

    @Test("of loops that ask at the same moment one is the probe")
    func probesOnce() {
        for round in 0..<200 {
            let members = agents([1, 1])
            members[0].state.failUntilEjected(0)
            let pool = pool(of: members)
            let now = members[0].state.openUntil
            let probes = Atomic<Int>(0)
            DispatchQueue.concurrentPerform(iterations: 4) { thread in
                let loop = LoopPool(pool, seed: UInt64(thread))
                if case .agent(let lease) = loop.pick(Ask(key: 0, now: now)), lease.isProbe {
                    probes.wrappingAdd(1, ordering: .relaxed)
                }
            }
            #expect(probes.load(ordering: .relaxed) == 1, "round \(round)")
        }
    }

    @Test("a cap is that many places, 0 is no cap, and a release makes room")
    func places() {
        #expect((0..<4).map { _ in state.tryAcquire(cap: 2) } == [true, true, false, false])
        #expect(state.inFlight == 2)
        #expect(state.tryAcquire(cap: 0))
        state.release()
        state.release()
        #expect(state.tryAcquire(cap: 2) && !state.tryAcquire(cap: 2))
    }

    // A cap of 1, so that two threads, which any machine has, are enough to break it.
    @Test("a cap holds whatever threads do, and every place is given back")
    func cap() {
        let state = state
        let over = Atomic<Int>(0)
        let got = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<20_000 where state.tryAcquire(cap: 1) {
                if state.inFlight > 1 { over.wrappingAdd(1, ordering: .relaxed) }
                got.wrappingAdd(1, ordering: .relaxed)
                state.release()
            }
        }
        #expect(over.load(ordering: .relaxed) == 0)
        #expect(got.load(ordering: .relaxed) > 0)
        #expect(state.inFlight == 0)
    }

    @Test("loops that pick at once never go over the caps", arguments: Strategies.list.map { $0.name })
    func loopsKeepCaps(_ strategy: String) {
        let pool = pool([3, 2], strategy, cap: 1)
        let over = Atomic<Int>(0)
        let got = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            let loop = LoopPool(pool, seed: UInt64(thread))
            for turn in 0..<20_000 {
                guard let index = loop.take(key: UInt64(turn)) else { continue }
                if pool.agents[index].state.inFlight > 1 { over.wrappingAdd(1, ordering: .relaxed) }
                got.wrappingAdd(1, ordering: .relaxed)
                pool.agents[index].state.release()
            }
        }
        #expect(over.load(ordering: .relaxed) == 0)
        #expect(got.load(ordering: .relaxed) > 0)
        #expect(pool.agents.allSatisfy { $0.state.inFlight == 0 })
    }
}
