import Balancer
import Proxy
import Settings
import Testing

/// A change for all replicas, whatever is killed. The seed and the step are in every message.
@Suite("a change for all replicas")
struct ReplicaTests {
    private static let limit = Duration.seconds(2)

    @Test("is in force everywhere, and the report says so", arguments: 1...8)
    func undisturbed(count: Int) {
        let world = ReplicaWorld(count, seed: 1)
        world.change(at: count / 2, to: "v1")
        world.run(for: .seconds(5))
        #expect(world.broken == nil)
        #expect(world.replicas.allSatisfy { $0.file == "v1" })
        #expect(world.reports.first?.report.rows.map(\.state) == .init(repeating: .applied, count: count))
        #expect(world.longestSplit < .milliseconds(200))
    }

    @Test("that one replica refuses is made on none", arguments: 0..<3)
    func refused(place: Int) {
        let world = ReplicaWorld(3, seed: 2)
        world.change(at: 0, to: "wrong at \(place)")
        world.run(for: .seconds(5))
        #expect(world.broken == nil)
        #expect(world.replicas.allSatisfy { $0.file == "v0" })
        let report = world.reports.first?.report
        #expect(report?.outcome == .nowhere && report?.rows.count { $0.state == .refused } == 1)
        #expect(report?.failure?.message.contains("a wrong change") == true)
    }

    @Test("that a dead replica cannot take is asked of none")
    func missing() {
        let world = ReplicaWorld(3, seed: 3)
        world.kill(2, restartAfter: .seconds(4))
        world.change(at: 0, to: "v1")
        world.run(for: .seconds(8))
        #expect(world.broken == nil)
        #expect(world.replicas.allSatisfy { $0.file == "v0" })
        #expect(world.reports.first?.report.rows.last?.state == .unreachable)
        #expect(world.reports.first?.report.failure?.code == .unavailable)
    }

    @Test("that changes nothing is answered without a commit")
    func noop() {
        let world = ReplicaWorld(3, seed: 4)
        world.change(at: 1, to: "v0")
        world.run(for: .seconds(5))
        #expect(world.broken == nil)
        #expect(world.reports.first?.report.isNoop == true)
        #expect(world.replicas.allSatisfy { $0.history.isEmpty })
    }

    @Test("of two at a time, exactly one goes through", arguments: 1...60 as ClosedRange<UInt64>)
    func race(seed: UInt64) {
        let world = ReplicaWorld(3, seed: seed)
        world.change(at: 0, to: "a")
        world.after(.microseconds(world.random.below(20_000))) { world.change(at: 2, to: "b") }
        world.run(for: .seconds(20))
        #expect(world.broken == nil, "seed \(seed)")
        let won = world.reports.filter { $0.report.outcome == .everywhere }
        #expect(won.count == 1 && world.reports.count == 2, "seed \(seed): \(world.reports.map { $0.report.outcome })")
    }

    /// Every step of every replica, before and after each message and each write.
    @Test(
        "survives a kill at any step: all agree, never split for 2 s, the report is right",
        arguments: [30, 600, 5000], 1...3 as ClosedRange<UInt64>)
    func everyStep(restart: Int, seed: UInt64) {
        var at = 0
        var isDone = false
        while !isDone {
            at += 1
            // where the seed is odd, another replica answers at the address of a dead one
            let outsiders = Int(seed % 2)
            let world = ReplicaWorld(3 + outsiders, seed: seed)
            world.outsiders = outsiders
            let first = world.steps
            var killed = ""
            world.restart = .milliseconds(restart)
            world.kills = { step in
                guard world.steps == first + at else { return false }
                killed = "\(step.place) \(step.name)"
                return true
            }
            world.change(at: Int(seed) % 3, to: "v1")
            world.run(for: .seconds(20))
            let place = "seed \(seed), restart \(restart) ms, step \(at), killed: \(killed)"
            if let broken = world.broken { Issue.record("\(broken); \(place)") }
            if world.longestSplit > Self.limit { Issue.record("split for \(world.longestSplit); \(place)") }
            if world.longestWait > Self.limit { Issue.record("undecided for \(world.longestWait); \(place)") }
            if world.staleStarts > 0 { Issue.record("an old version was served after a start; \(place)") }
            let isUndecided = world.reports.contains { $0.report.outcome == .undecided }
            if isUndecided { Issue.record("reported as undecided; \(place)") }
            isDone = killed.isEmpty
        }
        #expect(at > 70)
    }

