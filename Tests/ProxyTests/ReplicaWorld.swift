import Balancer
import Logging
import Proxy
import Settings

/// Replicas in a world where time is a number, the network is a list, and a process can be killed between any two of
/// its steps. One thread drives it; the seed decides every delay and the order of what could happen at once, so a run
/// can be had again.
final class ReplicaWorld: @unchecked Sendable {
    /// A step of a process that another process, or its own next life, could notice.
    struct Step {
        var place: Int
        var name: String
    }

    let executor: WorldExecutor
    var random: SplitMix64
    private(set) var now = Duration.zero
    private(set) var replicas: [SimulatedReplica] = []
    /// Longest way of a message.
    var slowest = Duration.milliseconds(8)
    /// Every so many messages one takes far longer, up to `stray`; 0: none.
    var strayEvery = 0
    var stray = Duration.seconds(3)
    /// Longest time in which a replica builds.
    var build: (Int) -> Duration = { _ in .milliseconds(20) }
    /// Of processes that start from now on.
    var times = ReplicaTimes()
    /// Places that cannot reach each other.
    var isCut: (Int, Int) -> Bool = { _, _ in false }
    /// Replicas that are in no change. What is asked of a dead one, but for greetings, comes to the first of them.
    var outsiders = 0
    /// Asked at every step: true kills the process.
    var kills: (Step) -> Bool = { _ in false }
    /// After how long a killed process is started again.
    var restart = Duration.milliseconds(400)
    private(set) var steps = 0
    private(set) var kill = 0
    private(set) var reports: [(place: Int, version: String, report: ReplicaReport)] = []
    /// What a report said that was not so when it was said.
    private(set) var lies: [String] = []
    /// The longest time in which replicas that serve served different versions.
    private(set) var longestSplit = Duration.zero
    /// How often a replica began to serve a version that another one had replaced already.
    private(set) var staleStarts = 0
    /// The longest time for which a replica did not know what becomes of a change, of those that ran all the while.
    private(set) var longestWait = Duration.zero
    private var splitSince: Duration?
    private var timers: [(at: Duration, serial: Int, action: () -> Void)] = []
    private var serial = 0

    init(_ count: Int, seed: UInt64, times: ReplicaTimes = ReplicaTimes()) {
        self.times = times
        random = SplitMix64(seed: seed)
        executor = WorldExecutor(seed: seed)
        replicas = (0..<count).map { SimulatedReplica($0, self) }
        for replica in replicas { replica.start() }
        run(for: .seconds(1))
    }

    private var members: ArraySlice<SimulatedReplica> { replicas.dropLast(outsiders) }

    /// Who answers at an address.
    func route(_ address: String, _ method: String) -> SimulatedReplica? {
        guard let replica = replicas.first(where: { $0.address == address }) else { return nil }
        if replica.process != nil || outsiders == 0 || method == "replica.hello" { return replica }
        return replicas[members.endIndex]
    }

    // MARK: time

    func after(_ time: Duration, _ action: @escaping () -> Void) {
        serial += 1
        let entry = (at: now + time, serial: serial, action: action)
        let index = timers.firstIndex { $0.at > entry.at } ?? timers.count
        timers.insert(entry, at: index)
    }

    /// Until nothing is left to happen, or that much time has passed.
    func run(for time: Duration) {
        let end = now + time
        executor.drain()
        while let next = timers.first, next.at <= end {
            timers.removeFirst()
            now = next.at
            next.action()
            executor.drain()
        }
        now = end
    }

    func delay() -> Duration {
        if strayEvery > 0, random.below(strayEvery) == 0 { return below(stray) }
        return .microseconds(50) + below(slowest)
    }

    func below(_ time: Duration) -> Duration { .microseconds(random.below(max(1, Int(time.nanoseconds / 1000)))) }

    // MARK: what happens

