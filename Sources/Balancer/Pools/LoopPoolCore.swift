import Synchronization

/// What a `LoopPool` changes. Its pointers are valid while the `LoopPool`, which holds the pool, is.
struct LoopPoolCore {
    let seats: UnsafeMutablePointer<Seat>
    private let count: Int
    private let changes: UnsafeMutablePointer<Atomic<UInt64>>
    private var seen: UInt64 = 0
    var availability: Availability
    /// What is open to one pick, where that differs from what is available.
    private let open: UnsafeMutablePointer<UInt64>
    /// Of agents whose share still rises: each pick adds their share, and one that is chosen costs 1.
    private let credits: UnsafeMutablePointer<Double>
    private let pacing: Pacing
    /// The strategy minds by itself what a request is bound to.
    private let isSticky: Bool
    private var random: SplitMix64
    private var strategy: any Strategy
    /// For requests of sessions; made with the first of them.
    private var sessions: SessionAffinity?
    private let balancing: LoadBalancingSettings

    init(_ pool: Pool, seed: UInt64) {
        count = pool.agents.count
        seats = .allocate(capacity: max(count, 1))
        credits = .allocate(capacity: max(count, 1))
        credits.initialize(repeating: 0, count: max(count, 1))
        for index in 0..<count { (seats + index).initialize(to: pool.seat(index)) }
        changes = pool.changes.count
        availability = Availability(count: count)
        open = .allocate(capacity: availability.wordCount)
        open.initialize(repeating: 0, count: availability.wordCount)
        random = SplitMix64(seed: seed)
        let type = pool.strategy.strategy
        pacing = type.pacing
        isSticky = type == Sticky.self
        balancing = pool.balancing
        strategy = type.init(UnsafeBufferPointer(start: seats, count: count), pool.balancing, &random)
        if let table = pool.table { strategy.use(table) }
    }

    func free() {
        availability.free()
        open.deallocate()
        credits.deallocate()
        seats.deinitialize(count: count)
        seats.deallocate()
    }

    @inline(__always)
    mutating func pick(_ ask: borrowing Ask, _ owner: LoopPool) -> Pick {
        let marks = changes.pointee.load(ordering: .acquiring)
        let now = ask.now
        if marks != seen || now >= availability.recheck {
            // Taken before the look: a change during it leads to another look.
            seen = marks
            availability.look(at: owner.pool, seats, now)
            strategy.reweigh()
            sessions?.reweigh()
        }
        let isFurther = !ask.tried.isEmpty
        // not by a further try, which may be the exchange's last
        if availability.hasProbes, !isFurther, let lease = probe(ask, owner) { return .agent(lease) }
        let staysCalm = !ask.allowsPanic || isFurther
        var words = UnsafePointer(staysCalm ? availability.calm : availability.words)
        let isPaced = availability.isRamping
        if isPaced || isFurther {
            open.update(from: words, count: availability.wordCount)
            words = UnsafePointer(open)
            close(ask.tried)
            if isPaced { pace(ask) }
        }
        if let lease = choose(words, ask) { return .agent(lease) }
        return isPaced || isFurther || availability.isPanic ? pickAgain(ask, owner) : .none(refusal(ask))
    }

    /// Lets the strategy choose among those that are open, until one has a place.
    @inline(__always)
    private mutating func choose(_ words: UnsafePointer<UInt64>, _ ask: borrowing Ask) -> Lease? {
        var words = words
        while let index = chosen(Candidates(seats, words, count: count), ask) {
            if let lease = take(index, ask) {
                if seats[index].ramp < 1 { credits[index] -= 1 }
                return lease
            }
            // Another loop took its last place since the strategy looked. Each turn closes one agent, so this ends.
            if words != UnsafePointer(open) { open.update(from: words, count: availability.wordCount) }
            words = UnsafePointer(open)
            close(index)
        }
        return nil
    }

    @inline(__always)
    private mutating func chosen(_ among: Candidates, _ ask: borrowing Ask) -> Int? {
        if ask.isBound, !isSticky { return ofSession(among, ask) }
        return strategy.choose(among, ask, &random)
    }

