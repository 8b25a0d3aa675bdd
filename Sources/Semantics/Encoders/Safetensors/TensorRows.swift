/// A table of vectors in memory as it was in its file: half the size where its numbers are halves. Only the rows that a
/// text needs become floats.
struct TensorRows: Sendable {
    let rows: Int
    let columns: Int
    private let kind: TensorKind
    private let bytes: [UInt8]

    init(_ tensor: Tensor, in file: SafetensorsFile) throws(EncoderFault) {
        guard tensor.shape.count == 2, tensor.shape[0] > 0, tensor.shape[1] > 0 else {
            throw EncoderFault(
                "\(file.path): \(tensor.name)",
                "expected rows and columns, found the shape \(tensor.shape); use another model")
        }
        rows = tensor.shape[0]
        columns = tensor.shape[1]
        kind = tensor.kind
        bytes = try file.bytes(tensor)
    }

    /// Writes a row as `columns` floats. The row is in the table.
    func copy(_ row: Int, into target: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < rows)
        let width = columns * kind.width
        bytes.withUnsafeBytes { bytes in
            let part = UnsafeRawBufferPointer(rebasing: bytes[row * width..<(row + 1) * width])
            if let source = part.baseAddress { kind.convert(source, count: columns, into: target) }
        }
    }
}
