/// Where a matrix begins and how far apart its rows are; whoever makes it keeps the memory.
struct FloatMatrix {
    var numbers: UnsafeMutablePointer<Float>
    /// Floats from a row to the next.
    var stride: Int

    init(_ numbers: UnsafeMutablePointer<Float>, stride: Int) {
        self.numbers = numbers
        self.stride = stride
    }
}
