/// A safetensors file: its tensors, read as they are asked for. What is allocated is never more than the file holds,
/// whatever its header says (four times that where floats are made of smaller numbers).
struct SafetensorsFile {
    let tensors: [String: Tensor]
    private let file: ModelFile

    init(_ path: String) throws(EncoderFault) {
        let file = try ModelFile(path)
        guard file.size >= 8 else {
            throw EncoderFault(path, "expected a safetensors file, found \(file.size) bytes; copy the file again")
        }
        var length: UInt64 = 0
        try withUnsafeMutableBytes(of: &length) { bytes throws(EncoderFault) in try file.read(into: bytes, at: 0) }
        length = UInt64(littleEndian: length)
        guard length <= UInt64(SafetensorsHeader.limit), length <= UInt64(file.size - 8) else {
            throw EncoderFault(
                path,
                "expected a safetensors header within the file and 4 MiB, found a length of \(length) bytes; "
                    + "copy the file again (a Git LFS pointer is not the file)")
        }
        let start = 8 + Int(length)
        tensors = try SafetensorsHeader.read(try file.bytes(8..<start), start: start, size: file.size, place: path)
        self.file = file
    }

    var path: String { file.path }

    /// The tensor that is there by the name and has the shape.
    func tensor(_ name: String, shape: [Int]) throws(EncoderFault) -> Tensor {
        let tensor = try tensor(name)
        guard tensor.shape == shape else {
            throw EncoderFault(
                "\(path): \(name)",
                "expected the shape \(shape) by config.json, found \(tensor.shape); "
                    + "use config.json and model.safetensors of one model")
        }
        return tensor
    }

    /// The tensor by the name, of a kind that can be read.
    func tensor(_ name: String) throws(EncoderFault) -> Tensor {
        guard let tensor = tensors[name] else {
            throw EncoderFault(
                path,
                "expected a tensor \(name), found none; use the model.safetensors of a model that config.json describes"
            )
        }
        guard tensor.kind.isReadable else {
            throw EncoderFault(
                "\(path): \(name)", "expected F32, F16 or BF16, found \(tensor.kind.rawValue); use an unquantised model"
            )
        }
        return tensor
    }

    /// A tensor's numbers, as floats, from the one at `offset` of the block on.
    func read(_ tensor: Tensor, into block: FloatBlock, at offset: Int = 0) throws(EncoderFault) {
        precondition(offset >= 0 && offset <= block.count && tensor.count <= block.count - offset)
        let width = tensor.kind.width
        var done = 0
        while done < tensor.count {
            let count = min(tensor.count - done, (1 << 20) / width)
            let start = tensor.bytes.lowerBound + done * width
            let bytes = try file.bytes(start..<start + count * width)
            bytes.withUnsafeBytes { bytes in
                guard let source = bytes.baseAddress else { return }
                tensor.kind.convert(source, count: count, into: block.numbers + offset + done)
            }
            done += count
        }
        withExtendedLifetime(block) {}
    }

    /// A tensor's numbers, as floats.
    func floats(_ tensor: Tensor) throws(EncoderFault) -> FloatBlock {
        let block = FloatBlock(count: tensor.count)
        try read(tensor, into: block)
        return block
    }

    /// A tensor's bytes as they are in the file.
    func bytes(_ tensor: Tensor) throws(EncoderFault) -> [UInt8] { try file.bytes(tensor.bytes) }
}
