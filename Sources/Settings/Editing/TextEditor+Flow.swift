/// Items that come and go between brackets, with their commas, lines and comments.
extension TextEditor {
    mutating func editFlow(_ change: TextChanges.ItemsChange) throws(EditFailure) {
        let span = spans[change.container]
        let open = content(of: span)
        guard open < Int(span.end) - 1, bytes[open] == UInt8(ascii: "{") || bytes[open] == UInt8(ascii: "[") else {
            // A lone pair of YAML, `[a: 1]`, has no brackets of its own.
            replaceFlowValue(change.whole)
            return
        }
        let flow = FlowItems(change, inside: open + 1..<Int(span.end) - 1, self)
        if change.items.isEmpty {
            try grow(change, flow)
        } else if change.additions.isEmpty, flow.lastKept < 0, !flow.hasOtherComments {
            edits.cut(flow.inside)
        } else {
            for item in change.items.indices where !change.isKept[item] { remove(item, flow) }
            add(change, flow)
        }
    }

    private mutating func remove(_ item: Int, _ flow: FlowItems) {
        let (before, after) = (flow.gap(item), flow.gap(item + 1))
        let (head, isLast) = (spans[flow.items[item]].head, item > flow.lastKept)
        if before.isOwnLine, let lineBreak = after.lineBreak {
            edits.cut(before.lead..<lineBreak.upperBound)
            // Of the empty lines on both sides one side is enough.
            if isLast {
                edits.cut(before.blank)
            } else if !before.blank.isEmpty || item < flow.firstKept {
                edits.cut(after.blankBelow)
            }
        } else {
            let start = before.isOwnLine ? head : before.lead
            if isLast {
                edits.cut((before.lineBreak == nil ? before.tail : start)..<after.tail)
            } else if after.lineBreak == nil {
                edits.cut(start..<after.lead)
            } else {
                edits.cut((before.lineBreak == nil ? before.tail : start)..<after.tail)
            }
        }
        if let comma = after.comma { edits.cut(comma..<comma + 1) }
    }

    private mutating func add(_ change: TextChanges.ItemsChange, _ flow: FlowItems) {
        var next = change.additions.startIndex
        while next < change.additions.endIndex {
            let place = change.additions[next].after
            let group = change.additions[next...].prefix { $0.after == place }
            next = group.endIndex
            if place < 0 { addInFront(Array(group), flow) } else { add(Array(group), after: place, flow) }
        }
        if flow.lastKept >= 0, change.additions.last?.after != flow.lastKept, !flow.hasTrailingComma,
            let comma = flow.gap(flow.lastKept + 1).comma
        {
            edits.cut(comma..<comma + 1)
        }
    }

    private mutating func addInFront(_ group: [TextChanges.ItemsChange.Addition], _ flow: FlowItems) {
        guard flow.firstKept < flow.items.count else { return }
        let gap = flow.gap(flow.firstKept)
        let indent = indentation(at: flow.head(flow.firstKept))
        let texts = group.map { flow.text($0, indent, isInline: !gap.isOwnLine, self) }
        let text =
            gap.isOwnLine
            ? texts.map { "\(indent)\($0),\(style.newline)" }.joined()
            : texts.map { "\($0),\(flow.space)" }.joined()
        edits.insert(text, at: gap.lead, isAhead: true)
    }

    private mutating func add(_ group: [TextChanges.ItemsChange.Addition], after item: Int, _ flow: FlowItems) {
        let gap = flow.gap(item + 1)
        let end = Int(spans[flow.items[item]].end)
        // Behind a comment to the line's end nothing can go on.
        let endsWithComment = gap.tail > end && gap.comma.map { $0 + 1 != gap.tail } ?? true
        let isOwnLine = flow.gap(item).isOwnLine || gap.lineBreak != nil && endsWithComment
        let indent = indentation(at: flow.head(item))
        let texts = group.map { flow.text($0, indent, isInline: !isOwnLine, self) }
        let lead = isOwnLine ? style.newline + indent : flow.space
        let text = texts.map { lead + $0 }.joined(separator: ",")
        let needsComma = item < flow.lastKept || flow.hasTrailingComma
        if let comma = gap.comma, comma < gap.tail {
            edits.insert(needsComma ? text + "," : text, at: gap.tail)
            return
        }
        edits.insert(",", at: end)
        edits.insert(text, at: gap.tail)
        if let comma = gap.comma, !needsComma { edits.cut(comma..<comma + 1) }
    }

    /// A container without items gets its first.
    private mutating func grow(_ change: TextChanges.ItemsChange, _ flow: FlowItems) throws(EditFailure) {
        let gap = flow.gap(0)
        let isOpen = gap.lineBreak != nil || gap.lead < gap.end
        guard isOpen || change.parent == nil && format == .json else {
            if format == .yaml, !isInFlow(change.parent) {
                try replaceBlockValue(change.whole)
            } else {
                replaceFlowValue(change.whole)
            }
            return
        }
        var last = flow.inside.upperBound
        while last > flow.inside.lowerBound, isSpace(bytes[last - 1]) { last -= 1 }
        let outer = indentation(at: flow.inside.lowerBound)
        let inner = outer + style.unit
        let lines = change.additions.map { style.newline + inner + flow.text($0, inner, isInline: false, self) }
        edits.replace(
            last..<flow.inside.upperBound, with: lines.joined(separator: ",") + style.newline + outer)
    }
}