    @Test("that one replica has already goes to the others all the same, or to none", arguments: [30, 5000])
    func halfNoop(restart: Int) {
        for at in 1...90 {
            let world = ReplicaWorld(3, seed: 8)
            for place in 1...2 { world.replicas[place].taken.append("v1") }
            for place in 1...2 { world.replicas[place].file = "v1" }
            let first = world.steps
            // two of them together: one that has nothing to show for it but what it keeps of its votes
            world.kills = { step in
                guard world.steps == first + at else { return false }
                world.kill(step.place == 1 ? 0 : 1, restartAfter: .milliseconds(restart / 2))
                return true
            }
            world.restart = .milliseconds(restart)
            world.change(at: 0, to: "v1")
            world.run(for: .seconds(20))
            let report = world.reports.first?.report
            let files = world.replicas.map(\.file)
            #expect(world.replicas.allSatisfy { $0.pending == nil }, "step \(at)")
            #expect(report?.outcome != .nowhere || files == ["v0", "v1", "v1"], "step \(at)")
            #expect(report?.outcome != .everywhere || files == ["v1", "v1", "v1"], "step \(at)")
        }
    }

    @Test(
        "survives a kill, and another of the same replica while it recovers", arguments: 1...200 as ClosedRange<UInt64>)
    func killedAgain(seed: UInt64) {
        let world = ReplicaWorld(3, seed: seed)
        let first = world.steps + world.random.below(80)
        let again = 1 + world.random.below(25)
        var victim: Int?
        var steps = 0
        world.restart = .milliseconds([30, 300][Int(seed % 2)])
        world.kills = { step in
            if victim == nil, world.steps >= first {
                victim = step.place
                return true
            }
            guard victim == step.place else { return false }
            steps += 1
            return steps == again
        }
        world.change(at: Int(seed) % 3, to: "v1")
        world.run(for: .seconds(20))
        if let broken = world.broken { Issue.record("seed \(seed): \(broken)") }
        #expect(world.longestSplit <= Self.limit && world.staleStarts == 0, "seed \(seed)")
    }

    @Test(
        "that a replica cannot apply yet is applied there later, and told", arguments: [(3, "applied"), (30, "late")])
    func late(failures: Int, state: String) {
        let world = ReplicaWorld(3, seed: 6)
        world.replicas[1].failures = failures
        world.change(at: 0, to: "v1")
        world.run(for: .seconds(3))
        // it needs nobody for that
        world.isCut = { _, _ in true }
        world.run(for: .seconds(15))
        #expect(world.broken == nil)
        let row = world.reports.first?.report.rows.first { $0.address == world.replicas[1].address }
        #expect(row?.state.rawValue == state && world.reports.first?.report.outcome == .everywhere)
        #expect(state == "applied" || row?.detail.contains("the disk is full") == true)
    }

    @Test("survives kills at random moments, change after change", arguments: 1...250 as ClosedRange<UInt64>)
    func randomKills(seed: UInt64) {
        let world = ReplicaWorld([3, 3, 3, 5, 4][Int(seed % 5)], seed: seed)
        for number in 1...4 {
            let place = world.random.below(world.replicas.count)
            let delay = Duration.microseconds(world.random.below(200_000))
            let restart = Duration.milliseconds([20, 300, 1500, 4000][world.random.below(4)])
            world.after(delay) { world.kill(place, restartAfter: restart) }
            world.change(at: world.random.below(world.replicas.count), to: "v\(number)")
            world.run(for: .seconds(15))
            if let broken = world.broken { Issue.record("seed \(seed), change \(number): \(broken)") }
        }
        #expect(world.longestSplit <= Self.limit, "seed \(seed)")
    }

