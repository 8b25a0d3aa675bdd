internal import Glibc

/// Finds the group of rules whose pattern is a given path: open addressing over hashes, and the bytes compared.
///
/// At most half full, so a look-up that finds nothing ends after one or two slots, however many patterns there are.
/// Plain memory, freed by its owner; read by any number of threads.
struct PathTable {
    private struct Slot {
        var tag: UInt32
        /// Index of the group, or -1.
        var group: Int32
        var offset: UInt32
        var length: UInt32
    }

    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    /// Which lengths occur, modulo 64: most borders need no look-up at all.
    private let lengths: UInt64
    /// The longest pattern: behind it nothing can be found.
    let longest: Int

    init(_ patterns: [(pattern: [UInt8], group: Int)], seed: UInt64) {
        var capacity = 8
        while capacity < patterns.count * 2 { capacity *= 2 }
        mask = capacity - 1
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(tag: 0, group: -1, offset: 0, length: 0), count: capacity)
        bytes = .allocate(capacity: max(1, patterns.reduce(0) { $0 + $1.pattern.count }))
        var offset = 0
        var longest = 0
        var lengths: UInt64 = 0
        for (pattern, group) in patterns {
            let hash = pattern.withUnsafeBytes { PathHash.of($0, seed: seed) }
            var at = Int(truncatingIfNeeded: hash) & mask
            while slots[at].group >= 0 { at = (at + 1) & mask }
            slots[at] = Slot(
                tag: UInt32(truncatingIfNeeded: hash >> 32), group: Int32(group), offset: UInt32(offset),
                length: UInt32(pattern.count))
            for byte in pattern {
                bytes[offset] = byte
                offset += 1
            }
            longest = max(longest, pattern.count)
            lengths |= 1 << UInt64(pattern.count & 63)
        }
        self.longest = longest
        self.lengths = lengths
    }

    func free() {
        slots.deallocate()
        bytes.deallocate()
    }

    /// The group of the pattern that is the path's first `length` bytes, whose hash is given; or -1.
    @inline(__always)
    func find(_ hash: UInt64, _ path: UnsafeRawPointer, _ length: Int) -> Int32 {
        guard (lengths >> UInt64(length & 63)) & 1 == 1 else { return -1 }
        var at = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[at]
            if slot.group < 0 { return -1 }
            if slot.tag == UInt32(truncatingIfNeeded: hash >> 32), Int(slot.length) == length,
                memcmp(bytes + Int(slot.offset), path, length) == 0
            {
                return slot.group
            }
            at = (at &+ 1) & mask
        }
    }

    /// The group of the longest pattern that the path is or lies below, or -1.
    func deepest(_ path: UnsafeRawBufferPointer, seed: UInt64) -> Int32 {
        guard let base = path.baseAddress, path.count > 0, path[0] == UInt8(ascii: "/") else { return -1 }
        var hash = PathHash(seed: seed)
        var deepest = find(hash.state, base, 0)
        while hash.end < path.count, hash.end <= longest {
            let border = hash.end
            hash.advance(base, path.count)
            // A pattern never ends with a slash.
            guard hash.end > border &+ 1 else { continue }
            let found = find(hash.state, base, hash.end)
            if found >= 0 { deepest = found }
        }
        return deepest
    }
}
