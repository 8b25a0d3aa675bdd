/// Items of YAML's blocks that come and go, by whole lines.
extension TextEditor {
    mutating func editBlock(_ change: TextChanges.ItemsChange) throws(EditFailure) {
        guard change.isKept.contains(true) else {
            try replaceBlockValue(change.whole)
            return
        }
        let block = try BlockItems(change, self)
        if !beginsLine(block.heads[0]), !change.isKept[0] { try removeFirst(block) }
        for item in change.items.indices where !change.isKept[item] {
            if beginsLine(block.heads[item]) {
                try remove(item, block)
            } else if item > 0 {
                throw block.failure
            }
        }
        for addition in change.additions where addition.after >= 0 {
            let item = addition.after
            guard let end = tail(of: block.ends[item], deeperThan: block.column) else { throw block.failure }
            edits.insert(layout.newline + block.indent + block.text(addition, layout), at: end)
        }
        addInFront(change.additions.filter { $0.after < 0 }, block)
    }

    /// Cuts an item's lines, and the empty ones on one side where there are some on both.
    private mutating func remove(_ item: Int, _ block: BlockItems) throws(EditFailure) {
        let limit = item > 0 ? block.ends[item - 1] : 0
        guard let end = tail(of: block.ends[item], deeperThan: block.column) else { throw block.failure }
        let (first, next) = (lead(of: block.heads[item], after: limit), afterBreak(end))
        let (above, below) = (blankAbove(first, after: limit), blankBelow(next))
        cutLines(first..<next)
        if !above.isEmpty, !below.isEmpty || next == bytes.count {
            cutLines(above)
        } else if item < block.firstKept {
            cutLines(below)
        }
    }

    /// Cuts lines with the break before them, so that what is put in at their end has the one behind them.
    private mutating func cutLines(_ lines: Range<Int>) {
        guard !lines.isEmpty else { return }
        let start = beforeBreak(lines.lowerBound)
        edits.cut(start < lines.lowerBound ? start..<max(start, beforeBreak(lines.upperBound)) : lines)
    }

    /// Cuts the first items where they begin behind a dash, up to the one that then stands there.
    private mutating func removeFirst(_ block: BlockItems) throws(EditFailure) {
        let head = block.heads[0]
        guard let end = tail(of: block.ends[block.firstKept - 1], deeperThan: block.column) else {
            throw block.failure
        }
        var next = end
        while next < block.heads[block.firstKept], isSpace(bytes[next]) { next += 1 }
        edits.cut(head..<next)
    }

    private mutating func addInFront(_ additions: [TextChanges.ItemsChange.Addition], _ block: BlockItems) {
        let texts = additions.map { block.text($0, layout) }
        guard beginsLine(block.heads[0]) else {
            let text = texts.map { $0 + layout.newline + block.indent }.joined()
            edits.insert(text, at: block.heads[0], isAhead: true)
            return
        }
        let limit = block.firstKept > 0 ? block.ends[block.firstKept - 1] : 0
        let text = texts.map { block.indent + $0 + layout.newline }.joined()
        edits.insert(text, at: lead(of: block.heads[block.firstKept], after: limit), isAhead: true)
    }
}

/// The items of one block: where each begins, with its name or its dash, and where it ends.
struct BlockItems {
    let heads: [Int]
    let ends: [Int]
    let column: Int
    let firstKept: Int
    let failure: EditFailure

    init(_ change: TextChanges.ItemsChange, _ editor: TextEditor) throws(EditFailure) {
        failure = EditFailure(
            change.position, "the items here do not stand on lines of their own; \(EditFailure.remedy)")
        let container = editor.spans[change.container]
        var heads: [Int] = []
        var ends: [Int] = []
        var end = editor.content(of: container)
        for item in change.items {
            let span = editor.spans[item]
            guard let head = span.name.isEmpty ? editor.dash(from: end) : Int(span.nameStart), head >= end else {
                throw failure
            }
            end = Int(span.end)
            heads.append(head)
            ends.append(max(end, head))
        }
        guard let first = heads.first, editor.beginsBlock(first), let kept = change.isKept.firstIndex(of: true) else {
            throw failure
        }
        (self.heads, self.ends, firstKept) = (heads, ends, kept)
        column = editor.column(of: first)
    }

    var indent: String { String(repeating: " ", count: column) }

    /// An item to be added, from its column on.
    func text(_ addition: TextChanges.ItemsChange.Addition, _ layout: YAMLBlockText.Layout) -> String {
        if let name = addition.name { return YAMLBlockText.text(name, addition.node, at: column, layout) }
        return "- " + YAMLBlockText.text(addition.node, at: column + 2, layout)
    }
}
