/// Memory that shares no cache line with anything else.
enum Line {
    /// Two lines of 64 bytes: processors fetch them in pairs.
    static let bytes = 128

    static func allocate<V: ~Copyable>(_ type: V.Type) -> UnsafeMutablePointer<V> {
        let size = (MemoryLayout<V>.size + bytes - 1) / bytes * bytes
        return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: bytes).bindMemory(to: type, capacity: 1)
    }
}
