internal import Settings
internal import Wire

/// Paths as rules write them, brought into the form in which paths arrive (`PathForm`).
enum PathPattern {
    struct Fault: Error {
        /// What is wrong, what was expected, what to do.
        var message: String
    }

    /// The one path that an `exact` rule takes.
    static func exact(_ text: String) throws(Fault) -> [UInt8] {
        if text.contains("*") {
            throw Fault(message: "an exact path has no '*'; use type prefix for what lies below, or type regex")
        }
        return try normal(text)
    }

    /// The path below which a `prefix` rule takes everything, without a slash at its end: `/team/`, `/team/*` and
    /// `/team` are one prefix, and that of `/` is empty.
    static func prefix(_ text: String) throws(Fault) -> [UInt8] {
        let stem = text.hasSuffix("/*") ? String(text.dropLast()) : text
        if stem.contains("*") {
            throw Fault(message: "'*' may only stand as a final '/*'; use type regex for patterns within a path")
        }
        var path = try normal(stem)
        while path.last == UInt8(ascii: "/") { path.removeLast() }
        return path
    }

    /// A path in its normal form. What a target cannot hold as it is, a blank or a letter outside ASCII, is escaped.
    static func normal(_ text: String) throws(Fault) -> [UInt8] {
        guard text.utf8.first == UInt8(ascii: "/") else {
            let found = text.isEmpty ? "nothing" : Quoted.quote(text)
            throw Fault(
                message: "expected a path that begins with '/', found \(found); write \(Quoted.quote("/" + text))")
        }
        if text.contains("?") { throw Fault(message: "a path ends before '?'; use match.query for what follows") }
        if text.contains("#") { throw Fault(message: "a fragment is never sent; leave out '#' and what follows") }
        let raw = escaped(text)
        var path = [UInt8](repeating: 0, count: raw.count)
        let result = raw.withUnsafeBytes { from in
            path.withUnsafeMutableBytes { to in PathForm.normalise(from, into: to) }
        }
        if result.invalidEscape {
            throw Fault(message: "'%' is not followed by two hexadecimal digits; write '%25' for the sign itself")
        }
        return Array(path.prefix(result.count))
    }

    /// The bytes of a text, those percent-encoded that cannot stand in a target (RFC 3986 2.1).
    static func escaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if ByteClass.isTarget(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digit(byte >> 4))
                bytes.append(digit(byte & 15))
            }
        }
        return bytes
    }

    /// Whether agents may read a path in two ways.
    static func hasEncodedDelimiter(_ path: [UInt8]) -> Bool {
        path.withUnsafeBytes { from in
            var copy = [UInt8](repeating: 0, count: from.count)
            return copy.withUnsafeMutableBytes { PathForm.normalise(from, into: $0) }.encodedDelimiter
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}
