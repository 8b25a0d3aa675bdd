/// Tokens by their bytes: open addressing over one block of text, no object per token.
struct TokenTable: Sendable {
    /// The upper half is the hash's, the lower id + 1; 0: free.
    private var slots: [UInt64]
    private var mask: Int
    /// By id: where the token's bytes stand, and their count times two, plus one for an inner piece.
    private var places: [(start: UInt32, form: UInt32)] = []
    private var text: [UInt8] = []
    private var longest: (first: Int, inner: Int) = (0, 0)

    private static let seeds: (first: UInt64, inner: UInt64) = (0xCBF2_9CE4_8422_2325, 0x9E37_79B9_7F4A_7C15)

    init(capacity: Int, bytes: Int) {
        var size = 16
        while size < 2 * capacity { size *= 2 }
        slots = [UInt64](repeating: 0, count: size)
        mask = size - 1
        places.reserveCapacity(capacity)
        text.reserveCapacity(bytes)
    }

    /// Adds a token; ids come in order. Of two with the same bytes the later counts.
    mutating func add(_ token: some Collection<UInt8>, id: Int32, isInner: Bool) {
        let start = text.count
        text.append(contentsOf: token)
        let count = text.count - start
        places.append((UInt32(start), UInt32(count) << 1 | (isInner ? 1 : 0)))
        guard count > 0 else { return }
        if isInner { longest.inner = max(longest.inner, count) } else { longest.first = max(longest.first, count) }
        let hash = token.reduce(isInner ? Self.seeds.inner : Self.seeds.first) { Self.step($0, $1) }
        let tag = Self.tag(hash)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if slots[slot] & ~0xFFFF_FFFF == tag, equal(Int(slots[slot] & 0xFFFF_FFFF) - 1, id) { break }
            slot = (slot + 1) & mask
        }
        slots[slot] = tag | UInt64(id + 1)
    }

    private func equal(_ one: Int, _ other: Int32) -> Bool {
        let (left, right) = (places[one], places[Int(other)])
        guard left.form == right.form else { return false }
        let count = Int(left.form >> 1)
        return text[Int(left.start)..<Int(left.start) + count] == text[Int(right.start)..<Int(right.start) + count]
    }

    @inline(__always)
    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        let mixed = (hash ^ UInt64(byte)) &* 0x9DDF_EA08_EB38_2D69
        return mixed ^ mixed >> 29
    }

    @inline(__always)
    private static func tag(_ hash: UInt64) -> UInt64 { hash & ~0xFFFF_FFFF }

    func token(_ id: Int32) -> String? {
        guard places.indices.contains(Int(id)) else { return nil }
        let place = places[Int(id)]
        let bytes = text[Int(place.start)..<Int(place.start) + Int(place.form >> 1)]
        return (place.form & 1 == 1 ? "##" : "") + String(decoding: bytes, as: UTF8.self)
    }

    func find(_ token: UnsafeRawBufferPointer, isInner: Bool) -> Int32? {
        let hash = token.reduce(isInner ? Self.seeds.inner : Self.seeds.first) { Self.step($0, $1) }
        let id = find(token, hash, isInner)
        return id < 0 ? nil : id
    }

    @inline(__always)
    private func find(_ token: UnsafeRawBufferPointer, _ hash: UInt64, _ isInner: Bool) -> Int32 {
        let tag = Self.tag(hash)
        let form = UInt32(token.count) << 1 | (isInner ? 1 : 0)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let kept = slots[slot]
            if kept == 0 { return -1 }
            if kept & ~0xFFFF_FFFF == tag {
                let id = Int(kept & 0xFFFF_FFFF) - 1
                if places[id].form == form, isText(token, at: Int(places[id].start)) { return Int32(id) }
            }
            slot = (slot + 1) & mask
        }
    }

    @inline(__always)
    private func isText(_ token: UnsafeRawBufferPointer, at start: Int) -> Bool {
        for index in 0..<token.count where text[start + index] != token[index] { return false }
        return true
    }

    /// Greedy longest match; false if some part is no token. A part is at most as long as the longest token, so that
    /// the time is linear in the word's length.
    /// - Parameter hashes: memory for the hashes of a part's beginnings.
    func cut(_ word: UnsafeRawBufferPointer, _ hashes: inout [UInt64], _ add: (Int32) -> Void) -> Bool {
        var start = 0
        while start < word.count {
            let isInner = start > 0
            let most = min(word.count - start, isInner ? longest.inner : longest.first)
            while hashes.count < most { hashes.append(0) }
            var hash = isInner ? Self.seeds.inner : Self.seeds.first
            for index in 0..<most {
                hash = Self.step(hash, word[start + index])
                hashes[index] = hash
            }
            var count = most
            var id: Int32 = -1
            while count > 0 {
                id = find(UnsafeRawBufferPointer(rebasing: word[start..<start + count]), hashes[count - 1], isInner)
                if id >= 0 { break }
                count -= 1
            }
            guard id >= 0 else { return false }
            add(id)
            start += count
        }
        return true
    }
}
