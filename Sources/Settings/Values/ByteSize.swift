/// A number of bytes. Written `64KiB` (2^10), `100MB` (10^6), or a bare number of bytes.
package struct ByteSize: SettingValue, Hashable, Comparable, ExpressibleByIntegerLiteral {
    package var bytes: Int

    package init(bytes: Int) { self.bytes = bytes }
    package init(integerLiteral bytes: Int) { self.bytes = bytes }

    package static func kibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 10) }
    package static func mebibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 20) }
    package static func gibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 30) }

    package static func < (one: ByteSize, two: ByteSize) -> Bool { one.bytes < two.bytes }

    /// Largest first; a name is matched without regard to case.
    static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
        ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1_000), ("B", 1),
    ]

    package static var shape: Shape {
        let text = Shape.text(
            "size", expected: "a size", example: "64KiB", pattern: "^[0-9]+(\\.[0-9]+)?([kKmMgGtT]i?)?[bB]$")
        return .either(
            [text, Int.shape], words: "size", expected: "a size such as 64KiB or 100MB", example: text.example)
    }

    /// `64KiB`, `100MB`, else bytes.
    package var spelling: String { ByteSize.spell(bytes) }

    package var text: String { JSONText.quoted(spelling) }

    static func spell(_ bytes: Int) -> String {
        for unit in units where bytes >= unit.bytes && bytes.isMultiple(of: unit.bytes) {
            return "\(bytes / unit.bytes)\(unit.name)"
        }
        return "\(bytes)B"
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> ByteSize? {
        switch parse(node, reading.unit) {
        case .bytes(let bytes): return ByteSize(bytes: bytes)
        case .tooLarge:
            reading.error(node.position, "expected a size that fits in 64 bits, found \(reading.found(node))")
        case .unreadable:
            reading.expected(ByteSize.self, node)
        }
        return nil
    }

    enum Parsed: Equatable {
        case bytes(Int)
        case tooLarge
        case unreadable
    }

    static func parse(_ node: Node, _ unit: BareUnit) -> Parsed {
        switch node.value {
        case .number(let literal): parse(bare: literal, unit)
        case .string(let text): parse(text)
        default: .unreadable
        }
    }

    /// A bare number: bytes, or the key's unit.
    private static func parse(bare literal: String, _ unit: BareUnit) -> Parsed {
        let factor = unit == .megabytes ? 1_000_000 : 1
        guard let number = NumberLiteral.integer(literal) else {
            let size = NumberLiteral.double(literal) ?? -1
            if unit == .megabytes, size >= 0, size < 9e12 { return .bytes(Int((size * 1e6).rounded())) }
            return size >= 9e18 && size.isFinite ? .tooLarge : .unreadable
        }
        guard number >= 0 else { return .unreadable }
        let (bytes, isOver) = number.multipliedReportingOverflow(by: factor)
        return isOver ? .tooLarge : .bytes(bytes)
    }

    static func parse(_ text: String) -> Parsed {
        var rest = text[...]
        guard let number = UnitText(&rest), rest.isEmpty else {
            return text.utf8.count > UnitText.longest && text.utf8.first.map(NumberLiteral.isDigit) == true
                ? .tooLarge : .unreadable
        }
        let name = number.unit.lowercased()
        guard let unit = units.first(where: { $0.name.lowercased() == name }) else { return .unreadable }
        // A fraction of a byte is nothing that anybody wants; 1.5KiB is 1536 bytes.
        if let bytes = number.times(unit.bytes) { return .bytes(bytes) }
        if let bytes = number.nearest(unit.bytes) {
            return number.fraction > 0 && unit.bytes > 1 ? .bytes(bytes) : .unreadable
        }
        return .tooLarge
    }
}
