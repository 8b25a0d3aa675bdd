package import Wire

/// What tells the variants of one resource apart: the request fields that `Vary` names (RFC 9111 4.1), each in the one
/// form that all ways of writing it share.
package enum VaryKey {
    /// Answers that vary by more fields are not kept.
    package static let most = 16

    /// Lower-case names, sorted, each once; nil for `*`, for more than 16 and for what names no field.
    package static func names(_ answer: ResponseHead) -> [[UInt8]]? {
        var names: [[UInt8]] = []
        var isUsable = true
        answer.lines.forEach(.vary) { value in
            guard let given = FieldNames.read(value) else {
                isUsable = false
                return
            }
            for name in given where !names.contains(name) { names.append(name) }
        }
        guard isUsable, names.count <= most, !names.contains([0x2a]) else { return nil }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// What these fields say in this request, as bytes that are equal when the fields are. An absent field differs from
    /// an empty one.
    package static func values(_ names: [[UInt8]], _ head: RequestHead) -> [UInt8] {
        var bytes: [UInt8] = []
        for name in names {
            guard let value = SelectingField.canonical(name, head.lines) else {
                bytes.append(0)
                continue
            }
            bytes.append(1)
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value.count >> shift)) }
            bytes += value
        }
        return bytes
    }

    /// Whether a request says what the stored one said. No memory is taken where the fields are absent or written in
    /// their one form.
    package static func selects(_ names: [[UInt8]], _ stored: [UInt8], _ head: RequestHead) -> Bool {
        var at = 0
        for name in names {
            guard at < stored.count else { return false }
            let isPresent = stored[at] == 1
            at += 1
            guard isPresent else {
                guard !SelectingField.isPresent(name, head.lines) else { return false }
                continue
            }
            guard at + 4 <= stored.count else { return false }
            let count = stored[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
            at += 4
            guard count <= stored.count - at else { return false }
            guard SelectingField.says(stored[at..<(at + count)], name, head.lines) else { return false }
            at += count
        }
        return at == stored.count
    }
}
