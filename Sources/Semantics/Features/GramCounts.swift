/// How often each gram of a text occurs: open addressing by the gram's hash, in memory that is used again.
struct GramCounts: Sendable {
    /// A gram's hash, how often it occurs, and what it weighs.
    struct Gram: Sendable {
        var hash: UInt64
        var count: Int32
        var weight: Float
    }

    /// In the order in which they came first; what is past `count` is of other texts.
    private var grams: [Gram] = []
    private(set) var count = 0

    /// The round in which it was set, then the index into `grams` + 1: nothing is cleared between texts.
    private var slots: [UInt64] = []
    private var round: UInt64 = 0

    /// Forgets all, then counts what `read` adds, at most `most` grams.
    mutating func fill(most: Int, _ read: (inout Pass) -> Void) {
        prepare(most)
        count = grams.withUnsafeMutableBufferPointer { grams in
            slots.withUnsafeMutableBufferPointer { slots in
                guard let gram = grams.baseAddress, let slot = slots.baseAddress else { return 0 }
                var pass = Pass(grams: gram, slots: slot, mask: slots.count - 1, round: round)
                read(&pass)
                return pass.count
            }
        }
    }

    private mutating func prepare(_ most: Int) {
        round = (round + 1) & 0xFFFF_FFFF
        if grams.count < most || round == 0 {
            var size = max(slots.count, 4096)
            while size < 2 * most { size *= 2 }
            slots = [UInt64](repeating: 0, count: size)
            grams = [Gram](repeating: Gram(hash: 0, count: 0, weight: 0), count: max(most, size / 2))
            round = 1
        }
    }

    func read<Result>(_ body: (UnsafeBufferPointer<Gram>) -> Result) -> Result {
        grams.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[..<count])) }
    }

    /// The counting of one text. There is room for as many grams as were announced.
    struct Pass {
        fileprivate let grams: UnsafeMutablePointer<Gram>
        fileprivate let slots: UnsafeMutablePointer<UInt64>
        fileprivate let mask: Int
        fileprivate let round: UInt64
        fileprivate var count = 0

        fileprivate init(
            grams: UnsafeMutablePointer<Gram>, slots: UnsafeMutablePointer<UInt64>, mask: Int, round: UInt64
        ) {
            self.grams = grams
            self.slots = slots
            self.mask = mask
            self.round = round
        }

        @inline(__always)
        mutating func add(_ hash: UInt64, _ weight: Float) {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] >> 32 == round {
                let index = Int(slots[slot] & 0xFFFF_FFFF) - 1
                if grams[index].hash == hash {
                    grams[index].count += 1
                    return
                }
                slot = (slot + 1) & mask
            }
            grams[count] = Gram(hash: hash, count: 1, weight: weight)
            count += 1
            slots[slot] = round << 32 | UInt64(count)
        }
    }
}
