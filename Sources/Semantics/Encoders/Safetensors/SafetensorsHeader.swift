/// The header of a safetensors file. The file has eight bytes of length, JSON of that length, then the tensors' bytes,
/// without holes.
enum SafetensorsHeader {
    /// Bytes that a header may have: some 40,000 tensors.
    static let limit = 4 << 20

    /// The tensors by name.
    /// - Parameters:
    ///   - start: where the tensors' bytes begin in the file.
    ///   - size: bytes of the file.
    static func read(
        _ json: [UInt8], start: Int, size: Int, place: String
    ) throws(EncoderFault) -> [String: Tensor] {
        guard let members = try JSONTree.read(json, place: "\(place): header").members else {
            throw fault(place, "expected an object in the header, found another value")
        }
        var tensors: [String: Tensor] = [:]
        for member in members where member.name != "__metadata__" {
            let tensor = try tensor(member, start: start, size: size, place: place)
            guard tensors.updateValue(tensor, forKey: member.name) == nil else {
                throw fault("\(place): \(shown(member.name))", "expected each tensor once, found it twice")
            }
        }
        try checkPlaces(tensors, start: start, size: size, place: place)
        return tensors
    }

    private static func tensor(
        _ member: JSONTree.Member, start: Int, size: Int, place: String
    ) throws(EncoderFault) -> Tensor {
        let place = "\(place): \(shown(member.name))"
        let word = member.value["dtype"]?.string ?? "none"
        guard let kind = TensorKind(rawValue: word) else {
            throw fault(place, "expected a dtype of safetensors such as F32, found \(shown(word))")
        }
        let shape = member.value["shape"]?.elements?.map { $0.integer ?? -1 }
        guard let shape, shape.allSatisfy({ $0 >= 0 }) else {
            throw fault(place, "expected a shape of whole numbers, found something else")
        }
        let offsets = member.value["data_offsets"]?.elements?.map { $0.integer ?? -1 } ?? []
        guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= size - start else {
            throw fault(place, "expected data_offsets within the file's \(size) bytes, found others")
        }
        guard let bytes = product(shape + [kind.width]), bytes == offsets[1] - offsets[0] else {
            throw fault(
                place, "expected \(offsets[1] - offsets[0]) bytes by data_offsets, found the shape \(shape) of \(word)")
        }
        return Tensor(name: member.name, kind: kind, shape: shape, bytes: start + offsets[0]..<start + offsets[1])
    }

    /// Each byte belongs to one tensor, as the format demands.
    private static func checkPlaces(
        _ tensors: [String: Tensor], start: Int, size: Int, place: String
    ) throws(EncoderFault) {
        var end = start
        for tensor in tensors.values.sorted(by: {
            ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
        }) {
            guard tensor.bytes.lowerBound == end else {
                let what = tensor.bytes.lowerBound < end ? "one that overlaps another" : "a hole before it"
                throw fault("\(place): \(shown(tensor.name))", "expected tensors one after the other, found \(what)")
            }
            end = tensor.bytes.upperBound
        }
        guard end == size else {
            throw fault(place, "expected \(end) bytes by the header, found \(size)")
        }
    }

    private static func product(_ numbers: [Int]) -> Int? {
        var result = 1
        for number in numbers {
            let (next, overflows) = result.multipliedReportingOverflow(by: number)
            guard !overflows else { return nil }
            result = next
        }
        return result
    }

    private static func shown(_ text: String) -> Substring { text.prefix(100) }

    private static func fault(_ place: String, _ message: String) -> EncoderFault {
        EncoderFault(place, "\(message); copy the file again")
    }
}