    private mutating func ofSession(_ among: Candidates, _ ask: borrowing Ask) -> Int? {
        if sessions == nil {
            sessions = SessionAffinity(UnsafeBufferPointer(start: seats, count: count), balancing, &random)
        }
        return sessions?.choose(among, ask, &random)
    }

    @inline(__always)
    private func take(_ index: Int, _ ask: borrowing Ask, isProbe: Bool = false) -> Lease? {
        let figures = seats[index].figures
        guard let others = figures.pointee.tryAcquire(cap: seats[index].bound) else { return nil }
        figures.pointee.began(ask.now, tokens: ask.tokens)
        return Lease(
            agent: index, started: ask.now, others: Int32(clamping: others), tokens: Int32(clamping: ask.tokens),
            isProbe: isProbe)
    }

    // MARK: Beside the plain path

    /// Those that were held back for their share, those that a panic uses, and at last one that is set aside: it may have
    /// come back since, and a further try that finds nobody else is better spent on it than on a failure.
    private mutating func pickAgain(_ ask: borrowing Ask, _ owner: LoopPool) -> Pick {
        let words = ask.allowsPanic ? availability.words : availability.calm
        open.update(from: words, count: availability.wordCount)
        close(ask.tried)
        if let lease = choose(UnsafePointer(open), ask) { return .agent(lease) }
        if !ask.tried.isEmpty, ask.allowsPanic {
            for index in 0..<count {
                let isTried = ask.tried.contains(index)
                if isTried || availability.contains(index) { continue }
                let agent = owner.pool.agents[index]
                guard agent.isEligible, agent.state.leavingUntil <= ask.now else { continue }
                if let lease = take(index, ask) { return .agent(lease) }
            }
        }
        return .none(refusal(ask))
    }

    /// A request that may find out whether an agent is back: one that can be sent again if it is not and belongs to no
    /// session, or, when no such request has come for a second, any but those that are bound to another agent.
    private mutating func probe(_ ask: borrowing Ask, _ owner: LoopPool) -> Lease? {
        let (isBound, pinned) = (ask.isBound, Int(ask.pinned))
        let isFree = ask.isRepeatable && !isBound
        for index in 0..<count {
            guard seats[index].weight > 0, pinned < 0 || pinned == index else { continue }
            let agent = owner.pool.agents[index]
            let until = agent.state.openUntil
            guard until != 0, until <= ask.now, agent.isEligible,
                max(agent.state.asideUntil, agent.state.leavingUntil) <= ask.now
            else { continue }
            let isOverdue = ask.now &- until > 1_000_000_000
            guard isOverdue || isFree, agent.state.takeProbe(ask.now) else { continue }
            availability.recheckNow()
            if let lease = take(index, ask, isProbe: true) { return lease }
            owner.pool.giveBackProbe(index, ask.now)
        }
        return nil
    }

    /// Closes those whose share still rises and that have had it.
    private mutating func pace(_ ask: borrowing Ask) {
        for (index, share) in availability.ramping {
            let seat = seats[index]
            // A session that is bound to it follows it at once.
            if ask.isBound, Int(ask.pinned) == index { continue }
            let isIn: Bool
            switch ask.isBound ? .key : pacing {
            case .credit:
                credits[index] = min(credits[index] + share, 2)
                isIn = credits[index] >= 1
            case .chance: isIn = Double(random.next() >> 11) * 0x1p-53 < seat.ramp
            case .key: isIn = Double(StableHash.mix(ask.key ^ seat.hash &+ 1) >> 11) * 0x1p-53 < seat.ramp
            }
            if !isIn { close(index) }
        }
    }

    @inline(__always)
    private func close(_ index: Int) { open[index >> 6] &= ~(1 << UInt64(index & 63)) }

    private func close(_ tried: borrowing Tried) {
        for position in 0..<tried.count where tried[position] < count { close(tried[position]) }
    }

    private func refusal(_ ask: borrowing Ask) -> Refusal {
        guard availability.members > 0 else { return .noAgents }
        guard (ask.allowsPanic ? availability.usable : availability.available) > 0 else { return .allUnavailable }
        for index in 0..<count {
            let isTried = ask.tried.contains(index)
            if availability.contains(index), !isTried { return .allBusy }
        }
        return .allTried
    }
}
