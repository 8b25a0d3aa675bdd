/// How a text is laid out: its lines, what ends them, and how far a level is indented.
struct TextStyle {
    let newline: String
    /// One level of indentation.
    let unit: String
    /// Where the lines begin, in order.
    private let starts: [Int]

    init(_ bytes: [UInt8], _ spans: Spans) {
        // A byte order mark is in front of the first line.
        var starts = [UTF8Text.markLength(bytes)]
        var newline: String?
        for (at, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
            if byte == UInt8(ascii: "\r"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\n") {
                newline = newline ?? "\r\n"
                continue
            }
            newline = newline ?? (byte == UInt8(ascii: "\r") ? "\r" : "\n")
            starts.append(at + 1)
        }
        self.starts = starts
        self.newline = newline ?? "\n"
        unit = TextStyle.unit(bytes, spans) ?? "  "
    }

    /// Where the line of an offset begins.
    func lineStart(of offset: Int) -> Int {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? starts[low - 1] : 0
    }

    /// The first item that stands on a line of its own tells, against the line of what it is in.
    private static func unit(_ bytes: [UInt8], _ spans: Spans) -> String? {
        for (index, span) in spans.all.enumerated() where span.isContainer && span.size > 1 {
            guard let inner = indentation(bytes, spans[index + 1].head) else { continue }
            let outer = lineIndentation(bytes, span.head)
            if inner.count > outer.count, inner.starts(with: outer) {
                return String(decoding: inner[outer.count...], as: UTF8.self)
            }
        }
        return nil
    }

    /// The white space between an item and the line's start; nil where there is more.
    private static func indentation(_ bytes: [UInt8], _ offset: Int) -> [UInt8]? {
        var at = offset
        while at > 0, bytes[at - 1] == UInt8(ascii: " ") || bytes[at - 1] == UInt8(ascii: "\t") { at -= 1 }
        let isLine = at == 0 || bytes[at - 1] == UInt8(ascii: "\n") || bytes[at - 1] == UInt8(ascii: "\r")
        return isLine ? Array(bytes[at..<offset]) : nil
    }

    private static func lineIndentation(_ bytes: [UInt8], _ offset: Int) -> [UInt8] {
        var at = offset
        while at > 0, bytes[at - 1] != UInt8(ascii: "\n"), bytes[at - 1] != UInt8(ascii: "\r") { at -= 1 }
        return Array(bytes[at..<offset].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
    }
}
