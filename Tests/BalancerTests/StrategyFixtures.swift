import Balancer

extension LoopPool {
    /// A pick that stays.
    func lease(key: UInt64 = 0, now: Int64 = 0, tokens: Int = 0, pinned: Int = -1) -> Lease? {
        let ask = Ask(key: key, now: now, tokens: tokens, pinned: Int32(pinned))
        guard case .agent(let lease) = pick(ask) else { return nil }
        return lease
    }

    /// Which agent each key belongs to, by name, while nothing is in flight.
    func owners(_ keys: Int, now: Int64 = 0) -> [String] {
        (0..<keys).map { key in
            touch(key: StableHash.mix(UInt64(key)), now: now).map { pool.agents[$0].id } ?? ""
        }
    }
}

extension Pool {
    /// Lets an agent answer requests one after the other, each in `time`, from `now` on.
    func teach(_ index: Int, _ time: Int64, lastByte: Int64 = 0, times: Int = 50, now: Int64 = 0) {
        let alone = LoopPool(Pool(name: "alone", agents: [agents[index]]), seed: 0)
        for _ in 0..<times {
            guard var lease = alone.lease(now: now) else { return }
            alone.pool.answered(&lease, now + time)
            alone.pool.ended(lease, .success, now + Swift.max(time, lastByte))
        }
    }
}

/// Weights from a seed: some alike, some far apart.
func weights(_ count: Int, seed: UInt64) -> [Int] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
        switch random.below(3) {
        case 0: 100
        case 1: 1 + random.below(20)
        default: 1 + random.below(500)
        }
    }
}

/// The greatest of numbers, 0 for none.
func most(_ numbers: some Sequence<Double>) -> Double { numbers.max() ?? 0 }