    /// Asks one replica for a change of all.
    func change(at place: Int, to version: String, among groups: [ReplicaPeers.Group]? = nil) {
        guard let process = replicas[place].process, process.isListening else { return }
        let peers = ReplicaPeers(groups: groups ?? members.map { .init(name: $0.address, kinds: [[$0.address]]) })
        let base = replicas[place].file
        Task(executorPreference: executor) {
            let params = Node.object([("raw", .string(version)), ("all", Node(.bool(true)))])
            let coordinator = ReplicaCoordinator(process.member, ownAddress: self.replicas[place].address)
            let report = await coordinator.run("config.patch", params, baseHash: base, at: peers)
            await process.step("report")
            self.take(report, place, version)
        }
    }

    private func take(_ report: ReplicaReport, _ place: Int, _ version: String) {
        reports.append((place, version, report))
        for row in report.rows where row.state == .applied {
            guard let replica = replicas.first(where: { $0.address == row.address }) else { continue }
            // what it has may be a later one by now
            guard let since = replica.taken.firstIndex(of: version) else {
                lies.append("\(row.address) has not got \(version), which it is said to have")
                continue
            }
            guard let served = replica.inForce, let index = replica.taken.firstIndex(of: served) else { continue }
            if index < since { lies.append("\(row.address) runs \(served), and is said to run \(version)") }
        }
    }

    func kill(_ place: Int, restartAfter time: Duration) {
        guard replicas[place].process != nil else { return }
        kill += 1
        replicas[place].stop()
        look()
        after(time) { self.replicas[place].start() }
    }

    /// True when the process dies here.
    func dies(_ place: Int, _ name: String) -> Bool {
        steps += 1
        guard kills(Step(place: place, name: name)) else { return false }
        kill(place, restartAfter: restart)
        return true
    }

    /// Which versions are served just now.
    func look() {
        let isSplit = Set(members.compactMap(\.inForce)).count > 1
        if isSplit, splitSince == nil { splitSince = now }
        if !isSplit, let since = splitSince {
            longestSplit = max(longestSplit, now - since)
            splitSince = nil
        }
    }

    func listens(_ replica: SimulatedReplica) {
        let isStale = members.contains { other in
            guard let served = other.inForce, served != replica.file else { return false }
            return other.taken.dropLast().contains(replica.file)
        }
        if isStale { staleStarts += 1 }
        look()
    }

    func waited(_ time: Duration) { longestWait = max(longestWait, time) }

    // MARK: what must hold in the end

    /// What is wrong when all has come to rest; nil where nothing is.
    var broken: String? {
        let files = Set(members.map(\.file))
        if files.count > 1 { return "files differ: \(members.map(\.file))" }
        for replica in replicas {
            if replica.inForce != replica.file {
                return "\(replica.address) runs \(replica.inForce ?? "nothing"), its file says \(replica.file)"
            }
            if let pending = replica.pending { return "\(replica.address) still waits for \(pending.transaction)" }
        }
        if splitSince != nil { return "still split" }
        return lies.first ?? wrongReport
    }

    /// A report that does not fit what became of its change. Only for the last change of a run, or one by one.
    private var wrongReport: String? {
        for (place, version, report) in reports {
            let taken = members.map { $0.taken.contains(version) }
            switch report.outcome {
            case .everywhere where taken.contains(false), .nowhere where taken.contains(true):
                return "\(version) from \(place): said \(report.outcome), is \(taken)"
            default: break
            }
            if Set(taken).count > 1 { return "\(version): \(taken)" }
            for row in report.rows {
                let isTaken: Bool? =
                    switch row.state {
                    case .applied, .late: true
                    case .refused, .aborted: false
                    case .unreachable: report.outcome == .everywhere
                    case .unchanged, .prepared: nil
                    }
                if let isTaken, isTaken != taken[0] {
                    return "\(version): \(row.address) is said to be \(row.state), and is \(taken)"
                }
            }
        }
        return nil
    }
}

/// Runs jobs one at a time, in an order drawn by the seed, on the thread that drains it.
final class WorldExecutor: TaskExecutor, @unchecked Sendable {
    private var jobs: [UnownedJob] = []
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed &* 31 &+ 7) }

    func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    func drain() {
        while !jobs.isEmpty {
            let job = jobs.swapRemove(at: random.below(jobs.count))
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

extension Array {
    fileprivate mutating func swapRemove(at index: Int) -> Element {
        swapAt(index, count - 1)
        return removeLast()
    }
}
