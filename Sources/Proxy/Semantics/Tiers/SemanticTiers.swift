internal import Logging
internal import Semantics
internal import Settings
internal import Synchronization

/// The further tiers of semantic decisions, over all generations: who is asked where the built-in judge is unsure.
///
/// A tier learns the categories in the background, and is asked once it has; one that cannot tries again. What two
/// generations have in common goes on as it is.
final class SemanticTiers: Sendable {
    private struct Seat {
        let tier: Tier
        /// Of the lesson that is under way or was learnt; what others bring is thrown away.
        var lesson = 0
        var judge: (any TierJudge)?
        var learning: Task<Void, Never>?
        var since = SemanticTiers.now()
        var trouble: String?
    }

    private struct State {
        var categories: [CategoryExamples] = []
        var budget = Duration.zero
        var threadCount = 0
        var threads: EncoderThreads?
        var seats: [Seat] = []
        var lessons = 0
        var isClosed = false
    }

    /// From one attempt at learning to the next: doubled each time.
    static let patience = Duration.seconds(1)
    static let longestPatience = Duration.seconds(60)
    private static let versions = Atomic<Int>(0)
    private let log: Logger
    private let sources: TierSources
    private let patience: Duration
    private let state = Mutex(State())
    private let live = Mutex<SemanticJudges?>(nil)
    /// Of `live`; 0 while there was none.
    private let version = Atomic<Int>(0)

    init(log: Logger, sources: TierSources, patience: Duration = SemanticTiers.patience) {
        self.log = log
        self.sources = sources
        self.patience = patience
    }

    convenience init(log: Logger, tls: AgentTLS) { self.init(log: log, sources: .live(tls, log)) }

    deinit { close() }

    // MARK: asking

    /// Who may be asked; nil while no tier has learnt exactly these categories. A loop looks at what it knows itself,
    /// unless that has changed.
    func current(for categories: [CategoryExamples]) -> SemanticJudges? {
        let version = version.load(ordering: .acquiring)
        guard version > 0 else { return nil }
        let seat = JudgeSeat.own
        if seat.version != version {
            seat.judges = live.withLock { $0 }
            seat.version = version
        }
        guard let judges = seat.judges, judges.categories == categories else { return nil }
        return judges
    }

    /// The same for a generation's rules: their list is the one that `follow` was given, which takes no time to see.
    func current(for meaning: Meaning) -> SemanticJudges? { current(for: meaning.categories) }

    var facts: [TierFacts] {
        state.withLock { state in
            state.seats.map { seat in
                var facts = TierFacts(name: seat.tier.name, type: seat.tier.settings.type)
                facts.isReady = seat.judge != nil
                facts.since = seat.since
                facts.trouble = seat.judge == nil ? seat.trouble : nil
                seat.tier.counters.write(to: &facts)
                return facts
            }
        }
    }

    // MARK: generations

    /// A generation goes live. Blocks nothing, all is learnt later. `budget`: in its settings' place.
    func follow(_ meaning: Meaning, _ settings: SemanticSettings, budget: Duration? = nil) {
        follow(meaning.categories, settings, budget: budget)
    }

    func follow(_ categories: [CategoryExamples], _ settings: SemanticSettings, budget: Duration? = nil) {
        let left = state.withLock { state -> (tiers: [Tier], threads: EncoderThreads?) in
            guard !state.isClosed else { return ([], nil) }
            let wanted = categories.isEmpty ? [] : settings.tiers
            let threads = takeThreads(wanted, settings.threads, &state)
            let isSame = state.categories == categories
            var leaving = state.seats
            state.categories = categories
            state.budget = budget ?? settings.budget
            state.seats = wanted.compactMap { wanted in
                let known = leaving.firstIndex { seat in
                    seat.tier.settings == wanted && (wanted.type == .endpoint || threads == nil)
                }
                guard let known else { return seat(wanted, &state) }
                let kept = leaving.remove(at: known)
                return isSame ? kept : taught(kept, &state)
            }
            for seat in leaving { seat.learning?.cancel() }
            publish(&state)
            return (leaving.map(\.tier), threads)
        }
        for tier in left.tiers { tier.close() }
        left.threads?.close()
    }

    /// Answers with the threads that serve no more.
    private func takeThreads(
        _ wanted: [SemanticTierSettings], _ count: Int, _ state: inout State
    ) -> EncoderThreads? {
        let isWanted = wanted.contains { $0.type != .endpoint }
        if isWanted, state.threads != nil, state.threadCount == count { return nil }
        let old = state.threads
        state.threads = isWanted ? EncoderThreads(count) : nil
        state.threadCount = count
        return old
    }

