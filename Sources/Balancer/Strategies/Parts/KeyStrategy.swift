import Settings

/// A strategy that goes by a key alone: the same key, the same agent, as long as that can serve and has no more than
/// its bound. What tells them apart is who owns which key.
protocol KeyStrategy: Strategy {
    associatedtype Keys: KeyOwners
    var keys: Keys { get set }
    init(keys: Keys)
}

/// Who owns which key of a pool.
protocol KeyOwners {
    /// - Parameter factor: who has more than so many times the mean in flight passes keys on; 0: nobody does.
    init(_ seats: UnsafeBufferPointer<Seat>, bound factor: Double)
    mutating func use(_ table: any StrategyTable)
    mutating func reweigh()
    mutating func owner(of key: UInt64, _ among: Candidates, _ now: Int64) -> Int?
}

extension KeyOwners {
    mutating func use(_ table: any StrategyTable) {}
}

extension KeyStrategy {
    static var pacing: Pacing { .key }

    init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        self.init(keys: Keys(seats, bound: settings.hash.boundedLoad.value))
    }

    mutating func use(_ table: any StrategyTable) { keys.use(table) }

    mutating func reweigh() { keys.reweigh() }

    mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        keys.owner(of: ask.key, among, ask.now)
    }
}
