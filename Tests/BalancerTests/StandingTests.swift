import Balancer
import Testing

@Suite("what is told of a pool is what a pick would do with it")
struct StandingTests {
    @Test("each state has its name, and only who can serve is asked")
    func states() {
        let agents = agents([1, 1, 1, 0, 1, 1], cap: 1)
        agents[1].state.publish(.down, now: 0)
        agents[2].state.setDrained(true)
        agents[4].state.failUntilEjected(0)
        #expect(agents[5].tryAcquire())
        let told = pool(of: agents).standing(1)
        #expect(told.agents.map(\.state) == [.available, .down, .drained, .weightless, .ejected, .busy])
        #expect(told.agents.map(\.isAsked) == [true, false, false, false, false, false])
        #expect(told.refusal == nil && !told.isPanic)
        #expect(agents.map(\.state.inFlight) == [0, 0, 0, 0, 0, 1], "a look takes no place")
    }

    @Test(
        "with whatever is down, drained, ejected and busy: whom a pick can choose is asked, and who is asked is chosen")
    func random() {
        var random = SplitMix64(seed: 41)
        for round in 0..<500 {
            let count = 1 + random.below(5)
            let agents = agents((0..<count).map { _ in random.below(4) }, cap: random.below(3))
            for agent in agents {
                if random.below(4) == 0 { agent.state.publish(.down, now: 0) }
                if random.below(6) == 0 { agent.state.setDrained(true) }
                if random.below(3) == 0 { agent.state.failUntilEjected(Int64(random.below(5))) }
                for _ in 0..<random.below(3) { _ = agent.tryAcquire() }
            }
            let now = Int64(random.below(2)) * 20 * second + 5
            let pool = pool(of: agents, "random")
            let told = pool.standing(now)
            let loop = LoopPool(pool, seed: random.next())
            var probes: [Lease] = []
            let chosen = Set(
                (0..<200).compactMap { _ -> Int? in
                    guard case .agent(let lease) = loop.pick(Ask(key: 0, now: now)) else { return nil }
                    // A probe that came to nothing would be the next one again.
                    if lease.isProbe { probes.append(lease) } else { pool.ended(lease, .cancelled, now) }
                    return lease.agent
                })
            for lease in probes { pool.ended(lease, .cancelled, now) }
            let asked = Set(told.agents.indices.filter { told.agents[$0].isAsked })
            // While a probe is on its way the pool stands differently.
            let isSame = told.agents.contains { $0.state == .probing } ? chosen.isSubset(of: asked) : chosen == asked
            #expect(isSame && chosen.isEmpty == asked.isEmpty, "round \(round)")
            #expect(loop.refusal(now: now) == told.refusal, "round \(round)")
            #expect(loop.isPanic == told.isPanic, "round \(round)")
        }
    }

    @Test("a record of checks keeps why the last one failed, since when, and whether one ever passed")
    func record() {
        let state = agents([1])[0].state
        #expect(state.checks == CheckRecord())
        state.checkFailed("connection refused", now: 5)
        state.checkFailed("status 503", now: 9)
        #expect(state.checks.failure == "status 503" && state.checks.failures == 2)
        #expect(state.checks.failingSince == 5 && !state.checks.hasPassed)
        state.checkPassed(now: 0)
        #expect(state.checks.failure == nil && state.checks.failures == 0 && state.checks.hasPassed)
        state.checkFailed("no answer in time", now: 20)
        #expect(state.checks.failingSince == 20 && state.checks.hasPassed)
    }
}
