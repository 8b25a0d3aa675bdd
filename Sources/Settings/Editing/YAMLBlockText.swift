/// Writes nodes as YAML's blocks: names and dashes in columns.
struct YAMLBlockText {
    struct Layout {
        /// Columns of a level.
        var unit = 2
        /// Columns from a name to the dashes of the list below it.
        var dashes = 2
        /// Whether strings that need no quotes get none.
        var prefersPlain = false
        var newline = "\n"
    }

    private let layout: Layout
    private(set) var text = ""

    init(_ layout: Layout) { self.layout = layout }

    /// A node that begins at a column of a line that is there already.
    static func text(_ node: Node, at column: Int, _ layout: Layout) -> String {
        var block = YAMLBlockText(layout)
        block.write(node, at: column)
        return block.text
    }

    /// A member that begins at a column of a line that is there already.
    static func text(_ name: String, _ node: Node, at column: Int, _ layout: Layout) -> String {
        var block = YAMLBlockText(layout)
        block.write(name, node, at: column)
        return block.text
    }

    /// What follows a name and its colon, or a dash: on the same line, or below.
    static func value(_ node: Node, below column: Int, _ layout: Layout) -> String {
        var block = YAMLBlockText(layout)
        block.writeValue(node, below: column)
        return block.text
    }

    private mutating func write(_ node: Node, at column: Int) {
        switch node.value {
        case .object(let members) where !members.isEmpty:
            for (index, member) in members.enumerated() {
                if index > 0 { breakLine(column) }
                write(member.name, member.node, at: column)
            }
        case .array(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                if index > 0 { breakLine(column) }
                text += "- "
                write(element, at: column + 2)
            }
        default:
            text += YAMLText.scalar(node, isPlain: layout.prefersPlain)
        }
    }

    private mutating func write(_ name: String, _ node: Node, at column: Int) {
        text += YAMLText.name(name) + ":"
        writeValue(node, below: column)
    }

    private mutating func writeValue(_ node: Node, below column: Int) {
        guard YAMLText.isBlock(node) else {
            text += " " + YAMLText.scalar(node, isPlain: layout.prefersPlain)
            return
        }
        let inner = column + (node.elements == nil ? layout.unit : layout.dashes)
        breakLine(inner)
        write(node, at: inner)
    }

    private mutating func breakLine(_ column: Int) {
        text += layout.newline + String(repeating: " ", count: column)
    }
}

extension YAMLBlockText.Layout {
    /// The layout of a text that is there already.
    init(_ bytes: [UInt8], _ spans: Spans, _ style: TextStyle) {
        newline = style.newline
        func column(_ offset: Int) -> Int { offset - style.lineStart(of: offset) }
        var (unit, dashes): (Int?, Int?) = (nil, nil)
        var (plain, quoted) = (0, 0)
        for (index, span) in spans.all.enumerated() {
            switch span.form {
            case .quoted: quoted += 1
            // Words; numbers are never quoted.
            case .plain: plain += span.range.first.map { bytes[$0] | 0x20 >= 0x61 ? 1 : 0 } ?? 0
            case .block where !span.name.isEmpty && !span.hasProperties && span.size > 1:
                // The first item begins a mapping; in a list a dash does, and its items have no names.
                let step = column(Int(span.start)) - column(Int(span.nameStart))
                if !spans[index + 1].name.isEmpty { unit = unit ?? step } else { dashes = dashes ?? step }
            default: break
            }
        }
        self.unit = unit.map { max($0, 1) } ?? dashes.flatMap { $0 > 0 ? $0 : nil } ?? 2
        self.dashes = dashes.map { max($0, 0) } ?? self.unit
        prefersPlain = plain > quoted
    }
}
