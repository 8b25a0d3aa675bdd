/// Chinese words and the WordPieces of what they mean in English, by which they share the vectors of the table; see
/// `scripts/semantic-table.py`.
///
/// `CPZH`, then little-endian u32: version 1, words, scalars of the longest; the words, each a byte of length, UTF-8, a
/// byte of weight (of 255), a byte k and k times u16 a piece. The bytes are read where they lie.
struct ChineseWords: @unchecked Sendable {
    /// Scalars of the longest word.
    let longest: Int

    // What is pointed to never changes and is never freed: that is why the type may say it is Sendable.
    private let bytes: UnsafeRawBufferPointer
    /// Offsets of the words + 1, by hash; 0: free.
    private let slots: [UInt32]

    /// A word: its part in a text's vector and the pieces whose rows are summed for it.
    struct Word {
        var weight: Float
        var count: Int
        private let start: UnsafeRawPointer

        init(_ start: UnsafeRawPointer) {
            weight = Float(start.load(as: UInt8.self)) / 255
            count = Int(start.load(fromByteOffset: 1, as: UInt8.self))
            self.start = start + 2
        }

        func piece(_ index: Int) -> Int32 {
            Int32(UInt16(littleEndian: start.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
        }
    }

    /// - Parameter bytes: must stay; nil if they are no such table.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var cursor = TableCursor(bytes)
        guard cursor.isNext("CPZH"), cursor.word() == 1, let count = cursor.word(), let longest = cursor.word(),
            count <= 1 << 20, longest <= 64
        else { return nil }
        var size = 16
        while size < 2 * count { size *= 2 }
        var slots = [UInt32](repeating: 0, count: size)
        for _ in 0..<count {
            let offset = cursor.position
            guard let word = cursor.text(), cursor.byte() != nil, let pieces = cursor.byte(),
                cursor.block(2 * pieces) != nil
            else { return nil }
            var walk = UTF8Walk(word)
            var hash: UInt64 = 0
            while let scalar = walk.next() { hash = Self.step(hash, scalar) }
            var slot = Self.slot(hash, size - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = UInt32(offset) + 1
        }
        self.slots = slots
        self.bytes = bytes
        self.longest = longest
    }

    /// The longest word with which `scalars` begin, and its length; nil if there is none.
    @inline(__always)
    func first(of scalars: UnsafeBufferPointer<UInt32>) -> (word: Word, length: Int)? {
        let most = min(longest, scalars.count)
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { hashes in
            var hash: UInt64 = 0
            for index in 0..<most {
                hash = Self.step(hash, scalars[index])
                hashes[index] = hash
            }
            for length in stride(from: most, to: 0, by: -1) {
                if let word = find(scalars, length, hashes[length - 1]) { return (word, length) }
            }
            return nil
        }
    }

    private func find(_ scalars: UnsafeBufferPointer<UInt32>, _ length: Int, _ hash: UInt64) -> Word? {
        var slot = Self.slot(hash, slots.count - 1)
        while slots[slot] != 0 {
            let offset = Int(slots[slot]) - 1
            let count = Int(bytes[offset])
            if count == 3 * length, isWord(scalars, length, at: offset + 1) {
                return bytes.baseAddress.map { Word($0 + offset + 1 + count) }
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// All of them are three bytes in UTF-8.
    private func isWord(_ scalars: UnsafeBufferPointer<UInt32>, _ length: Int, at start: Int) -> Bool {
        for index in 0..<length {
            let scalar = scalars[index]
            let place = start + 3 * index
            guard bytes[place] == UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12),
                bytes[place + 1] == UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F),
                bytes[place + 2] == UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F)
            else { return false }
        }
        return true
    }

    @inline(__always)
    private static func step(_ hash: UInt64, _ scalar: UInt32) -> UInt64 {
        (hash ^ UInt64(scalar)) &* 0x9DDF_EA08_EB38_2D69
    }

    @inline(__always)
    private static func slot(_ hash: UInt64, _ mask: Int) -> Int { Int(truncatingIfNeeded: hash >> 32) & mask }
}
