/// What things take of memory, in bytes, so that a bound is a bound of the process and not of the texts in it.
enum MemoryCost {
    /// An allocation of so many bytes, as glibc's malloc makes it: a word before it, rounded up to 16, at least 32. 0
    /// for none.
    static func block(_ bytes: Int) -> Int {
        if bytes <= 0 { return 0 }
        return max(32, (bytes + 8 + 15) & ~15)
    }

    /// An array of exactly its size: 32 bytes of its own before the elements. An empty one has no memory.
    static func array(_ count: Int, stride: Int = 1) -> Int { count == 0 ? 0 : block(32 + count * stride) }

    static func arrays(_ texts: [[UInt8]]) -> Int {
        texts.reduce(array(texts.count, stride: MemoryLayout<[UInt8]>.stride)) { $0 + array($1.count) }
    }

    /// A kept body: the storage's object (two words of a header, where, how much, four functions), and the bytes.
    static func body(_ count: Int) -> Int { count == 0 ? 0 : block(64) + BodyMemory.cost(of: count) }
}
