internal import Wire

/// How a rule changes a head, ready for copying: lines to append, and names of lines to leave out.
package struct HeaderEdits: Sendable, Equatable {
    /// `Name: value` CR LF, in the order of the names; names as they were written.
    package let setBytes: [UInt8]
    /// Names in lower case of the fields to leave out: those removed, and those set, so that setting replaces.
    package let dropped: [[UInt8]]
    /// Which lengths the dropped names have, modulo 64: most fields need no comparison.
    private let lengths: UInt64

    init(_ settings: HeaderEditSettings) {
        var lines: [UInt8] = []
        for (name, value) in settings.set.sorted(by: { $0.key < $1.key }) {
            guard Field.isName(name), Field.isValue(value) else { continue }
            lines += name.utf8
            lines += ": ".utf8
            lines += Field.trimmed(value).utf8
            lines += "\r\n".utf8
        }
        setBytes = lines
        let names = Set((settings.remove + settings.set.keys).map(Field.lower))
        dropped = names.sorted { $0.lexicographicallyPrecedes($1) }
        lengths = dropped.reduce(0) { $0 | 1 << UInt64($1.count & 63) }
    }

    package var isEmpty: Bool { dropped.isEmpty }

    /// Whether the field of this name, in any case, is left out.
    package func drops(_ name: UnsafeRawBufferPointer) -> Bool {
        guard (lengths >> UInt64(name.count & 63)) & 1 == 1 else { return false }
        for index in dropped.indices where dropped[index].withUnsafeBytes({ $0.isCaseless(name) }) { return true }
        return false
    }
}
