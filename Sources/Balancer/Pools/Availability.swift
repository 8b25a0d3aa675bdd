/// Who of a pool can serve: healthy, not drained, not ejected - and when to look again though nothing was marked.
struct Availability {
    /// A bit an agent. Owned: `free` gives it back.
    let words: UnsafeMutablePointer<UInt64>
    let wordCount: Int
    /// Agents with a share at all.
    private(set) var members = 0
    /// Bits that are set.
    private(set) var usable = 0
    /// The next ejection's end.
    private(set) var recheck = Int64.min
    /// Nobody was left, and ejected agents were let back in.
    private(set) var isPanic = false

    init(count: Int) {
        wordCount = max((count + 63) / 64, 1)
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
    }

    func free() { words.deallocate() }

    func contains(_ index: Int) -> Bool { words[index >> 6] & (1 << UInt64(index & 63)) != 0 }

    /// Runs after a change, not with every pick, so it may allocate.
    mutating func look(at pool: Pool, _ now: Int64) {
        words.update(repeating: 0, count: wordCount)
        var ejected: [(since: Int64, index: Int)] = []
        members = 0
        usable = 0
        recheck = .max
        isPanic = false
        for (index, agent) in pool.agents.enumerated() where agent.weight > 0 {
            members += 1
            guard agent.isEligible else { continue }
            let until = agent.state.ejectedUntil
            if until > now {
                ejected.append((agent.state.ejectedSince, index))
                recheck = min(recheck, until)
            } else {
                add(index)
            }
        }
        guard !ejected.isEmpty else { return }
        // Those that were ejected first stay out. Whoever failed when no more could be ejected is used, as if it had
        // not: a pool whose agents all fail has a common cause more often than not.
        ejected.sort { ($0.since, $0.index) < ($1.since, $1.index) }
        for (_, index) in ejected.dropFirst(pool.ejection.cap(of: members)) { add(index) }
        guard usable == 0 else { return }
        isPanic = true
        for (_, index) in ejected { add(index) }
    }

    private mutating func add(_ index: Int) {
        words[index >> 6] |= 1 << UInt64(index & 63)
        usable += 1
    }
}
