/// The agents that may be chosen at this moment: those a strategy picks from.
///
/// Three words, made anew for each pick; valid only during it. Bits beyond `count` are zero.
package struct Candidates {
    private let seats: UnsafePointer<Seat>
    /// A bit an agent: it can serve and has not been tried.
    private let words: UnsafePointer<UInt64>
    /// Agents of the pool, whether they may be chosen or not.
    package let count: Int

    @inline(__always)
    init(_ seats: UnsafePointer<Seat>, _ words: UnsafePointer<UInt64>, count: Int) {
        self.seats = seats
        self.words = words
        self.count = count
    }

    /// Unchecked: indices come from this type or from `0..<count`.
    @inline(__always)
    package subscript(_ index: Int) -> Seat {
        unsafeAddress { seats + index }
    }

    @inline(__always)
    package func isUsable(_ index: Int) -> Bool {
        words[index >> 6] & (1 << UInt64(truncatingIfNeeded: index & 63)) != 0 && !self[index].isBusy
    }

    /// The first usable agent of `start..<end`.
    @inline(__always)
    package func first(from start: Int, to end: Int) -> Int? {
        guard start < end else { return nil }
        var word = start >> 6
        let last = (end - 1) >> 6
        var bits = words[word] & (~0 << UInt64(truncatingIfNeeded: start & 63))
        while true {
            while bits != 0 {
                let index = word << 6 + bits.trailingZeroBitCount
                guard index < end else { return nil }
                if !self[index].isBusy { return index }
                bits &= bits &- 1
            }
            word += 1
            guard word <= last else { return nil }
            bits = words[word]
        }
    }

    /// The first usable agent from `start` on, going round at the end.
    @inline(__always)
    package func first(from start: Int) -> Int? {
        first(from: start, to: count) ?? first(from: 0, to: min(start, count))
    }

    /// Any usable agent, each as likely as the others.
    package func any(_ random: inout SplitMix64) -> Int? {
        guard count > 0 else { return nil }
        // Most are usable most of the time, so a few throws find one without a look at all of them.
        for _ in 0..<8 {
            let index = random.below(count)
            if isUsable(index) { return index }
        }
        var usable = 0
        var index = first(from: 0, to: count)
        while let here = index {
            usable += 1
            index = first(from: here + 1, to: count)
        }
        guard usable > 0 else { return nil }
        var left = random.below(usable)
        index = first(from: 0, to: count)
        while let here = index, left > 0 {
            left -= 1
            index = first(from: here + 1, to: count)
        }
        // An agent may have become busy between the two looks.
        return index ?? first(from: 0, to: count)
    }
}
