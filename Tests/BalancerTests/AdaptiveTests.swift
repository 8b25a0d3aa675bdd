import Balancer
import Settings
import Testing

/// How `adaptive` chooses.
@Suite("adaptive")
struct AdaptiveTests {
    /// Answers that each took as long as `seconds` says, one after the other at a pool's agents.
    private func teach(_ pool: Pool, _ seconds: [Double], times: Int = 100, now: Int64 = second) {
        for (agent, seconds) in seconds.enumerated() where seconds > 0 {
            for _ in 0..<times {
                _ = pool.agents[agent].state.tryAcquire(cap: 0)
                var lease = Lease(agent: agent, started: now - Int64(seconds * 1e9))
                pool.answered(&lease, now)
                pool.ended(lease, .success, now)
            }
        }
    }

    @Test("keeps in flight what weights say while nothing is known")
    func goesByLoadAtFirst() {
        let pool = pool(of: agents([50, 30, 10, 10], isChecked: false), "adaptive")
        let loop = LoopPool(pool, seed: 3)
        for _ in 0..<1000 { _ = loop.take() }
        for (agent, expected) in zip(pool.agents, [500, 300, 100, 100]) {
            #expect(abs(agent.state.inFlight - expected) <= 2)
        }
    }

    @Test("gives equal agents with equal times their weights")
    func heedsWeights() {
        let pool = pool(of: agents([400, 200, 100, 100], isChecked: false), "adaptive")
        for agent in pool.agents {
            for turn in 0..<4000 { agent.state.figures.curve.learn(0.1, at: 1 + turn % 400, silence: 0) }
        }
        let loop = LoopPool(pool, seed: 3)
        for _ in 0..<400 { _ = loop.take(now: second) }
        for (agent, expected) in zip(pool.agents, [200, 100, 50, 50]) {
            #expect(abs(agent.state.inFlight - expected) <= expected / 5, "\(pool.agents.map(\.state.inFlight))")
        }
    }

    @Test("prefers the faster agent until a place there costs as much")
    func prefersFast() {
        let pool = pool(of: agents([100, 100], isChecked: false), "adaptive")
        teach(pool, [0.05, 0.2])
        let loop = LoopPool(pool, seed: 1)
        let picks = (0..<5).map { _ in loop.take(now: second + millisecond) }
        #expect(picks.prefix(2).allSatisfy { $0 == 0 } && picks.contains(1), "\(picks)")
    }

    @Test("takes an agent of which nothing is known for a usual one, and does not flood it")
    func triesNew() {
        let pool = pool(of: agents([100, 100, 100], isChecked: false), "adaptive")
        teach(pool, [0.1, 0.1, 0])
        let loop = LoopPool(pool, seed: 1)
        for _ in 0..<30 { _ = loop.take(now: second + millisecond) }
        #expect((5...12).contains(pool.agents[2].state.inFlight), "\(pool.agents[2].state.inFlight)")
    }

    @Test("leaves an agent alone whose requests wait far longer than they should, before any has been answered")
    func noticesSilence() {
        let pool = pool(of: agents([100, 100], isChecked: false), "adaptive")
        teach(pool, [0.05, 0.05])
        let loop = LoopPool(pool, seed: 1)
        var leases: [Lease] = []
        for _ in 0..<20 {
            if case .agent(let lease) = loop.pick(Ask(key: 0, now: second + millisecond)) { leases.append(lease) }
        }
        // One answers in time; the other is silent for 0.6 s.
        let now = second + 50 * millisecond
        for var lease in leases where lease.agent == 0 {
            pool.answered(&lease, now)
            pool.ended(lease, .success, now)
        }
        var counts = [0, 0]
        for _ in 0..<20 {
            if let index = loop.touch(now: second + 600 * millisecond) { counts[index] += 1 }
        }
        #expect(counts == [20, 0])
    }

