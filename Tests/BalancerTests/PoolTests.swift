import Balancer
import Testing

@Suite("a pool")
struct PoolTests {
    @Test("a pick takes a place, and a release gives it back")
    func places() {
        let pool = pool([1])
        let loop = LoopPool(pool, seed: 1)
        #expect(loop.take() == 0)
        #expect(loop.take() == 0)
        #expect(pool.agents[0].state.inFlight == 2)
        pool.agents[0].state.release()
        #expect(pool.agents[0].state.inFlight == 1)
    }

    @Test("a drained agent gets no new request, whatever else is the matter")
    func drain() {
        let pool = pool([1, 1])
        let loop = LoopPool(pool, seed: 1)
        _ = loop.counts(10)
        pool.agents[0].state.setDrained(true)
        #expect(loop.counts(10) == [0, 10])
        pool.agents[1].state.setDrained(true)
        #expect(loop.refusal() == .allUnavailable)
        pool.agents[0].state.setDrained(false)
        #expect(loop.counts(10) == [10, 0])
    }

    @Test("a verdict of health does not count where nobody asks any more")
    func uncheckedHealth() {
        let agents = agents([1], isChecked: false)
        agents[0].state.publish(.down, now: 0)
        #expect(LoopPool(pool(of: agents), seed: 1).touch() == 0)
    }