    @Test("waits for a replica that takes long to build", arguments: 0..<3)
    func slowBuild(place: Int) {
        let world = ReplicaWorld(3, seed: 5)
        world.build = { $0 == place ? .seconds(8) : .milliseconds(5) }
        world.change(at: 0, to: "v1")
        world.run(for: .seconds(15))
        #expect(world.broken == nil)
        #expect(world.reports.first?.report.outcome == .everywhere)
        #expect(world.longestSplit < .milliseconds(200))
    }

    /// Nothing is promised here of how soon; only that all agree once all are back. Everybody is impatient, so that
    /// ballots cross each other.
    @Test(
        "agrees in the end through kills in numbers, slow messages and cut lines",
        arguments: 1...1000 as ClosedRange<UInt64>)
    func storm(seed: UInt64) {
        let world = Self.storm(seed)
        if let broken = world.broken { Issue.record("seed \(seed): \(broken)") }
    }

    @Test("a world is the same again for the same seed", arguments: 1...40 as ClosedRange<UInt64>)
    func again(seed: UInt64) {
        let (one, two) = (Self.storm(seed), Self.storm(seed))
        #expect(one.steps == two.steps && one.kill == two.kill && one.longestSplit == two.longestSplit)
        #expect(one.replicas.map(\.taken) == two.replicas.map(\.taken))
        #expect(one.reports.map(\.report.outcome) == two.reports.map(\.report.outcome))
    }

    private static func storm(_ seed: UInt64) -> ReplicaWorld {
        var times = ReplicaTimes()
        times.silence = .milliseconds([5, 20, 700][Int(seed % 3)])
        times.again = .milliseconds(10)
        times.stagger = .milliseconds(seed % 4 == 0 ? 10 : 0)
        times.question = .milliseconds([10, 40, 400][Int(seed / 3 % 3)])
        let count = 2 + Int(seed % 4)
        let outsiders = Int(seed / 2 % 2)
        let world = ReplicaWorld(count + outsiders, seed: seed, times: times)
        world.outsiders = outsiders
        let killEvery = [60, 250, 1000][world.random.below(3)]
        var cut: Set<Int> = []
        world.strayEvery = [0, 3, 10][world.random.below(3)]
        world.stray = .milliseconds([50, 300, 3000][world.random.below(3)])
        world.isCut = { cut.contains($0) != cut.contains($1) }
        world.kills = { _ in world.random.below(killEvery) == 0 }
        world.restart = world.below(.milliseconds(2500))
        for number in 1...4 {
            let start = world.below(.seconds(5))
            world.after(start) { world.change(at: world.random.below(count), to: "v\(number)") }
            world.after(start + world.below(.milliseconds(80))) {
                cut = Set((0..<count).filter { _ in world.random.below(3) == 0 })
            }
            world.after(start + world.below(.milliseconds(800))) { cut = [] }
        }
        world.run(for: .seconds(12))
        world.kills = { _ in false }
        cut = []
        world.strayEvery = 0
        world.run(for: .seconds(60))
        return world
    }

    @Test("waits for its coordinator when there are two replicas, and follows it")
    func two() {
        var outcomes: Set<String> = []
        for at in 1...120 {
            let world = ReplicaWorld(2, seed: 9)
            let first = world.steps
            world.restart = .seconds(6)
            world.kills = { $0.place == 0 && world.steps >= first + at && world.kill == 0 }
            world.change(at: 0, to: "v1")
            world.run(for: .seconds(30))
            if let broken = world.broken { Issue.record("step \(at): \(broken)") }
            if world.longestSplit > Self.limit { Issue.record("step \(at): split for \(world.longestSplit)") }
            outcomes.insert(world.replicas[1].file)
        }
        #expect(outcomes == ["v0", "v1"])
    }
}