    private func seat(_ settings: SemanticTierSettings, _ state: inout State) -> Seat? {
        let order = TierSources.Order(settings: settings, threads: state.threads) { [weak self] in
            self?.outlived(settings)
        }
        return sources.make(order).map { taught(Seat(tier: Tier(settings, $0, learn: sources.learn)), &state) }
    }

    private func taught(_ seat: Seat, _ state: inout State, after pause: Duration? = nil) -> Seat {
        var seat = seat
        seat.learning?.cancel()
        state.lessons += 1
        seat.lesson = state.lessons
        if seat.judge != nil { seat.since = Self.now() }
        seat.judge = nil
        seat.learning = learn(seat.tier, state.categories, lesson: seat.lesson, after: pause)
        return seat
    }

    /// Stops. Whoever is asked yet gets nothing.
    func close() {
        let (tiers, threads) = state.withLock { state -> ([Tier], EncoderThreads?) in
            let left = (state.seats.map(\.tier), state.threads)
            for seat in state.seats { seat.learning?.cancel() }
            state = State()
            state.isClosed = true
            publish(&state)
            return left
        }
        for tier in tiers { tier.close() }
        threads?.close()
    }

    /// Who is ready is asked from now on.
    private func publish(_ state: inout State) {
        let ready = state.seats.compactMap { seat in
            seat.judge.map { SemanticJudges.Seat(tier: seat.tier, judge: $0) }
        }
        let judges = ready.isEmpty ? nil : SemanticJudges(state.categories, ready, budget: state.budget)
        let isSame = live.withLock { live in
            defer { live = judges }
            return live == nil && judges == nil
        }
        if !isSame { version.store(Self.versions.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .releasing) }
    }

    // MARK: learning

    private func learn(
        _ tier: Tier, _ categories: [CategoryExamples], lesson: Int, after pause: Duration?
    ) -> Task<Void, Never> {
        Task.detached(priority: .utility) { [weak self, patience] in
            if let pause { try? await Task.sleep(for: pause) }
            var wait = patience
            while !Task.isCancelled {
                let start = ContinuousClock.now
                do throws(TierFault) {
                    let learnt = try await tier.judge(of: categories)
                    self?.learnt(tier, lesson, learnt, ContinuousClock.now - start)
                    return
                } catch {
                    self?.failed(tier, lesson, error)
                }
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, Self.longestPatience)
            }
        }
    }

    private func learnt(
        _ tier: Tier, _ lesson: Int, _ learnt: (judge: any TierJudge, dimensions: Int), _ taken: Duration
    ) {
        let isWanted = state.withLock { state in
            guard let at = state.seats.firstIndex(where: { $0.lesson == lesson }) else { return false }
            state.seats[at].judge = learnt.judge
            state.seats[at].since = Self.now()
            state.seats[at].trouble = nil
            publish(&state)
            return true
        }
        guard isWanted else { return }
        log.notice(
            "a semantic tier is ready",
            metadata: [
                "tier": "\(tier.name)", "type": "\(tier.settings.type.rawValue)", "dimensions": "\(learnt.dimensions)",
                "milliseconds": "\(taken.nanoseconds / 1_000_000)",
            ])
    }

    private func failed(_ tier: Tier, _ lesson: Int, _ fault: TierFault) {
        let reason = fault.description
        let isNew = state.withLock { state in
            let at = state.seats.firstIndex { $0.lesson == lesson && $0.trouble != reason }
            guard let at else { return false }
            state.seats[at].trouble = reason
            return true
        }
        guard isNew else { return }
        log.warning(
            "a semantic tier is not ready; it is tried again and again, and others and the built-in decide meanwhile",
            metadata: ["tier": "\(tier.name)", "reason": "\(reason)"])
    }

    /// Another model answers than the one whose vectors were learnt: they are learnt anew, after a rest, for several
    /// models may answer in turn.
    private func outlived(_ settings: SemanticTierSettings) {
        let tier = state.withLock { state -> Tier? in
            let at = state.seats.firstIndex { $0.tier.settings == settings && $0.judge != nil }
            guard let at else { return nil }
            state.seats[at].tier.forget()
            state.seats[at] = taught(state.seats[at], &state, after: settings.cooldown)
            publish(&state)
            return state.seats[at].tier
        }
        guard let tier else { return }
        log.warning(
            "vectors of a semantic tier have another length than those it learnt; it learns anew after its `cooldown`",
            metadata: ["tier": "\(tier.name)", "hint": "let `url` lead to one model"])
    }

    /// Unix seconds.
    private static func now() -> Double { Double(Configurator.now()) / 1000 }
}
