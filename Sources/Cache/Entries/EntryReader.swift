/// Reads what `EntryWriter` wrote, out of bytes that may be anything. After the first failure all it reads is empty.
struct EntryReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var at = 0
    private(set) var hasFailed = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    mutating func skip(_ count: Int) { _ = take(count) }

    mutating func byte() -> UInt8 { take(1)?[0] ?? 0 }

    mutating func number<Number: FixedWidthInteger>() -> Number {
        guard let bytes = take(MemoryLayout<Number>.size) else { return 0 }
        return Number(littleEndian: bytes.loadUnaligned(as: Number.self))
    }

    mutating func signed() -> Int64 { Int64(bitPattern: number()) }

    mutating func slice() -> UnsafeRawBufferPointer {
        take(Int(number() as UInt32)) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    mutating func text() -> [UInt8] { Array(slice()) }

    mutating func texts() -> [[UInt8]] {
        let count = Int(number() as UInt32)
        // each takes four bytes at least
        guard count <= (bytes.count - at) / 4 else {
            hasFailed = true
            return []
        }
        return (0..<count).map { _ in text() }
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard !hasFailed, count <= bytes.count - at else {
            hasFailed = true
            return nil
        }
        defer { at += count }
        return UnsafeRawBufferPointer(rebasing: bytes[at..<at + count])
    }
}
