import Synchronization

/// How many attempts ended in each of the last ten parts of a window, and how many of them were errors.
///
/// A bucket is one word, so that counting is one exchange: the part's number (24 bits), attempts and errors (20 bits
/// each). A bucket whose number is not a current one counts as empty. A count beyond a million stays there.
struct AttemptWindow: ~Copyable {
    static let parts = 10
    private static let most: UInt64 = 1 << 20 - 1

    private let words = Words()

    /// Ten words; there is no array of atomics.
    private struct Words: ~Copyable {
        let w0 = Atomic<UInt64>(0), w1 = Atomic<UInt64>(0), w2 = Atomic<UInt64>(0), w3 = Atomic<UInt64>(0)
        let w4 = Atomic<UInt64>(0), w5 = Atomic<UInt64>(0), w6 = Atomic<UInt64>(0), w7 = Atomic<UInt64>(0)
        let w8 = Atomic<UInt64>(0), w9 = Atomic<UInt64>(0)

        @inline(__always)
        borrowing func with<R>(_ index: Int, _ use: (borrowing Atomic<UInt64>) -> R) -> R {
            switch index {
            case 0: use(w0)
            case 1: use(w1)
            case 2: use(w2)
            case 3: use(w3)
            case 4: use(w4)
            case 5: use(w5)
            case 6: use(w6)
            case 7: use(w7)
            case 8: use(w8)
            default: use(w9)
            }
        }
    }

    /// Counts an attempt that ended at `now`; `part` is a tenth of the window in nanoseconds.
    @inline(__always)
    borrowing func count(_ now: Int64, part: Int64, isError: Bool) {
        let number = UInt64(truncatingIfNeeded: now / part)
        let stamp = (number & 0xFF_FFFF) << 40
        words.with(Int(number % UInt64(Self.parts))) { word in
            var seen = word.load(ordering: .relaxed)
            while true {
                let base = seen & ~0xFF_FFFF_FFFF == stamp ? seen : stamp
                let attempts = min((base >> 20) & Self.most + 1, Self.most)
                let errors = min(base & Self.most + (isError ? 1 : 0), Self.most)
                let (done, original) = word.weakCompareExchange(
                    expected: seen, desired: stamp | attempts << 20 | errors, ordering: .relaxed)
                if done { return }
                seen = original
            }
        }
    }

    /// What ended within the window up to `now`.
    borrowing func sum(_ now: Int64, part: Int64) -> (attempts: Int, errors: Int) {
        var attempts = 0
        var errors = 0
        for back in 0..<Int64(Self.parts) {
            let found = at(now / part - back)
            attempts += found.attempts
            errors += found.errors
        }
        return (attempts, errors)
    }

    /// Attempts that ended in the part before the current one.
    borrowing func last(_ now: Int64, part: Int64) -> Int { at(now / part - 1).attempts }

    private borrowing func at(_ number: Int64) -> (attempts: Int, errors: Int) {
        let number = UInt64(truncatingIfNeeded: number)
        let stamp = (number & 0xFF_FFFF) << 40
        let word = words.with(Int(number % UInt64(Self.parts))) { $0.load(ordering: .relaxed) }
        guard word & ~0xFF_FFFF_FFFF == stamp else { return (0, 0) }
        return (Int((word >> 20) & Self.most), Int(word & Self.most))
    }

    /// Begins anew.
    borrowing func clear() {
        for index in 0..<Self.parts { words.with(index) { $0.store(0, ordering: .relaxed) } }
    }
}
