package import NIOCore

extension ByteBuffer {
    /// These bytes in memory for what is kept; nil only where there is no memory.
    package static func kept(_ bytes: UnsafeRawBufferPointer) -> ByteBuffer? { BodyMemory.copy(bytes) }

    /// Itself where it is kept already, or a copy. Only what was made for keeping has such a capacity: others have powers
    /// of two.
    var kept: ByteBuffer {
        if storageCapacity == BodyMemory.capacity(for: readableBytes) { return self }
        return withUnsafeReadableBytes { BodyMemory.copy($0) } ?? self
    }
}