    @Test("is not drawn to an agent that fails at once, though no breaker is on", arguments: [2, 20])
    func failingFast(_ size: Int) {
        let pool = pool(of: agents(Array(repeating: 100, count: size), isChecked: false), "adaptive") {
            $0.circuitBreaker.enabled = false
        }
        let loop = LoopPool(pool, seed: 1)
        var held: [(lease: Lease, end: Int64)] = []
        var failed = 0
        for step in 0..<20_000 {
            let now = second + Int64(step) * 2 * millisecond
            while let first = held.first, first.end <= now {
                var lease = held.removeFirst().lease
                pool.answered(&lease, now)
                pool.ended(lease, .success, now)
            }
            guard case .agent(var lease) = loop.pick(Ask(key: 0, now: now)) else { continue }
            if lease.agent == 0 {
                failed += 1
                pool.answered(&lease, now + millisecond / 10, isError: true)
                pool.ended(lease, .failure(.status), now + millisecond / 10)
            } else {
                held.append((lease, now + 20 * millisecond))
            }
        }
        #expect(failed < 20_000 / size / 2, "\(failed)")
    }

    @Test("tries an agent again that was slow, though it gets nothing, once others have something to do")
    func forgets() {
        let pool = pool(of: agents([100, 100, 100, 100], isChecked: false), "adaptive")
        teach(pool, [0.05, 0.05, 0.05, 1])
        let loop = LoopPool(pool, seed: 1)
        var held: [Lease] = []
        var tried: Int64?
        for step in 0..<1200 where tried == nil {
            let now = second + Int64(step) * 50 * millisecond
            while held.count >= 6 {
                var lease = held.removeFirst()
                pool.answered(&lease, lease.started + 50 * millisecond)
                pool.ended(lease, .success, now)
            }
            guard case .agent(let lease) = loop.pick(Ask(key: 0, now: now)) else { continue }
            if lease.agent == 3 { tried = now }
            held.append(lease)
        }
        #expect((tried ?? 0) > 5 * second, "\((tried ?? 0) / second) s")
    }

    @Test("goes by requests in flight alone where latency is no metric")
    func withoutLatency() {
        let pool = pool(of: agents([100, 100], isChecked: false), "adaptive") { $0.adaptive.metrics = [.cpu] }
        teach(pool, [0.01, 1])
        let loop = LoopPool(pool, seed: 1)
        for _ in 0..<100 { _ = loop.take(now: 2 * second) }
        #expect(pool.agents.map(\.state.inFlight) == [50, 50])
        #expect(pool.adaptiveStanding(2 * second).allSatisfy { $0.figures.allSatisfy { !$0.counts } })
    }

    @Test("chooses the same again for the same seed", arguments: [4, 40])
    func isDeterministic(_ size: Int) {
        func sequence() -> [Int?] {
            let pool = pool(of: agents(Array(repeating: 100, count: size), isChecked: false), "adaptive")
            let loop = LoopPool(pool, seed: 42)
            return (0..<1000).map { step in
                let now = second + Int64(step) * millisecond
                guard case .agent(var lease) = loop.pick(Ask(key: 0, now: now)) else { return nil }
                pool.answered(&lease, now + Int64(lease.agent + 1) * millisecond)
                if step % 3 != 0 { pool.ended(lease, .success, now + 50 * millisecond) }
                return lease.agent
            }
        }
        #expect(sequence() == sequence())
    }

    @Test("says of each agent what its cost is made of")
    func stands() throws {
        let pool = pool(of: agents([100, 50], isChecked: false), "adaptive")
        teach(pool, [0.1, 0])
        let now = 2 * second
        pool.agents[0].state.report(LoadReport(cpu: 0.75), from: .header, period: second, now: now - second)
        pool.agents[1].state.report(LoadReport(cpu: 0.75), from: .health, period: second / 4, now: now - second)
        let standings = pool.adaptiveStanding(now)
        let (known, unknown) = (standings[0], standings[1])
        #expect(known.expected.map { abs($0 - 0.1) < 0.001 } == true && known.curve.count == LoadCurve.points)
        #expect(known.utilization == 0.75 && known.effectiveWeight < 100)
        #expect(known.figures.map(\.metric) == [.cpu, .latency])
        let cpu = try #require(known.figures.first)
        #expect(cpu.counts && cpu.age == second && cpu.source == .header && cpu.part == 0.75)
        #expect(unknown.expected == nil && unknown.curve.isEmpty && unknown.utilization == nil)
        #expect(unknown.effectiveWeight == 50 && unknown.figures.map(\.counts) == [false])
        #expect(known.errorFactor == 1 && known.delayFactor == 1)
    }
}