    @Test("an ejected agent gets nothing until its time is over, and is looked at again then by itself")
    func ejected() {
        let pool = pool([1, 1, 1])
        let loop = LoopPool(pool, seed: 1)
        _ = loop.counts(10)
        pool.agents[0].state.failUntilEjected(0)
        for now in stride(from: 0, to: 10 * second, by: Int(second)) { #expect(loop.touch(now: now) != 0) }
        #expect((0..<3).contains { _ in loop.touch(now: 11 * second) == 0 })
        #expect(!loop.isPanic)
    }

    @Test("of 3 agents one is ejected at once, the one that was first; further ones are used")
    func cap() {
        let pool = pool([1, 1, 1])
        let loop = LoopPool(pool, seed: 1)
        pool.agents[2].state.failUntilEjected(1)
        pool.agents[0].state.failUntilEjected(2)
        pool.agents[1].state.failUntilEjected(3)
        #expect(Set((0..<30).compactMap { _ in loop.touch(now: 4) }) == [0, 1])
        #expect(!loop.isPanic)
        // The first one is back: the next in line is out in its place.
        pool.agents[2].state.closeBreaker(4)
        #expect(Set((0..<300).compactMap { _ in loop.touch(now: 5) }) == [2, 1])
    }

    @Test(
        "of 10 agents three may be ejected, of 100 thirty-three, of one or two one",
        arguments: [
            (1, 1), (2, 1), (3, 1), (6, 1), (7, 2), (10, 3), (100, 33), (1000, 330),
        ])
    func share(_ agents: Int, _ ejected: Int) {
        #expect(BreakerPolicy().cap(of: agents) == ejected)
        let pool = pool(Array(repeating: 1, count: agents))
        for agent in pool.agents { agent.state.failUntilEjected(0) }
        let loop = LoopPool(pool, seed: 1)
        let used = Set((0..<agents * 2).compactMap { _ in loop.touch(now: 1) }).count
        #expect(used == (agents == 1 ? 1 : agents - ejected))
    }

    @Test("a further try that finds nobody else asks an agent that is only ejected")
    func lastResort() {
        let members = agents([100, 100])
        let pool = pool(of: members)
        members[0].state.failUntilEjected(0)
        let loop = LoopPool(pool, seed: 1)
        #expect(loop.touch(now: 1) == 1)
        #expect(loop.touch(now: 1, tried: [1]) == 0)
        members[0].state.publish(.down, now: 1)
        #expect(loop.touch(now: 1, tried: [1]) == nil)
    }

    @Test(
        "panic: below 34 % available all are used but those an operator drained; further tries stay with the available")
    func panic() {
        let pool = pool([1, 1, 1, 1])
        let loop = LoopPool(pool, seed: 1)
        pool.agents[0].state.failUntilEjected(0)
        pool.agents[1].state.publish(.down, now: 0)
        #expect(Set((0..<20).compactMap { _ in loop.touch(now: 1) }) == [2, 3])
        #expect(!loop.isPanic)
        pool.agents[2].state.setDrained(true)
        #expect(Set((0..<20).compactMap { _ in loop.touch(now: 2) }) == [0, 1, 3])
        #expect(loop.isPanic)
        for _ in 0..<20 { #expect(loop.touch(now: 2, tried: [0]) == 3) }
        pool.agents[2].state.setDrained(false)
        #expect(Set((0..<20).compactMap { _ in loop.touch(now: 3) }) == [2, 3])
        #expect(!loop.isPanic)
    }

    @Test("who has somebody else to ask is not given those that a panic uses")
    func calm() {
        let pool = pool([1, 1])
        let loop = LoopPool(pool, seed: 1)
        for agent in pool.agents { agent.state.publish(.down, now: 0) }
        var ask = Ask(key: 0, now: 1)
        ask.allowsPanic = false
        #expect(loop.pick(ask) == .none(.allUnavailable))
        #expect(loop.touch(now: 1) != nil && loop.isPanic)
    }

    @Test("an agent that asked to be left alone is, as long as others serve")
    func aside() {
        let pool = pool([1, 1, 1])
        let loop = LoopPool(pool, seed: 1)
        pool.agents[0].state.record(.overloaded, began: 0, now: 0, retryAfter: 5 * second, pool.breaker)
        #expect(Set((0..<20).compactMap { _ in loop.touch(now: second) }) == [1, 2])
        #expect(Set((0..<20).compactMap { _ in loop.touch(now: 6 * second) }) == [0, 1, 2])
    }

    @Test("a weight set by hand stands in place of the configured one until it is taken back")
    func handWeight() {
        let pool = pool([1, 1], "weighted-round-robin")
        let loop = LoopPool(pool, seed: 1)
        #expect(loop.counts(100) == [50, 50])
        pool.agents[0].state.setHandWeight(3)
        #expect(loop.counts(100) == [75, 25])
        pool.agents[0].state.setHandWeight(0)
        #expect(loop.counts(100) == [0, 100])
        pool.agents[0].state.setHandWeight(nil)
        #expect(loop.counts(100) == [50, 50])
    }

    @Test("a single agent is never left unused for failing")
    func alone() {
        let pool = pool([1])
        pool.agents[0].state.failUntilEjected(0)
        let loop = LoopPool(pool, seed: 1)
        #expect(loop.touch(now: 1) == 0)
        #expect(loop.isPanic)
    }

    @Test("every loop sees what any loop records")
    func loops() {
        let pool = pool([1, 1, 1, 1])
        let loops = (0..<4 as Range<UInt64>).map { LoopPool(pool, seed: $0) }
        for loop in loops { _ = loop.counts(5) }
        pool.agents[2].state.failUntilEjected(0)
        for loop in loops { #expect(loop.counts(40)[2] == 0) }
        pool.agents[2].state.closeBreaker(0)
        for loop in loops { #expect(loop.touch(now: 31 * second) != nil && loop.counts(40)[2] > 0) }
    }

    @Test("an agent's own kind goes before its pool's")
    func kind() {
        var settings = AgentSettings()
        settings.kind = .openclaw
        let changes = Changes()
        let own = Agent(settings, kind: .openclaw, healthCheck: .init(), state: AgentState(changes: changes))
        settings.kind = nil
        let none = Agent(settings, kind: .openclaw, healthCheck: .init(), state: AgentState(changes: changes))
        let pool = Pool(name: "p", agents: [own, none], kind: .llm)
        #expect(pool.kind(of: 0) == .openclaw)
        #expect(pool.kind(of: 1) == .llm)
    }
}

@Suite("agents that were tried")
struct TriedTests {
    @Test("eight are kept, each once; then the oldest is forgotten")
    func ring() {
        var tried = Tried()
        #expect(tried.isEmpty && !tried.contains(0))
        for index in [3, 3, 5, -1] { tried.add(index) }
        #expect(tried.count == 2 && tried.contains(3) && tried.contains(5) && !tried.contains(-1))
        for index in 10..<1000 {
            tried.add(index)
            #expect(tried.contains(index) && tried.contains(index > 10 ? index - 1 : 3) && tried.count <= 8)
        }
        #expect((0..<1000).filter(tried.contains) == Array(992..<1000))
    }
}
