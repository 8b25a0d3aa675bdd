import Balancer
import Testing

@Suite("load-report")
struct StrategyReportTests {
    private let period = 60 * second

    private func shares(_ loop: LoopPool, _ now: Int64, picks: Int = 10_000) -> [Double] {
        var counts = [Int](repeating: 0, count: loop.pool.agents.count)
        for _ in 0..<picks { if let index = loop.touch(now: now) { counts[index] += 1 } }
        return counts.map { Double($0) / Double(picks) }
    }

    private func report(_ agent: Agent, _ report: LoadReport, _ now: Int64) {
        agent.state.report(report, from: .header, period: period, now: now)
    }

    private func expect(_ shares: [Double], _ expected: [Double], _ where: SourceLocation = #_sourceLocation) {
        for (share, expected) in zip(shares, expected) {
            #expect(abs(share - expected) < 0.003, "\(shares)", sourceLocation: `where`)
        }
    }

    @Test("requests a second over utilisation: who does the same with half the effort gets twice as much")
    func weights() {
        let pool = pool([100, 100, 100], "load-report")
        let loop = LoopPool(pool, seed: 1)
        for now in stride(from: second, through: 20 * second, by: Int(second)) {
            report(pool.agents[0], LoadReport(utilization: 0.25, rps: 100), now)
            report(pool.agents[1], LoadReport(utilization: 0.5, rps: 100), now)
            report(pool.agents[2], LoadReport(cpu: 0.5, rps: 50), now)
            _ = loop.touch(now: now)
        }
        expect(shares(loop, 21 * second), [4.0 / 7, 2.0 / 7, 1.0 / 7])
    }

    @Test("errors make an agent busier than it says")
    func errors() {
        let pool = pool([100, 100], "load-report")
        let loop = LoopPool(pool, seed: 1)
        for now in stride(from: second, through: 20 * second, by: Int(second)) {
            report(pool.agents[0], LoadReport(utilization: 0.5, rps: 100, eps: 50), now)
            report(pool.agents[1], LoadReport(utilization: 0.5, rps: 100), now)
            _ = loop.touch(now: now)
        }
        expect(shares(loop, 21 * second), [1.0 / 3, 2.0 / 3])
    }

    @Test("who does not report, or not lately, counts as the mean; where fewer than two do, configured weights decide")
    func stale() {
        let pool = pool([100, 100, 200], "load-report")
        let loop = LoopPool(pool, seed: 1)
        expect(shares(loop, second), [0.25, 0.25, 0.5])
        for now in stride(from: second, through: 20 * second, by: Int(second)) {
            report(pool.agents[0], LoadReport(utilization: 0.5, rps: 300), now)
            report(pool.agents[1], LoadReport(utilization: 0.5, rps: 100), now)
            _ = loop.touch(now: now)
        }
        expect(shares(loop, 21 * second), [3.0 / 6, 1.0 / 6, 2.0 / 6])
        // Three periods later nothing of it counts.
        expect(shares(loop, 21 * second + 3 * period), [0.25, 0.25, 0.5])
    }

    @Test("the first ten seconds of an agent's reports are of too few requests to go by")
    func quiet() {
        let pool = pool([100, 100], "load-report")
        let loop = LoopPool(pool, seed: 1)
        for now in stride(from: second, through: 10 * second, by: Int(second)) {
            report(pool.agents[0], LoadReport(utilization: 0.1, rps: 100), now)
            report(pool.agents[1], LoadReport(utilization: 0.9, rps: 100), now)
            _ = loop.touch(now: now)
        }
        expect(shares(loop, 10 * second), [0.5, 0.5])
        expect(shares(loop, 12 * second), [0.9, 0.1])
    }
}
