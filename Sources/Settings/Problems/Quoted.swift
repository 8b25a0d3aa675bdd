/// What others wrote, made fit for one line of a message.
package enum Quoted {
    /// Longest piece of the input that a message repeats, in characters.
    static let limit = 60

    package static func quote(_ text: String) -> String { "'\(shortened(text))'" }

    package static func shortened(_ text: String) -> String {
        let line = oneLine(text)
        guard line.unicodeScalars.count > limit else { return line }
        var short = String.UnicodeScalarView()
        short.append(contentsOf: line.unicodeScalars.prefix(limit))
        return String(short) + "..."
    }

    /// Without line breaks and other control characters (RFC 8259 escapes stand for them).
    package static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var line = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                line += scalar == "\n" ? "\\n" : scalar == "\t" ? "\\t" : "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    /// "a, b or c".
    package static func list(_ words: [String], last: String = "or") -> String {
        guard let final = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " \(last) \(final)"
    }

    /// C0, DEL, C1, and the line and paragraph separators.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
