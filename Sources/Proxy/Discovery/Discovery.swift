internal import Balancer
internal import Logging
internal import Settings

/// Finds agents: runs the sources that the configuration asks for, keeps what each told last, and has a new generation
/// built when that changes.
///
/// What is found is no part of the configuration: it has no place in files, history or hash. It comes into force like a
/// change of the configuration does, one at a time with those, and counts up the generation's number.
actor Discovery {
    /// How long a start waits for the first answer of each source, and how long a change of the configuration does for
    /// sources that are new in it.
    static let startPatience = Duration.seconds(5)
    static let changePatience = Duration.seconds(2)

    private struct Running {
        var plan: SourcePlan
        var task: Task<Void, Never>
        /// Nil until it has told; a source that takes another's place begins with what that one had.
        var found: [FoundAgent]?
        var hasAnswered = false
        var facts: SourceFacts
    }

    private let board: DiscoveryBoard
    private let log: Logger
    private let plans: @Sendable (DiscoverySettings) -> [SourcePlan]
    /// Changes that come within this are one.
    private let coalescing: Duration
    private var running: [String: Running] = [:]
    /// Keys of the sources in force, in their order.
    private var order: [String] = []
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var changed: (@Sendable () async -> Void)?
    private var isDue = false
    private var isTelling = false
    private var isEnded = false

    init(
        board: DiscoveryBoard, log: Logger, coalescing: Duration = .milliseconds(100),
        plans: @escaping @Sendable (DiscoverySettings) -> [SourcePlan]
    ) {
        self.board = board
        self.log = log
        self.plans = plans
        self.coalescing = coalescing
    }

    // MARK: whom a configuration gets

    /// The agents that the sources of a configuration have found. Sources that are new are started, and get some time
    /// for their first answer; `keep` ends those that are not wanted after all.
    func agents(for settings: DiscoverySettings, patience: Duration = changePatience) async -> [AgentSettings] {
        let wanted = plans(settings)
        for plan in wanted where running[plan.key] == nil { start(plan) }
        let keys = wanted.map(\.key)
        await firstAnswers(of: keys, patience)
        return merged(wanted)
    }

    /// The same as far as it is known now.
    func agentsNow(for settings: DiscoverySettings) -> [AgentSettings] { merged(plans(settings)) }

    private func merged(_ wanted: [SourcePlan]) -> [AgentSettings] {
        var seen: Set<String> = []
        return SourcePlan.merge(
            wanted.filter { seen.insert($0.key).inserted }.map { ($0, running[$0.key]?.found ?? []) })
    }

    /// The sources of this configuration go on, others end.
    func keep(_ settings: DiscoverySettings) {
        let wanted = plans(settings)
        order = wanted.map(\.key)
        let keys = Set(order)
        for (key, source) in running where !keys.contains(key) {
            source.task.cancel()
            running[key] = nil
        }
        for plan in wanted { running[plan.key]?.plan = plan }
        show()
    }

    /// From now on changes are told.
    func begin(_ changed: @escaping @Sendable () async -> Void) {
        self.changed = changed
        for key in order {
            guard let source = running[key], !source.hasAnswered, source.facts.error == nil else { continue }
            log.warning(
                "discovery has no answer yet; the proxy runs without its agents",
                metadata: ["source": "\(source.plan.name)"])
        }
        schedule()
    }

    func end() {
        isEnded = true
        for source in running.values { source.task.cancel() }
        running = [:]
        changed = nil
        wake()
    }

    // MARK: sources

    private func start(_ plan: SourcePlan) {
        guard !isEnded else { return }
        let key = plan.key
        let source = plan.make()
        let task = Task { [weak self] in
            await source.run { [weak self] report in await self?.take(report, from: key) }
        }
        var fresh = Running(plan: plan, task: task, facts: SourceFacts(plan.name))
        // asked in another way, it is still the same place: nobody vanishes before it has answered
        if let before = running.values.first(where: { $0.plan.name == plan.name }) {
            fresh.found = before.found
            fresh.facts.agents = before.facts.agents
        }
        running[key] = fresh
    }

    private func take(_ report: SourceReport, from key: String) {
        guard var source = running[key] else { return }
        let name = source.plan.name
        switch report {
        case .found(let found, let note):
            if source.facts.error != nil {
                log.notice("discovery works again", metadata: ["source": "\(name)", "agents": "\(found.count)"])
            }
            if found.isEmpty, source.found?.isEmpty != true {
                log.warning(
                    "discovery finds no agents",
                    metadata: ["source": "\(name)", "why": "\(note.isEmpty ? "the answer names none" : note)"])
            }
            let isNew = source.found != found
            source.found = found
            source.hasAnswered = true
            source.facts.agents = found.count
            source.facts.note = note
            source.facts.lastSuccess = Configurator.now()
            source.facts.error = nil
            source.facts.errorSince = nil
            running[key] = source
            if isNew { schedule() }
        case .failed(let message):
            if source.facts.error != message {
                log.error(
                    "discovery failed; what was known stays",
                    metadata: ["source": "\(name)", "agents": "\(source.facts.agents)", "error": "\(message)"])
            }
            if source.facts.error == nil { source.facts.errorSince = Configurator.now() }
            source.facts.error = message
            source.facts.errors += 1
            running[key] = source
        }
        show()
        wake()
    }

    private func show() {
        var seen: Set<String> = []
        board.show(order.filter { seen.insert($0).inserted }.compactMap { running[$0]?.facts })
    }

    // MARK: the first answers

    private func firstAnswers(of keys: [String], _ patience: Duration) async {
        guard isMissing(keys) else { return }
        let clock = ContinuousClock()
        let end = clock.now + patience
        let alarm = Task { [weak self] in
            try? await Task.sleep(until: end, clock: clock)
            await self?.wake()
        }
        defer { alarm.cancel() }
        while isMissing(keys), clock.now < end, !isEnded {
            await withCheckedContinuation { waiters.append($0) }
        }
    }

    private func isMissing(_ keys: [String]) -> Bool { keys.contains { running[$0]?.hasAnswered == false } }

    private func wake() {
        let woken = waiters
        waiters = []
        for waiter in woken { waiter.resume() }
    }

    // MARK: changes

    private func schedule() {
        guard !isDue, changed != nil else { return }
        isDue = true
        Task { [coalescing] in
            try? await Task.sleep(for: coalescing)
            await self.tell()
        }
    }

    /// One telling at a time; what changes meanwhile is told after it.
    private func tell() async {
        guard !isTelling else { return }
        isTelling = true
        while isDue, let changed {
            isDue = false
            await changed()
        }
        isTelling = false
    }
}
