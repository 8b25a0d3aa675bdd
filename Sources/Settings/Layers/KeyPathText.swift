/// Key paths as text: `gateway.routing.rules[0].match`, `gateway.agents.pools["a.b"]`.
package enum KeyPathText {
    /// Segments to text; an entry's segment is `[0]`, names with dots or brackets go into quotes.
    package static func join(_ segments: [String]) -> String {
        var text = ""
        for segment in segments {
            if isIndex(segment) || segment == "[]" {
                text += segment
            } else if segment.isEmpty
                || segment.utf8.contains(where: { $0 == 0x2E || $0 == 0x5B || $0 == 0x5D || $0 == 0x22 })
            {
                text += "[\(JSONText.quoted(segment))]"
            } else {
                text += text.isEmpty ? segment : ".\(segment)"
            }
        }
        return text
    }

    /// Text to segments: dots separate; `[0]`, `["a.b"]` and `[]`, which is any entry, are segments too. Nil where
    /// brackets do not match.
    package static func split(_ text: String) -> [String]? {
        var segments: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            if rest.first == "[" {
                guard let (segment, length) = bracketed(rest) else { return nil }
                segments.append(segment)
                rest = rest.dropFirst(length)
                if rest.first == "." {
                    rest.removeFirst()
                    if rest.isEmpty { return nil }
                }
                continue
            }
            let name = rest.prefix { $0 != "." && $0 != "[" }
            guard !name.isEmpty else { return nil }
            segments.append(String(name))
            rest = rest.dropFirst(name.count)
            if rest.first == "." {
                rest.removeFirst()
                if rest.isEmpty { return nil }
            }
        }
        return segments
    }

    /// The number of an entry: `[0]`, or `0` as dotted paths write it.
    package static func index(_ segment: String) -> Int? {
        let digits = isIndex(segment) ? segment.dropFirst().dropLast() : segment[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy(NumberLiteral.isDigit) else { return nil }
        return Int(digits)
    }

    private static func isIndex(_ segment: String) -> Bool {
        guard segment.hasPrefix("["), segment.hasSuffix("]"), segment.utf8.count > 2 else { return false }
        return segment.utf8.dropFirst().dropLast().allSatisfy(NumberLiteral.isDigit)
    }

    private static func bracketed(_ text: Substring) -> (segment: String, length: Int)? {
        if text.dropFirst().first == "\"" {
            var name = ""
            var length = 2
            var isEscaped = false
            for character in text.dropFirst(2) {
                length += 1
                if isEscaped {
                    name.append(character)
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    return text.dropFirst(length).first == "]" ? (name, length + 1) : nil
                } else {
                    name.append(character)
                }
            }
            return nil
        }
        guard let end = text.firstIndex(of: "]") else { return nil }
        let segment = text[...end]
        return segment == "[]" || isIndex(String(segment)) ? (String(segment), segment.count) : nil
    }
}
