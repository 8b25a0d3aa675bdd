/// Text from where there are no types (variables, flags) as the node that a key's shape asks for.
enum LooseText {
    /// A number or a boolean where the shape takes one and the text is one; else the text. What does not fit stays
    /// text, so that the key reports it in its own words.
    static func scalar(_ text: String, _ shape: Shape, at position: Position) -> Node {
        if shape.kinds.contains(.boolean), text == "true" || text == "false" {
            return Node(.bool(text == "true"), at: position)
        }
        if shape.kinds.contains(.number), isNumber(text) { return Node(.number(text), at: position) }
        return Node(.string(text), at: position)
    }

    /// A scalar, or a list: a JSON5 array, or values between commas. A shape that is either is a list only where the
    /// text has several values.
    static func value(_ text: String, _ shape: Shape, at position: Position) throws(SyntaxError) -> Node {
        guard let element = shape.element else { return scalar(text, shape, at: position) }
        let trimmed = trim(text[...])
        if trimmed.first == "[" { return try parse(text, at: position) }
        var parts = trimmed.split(separator: ",", omittingEmptySubsequences: false).map { trim($0) }
        if parts.last?.isEmpty == true { parts.removeLast() }
        if shape.kinds != .array, parts.count == 1 { return scalar(String(parts[0]), element, at: position) }
        return Node(.array(parts.map { scalar(String($0), element, at: position) }), at: position)
    }

    /// JSON5 text; every node stands at the position.
    static func parse(_ text: String, at position: Position) throws(SyntaxError) -> Node {
        do throws(SyntaxError) {
            return try JSONReader.read(Array(text.utf8), source: position.source, dialect: .json5).placed(at: position)
        } catch {
            throw SyntaxError(position, "not JSON5 at character \(error.position.column): \(error.message)")
        }
    }

    /// Whether the text is a number in JSON5's spelling, and nothing else.
    private static func isNumber(_ text: String) -> Bool {
        guard let last = text.utf8.last, NumberLiteral.isDigit(last) || text.utf8.count > 1 else { return false }
        return NumberLiteral.isNumber(text)
    }

    private static func trim(_ text: Substring) -> Substring {
        var rest = text
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
