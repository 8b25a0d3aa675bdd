/// The two languages that documents are written in.
enum TextFormat: Sendable {
    case json, yaml

    /// YAML by the ending of the path, else JSON5, of which JSON is a part.
    init(path: String) {
        let ending = path.lowercased()
        self = ending.hasSuffix(".yaml") || ending.hasSuffix(".yml") ? .yaml : .json
    }

    /// Where the comment that begins here ends, before its line's break; nil where none begins.
    func afterComment(_ bytes: [UInt8], _ start: Int, _ limit: Int) -> Int? {
        switch self {
        case .yaml:
            return bytes[start] == UInt8(ascii: "#") ? lineEnd(bytes, start, limit) : nil
        case .json:
            guard bytes[start] == UInt8(ascii: "/"), start + 1 < limit else { return nil }
            if bytes[start + 1] == UInt8(ascii: "/") { return lineEnd(bytes, start, limit) }
            guard bytes[start + 1] == UInt8(ascii: "*") else { return nil }
            var at = start + 2
            while at + 1 < limit {
                if bytes[at] == UInt8(ascii: "*"), bytes[at + 1] == UInt8(ascii: "/") { return at + 2 }
                at += 1
            }
            return limit
        }
    }

    /// The end of a line: CR and LF, and what else ends a comment: U+2028, U+2029, in YAML U+0085.
    private func lineEnd(_ bytes: [UInt8], _ start: Int, _ limit: Int) -> Int {
        var at = start
        while at < limit, bytes[at] != UInt8(ascii: "\n"), bytes[at] != UInt8(ascii: "\r") {
            if bytes[at] == 0xE2, at + 2 < limit, bytes[at + 1] == 0x80, bytes[at + 2] | 1 == 0xA9 { break }
            if self == .yaml, bytes[at] == 0xC2, at + 1 < limit, bytes[at + 1] == 0x85 { break }
            at += 1
        }
        return at
    }
}
