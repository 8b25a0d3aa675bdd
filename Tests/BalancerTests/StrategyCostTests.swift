import Balancer
import Settings
import Testing

@Suite("strategies by what agents show of themselves")
struct StrategyCostTests {
    private let start = 100 * second

    // MARK: least-connections

    @Test("least-connections: of equals the one that had fewest lately, for its weight")
    func recent() {
        let pool = pool([100, 100, 100], "least-connections")
        let loop = LoopPool(pool, seed: 1)
        pool.agents[0].state.setDrained(true)
        let alone = loop.counts(100)
        #expect(alone == [0, 50, 50])
        pool.agents[0].state.setDrained(false)
        // It has 50 to catch up, and then all are equal again.
        #expect(loop.counts(50) == [50, 0, 0])
        #expect(loop.counts(30) == [10, 10, 10])
    }

    @Test("least-connections: what was is forgotten by half every second")
    func forgotten() {
        let pool = pool([100, 100], "least-connections")
        let loop = LoopPool(pool, seed: 1)
        pool.agents[0].state.setDrained(true)
        for _ in 0..<64 { _ = loop.touch() }
        pool.agents[0].state.setDrained(false)
        for step in 1...10 as ClosedRange<Int64> {
            pool.agents[0].state.setDrained(true)
            _ = loop.touch(now: step * second)
            pool.agents[0].state.setDrained(false)
        }
        let counts = (0..<20).compactMap { _ in loop.touch(now: 10 * second) }.count { $0 == 0 }
        #expect((9...12).contains(counts))
    }

    // MARK: least-time and peak-ewma

    @Test("an agent that takes four times as long gets a fifth", arguments: ["least-time", "peak-ewma", "sticky"])
    func slow(_ strategy: String) {
        let pool = pool([100, 100], strategy)
        pool.teach(0, 10 * millisecond, now: start)
        pool.teach(1, 40 * millisecond, now: start)
        let loop = LoopPool(pool, seed: 1)
        for _ in 0..<100 { _ = loop.take(now: start + second) }
        #expect(abs(pool.agents[1].state.inFlight - 20) <= 2)
    }

    @Test("least-time: goes by the first byte, or by the last where the configuration says so")
    func firstOrLast() {
        for (setting, expected) in [(LeastTimeOf.firstByte, 0), (.lastByte, 1)] {
            let pool = pool(of: agents([100, 100]), "least-time") { $0.leastTime = setting }
            pool.teach(0, 10 * millisecond, lastByte: 900 * millisecond, now: start)
            pool.teach(1, 50 * millisecond, lastByte: 60 * millisecond, now: start)
            #expect(LoopPool(pool, seed: 1).touch(now: start + second) == expected)
        }
    }

    @Test(
        "an agent of which nothing is known is tried, and not flooded",
        arguments: ["least-time", "peak-ewma", "sticky"])
    func unknown(_ strategy: String) {
        let pool = pool([100, 100, 100], strategy)
        pool.teach(0, 10 * millisecond, now: start)
        pool.teach(1, 20 * millisecond, now: start)
        let loop = LoopPool(pool, seed: 1)
        for _ in 0..<50 { _ = loop.take(now: start + second) }
        // As fast as the fastest, until it shows.
        #expect(abs(pool.agents[2].state.inFlight - 20) <= 2 && abs(pool.agents[0].state.inFlight - 20) <= 2)
    }

    @Test("nobody is shunned for ever for a slow past", arguments: ["least-time", "peak-ewma", "sticky"])
    func fades(_ strategy: String) {
        let pool = pool([100, 100], strategy)
        pool.teach(0, 10 * millisecond, now: start)
        pool.teach(1, 1000 * millisecond, now: start)
        let loop = LoopPool(pool, seed: 1)
        var first: Int64?
        // The fast one answers ten requests a second, one at a time.
        for step in 0..<30_000 as Range<Int64> {
            let now = start + step * 100 * millisecond
            let index = loop.touch(now: now)
            if index == 1 {
                first = first ?? step
                break
            }
            pool.teach(0, 10 * millisecond, times: 1, now: now)
        }
        #expect((first ?? .max) > 300 && (first ?? .max) < 20_000, "\(String(describing: first))")
    }

