/// Where the reading of a table stands; what would read past the end is nil.
struct TableCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func isNext(_ magic: StaticString) -> Bool {
        guard let block = block(magic.utf8CodeUnitCount) else { return false }
        return (0..<magic.utf8CodeUnitCount).allSatisfy {
            block.load(fromByteOffset: $0, as: UInt8.self) == magic.utf8Start[$0]
        }
    }

    /// A little-endian u32.
    mutating func word() -> Int? {
        block(4).map { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
    }

    mutating func byte() -> Int? { block(1).map { Int($0.load(as: UInt8.self)) } }

    /// A byte of length, then as many bytes.
    mutating func text() -> UnsafeRawBufferPointer? {
        guard let count = byte(), let start = block(count) else { return nil }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    /// To the next multiple of 4.
    mutating func align() { position = (position + 3) & ~3 }

    mutating func block(_ count: Int) -> UnsafeRawPointer? {
        guard count >= 0, position <= bytes.count, count <= bytes.count - position, let base = bytes.baseAddress else {
            return nil
        }
        defer { position += count }
        return UnsafeRawPointer(base + position)
    }
}
