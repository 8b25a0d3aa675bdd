import CZlib
import NIOCore

/// Bodies shrunk for layers where bytes travel: zlib at its fastest, which takes some 10 ms a megabyte.
enum BodyCompression {
    /// Bytes below which it is not tried.
    private static let least = 1024
    private static let level: Int32 = 1
    /// Deflate cannot make more out of a byte (1032, and what the header takes).
    private static let mostGrowth = 1040

    /// Nil where it is not worth it: a sixteenth must be won.
    static func compressed(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        guard bytes.count >= least, let from = bytes.baseAddress else { return nil }
        let room = bytes.count - bytes.count / 16
        var result = Z_OK
        let packed = [UInt8](unsafeUninitializedCapacity: room) { memory, filled in
            var count = uLongf(room)
            let source = from.assumingMemoryBound(to: UInt8.self)
            result = compress2(memory.baseAddress, &count, source, uLong(bytes.count), level)
            filled = result == Z_OK ? Int(count) : 0
        }
        return result == Z_OK ? packed : nil
    }

    /// Exactly `count` bytes, or nil. Memory is only taken for what so few bytes can make.
    static func expanded(_ bytes: UnsafeRawBufferPointer, _ count: Int) -> ByteBuffer? {
        guard count > 0, count / mostGrowth <= bytes.count, let from = bytes.baseAddress else { return nil }
        var isWhole = false
        let body = [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
            var made = uLongf(count)
            let source = from.assumingMemoryBound(to: UInt8.self)
            isWhole = uncompress(memory.baseAddress, &made, source, uLong(bytes.count)) == Z_OK && made == count
            filled = isWhole ? count : 0
        }
        return isWhole ? body.withUnsafeBytes { ByteBuffer.kept($0) } : nil
    }

    /// CRC-32 (RFC 1952 8).
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return UInt32(truncatingIfNeeded: crc32_z(0, start, bytes.count))
    }
}
