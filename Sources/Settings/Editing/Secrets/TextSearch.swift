/// Many texts of eight bytes and more, looked for in one pass over other text: each place is judged by a filter on its
/// next eight bytes, then by one look-up for each length there is, so that a file of megabytes is searched for ten
/// thousand secrets nearly as fast as for one.
struct TextSearch: Sendable {
    /// Texts that begin with the same eight bytes.
    private struct Group {
        /// The longest first.
        var lengths: [Int] = []
        var texts: [[UInt8]: String] = [:]
    }

    private var groups: [UInt64: Group] = [:]
    /// A bit for each hash of such bytes.
    private var filter: [UInt64] = []
    private static let filterBits = 16

    init() {}

    init(_ texts: Set<String>) {
        filter = [UInt64](repeating: 0, count: 1 << (TextSearch.filterBits - 6))
        for text in texts {
            // As they are, and as they stand within quotes.
            let quoted = String(JSONText.quoted(text).dropFirst().dropLast())
            for form in Set([text, quoted]) {
                let bytes = Array(form.utf8)
                guard bytes.count >= 8 else { continue }
                let head = bytes[..<8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
                groups[head, default: Group()].texts[bytes] = text
                let hash = TextSearch.hash(head)
                filter[hash >> 6] |= 1 << (hash & 63)
            }
        }
        for (head, group) in groups { groups[head]?.lengths = Set(group.texts.keys.map(\.count)).sorted(by: >) }
    }

    /// The text with every occurrence replaced by the word for what is hidden.
    func replacing(in text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var copied = 0
        scan(text) { range, _ in
            result += text[copied..<range.lowerBound]
            result += Secret.redacted.utf8
            copied = range.upperBound
        }
        if copied == 0 { return text }
        return result + text[copied...]
    }

    /// Tells which of the texts are part of members' names.
    func find(inNamesOf node: Node, _ tell: (String) -> Void) {
        switch node.value {
        case .array(let elements):
            for element in elements { find(inNamesOf: element, tell) }
        case .object(let members):
            for member in members {
                if member.name.utf8.count >= 8 { scan(Array(member.name.utf8)) { tell($1) } }
                find(inNamesOf: member.node, tell)
            }
        case .null, .bool, .number, .string:
            return
        }
    }

    /// Tells of every occurrence, none overlapping another.
    private func scan(_ text: [UInt8], _ tell: (Range<Int>, String) -> Void) {
        guard !groups.isEmpty, text.count >= 8 else { return }
        var window: UInt64 = text[..<7].reduce(0) { $0 << 8 | UInt64($1) }
        var next = 0
        for last in 7..<text.count {
            window = window << 8 | UInt64(text[last])
            let hash = TextSearch.hash(window)
            guard filter[hash >> 6] & 1 << (hash & 63) != 0, last - 7 >= next, let group = groups[window] else {
                continue
            }
            let start = last - 7
            for length in group.lengths where length <= text.count - start {
                guard let found = group.texts[Array(text[start..<start + length])] else { continue }
                next = start + length
                tell(start..<next, found)
                break
            }
        }
    }

    /// Multiplicative, by 2^64 over the golden ratio.
    private static func hash(_ window: UInt64) -> Int {
        Int(truncatingIfNeeded: (window &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - filterBits))
    }

    /// The text with a word that stands by itself replaced by the quoted word for what is hidden.
    static func replacingWord(_ word: String, in text: [UInt8]) -> [UInt8] {
        let letters = Array(word.utf8)
        var result: [UInt8] = []
        var rest = text[...]
        while let place = rest.firstRange(of: letters) {
            let before = place.lowerBound == text.startIndex ? nil : text[place.lowerBound - 1]
            let after = place.upperBound == text.endIndex ? nil : text[place.upperBound]
            result += rest[..<place.lowerBound]
            result += isWordPart(before) || isWordPart(after) ? letters : Array(JSONText.quoted(Secret.redacted).utf8)
            rest = rest[place.upperBound...]
        }
        return result + rest
    }

    private static func isWordPart(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return NumberLiteral.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
}
