/// Load figures in a JSON object: an agent's health answer, or the JSON form of an ORCA report.
///
/// Figures stand in the object itself or in one of its members `load`, `metrics`, `named_metrics` and `utilization`.
/// Numbers may be written as text, as protobuf's JSON has it. Other members are passed over, whatever they are.
package enum LoadJSON {
    /// A longer text is not looked at.
    package static let longest = 65536

    /// Nil where this is no JSON object, or has no figure.
    package static func parse(_ text: UnsafeRawBufferPointer) -> LoadReport? {
        guard text.count <= longest else { return nil }
        var walk = JSONWalk(text)
        var report = LoadReport()
        let isWhole = walk.object { parent, name, value in
            if parent.isEmpty || isPlace(parent) { report.take(named: name, value) }
        }
        return isWhole && !report.isEmpty ? report : nil
    }

    private static func isPlace(_ name: UnsafeRawBufferPointer) -> Bool {
        ReportName.matches(name, "load") || ReportName.matches(name, "metrics") || ORCA.isMap(name)
    }
}

/// Goes through a JSON object once, and tells of the numbers in it.
struct JSONWalk {
    /// Called with the name of the object that holds the number (empty: the outermost), its name, and the number.
    typealias Visit = (_ parent: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ value: Double) -> Void

    private static let deepest = 32
    private static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    private let text: UnsafeRawBufferPointer
    private var at = 0
    private var depth = 0

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// Whether the text is one JSON object, and nothing after it.
    mutating func object(_ visit: Visit) -> Bool {
        blanks()
        guard take(0x7B), members(Self.nothing, visit) else { return false }
        blanks()
        return at == text.count
    }

    /// After `{`. `parent` is nil for objects whose numbers are not told.
    private mutating func members(_ parent: UnsafeRawBufferPointer?, _ visit: Visit) -> Bool {
        list(until: 0x7D) { walk in
            guard let name = walk.string() else { return false }
            walk.blanks()
            guard walk.take(0x3A) else { return false }
            walk.blanks()
            return walk.value(name, parent, visit)
        }
    }

    private mutating func value(
        _ name: UnsafeRawBufferPointer, _ parent: UnsafeRawBufferPointer?, _ visit: Visit
    ) -> Bool {
        guard at < text.count else { return false }
        switch text[at] {
        case 0x7B:
            at += 1
            // Only the outermost object's members have a name that can be a parent's.
            return members(parent.flatMap { $0.isEmpty && !name.isEmpty ? name : nil }, visit)
        case 0x5B:
            at += 1
            return list(until: 0x5D) { $0.value(Self.nothing, nil, visit) }
        case 0x22:
            guard let string = string() else { return false }
            if let parent, let number = DecimalText.parse(string) { visit(parent, name, number) }
            return true
        default:
            let start = at
            while at < text.count, Self.isWord(text[at]) { at += 1 }
            let word = text.part(start, at)
            if let number = DecimalText.parse(word) {
                if let parent { visit(parent, name, number) }
                return true
            }
            return ["true", "false", "null"].contains { word.elementsEqual($0.utf8) }
        }
    }

    /// Items between commas, after the opening mark.
    private mutating func list(until end: UInt8, _ item: (inout JSONWalk) -> Bool) -> Bool {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { return false }
        blanks()
        if take(end) { return true }
        while true {
            blanks()
            guard item(&self) else { return false }
            blanks()
            if take(end) { return true }
            guard take(0x2C) else { return false }
        }
    }

    /// The bytes between the quotes, escapes as they stand.
    private mutating func string() -> UnsafeRawBufferPointer? {
        guard take(0x22) else { return nil }
        let start = at
        while at < text.count {
            switch text[at] {
            case 0x22:
                at += 1
                return text.part(start, at - 1)
            case 0x5C: at += 2
            default: at += 1
            }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < text.count, text[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func blanks() {
        while at < text.count, text[at].isBlank { at += 1 }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }
}