    @Test("peak-ewma: one slow answer counts at once, and is forgotten in time")
    func peak() {
        let pool = pool([100, 100], "peak-ewma")
        for index in 0..<2 { pool.teach(index, 10 * millisecond, now: start) }
        pool.teach(0, 500 * millisecond, times: 1, now: start)
        let loop = LoopPool(pool, seed: 1)
        for _ in 0..<5 { #expect(loop.take(now: start + second) == 1) }
        for index in 0..<2 { pool.teach(index, 10 * millisecond, now: start + 60 * second) }
        for _ in 0..<4 { #expect(loop.take(now: start + 61 * second) == 0) }
    }

    // MARK: least-tokens

    @Test("least-tokens: long requests count for what they are; equals by requests")
    func tokens() {
        let pool = pool([100, 100], "least-tokens")
        let loop = LoopPool(pool, seed: 1)
        let long = loop.lease(tokens: 10_000)
        for _ in 0..<20 { #expect(loop.lease(tokens: 100)?.agent != long?.agent) }
        if let long { pool.ended(long, .success, 0) }
        #expect(loop.lease(tokens: 1)?.agent == long?.agent)
    }

    @Test("least-tokens: where nobody estimates, requests decide")
    func noTokens() {
        let pool = pool([100, 50], "least-tokens")
        let loop = LoopPool(pool, seed: 1)
        for _ in 0..<30 { _ = loop.lease() }
        #expect(pool.agents.map(\.state.inFlight) == [20, 10])
    }

    // MARK: sticky and session-affinity

    @Test("a request that is bound goes where it is bound to, whatever is in flight there", arguments: ["sticky"])
    func pinned(_ strategy: String) {
        let pool = pool([100, 100, 100], strategy)
        let loop = LoopPool(pool, seed: 1)
        for _ in 0..<100 { #expect(loop.lease(key: 1, pinned: 2)?.agent == 2) }
        pool.agents[2].state.publish(.down, now: 0)
        #expect(loop.lease(key: 1, pinned: 2)?.agent != 2)
        #expect(loop.lease(key: 1, pinned: 99) != nil)
    }

    @Test("session-affinity: the owner keeps its sessions up to 8 requests, and beyond while others have as much")
    func keeps() {
        let pool = pool([100, 100, 100], "session-affinity")
        let loop = LoopPool(pool, seed: 1)
        guard let owner = loop.lease(key: 5)?.agent else { return }
        for _ in 0..<7 { #expect(loop.lease(key: 5)?.agent == owner) }
        // Its cost is now 9, the mean (9 + 1 + 1) / 3.
        let other = loop.lease(key: 5)
        #expect(other?.agent != owner)
        // Where all are as busy nobody is saturated.
        for index in 0..<3 where index != owner { for _ in 0..<8 { _ = pool.agents[index].tryAcquire() } }
        #expect(loop.lease(key: 5)?.agent == owner)
    }

    @Test("session-affinity: a slow owner is saturated sooner than a fast one, and the cheapest takes over")
    func saturated() {
        for (slow, stays) in [(5, false), (0, true)] as [(Int, Bool)] {
            let pool = pool([100, 100, 100, 100, 100, 100], "session-affinity")
            let loop = LoopPool(pool, seed: 1)
            guard let owner = loop.touch(key: 5, now: start) else { return }
            let spare = owner == 0 ? 1 : 0
            for index in 0..<6 {
                pool.teach(index, (index == owner && slow > 0 ? 50 : 10) * millisecond, now: start)
                for _ in 0..<(index == spare ? 7 : 8) { _ = pool.agents[index].tryAcquire() }
            }
            #expect((loop.lease(key: 5, now: start + second)?.agent == owner) == stays)
            if !stays { #expect(pool.agents[spare].state.inFlight == 8) }
        }
    }

    @Test("session-affinity: a binding goes before the key")
    func binding() {
        let pool = pool([100, 100, 100], "session-affinity")
        let loop = LoopPool(pool, seed: 1)
        for agent in 0..<3 { #expect(loop.lease(key: 5, pinned: agent)?.agent == agent) }
    }

    // MARK: first

    @Test("first: in order, each up to its cap")
    func first() {
        let pool = pool([1, 1, 1], "first", cap: 2)
        let loop = LoopPool(pool, seed: 1)
        #expect((0..<6).compactMap { _ in loop.take() } == [0, 0, 1, 1, 2, 2])
        pool.agents[0].state.release()
        #expect(loop.take() == 0)
    }
}
