/// Finds what is known of a word by the word's hash, without allocation; made once, of the tables in the source.
/// Two words of one hash would share what is known; with 64 bits and a few thousand words that does not happen.
struct WordTable: Sendable {
    private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01b3

    /// The hash of a word as its bytes come (FNV-1a).
    struct Key: Sendable {
        private(set) var value = WordTable.seed
        @inline(__always)
        mutating func take(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* WordTable.prime }
        /// The key of two words in a row, of which this is the first.
        @inline(__always)
        func with(_ second: Key) -> Key {
            var pair = self
            pair.value = (value &* 31 ^ second.value) &* WordTable.prime
            return pair
        }
        @inline(__always)
        mutating func clear() { value = WordTable.seed }
    }

    private var keys: [UInt64]
    private var values: [UInt32]
    private let mask: Int

    /// Two words in a row are written with `_`. Values of a word given more than once are joined bit by bit; a value is
    /// not 0.
    init(_ words: [(String, UInt32)]) {
        var size = 64
        while size < words.count * 4 { size *= 2 }
        mask = size - 1
        keys = Array(repeating: 0, count: size)
        values = Array(repeating: 0, count: size)
        for (word, value) in words {
            let parts = word.split(separator: "_").map { part in
                var key = Key()
                for byte in part.utf8 { key.take(byte) }
                return key
            }
            guard let first = parts.first else { continue }
            let key = parts.count == 2 ? first.with(parts[1]) : first
            let slot = slot(key)
            keys[slot] = key.value
            values[slot] |= value
        }
    }

    /// Where the key is, or where it would be.
    @inline(__always)
    private func slot(_ key: Key) -> Int {
        var slot = Int(truncatingIfNeeded: key.value ^ key.value >> 29) & mask
        while keys[slot] != 0, keys[slot] != key.value { slot = (slot + 1) & mask }
        return slot
    }

    /// 0 for an unknown word.
    @inline(__always)
    subscript(_ key: Key) -> UInt32 { values[slot(key)] }
}
