/// One tensor of a safetensors file: what the header says about it, checked against the file.
struct Tensor: Sendable, Equatable {
    var name: String
    var kind: TensorKind
    var shape: [Int]
    /// Where its bytes stand in the file.
    var bytes: Range<Int>

    /// Numbers in it.
    var count: Int { bytes.count / kind.width }
}
