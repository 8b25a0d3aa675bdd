import Balancer
import BalancerSimulation
import Testing

/// A short run of what `Benchmarks/BalancerSimulation` measures at length.
@Suite("adaptive, simulated,")
struct AdaptiveSimulationTests {
    private func run(
        _ name: String, _ strategy: String, pace: Double, seeds: ClosedRange<UInt64> = 1...2
    ) throws -> Outturn {
        let scenario = try #require(Scenarios.named(name)).paced(pace)
        return .mean(of: seeds.map { World(scenario, strategy: strategy, seed: $0).run() })
    }

    @Test(
        "has a lower p99 than what goes by load or by latency",
        arguments: [
            ("mixed", 0.2), ("fleet", 0.1), ("slots64", 0.1), ("pauses", 0.3), ("waves", 0.3), ("streams", 0.1),
        ])
    func isLowest(_ name: String, _ pace: Double) throws {
        let own = try run(name, "adaptive", pace: pace)
        for strategy in ["least-connections", "power-of-two", "least-time", "peak-ewma"] {
            let other = try run(name, strategy, pace: pace)
            #expect(own.p99 <= other.p99, "\(name), seeds 1...2: \(own.p99) ms, \(strategy) \(other.p99) ms")
        }
        #expect(own.failed == 0)
    }

    @Test(
        "is never much worse than the best", arguments: [("flapping", 0.5), ("black-hole", 0.5), ("half-slow", 0.5)])
    func isNeverBad(_ name: String, _ pace: Double) throws {
        let own = try run(name, "adaptive", pace: pace)
        let best = try ["least-connections", "least-time", "peak-ewma"].map { try run(name, $0, pace: pace).p99 }.min()
        #expect(own.p99 <= 1.2 * (best ?? 0), "\(name), seeds 1...2: \(own.p99) ms, best \(best ?? 0) ms")
    }

    @Test("is well again within ten seconds after an agent is, and finds it")
    func recovers() throws {
        // At a tenth from 60 s to 84 s of 120 s; a window is 2 s.
        let course = try run("degrading", "adaptive", pace: 1, seeds: 1...1).course
        let before = course[15..<30].reduce(0, +) / 15
        let after = course[47..<60].reduce(0, +) / 13
        #expect(after < before * 1.25, "\(before) ms before, \(after) ms after")
    }

    @Test("is the same again for the same seed")
    func isDeterministic() throws {
        let (one, two) = (try run("herd", "adaptive", pace: 0.05), try run("herd", "adaptive", pace: 0.05))
        #expect(one.p50 == two.p50 && one.p99 == two.p99 && one.p999 == two.p999 && one.course == two.course)
    }
}
