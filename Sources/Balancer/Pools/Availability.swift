/// Who of a pool can serve: healthy, not drained, not set aside - and when to look again though nothing was marked.
struct Availability {
    /// A bit an agent: who is used, in a panic too. Owned: `free` gives it back.
    let words: UnsafeMutablePointer<UInt64>
    /// Who of them is truly available; the same, but in a panic.
    let calm: UnsafeMutablePointer<UInt64>
    let wordCount: Int
    /// Agents with a share at all.
    private(set) var members = 0
    /// Bits that are set.
    private(set) var usable = 0
    /// Those of them that are truly available; fewer in a panic.
    private(set) var available = 0
    /// The next moment at which time alone changes something.
    private(set) var recheck = Int64.min
    /// So few were left that all are used.
    private(set) var isPanic = false
    /// The time of some breaker is over: a request may find out whether its agent is back.
    private(set) var hasProbes = false
    /// Some agent's share still rises.
    var isRamping: Bool { !ramping.isEmpty }
    /// Agents whose share still rises, and what part of the picks each may have: `ramp` x its share.
    private(set) var ramping: [(index: Int, share: Double)] = []

    init(count: Int) {
        wordCount = max((count + 63) / 64, 1)
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
        calm = .allocate(capacity: wordCount)
        calm.initialize(repeating: 0, count: wordCount)
    }

    func free() {
        words.deallocate()
        calm.deallocate()
    }

    @inline(__always)
    func contains(_ index: Int) -> Bool { words[index >> 6] & (1 << UInt64(index & 63)) != 0 }

    func contains(_ index: Int, allowsPanic: Bool) -> Bool {
        (allowsPanic ? words : calm)[index >> 6] & (1 << UInt64(index & 63)) != 0
    }

    /// The next pick looks again.
    mutating func recheckNow() { recheck = .min }

    /// Runs after a change, not with every pick, so it may allocate. Renews what the seats say too.
    mutating func look(at pool: Pool, _ seats: UnsafeMutablePointer<Seat>, _ now: Int64) {
        words.update(repeating: 0, count: wordCount)
        members = 0
        usable = 0
        available = 0
        recheck = .max
        isPanic = false
        hasProbes = false
        ramping.removeAll(keepingCapacity: true)
        var out: [(since: Int64, index: Int)] = []
        for (index, agent) in pool.agents.enumerated() {
            let weight = agent.effectiveWeight
            seats[index].weight = weight
            guard weight > 0 else { continue }
            members += 1
            renew(&seats[index], agent.state, pool, now)
            guard agent.isEligible else { continue }
            take(agent.state, index, now, pool.breaker.isOn, &out)
        }
        admit(out, pool)
        available = usable
        calm.update(from: words, count: wordCount)
        if pool.breaker.isPanic(available: available, of: members) || usable == 0 { panic(pool, seats, now) }
        shareOut(seats, pool.agents.count)
    }

    private mutating func renew(_ seat: inout Seat, _ state: AgentState, _ pool: Pool, _ now: Int64) {
        seat.ramp = pool.slowStart.ramp(since: state.rampStart, now)
        if seat.ramp < 1 {
            recheck = min(recheck, now + SlowStart.step)
        }
        let cap = seat.configuredCap
        seat.cap = cap > 0 && seat.ramp < 1 ? max(1, Int(Double(cap) * seat.ramp)) : cap
    }

    private mutating func take(
        _ state: AgentState, _ index: Int, _ now: Int64, _ isOn: Bool, _ out: inout [(since: Int64, index: Int)]
    ) {
        let aside = max(state.asideUntil, state.leavingUntil)
        if aside > now {
            recheck = min(recheck, aside)
            return
        }
        let until = isOn ? state.openUntil : 0
        if until == 0 {
            add(index)
        } else if until > now {
            out.append((state.openSince, index))
            recheck = min(recheck, until)
        } else {
            hasProbes = true
        }
    }

    /// Those that were set aside first stay out. Whoever failed when no more could be set aside is used, as if it had
    /// not: a pool whose agents all fail has a common cause more often than not.
    private mutating func admit(_ out: [(since: Int64, index: Int)], _ pool: Pool) {
        guard !out.isEmpty else { return }
        let sorted = out.sorted { ($0.since, $0.index) < ($1.since, $1.index) }
        for (_, index) in sorted.dropFirst(pool.breaker.cap(of: members)) { add(index) }
    }

    /// All but what an operator drained, and what wants nothing itself; who restarts is asked where nobody else is left.
    private mutating func panic(_ pool: Pool, _ seats: UnsafeMutablePointer<Seat>, _ now: Int64) {
        panic(pool, seats) { !$0.refusesAdmission && $0.state.leavingUntil <= now }
        if usable == 0 { panic(pool, seats) { !$0.refusesAdmission } }
    }

    private mutating func panic(_ pool: Pool, _ seats: UnsafeMutablePointer<Seat>, _ isMeant: (Agent) -> Bool) {
        for (index, agent) in pool.agents.enumerated() where seats[index].weight > 0 && !agent.state.isDrained {
            if !contains(index), isMeant(agent) {
                isPanic = true
                add(index)
            }
        }
    }

    /// What those whose shares still rise may have.
    private mutating func shareOut(_ seats: UnsafeMutablePointer<Seat>, _ count: Int) {
        var sum = 0.0
        for index in 0..<count where contains(index) {
            sum += Double(seats[index].weight)
            if seats[index].ramp < 1 { ramping.append((index, 0)) }
        }
        for position in ramping.indices {
            let seat = seats[ramping[position].index]
            ramping[position].share = seat.ramp * Double(seat.weight) / sum
        }
    }

    private mutating func add(_ index: Int) {
        words[index >> 6] |= 1 << UInt64(index & 63)
        usable += 1
    }
}
