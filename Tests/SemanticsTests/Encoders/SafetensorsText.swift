/// A safetensors file that a test writes.
struct SafetensorsText {
    var tensors: [(name: String, kind: String, shape: [Int], bytes: [UInt8])] = []

    mutating func add(_ name: String, _ shape: [Int], _ numbers: [Float], kind: String = "F32") {
        let bytes: [UInt8] = numbers.flatMap { number -> [UInt8] in
            switch kind {
            case "F32": Self.bytes(number.bitPattern)
            case "BF16": Self.bytes(UInt16(number.bitPattern >> 16))
            case "F16": Self.bytes(Float16(number).bitPattern)
            case "F64": Self.bytes(Double(number).bitPattern)
            case "I8": [UInt8(bitPattern: Int8(number))]
            default: Self.bytes(Int64(number))
            }
        }
        tensors.append((name, kind, shape, bytes))
    }

    static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian, Array.init)
    }

    /// The header as it should be.
    var header: String {
        var offset = 0
        let members = tensors.map { tensor in
            defer { offset += tensor.bytes.count }
            return """
                "\(tensor.name)":{"dtype":"\(tensor.kind)","shape":\(tensor.shape),\
                "data_offsets":[\(offset),\(offset + tensor.bytes.count)]}
                """
        }
        return "{\"__metadata__\":{\"format\":\"pt\"},\(members.joined(separator: ","))}"
    }

    var bytes: [UInt8] { Self.file(header: header, data: tensors.flatMap(\.bytes)) }

    static func file(header: String, data: [UInt8], length: UInt64? = nil) -> [UInt8] {
        bytes(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + data
    }
}
