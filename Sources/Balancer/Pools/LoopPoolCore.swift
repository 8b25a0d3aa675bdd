import Synchronization

/// What a `LoopPool` changes. Its pointers are valid while the `LoopPool`, which holds the pool, is.
struct LoopPoolCore {
    private let seats: UnsafeMutablePointer<Seat>
    private let count: Int
    private let changes: UnsafeMutablePointer<Atomic<UInt64>>
    private var seen: UInt64 = 0
    var availability: Availability
    /// What is open to one pick, where that differs from what is available.
    private let open: UnsafeMutablePointer<UInt64>
    private var random: SplitMix64
    private var strategy: any Strategy

    init(_ pool: Pool, seed: UInt64) {
        seats = pool.seats
        count = pool.agents.count
        changes = pool.changes.count
        availability = Availability(count: count)
        open = .allocate(capacity: availability.wordCount)
        open.initialize(repeating: 0, count: availability.wordCount)
        random = SplitMix64(seed: seed)
        strategy = pool.strategy.strategy.init(UnsafeBufferPointer(start: seats, count: count), &random)
    }

    func free() {
        availability.free()
        open.deallocate()
    }

    @inline(__always)
    mutating func pick(_ key: UInt64, _ now: Int64, _ tried: borrowing Tried, _ owner: LoopPool) -> Pick {
        let marks = changes.pointee.load(ordering: .acquiring)
        if marks != seen || now >= availability.recheck {
            // Taken before the look: a change during it leads to another look.
            seen = marks
            availability.look(at: owner.pool, now)
        }
        var words = UnsafePointer(availability.words)
        if !tried.isEmpty {
            narrow(without: tried)
            words = UnsafePointer(open)
        }
        while let index = strategy.choose(Candidates(seats, words, count: count), key, &random) {
            if seats[index].counters.pointee.tryAcquire(cap: seats[index].cap) { return .agent(index) }
            // Another loop took its last place since the strategy looked. Each turn closes one agent, so this ends.
            if words != UnsafePointer(open) { narrow(without: Tried()) }
            words = UnsafePointer(open)
            open[index >> 6] &= ~(1 << UInt64(index & 63))
        }
        if let pick = lastResort(tried, owner) { return pick }
        return .none(refusal(tried))
    }

    /// A further try that finds nobody else asks an ejected agent rather than failing: it may have come back since.
    private func lastResort(_ tried: borrowing Tried, _ owner: LoopPool) -> Pick? {
        guard !tried.isEmpty else { return nil }
        for index in 0..<count where !tried.contains(index) && !availability.contains(index) {
            if owner.pool.agents[index].isEligible, seats[index].counters.pointee.tryAcquire(cap: seats[index].cap) {
                return .agent(index)
            }
        }
        return nil
    }

    private func narrow(without tried: borrowing Tried) {
        open.update(from: availability.words, count: availability.wordCount)
        for position in 0..<tried.count {
            guard tried[position] < count else { continue }
            open[tried[position] >> 6] &= ~(1 << UInt64(tried[position] & 63))
        }
    }

    private func refusal(_ tried: borrowing Tried) -> Refusal {
        guard availability.members > 0 else { return .noAgents }
        guard availability.usable > 0 else { return .allUnavailable }
        for index in 0..<count {
            let isTried = tried.contains(index)
            if availability.contains(index), !isTried { return .allBusy }
        }
        return .allTried
    }
}
