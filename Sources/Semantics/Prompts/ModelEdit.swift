/// A change to the bytes of a body: what stands in `range` gives way to `bytes`.
package struct ModelEdit: Sendable, Equatable {
    package var range: Range<Int>
    package var bytes: [UInt8]

    /// What makes a body ask for `model`, in the order of the body, the rest of it as it was; ranges do not overlap and
    /// count in the body as it came. A name given more than once is replaced wherever the scanner knows it to
    /// stand (`PromptScanner.mostModels`, the last among them), so that parsers read the same. Nothing for what is no
    /// object.
    package static func replacing(_ scanner: PromptScanner, with model: String) -> [ModelEdit] {
        guard scanner.isObject else { return [] }
        let places = scanner.models.isEmpty ? [scanner.model] : scanner.models
        return places.map { replacing($0, with: model) }
    }

    package static func replacing(_ place: ModelPlace, with model: String) -> ModelEdit {
        let name = quoted(model)
        switch place {
        case .string(_, let range), .other(let range, _): return ModelEdit(range: range, bytes: name)
        case .absent(let at, let isEmptyObject):
            return ModelEdit(range: at..<at, bytes: Array(#""model":"#.utf8) + name + (isEmptyObject ? [] : [0x2c]))
        }
    }

    /// The body with the edits made.
    package static func applied(_ edits: [ModelEdit], to body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count + edits.reduce(0) { $0 + $1.bytes.count })
        var at = 0
        for edit in edits where edit.range.lowerBound >= at && edit.range.upperBound <= body.count {
            bytes += body[at..<edit.range.lowerBound]
            bytes += edit.bytes
            at = edit.range.upperBound
        }
        return bytes + body[at...]
    }

    /// How many bytes longer a body gets.
    package static func growth(_ edits: [ModelEdit]) -> Int {
        edits.reduce(0) { $0 + $1.bytes.count - $1.range.count }
    }

    /// A JSON string (RFC 8259 7): quotes, backslashes and controls escaped.
    private static func quoted(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = [0x22]
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5c: bytes += [0x5c, byte]
            case ..<0x20, 0x7f: bytes += Array("\\u00".utf8) + [hex(byte >> 4), hex(byte & 15)]
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
        return bytes
    }

    private static func hex(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x57 + digit }
}
