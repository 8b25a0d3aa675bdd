/// How often each gram of a text occurs: open addressing by the gram's hash, in memory that is used again.
struct GramCounts: Sendable {
    /// A gram's hash, how often it occurs, and what it weighs.
    struct Gram: Sendable {
        var hash: UInt64
        var count: Int32
        var weight: Float
    }

    /// In the order in which they came first.
    private(set) var grams: [Gram] = []

    /// The round in which it was set, then the index into `grams` + 1: nothing is cleared between texts.
    private var slots: [UInt64]
    private var round: UInt64 = 0
    private var mask: Int

    init() {
        slots = [UInt64](repeating: 0, count: 4096)
        mask = slots.count - 1
    }

    /// Forgets all.
    mutating func begin() {
        grams.removeAll(keepingCapacity: true)
        round = (round + 1) & 0xFFFF_FFFF
        if round == 0 {
            for slot in slots.indices { slots[slot] = 0 }
            round = 1
        }
    }

    @inline(__always)
    mutating func add(_ hash: UInt64, _ weight: Float) {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let kept = slots[slot]
            guard kept >> 32 == round else { break }
            let index = Int(kept & 0xFFFF_FFFF) - 1
            if grams[index].hash == hash {
                grams[index].count += 1
                return
            }
            slot = (slot + 1) & mask
        }
        grams.append(Gram(hash: hash, count: 1, weight: weight))
        slots[slot] = round << 32 | UInt64(grams.count)
        if 2 * grams.count > slots.count { grow() }
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: 2 * slots.count)
        mask = slots.count - 1
        for (index, gram) in grams.enumerated() {
            var slot = Int(truncatingIfNeeded: gram.hash) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = round << 32 | UInt64(index + 1)
        }
    }
}
