internal import Balancer
internal import CMalloc
internal import Logging
internal import NIOPosix
internal import Settings
internal import Synchronization

/// Whether the proxy itself has too much, for all loops: the first one looks ten times a second, the others ask.
final class Overload: Sendable {
    /// What operators are told.
    struct Facts: Sendable {
        var readings = OverloadMonitor.Readings()
        var level = OverloadMonitor.Level.normal
        var reason: OverloadMonitor.Resource?
        /// For those who are turned away: `memory 1.9GiB of 2GiB`.
        var text = ""
        var isAcceptHeld = false
        /// Of the limit, by configuration rather than by control group.
        var isConfigured = false
    }

    private struct State {
        var monitor = OverloadMonitor()
        var readings = ProcessReadings()
        var settings: OverloadSettings
        var facts = Facts()
        var descriptorLimit = 0
        /// Neither clients nor agents: what was open before anybody came.
        var own = 0
        /// Bytes that belong to no file.
        var ownMemory = 0
        var looks = 0
        var relief = MemoryRelief()
    }

    /// When a loop last looked at its clock, and how late it was.
    private final class Pulse: Sendable {
        let at = Atomic<Int64>(0)
        let lag = Atomic<Int64>(0)
    }

    static let tick: Int64 = 100_000_000
    /// Descriptors that each loop may take before it sees that there is no room: one for each listening socket, and who they
    /// are for may need another one.
    static let burst = 4

    private let state: Mutex<State>
    private let pulses: [Pulse]
    private let current = Atomic<Int>(0)
    private let idleGoes = Atomic<Bool>(false)
    private let clientRoom = Atomic<Int>(.max)
    private let descriptorRoom = Atomic<Int>(.max)
    private let configured: Atomic<Int>
    private let group: Int
    private let shedding: [Atomic4]
    let idleClosed = Atomic<Int>(0)
    let acceptPauses = Atomic<Int>(0)
    /// Crowds that have gone: loops let go of what they had for them.
    let ebbs = Atomic<Int>(0)

    /// Counts by level of what was turned away.
    private final class Atomic4: Sendable { let count = Atomic<Int>(0) }

    init(_ settings: GatewaySettings, loops: Int, group: Int? = MemoryLimit.ofGroup()) {
        state = Mutex(State(settings: settings.performance.overload))
        pulses = (0..<max(1, loops)).map { _ in Pulse() }
        configured = Atomic(settings.performance.maxMemory?.bytes ?? 0)
        self.group = group.map { Int(Double($0) * MemoryLimit.share) } ?? 0
        shedding = OverloadMonitor.Level.allCases.map { _ in Atomic4() }
    }

    deinit { state.withLock { $0.readings.close() } }

    func adopt(_ settings: GatewaySettings) {
        configured.store(settings.performance.maxMemory?.bytes ?? 0, ordering: .relaxed)
        state.withLock { $0.settings = settings.performance.overload }
    }

    /// Bytes; 0: none.
    var memoryLimit: Int {
        let given = configured.load(ordering: .relaxed)
        return given > 0 ? given : group
    }

    var level: OverloadMonitor.Level {
        OverloadMonitor.Level(rawValue: current.load(ordering: .relaxed)) ?? .normal
    }
    var closesIdle: Bool { idleGoes.load(ordering: .relaxed) }
    var facts: Facts { state.withLock { $0.facts } }
    var shed: [Int] { shedding.map { $0.count.load(ordering: .relaxed) } }
    func didShed(at level: OverloadMonitor.Level) { shedding[level.rawValue].count.wrappingAdd(1, ordering: .relaxed) }

    /// Whether another client may be accepted: it needs a descriptor, and most often one for its agent.
    ///
    /// - Parameter clients: that are open.
    func mayAccept(_ clients: Int) -> Bool {
        clients < clientRoom.load(ordering: .relaxed) && descriptorRoom.load(ordering: .relaxed) > 0
    }

    /// As many as were just taken, until the next look counts them.
    func willAccept(_ count: Int) { descriptorRoom.wrappingSubtract(count, ordering: .relaxed) }

    // MARK: looking

    /// A loop's clock went on; `lag` nanoseconds late.
    func pulse(of loop: Int, now: Int64, lag: Int64) {
        guard pulses.indices.contains(loop) else { return }
        pulses[loop].lag.store(lag, ordering: .relaxed)
        pulses[loop].at.store(now, ordering: .relaxed)
    }

    private func lag(_ now: Int64) -> Int64 {
        pulses.reduce(0) { worst, pulse in
            let at = pulse.at.load(ordering: .relaxed)
            guard at > 0 else { return worst }
            return max(worst, pulse.lag.load(ordering: .relaxed), now &- at &- Self.tick)
        }
    }

