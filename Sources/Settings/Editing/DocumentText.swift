/// A document's text and where every node stands in it, to be edited in place.
package struct DocumentText: Sendable {
    package let bytes: [UInt8]
    /// As `FileLayers.parse` gives it.
    package let node: Node
    private let path: String
    private let format: TextFormat
    private let spans: Spans

    /// YAML by the ending of the path, else JSON5, of which JSON is a part.
    package init(_ bytes: [UInt8], path: String) throws(SyntaxError) {
        guard bytes.count <= Bounds.fileBytes else {
            throw SyntaxError(
                Position(source: path),
                "expected at most \(ByteSize(bytes: Bounds.fileBytes).spelling), found \(bytes.count) bytes")
        }
        (self.bytes, self.path) = (bytes, path)
        format = TextFormat(path: path)
        switch format {
        case .json: (node, spans) = try JSONReader.readSpans(bytes, source: path)
        case .yaml: (node, spans) = try YAMLReader.readSpans(bytes, source: path)
        }
    }

    /// The text that says what `target` says. What is the same keeps its bytes: comments, order, layout.
    package func edited(to target: Node) throws(EditFailure) -> [UInt8] {
        try editedText(to: target).bytes
    }

    /// The same, read again: its nodes are those of the new text.
    package func editedText(to target: Node) throws(EditFailure) -> DocumentText {
        guard !spans.all.isEmpty else {
            // YAML in which nothing is written yet, which reads as null.
            guard !target.isNull else { return self }
            try TextChanges.check(target)
            var editor = TextEditor(bytes, spans, format)
            return try checked(editor.writeRoot(target), target, lost: nil)
        }
        let changes = try TextChanges(from: node, spans, to: target)
        if changes.list.isEmpty { return self }
        var editor = TextEditor(bytes, spans, format)
        return try checked(editor.apply(changes), target, lost: changes.lost)
    }

    /// Whatever an edit made of the text, it must say what was asked for.
    private func checked(
        _ edited: [UInt8], _ target: Node, lost: Position?
    ) throws(EditFailure) -> DocumentText {
        do throws(SyntaxError) {
            let text = try DocumentText(edited, path: path)
            if text.node.isSame(as: target) { return text }
        } catch {
            // A position in a text that nobody sees would not help.
        }
        if let lost {
            throw EditFailure(lost, "aliases of YAML stand for this, and it would be gone; \(EditFailure.remedy)")
        }
        throw EditFailure(
            Position(source: path), "the change cannot be made within the text as it is laid out; \(EditFailure.remedy)"
        )
    }

    /// The text with every string value for which `replacement` returns something replaced. A path has the names of
    /// members as written and `[0]` for entries. What aliases of YAML stand for is asked for at each place, and
    /// replaced where it is written; the first answer holds.
    package func replacingStrings(_ replacement: (_ path: [String], _ text: String) -> String?) -> [UInt8] {
        guard !spans.all.isEmpty else { return bytes }
        let editor = TextEditor(bytes, spans, format)
        var replacements: [Int: String] = [:]
        var path: [String] = []
        visit(node, 0, &path) { path, span, text in
            if replacements[span] == nil { replacements[span] = replacement(path, text) }
        }
        var edits = TextEdits()
        for (index, text) in replacements {
            let span = spans[index]
            let quoted = format == .yaml ? YAMLText.quoted(text) : JSONText.quoted(text)
            edits.replace(editor.content(of: span)..<Int(span.end), with: quoted)
        }
        return edits.applied(to: bytes)
    }

    /// Every string with its path and the span where it is written.
    private func visit(
        _ node: Node, _ span: Int, _ path: inout [String], _ take: ([String], Int, String) -> Void
    ) {
        let place = spans.written(span)
        switch node.value {
        case .string(let text): take(path, place, text)
        case .array(let elements):
            for (index, pair) in zip(elements, spans.children(of: place)).enumerated() {
                path.append("[\(index)]")
                visit(pair.0, pair.1, &path, take)
                path.removeLast()
            }
        case .object(let members):
            for (member, child) in zip(members, spans.children(of: place)) {
                path.append(member.name)
                visit(member.node, child, &path, take)
                path.removeLast()
            }
        default: break
        }
    }
}
