import Balancer
import Testing

@Suite("slow start")
struct SlowStartTests {
    private func policy(_ change: (inout SlowStartSettings) -> Void = { _ in }) -> SlowStart {
        var settings = SlowStartSettings()
        change(&settings)
        return SlowStart(settings)
    }

    @Test(
        "a share rises in a straight line from 10 %",
        arguments: [(0, 0.1), (1, 0.1), (6, 0.2), (15, 0.5), (29, 29.0 / 30), (30, 1), (99, 1)] as [(Int64, Double)])
    func line(_ seconds: Int64, _ share: Double) {
        #expect(abs(policy().ramp(since: 7, 7 + seconds * second) - share) < 1e-9)
    }

    @Test("aggression above 1 is faster at first; initialWeight is where it begins")
    func curve() {
        #expect(abs(policy { $0.aggression = 2 }.ramp(since: 1, 1 + 15 * second) - 0.5.squareRoot()) < 1e-9)
        #expect(policy { $0.initialWeight = 40 }.ramp(since: 1, 2 * second) == 0.4)
        #expect(policy { $0.enabled = false }.ramp(since: 1, 2 * second) == 1)
        #expect(SlowStart(SlowStartSettings(), agents: 1).ramp(since: 1, 2 * second) == 1)
    }

    /// The share of agent 0 in each of `parts` equal parts of its slow start, against what it has at the end.
    private func shares(_ strategy: String, _ weights: [Int], parts: Int = 10) -> [Double] {
        let pool = pool(weights, strategy)
        let loop = LoopPool(pool, seed: 7)
        pool.agents[0].state.startSlowly(1)
        var random = SplitMix64(seed: 3)
        var counts = [Double](repeating: 0, count: parts)
        let picks = 60_000
        var open: [(Lease, Int64)] = []
        for pick in 0..<picks {
            let now = 1 + 30 * second * Int64(pick) / Int64(picks)
            while let first = open.first, first.1 <= now {
                pool.ended(first.0, .success, now)
                open.removeFirst()
            }
            guard case .agent(var lease) = loop.pick(Ask(key: random.next(), now: now)) else { continue }
            pool.answered(&lease, now + millisecond)
            open.append((lease, now + 10 * millisecond))
            if lease.agent == 0 { counts[pick * parts / picks] += 1 }
        }
        return counts.map { $0 / Double(picks / parts) }
    }

    /// `adaptive` shares by the times that it expects, which here never differ: it has no reason to share evenly, and
    /// `Benchmarks/kill.py` measures it with agents that take their time.
    private static let others = ["first", "priority", "sticky", "adaptive"]

    @Test(
        "the share of an agent that returns rises with the line, within 15 %",
        arguments: Strategies.list.filter { !others.contains($0.name) }.map { $0.name })
    func rises(_ strategy: String) {
        let shares = shares(strategy, [1, 1, 1, 1])
        for (part, share) in shares.enumerated() where part > 0 {
            let ramp = (Double(part) + 0.5) / 10
            let line = ramp / 4
            #expect(abs(share - line) <= 0.15 * line, "\(strategy), part \(part): \(share), not \(line)")
        }
    }

    @Test("beside heavier and lighter ones it has its weight's share of the line")
    func weighted() {
        for (part, share) in shares("weighted-round-robin", [2, 1, 3]).enumerated() where part > 0 {
            let ramp = (Double(part) + 0.5) / 10
            let line = ramp * 2 / 6
            #expect(abs(share - line) <= 0.15 * line, "part \(part): \(share), not \(line)")
        }
    }

    @Test("where all begin at once they share as ever, and nobody is refused")
    func together() {
        let pool = pool([1, 1, 1])
        let loop = LoopPool(pool, seed: 1)
        for agent in pool.agents { agent.state.startSlowly(1) }
        let counts = loop.counts(3000)
        #expect(counts.reduce(0, +) == 3000 && counts.allSatisfy { abs($0 - 1000) < 100 }, "\(counts)")
    }

    @Test("its cap rises with its share, and is at least 1")
    func cap() {
        let pool = pool([1, 1], cap: 10)
        let loop = LoopPool(pool, seed: 1)
        pool.agents[0].state.startSlowly(1)
        for _ in 0..<40 { _ = loop.take(now: 15 * second) }
        #expect(pool.agents.map(\.state.inFlight) == [4, 10])
    }
}
