/// Values behind YAML's names and dashes.
extension TextEditor {
    mutating func replaceBlockValue(_ change: TextChanges.ValueChange) throws(EditFailure) {
        let span = spans[change.span]
        if change.parent == nil {
            replaceRoot(span, change.target)
        } else if span.name.isEmpty {
            replaceEntry(span, change.target)
        } else {
            try replaceMember(span, change)
        }
    }

    /// What the text says where it says nothing at all yet.
    mutating func writeRoot(_ node: Node) -> [UInt8] {
        let isOpen = bytes.count > UTF8Text.markLength(bytes) && !(bytes.last.map(isBreak) ?? false)
        let text = YAMLBlockText.text(node, at: 0, layout) + layout.newline
        edits.insert(isOpen ? layout.newline + text : text, at: bytes.count)
        return edits.applied(to: bytes)
    }

    private mutating func replaceRoot(_ span: Spans.Span, _ target: Node) {
        let text = staysFlow(span, target) ? YAMLText.flow(target) : YAMLBlockText.text(target, at: 0, layout)
        let isBlock = YAMLText.isBlock(target) && !staysFlow(span, target)
        guard !isBlock || beginsLine(Int(span.start)) else {
            // A block cannot begin on the line of `---`.
            edits.cut(span.range)
            edits.insert(layout.newline + text, at: lineEnd(from: Int(span.end)))
            return
        }
        if span.range.isEmpty {
            let isOpen = !beginsLine(Int(span.start))
            edits.insert((isOpen ? " " : "") + text + layout.newline, at: Int(span.start))
        } else {
            edits.replace(span.range, with: text)
        }
    }

    private mutating func replaceEntry(_ span: Spans.Span, _ target: Node) {
        let isEmpty = span.range.isEmpty
        let column = self.column(of: Int(span.start)) + (isEmpty ? 1 : 0)
        let text = inlineText(span, target) ?? YAMLBlockText.text(target, at: column, layout)
        edits.replace(span.range, with: isEmpty ? " \(text)" : text)
    }

    private mutating func replaceMember(
        _ span: Spans.Span, _ change: TextChanges.ValueChange
    ) throws(EditFailure) {
        let (target, position) = (change.target, change.position)
        let column = self.column(of: Int(span.nameStart))
        guard let colon = afterColon(span), let tail = tail(of: Int(span.end), deeperThan: column) else {
            throw EditFailure(position, "the key does not stand right before ':'; \(EditFailure.remedy)")
        }
        let isBelow = style.lineStart(of: Int(span.start)) > colon
        let line = lineEnd(from: colon)
        if isBelow { edits.cut(line..<tail) }
        if let text = inlineText(span, target) {
            if isBelow || span.range.isEmpty {
                edits.insert(" \(text)", at: colon)
            } else {
                edits.replace(span.range, with: text)
            }
        } else {
            if !isBelow { edits.cut(colon..<Int(span.end)) }
            edits.insert(
                YAMLBlockText.value(target, below: column, layout), at: isBelow ? line : lineEnd(from: Int(span.end)))
        }
    }

    /// The value where it needs no lines of its own.
    private func inlineText(_ span: Spans.Span, _ target: Node) -> String? {
        if staysFlow(span, target) { return YAMLText.flow(target) }
        if YAMLText.isBlock(target) { return nil }
        let isPlain = span.form == .plain ? !span.range.isEmpty : span.form != .quoted && layout.prefersPlain
        return YAMLText.scalar(target, isPlain: isPlain)
    }

    /// What was in brackets stays so, but an empty pair of them gives way to lines.
    private func staysFlow(_ span: Spans.Span, _ target: Node) -> Bool {
        span.form == .flow && span.size > 1 && YAMLText.isBlock(target)
    }
}
