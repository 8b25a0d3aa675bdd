/// What left the small queue lately without having been asked for twice: 32 bits of each hash, no more. Who returns while
/// it is remembered goes to the main queue at once.
///
/// Buckets of eight slots, each a fingerprint and the number of its burial; the oldest of a bucket gives way. What is
/// remembered is exact but for that, and for one in 500 million strangers that looks like a ghost.
struct Ghosts: Sendable {
    private static let bucket = 8

    private var slots: [UInt64] = []
    /// Burials so far, from half of the range so that an empty slot looks old.
    private var burials: UInt32 = 1 << 31

    /// Room for so many, and half as many again so that few buckets run over. Forgets all when it grows or shrinks much.
    mutating func fit(_ most: Int) {
        let wanted = most * 3 / 2
        var size = Self.bucket
        while size < wanted { size *= 2 }
        if size > slots.count || size * 4 < slots.count { resize(size) }
    }

    var bytes: Int { MemoryCost.array(slots.count, stride: 8) }

    mutating func bury(_ hash: UInt64) {
        guard !slots.isEmpty else { return }
        burials &+= 1
        let start = bucket(of: Self.print(hash))
        var oldest = start
        for at in start..<start + Self.bucket where age(slots[at]) > age(slots[oldest]) { oldest = at }
        slots[oldest] = UInt64(Self.print(hash)) << 32 | UInt64(burials)
    }

    /// Whether it is one of the last `most` that were buried; it is forgotten then.
    mutating func raise(_ hash: UInt64, among most: Int) -> Bool {
        guard !slots.isEmpty else { return false }
        let print = Self.print(hash)
        let start = bucket(of: print)
        for at in start..<start + Self.bucket where UInt32(truncatingIfNeeded: slots[at] >> 32) == print {
            let isYoung = age(slots[at]) < most
            slots[at] = 0
            return isYoung
        }
        return false
    }

    /// Never 0, which is an empty slot's.
    private static func print(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 24) | 1 }

    private func age(_ slot: UInt64) -> Int { Int(burials &- UInt32(truncatingIfNeeded: slot)) }

    private func bucket(of print: UInt32) -> Int { (Int(print >> 1) & (slots.count / Self.bucket - 1)) * Self.bucket }

    private mutating func resize(_ size: Int) {
        let old = slots
        slots = [UInt64](repeating: 0, count: size)
        for slot in old where slot != 0 {
            let start = bucket(of: UInt32(truncatingIfNeeded: slot >> 32))
            var oldest = start
            for at in start..<start + Self.bucket where age(slots[at]) > age(slots[oldest]) { oldest = at }
            if age(slot) < age(slots[oldest]) { slots[oldest] = slot }
        }
    }
}
