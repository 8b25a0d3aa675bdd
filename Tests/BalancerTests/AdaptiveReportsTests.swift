import Balancer
import Settings
import Testing

/// What becomes of what agents report.
@Suite("reports, for adaptive,")
struct AdaptiveReportsTests {
    private func weighing(_ change: (inout AdaptiveSettings) -> Void = { _ in }) -> AdaptiveWeighing {
        var settings = AdaptiveSettings()
        change(&settings)
        return AdaptiveWeighing(settings)
    }

    private func state(_ report: LoadReport, period: Int64 = second, at: Int64 = 0) -> AgentState {
        let state = AgentState(changes: Changes())
        state.report(report, from: .prometheus, period: period, now: at)
        return state
    }

    @Test("are averaged by their weights, and a queue of five is a full one")
    func areAveraged() {
        let used = weighing().used(state(LoadReport(cpu: 0.5, memory: 0.2, queueDepth: 1)).reported, 0)
        #expect(abs(used.whole - (0.5 * 0.3 + 0.2 * 0.2 + 0.2 * 0.15) / 0.65) < 1e-9)
        #expect(weighing().used(state(LoadReport(queueDepth: 7)).reported, 0).whole == 1)
    }

    @Test("count as the largest of them once that passes 0.8")
    func alarm() {
        #expect(weighing().used(state(LoadReport(cpu: 0.1, memory: 0.9)).reported, 0).whole == 0.9)
        #expect(weighing().used(state(LoadReport(cpu: 0.1, memory: 0.79)).reported, 0).whole < 0.5)
    }

    @Test("drop out after three periods of their source")
    func goStale() {
        let reported = state(LoadReport(cpu: 0.9)).reported
        #expect(weighing().share(weighing().used(reported, 3 * second)) < 0.5)
        #expect(weighing().used(reported, 3 * second + 1).weight == 0)
        #expect(weighing().share(weighing().used(reported, 3 * second + 1)) == 1)
    }

    @Test("of metrics that are not asked for, or have no weight, do not count")
    func areChosen() {
        let reported = state(LoadReport(cpu: 0.9, memory: 0.4)).reported
        #expect(abs(weighing { $0.metrics = [.memory, .latency] }.used(reported, 0).whole - 0.4) < 1e-9)
        #expect(abs(weighing { $0.weights.cpu = 0 }.used(reported, 0).whole - 0.4) < 1e-9)
        #expect(weighing { $0.metrics = [.latency] }.share(weighing { $0.metrics = [.latency] }.used(reported, 0)) == 1)
    }

    @Test("count fully where latency does not, and less the more it does")
    func shareWithLatency() {
        let used = weighing().used(state(LoadReport(cpu: 0.75)).reported, 0)
        let shares = [0, 0.35, 10].map { latency in weighing { $0.weights.latency = latency }.share(used) }
        #expect(shares[0] == 0.25)
        #expect(shares[0] < shares[1] && shares[1] < shares[2] && shares[2] < 1)
    }

    @Test("leave something to an agent that says it is full")
    func leaveSomething() {
        let used = weighing { $0.weights.latency = 0 }.used(state(LoadReport(cpu: 1)).reported, 0)
        #expect(weighing { $0.weights.latency = 0 }.share(used) >= 0.049)
    }

    @Test("move a weight by at most 25 % a second, and by as much as they say in the end")
    func moveSlowly() {
        let weighing = weighing { $0.weights.latency = 0 }
        let state = state(LoadReport(cpu: 0), period: 10 * second)
        var course = ReportCourse()
        var shares: [Double] = []
        for tick in 0..<(90 * 100) {
            let now = Int64(tick) * 10 * millisecond
            if tick % 500 == 0 {
                let report = LoadReport(cpu: now < 5 * second ? 0 : 0.9)
                state.report(report, from: .prometheus, period: 5 * second, now: now)
            }
            course.follow(.passUnretained(state), weighing, now)
            shares.append(course.share)
        }
        for (before, after) in zip(shares, shares.dropFirst(100)) { #expect(before / after <= 1.2501) }
        #expect(shares[0] == 1 && abs((shares.last ?? 0) - 0.1) < 0.01)
    }

    @Test("that end let a weight return to what is configured, as slowly")
    func end() {
        let weighing = weighing { $0.weights.latency = 0 }
        let state = state(LoadReport(cpu: 0.9))
        var course = ReportCourse()
        course.follow(.passUnretained(state), weighing, 0)
        #expect(abs(course.share - 0.1) < 1e-9)
        for tick in 0..<(20 * 100) { course.follow(.passUnretained(state), weighing, Int64(tick) * 10 * millisecond) }
        #expect(course.share == 1)
    }

    @Test("that two loops read move neither of them to one agent at once")
    func noHerd() {
        let agents = agents([100, 100], isChecked: false)
        let pool = pool(of: agents, "adaptive")
        let loops = [LoopPool(pool, seed: 1), LoopPool(pool, seed: 2)]
        for agent in agents { agent.state.report(LoadReport(cpu: 0.5), from: .prometheus, period: 60 * second, now: 1) }
        func shares(_ from: Int64) -> [Int] {
            var counts = [0, 0]
            var held: [Lease] = []
            for step in 0..<1000 {
                let now = from + Int64(step) * millisecond
                for loop in loops {
                    guard case .agent(let lease) = loop.pick(Ask(key: 0, now: now)) else { continue }
                    counts[lease.agent] += 1
                    held.append(lease)
                }
                while held.count > 40 {
                    var lease = held.removeFirst()
                    pool.answered(&lease, now)
                    pool.ended(lease, .success, now)
                }
            }
            for lease in held { pool.ended(lease, .cancelled, from + second) }
            return counts
        }
        _ = shares(second)
        // Both read that the first is idle and the second busy; a second later hardly anything has moved.
        agents[0].state.report(LoadReport(cpu: 0), from: .prometheus, period: 60 * second, now: 10 * second)
        agents[1].state.report(LoadReport(cpu: 0.95), from: .prometheus, period: 60 * second, now: 10 * second)
        let first = shares(10 * second)
        #expect(first[1] > 600, "\(first)")
        for later in 11..<40 as Range<Int64> { _ = shares(later * second) }
        let last = shares(40 * second)
        #expect(last[1] < 600 && last[1] > 20, "\(last)")
    }
}
