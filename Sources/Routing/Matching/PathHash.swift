/// A seeded hash of a path, taken segment by segment: its state at a border is the hash of the path up to there.
///
/// Eight bytes are folded at a time by a full multiplication. The seed keeps collisions from being computed beforehand;
/// a collision costs one more comparison, never a wrong answer, since the bytes are compared as well.
struct PathHash {
    private(set) var state: UInt64
    private(set) var end: Int

    /// Stands behind the leading slash of a path, before its first segment.
    @inline(__always)
    init(seed: UInt64) {
        state = seed
        end = 0
    }

    /// Takes in the segment that begins behind the border where the last one ended, and stands at its end then.
    /// There must be one: `end < path.count`.
    @inline(__always)
    mutating func advance(_ base: UnsafeRawPointer, _ count: Int) {
        var at = end &+ 1
        while true {
            let left = count &- at
            let word = Self.word(base, at, left)
            let length = min(Self.slash(word), left)
            if length >= 8 {
                state = Self.fold(state ^ word, 0x9e37_79b9_7f4a_7c15)
                at &+= 8
                continue
            }
            // The length in the free top byte tells "/a" from "/a\0", and an empty segment from none.
            let tail = (word & ((1 << (UInt64(length) &* 8)) &- 1)) | UInt64(length &+ 1) << 56
            state = Self.fold(state ^ tail, 0xd6e8_feb8_6659_fd93)
            end = at &+ length
            return
        }
    }

    /// The hash of a whole path that begins with a slash.
    static func of(_ path: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var hash = PathHash(seed: seed)
        guard let base = path.baseAddress else { return seed }
        while hash.end < path.count { hash.advance(base, path.count) }
        return hash.state
    }

    /// Up to eight bytes at `at`, of which `left` stand before the end; what lies behind it is zero and never read.
    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ at: Int, _ left: Int) -> UInt64 {
        if left >= 8 { return UInt64(littleEndian: base.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
        if left <= 0 { return 0 }
        if at &+ left >= 8 {
            let last = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: at &+ left &- 8, as: UInt64.self))
            return last >> (UInt64(8 &- left) &* 8)
        }
        var word: UInt64 = 0
        for byte in 0..<left {
            word |= UInt64(base.load(fromByteOffset: at &+ byte, as: UInt8.self)) << (UInt64(byte) &* 8)
        }
        return word
    }

    /// How many bytes of the word stand before its first slash; 8 when there is none.
    @inline(__always)
    private static func slash(_ word: UInt64) -> Int {
        let different = word ^ 0x2f2f_2f2f_2f2f_2f2f
        let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        return (~(((different & low) &+ low) | different | low)).trailingZeroBitCount >> 3
    }

    @inline(__always)
    private static func fold(_ value: UInt64, _ factor: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }
}
