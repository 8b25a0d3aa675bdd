/// The canonical form of a request as a cache sees it, while it is put together: parts one after the other, each its tag,
/// its length and its bytes, so that no two requests read alike.
///
/// Kept by a loop and used again, it allocates nothing once its memory has grown to the usual size.
package struct KeyText: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(512) }

    package mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    package mutating func add(_ part: KeyPart, _ value: UnsafeRawBufferPointer) {
        bytes.append(part.rawValue)
        Self.write(value.count, to: &bytes)
        bytes.append(contentsOf: value)
    }

    package mutating func add(_ part: KeyPart, _ value: [UInt8]) { value.withUnsafeBytes { add(part, $0) } }

    package mutating func add(_ part: KeyPart, _ value: String) {
        var value = value
        value.withUTF8 { add(part, UnsafeRawBufferPointer($0)) }
    }

    /// For looking up: the bytes where they are, and their hash.
    @inline(__always)
    package func withKey<Result>(_ body: (UnsafeRawBufferPointer, UInt64) -> Result) -> Result {
        bytes.withUnsafeBytes { body($0, KeyHash.of($0)) }
    }

    /// For keeping: a copy of exactly this size.
    package var key: CacheKey { CacheKey(bytes.copied) }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    private static func write(_ number: Int, to bytes: inout [UInt8]) {
        var rest = UInt(bitPattern: number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
