/// Floats of a model, filled once while it is read, or of one thread's work; freed with the object. What is shared
/// between threads is not written any more. Whoever uses `numbers` keeps the object alive meanwhile.
final class FloatBlock: @unchecked Sendable {
    let count: Int
    let numbers: UnsafeMutablePointer<Float>

    /// `count` zeros.
    init(count: Int) {
        self.count = count
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
        numbers = bytes.bindMemory(to: Float.self, capacity: max(count, 1))
        numbers.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { UnsafeMutableRawPointer(numbers).deallocate() }
}
