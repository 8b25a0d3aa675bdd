import Glibc
import Synchronization

/// How long an agent takes to its first byte, by how many requests are with it: what `adaptive` goes by.
///
/// Twelve points, at 1, 2, 4 ... 2048 in flight (the newest included), straight lines between. An answer moves the two
/// points beside the load at which its request began. Two things hold of anything that serves with a fixed number of
/// workers and a queue, and they carry what is learnt at one load over to the others: more in flight is never faster,
/// and twice as many are at most twice as slow. So a point below what was seen is as good as it can be: an agent with
/// little to do is found out about. Above what was seen (`seen`) the curve says the worst; `adaptive` goes by how the
/// times of the other agents grow there, so that a newcomer is neither overrun nor left with one request.
///
/// Seconds, as 32-bit floats; 0 before the first answer. Any loop may learn at any time: of two answers at the same
/// moment one may be lost, and what that leaves out of order the next one puts right.
package struct LoadCurve: ~Copyable {
    package static let points = 12
    /// How much one answer counts beside all before it.
    static let factor: Float = 0.08
    /// An answer that took longer than this many times what was expected counts as that many: one outlier is no change.
    static let mostSurprise: Float = 3
    /// How much one answer counts in the mean of surprises, of which those beyond the bounds say that the agent is another
    /// than it was; and how much it counts from then on, at every load at once. The bounds are several standard
    /// deviations of what times that spread as usual come to.
    private static let driftFactor: Float = 0.2
    private static let slower: Float = 1.5
    private static let faster: Float = -0.5
    private static let changeFactor: Float = 0.5

    /// So many answers make a load one that was seen.
    private static let enough: UInt32 = 8

    /// The highest point that was seen, and the answers from beyond it.
    private let highest = Atomic<UInt32>(0)
    private let visits = Atomic<UInt32>(0)
    /// The mean of how far the last few answers were off, as parts of what was expected.
    private let drift = Atomic<UInt32>(0)
    private let bits = InlineArray<12, Atomic<UInt32>> { _ in Atomic(0) }

    package init() {}

    /// The point at 2^`index` in flight.
    @inline(__always)
    package borrowing func point(_ index: Int) -> Float {
        Float(bitPattern: bits[index].load(ordering: .relaxed))
    }

    @inline(__always)
    private borrowing func set(_ index: Int, _ value: Float) {
        bits[index].store(value.bitPattern, ordering: .relaxed)
    }

    @inline(__always)
    package var seen: Int { Int(highest.load(ordering: .relaxed)) }

    package var isEmpty: Bool { point(0) == 0 }

    /// What is expected at so many in flight, the new one included. Seconds.
    package borrowing func expected(_ inFlight: Int) -> Float {
        let place = Place(inFlight)
        let low = point(place.index)
        return low + (point(place.index + 1) - low) * place.part
    }

    /// The first byte of an answer came `seconds` after its request began, as the `inFlight`-th.
    ///
    /// - Parameter silence: for how much of the time in which an agent is forgotten it had not answered, 0 and above.
    ///   The longer, the more the answer counts.
    package borrowing func learn(_ seconds: Float, at inFlight: Int, silence: Double) {
        let seconds = max(seconds, 1e-7)
        let place = Place(inFlight)
        let reached = UInt32(place.part > 0 ? place.index + 1 : place.index)
        guard !isEmpty else {
            highest.store(reached, ordering: .relaxed)
            for index in 0..<Self.points { set(index, seconds * place.ratio(index)) }
            return
        }
        var low = point(place.index)
        var high = point(place.index + 1)
        let expected = low + (high - low) * place.part
        var gain = silence < 0.05 ? Self.factor : 1 - (1 - Self.factor) * Float(exp(-min(silence, 50)))
        // Where nothing was seen before, the worst that was said counts as one answer.
        let visits = visit(reached)
        if visits > 0 { gain = max(gain, 1 / Float(visits + 1)) }
        let surprise = min(seconds / expected, Self.mostSurprise) - 1
        if visits == 0, hasChanged(surprise) {
            scale(1 + max(gain, Self.changeFactor) * surprise)
            return
        }
        let step = gain * surprise * expected
        low = max(low + step * (1 - place.part), 1e-7)
        high = min(max(high + step * place.part, low), 2 * low)
        set(place.index, low)
        set(place.index + 1, high)
        settle(above: place.index + 1, high)
        settle(below: place.index, low)
    }

    /// Whether the last answers, each so much off, say that the agent has become another.
    @inline(__always)
    private borrowing func hasChanged(_ surprise: Float) -> Bool {
        let before = Float(bitPattern: drift.load(ordering: .relaxed))
        let after = before + (surprise - before) * Self.driftFactor
        drift.store(after.bitPattern, ordering: .relaxed)
        return after > Self.slower || after < Self.faster
    }

    /// At every load.
    private borrowing func scale(_ factor: Float) {
        for index in 0..<Self.points { set(index, max(point(index) * factor, 1e-7)) }
    }

    /// The number of this answer among those from beyond what was seen, until there are enough for that to be seen too;
    /// else 0.
    @inline(__always)
    private borrowing func visit(_ reached: UInt32) -> UInt32 {
        guard reached > highest.load(ordering: .relaxed) else { return 0 }
        let count = visits.load(ordering: .relaxed) &+ 1
        let isEnough = count >= Self.enough
        visits.store(isEnough ? 0 : count, ordering: .relaxed)
        if isEnough { highest.store(reached, ordering: .relaxed) }
        return count
    }

    /// Each point lies between the one before it and twice that.
    @inline(__always)
    private borrowing func settle(above index: Int, _ value: Float) {
        var value = value
        var index = index + 1
        while index < Self.points {
            let here = point(index)
            let settled = min(max(here, value), 2 * value)
            if settled == here { return }
            set(index, settled)
            value = settled
            index += 1
        }
    }

    @inline(__always)
    private borrowing func settle(below index: Int, _ value: Float) {
        var value = value
        var index = index - 1
        while index >= 0 {
            let here = point(index)
            let settled = min(max(here, value / 2), value)
            if settled == here { return }
            set(index, settled)
            value = settled
            index -= 1
        }
    }

    /// Between which points a load lies.
    struct Place {
        /// Of the lower point; there is always one above it.
        let index: Int
        /// How far it is to the upper one, 0 and above; beyond the last point more than 1.
        let part: Float
        private let inFlight: Float

        @inline(__always)
        init(_ inFlight: Int) {
            let inFlight = max(inFlight, 1)
            index = min(Int.bitWidth - 1 - inFlight.leadingZeroBitCount, LoadCurve.points - 2)
            // 2^-index; the subtraction is exact.
            part = Float(inFlight &- (1 << index)) * Float(bitPattern: UInt32(127 &- index) << 23)
            self.inFlight = Float(inFlight)
        }

        /// The load of a point, in this load.
        func ratio(_ point: Int) -> Float { Float(1 << point) / inFlight }
    }
}