    /// Takes the readings, and does what follows. On the first loop, at each tick.
    func look(_ process: ProcessState, now: Int64) {
        let lag = lag(now)
        let news = state.withLock { state -> (facts: Facts, old: OverloadMonitor.Level, relief: MemoryRelief.Action?) in
            let old = state.monitor.level
            let didChange = take(&state, process, lag, now)
            if didChange || state.monitor.level != .normal { state.facts.text = Self.text(state) }
            state.facts.level = state.monitor.level
            state.facts.reason = state.monitor.reason
            let relief = state.relief.take(
                isShort: state.monitor.level != .normal && state.monitor.reason == .memory,
                isNormal: state.monitor.level == .normal,
                crowd: state.facts.readings.connections &+ process.openExchanges, bytes: state.ownMemory, now: now)
            return (state.facts, old, relief)
        }
        current.store(news.facts.level.rawValue, ordering: .relaxed)
        if news.old != news.facts.level { tell(process, news.facts, from: news.old) }
        if let relief = news.relief { give(relief, process) }
    }

    private func take(_ state: inout State, _ process: ProcessState, _ lag: Int64, _ now: Int64) -> Bool {
        if state.looks % 10 == 0 { state.descriptorLimit = ProcessReadings.descriptorLimit() }
        state.looks += 1
        var readings = OverloadMonitor.Readings()
        let memory = state.readings.memory()
        readings.memory = memory.all
        state.ownMemory = memory.own
        readings.memoryLimit = memoryLimit
        readings.descriptors = state.readings.descriptors()
        readings.descriptorLimit = state.descriptorLimit
        readings.lag = lag
        readings.connections = process.openConnections
        readings.connectionLimit = process.maxConnections
        state.facts.readings = readings
        state.facts.isConfigured = configured.load(ordering: .relaxed) > 0
        // listeners open within the first moments
        if state.own == 0 || (state.looks <= 20 && readings.connections == 0) {
            state.own = max(state.own, readings.descriptors)
        }
        let settings = state.settings
        guard settings.enabled else {
            clientRoom.store(.max, ordering: .relaxed)
            descriptorRoom.store(.max / 2, ordering: .relaxed)
            idleGoes.store(false, ordering: .relaxed)
            state.facts.isAcceptHeld = false
            return state.monitor.reset()
        }
        room(&state, readings, loops: pulses.count)
        var thresholds = OverloadMonitor.Thresholds()
        thresholds.memory = [settings.shedLow.value, settings.shedNormal.value, settings.shedHigh.value]
        thresholds.lag = settings.lag.nanoseconds
        let isHeld = !mayAccept(readings.connections)
        if isHeld, !state.facts.isAcceptHeld { acceptPauses.wrappingAdd(1, ordering: .relaxed) }
        state.facts.isAcceptHeld = isHeld
        let goes =
            settings.closeIdle && OverloadMonitor.closesIdle(readings, thresholds, isAcceptHeld: isHeld)
        idleGoes.store(goes, ordering: .relaxed)
        return state.monitor.take(readings, thresholds, now: now)
    }

    /// Half of what there is beside the proxy's own is for clients, the other half for their agents.
    private func room(_ state: inout State, _ readings: OverloadMonitor.Readings, loops: Int) {
        guard readings.descriptorLimit > 0 else {
            clientRoom.store(.max, ordering: .relaxed)
            descriptorRoom.store(.max / 2, ordering: .relaxed)
            return
        }
        // those that are accepted at once have agents too; a few connections are kept for nobody in particular; and what
        // is left beyond is what requests are turned away for
        let slack = 2 * Self.burst * loops + 16 + OverloadMonitor.few(of: readings.descriptorLimit)
        clientRoom.store(
            OverloadMonitor.clients(descriptorLimit: readings.descriptorLimit, own: state.own, slack: slack),
            ordering: .relaxed)
        // some stay free whatever clients do: for agents, operators, logs and files
        let kept = min(256, max(16, readings.descriptorLimit / 8))
        descriptorRoom.store(readings.descriptorLimit - readings.descriptors - kept, ordering: .relaxed)
    }

    private static func text(_ state: State) -> String {
        let readings = state.facts.readings
        switch state.monitor.reason {
        case .memory:
            return "memory \(size(readings.memory)) of \(size(readings.memoryLimit))"
        case .descriptors: return "open files \(readings.descriptors) of \(readings.descriptorLimit)"
        case .lag: return "event loops are \(readings.lag / 1_000_000) ms late"
        case nil: return ""
        }
    }

    private func tell(_ process: ProcessState, _ facts: Facts, from old: OverloadMonitor.Level) {
        let metadata: Logger.Metadata = [
            "overload": "\(facts.level)", "before": "\(old)", "reason": "\(facts.text)", "shed": "\(shed.reduce(0, +))",
        ]
        if facts.level > old {
            process.log.warning("overloaded: requests are turned away, the least urgent first", metadata: metadata)
        } else {
            process.log.notice(
                facts.level == .normal ? "no longer overloaded" : "less overloaded", metadata: metadata)
        }
    }

    // MARK: memory

    /// What is kept in memory shrinks by a quarter each time, and grows again when there is room; what is free goes back
    /// to the system, and so does what a crowd has left behind. Off the loops.
    private func give(_ relief: MemoryRelief.Action, _ process: ProcessState) {
        if relief == .forget {
            ebbs.wrappingAdd(1, ordering: .relaxed)
            return
        }
        let caches = process.caches
        NIOThreadPool.singleton.submit { _ in
            switch relief {
            case .shrink:
                caches.shrink()
                _ = malloc_trim(0)
            case .restore: caches.restore()
            case .trim: _ = malloc_trim(0)
            case .forget: break
            }
        }
    }
}
