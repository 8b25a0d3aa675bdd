internal import Wire

/// Field lines as they are kept: one after the other, each with its CR LF; no received head any more.
package enum FieldLines {
    /// Whether these bytes can stand in a head without ending it: so that nobody who can write to a layer can add a second
    /// answer.
    static func areWhole(_ lines: [UInt8]) -> Bool {
        var isStart = true
        var at = 0
        while at < lines.count {
            switch lines[at] {
            case 0x0D:
                guard !isStart, at + 1 < lines.count, lines[at + 1] == 0x0A else { return false }
                isStart = true
                at += 2
            case 0, 0x0A: return false
            default:
                isStart = false
                at += 1
            }
        }
        return isStart
    }

    /// The value of the first field of a name that is given in lower case.
    package static func first(_ name: String, in lines: [UInt8]) -> ArraySlice<UInt8>? {
        var found: ArraySlice<UInt8>?
        forEach(lines) { line, field, value in
            if found == nil, isCaseless(lines[field], name.utf8) { found = lines[value] }
        }
        return found
    }

    /// Without the lines of these names, which are in lower case.
    package static func without(_ names: [[UInt8]], _ lines: [UInt8]) -> [UInt8] {
        if names.isEmpty { return lines }
        return filtered(lines) { name in !names.contains { isCaseless(name, $0) } }
    }

    package static func filtered(_ lines: [UInt8], _ keeps: (ArraySlice<UInt8>) -> Bool) -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(lines.count)
        forEach(lines) { line, field, _ in
            if keeps(lines[field]) { kept += lines[line] }
        }
        return kept
    }

    private static func isCaseless(_ name: ArraySlice<UInt8>, _ lowercased: some Collection<UInt8>) -> Bool {
        name.count == lowercased.count && zip(name, lowercased).allSatisfy { ByteClass.lower($0) == $1 }
    }

    private static func forEach(
        _ lines: [UInt8], _ body: (_ line: Range<Int>, _ name: Range<Int>, _ value: Range<Int>) -> Void
    ) {
        var start = 0
        while start < lines.count {
            let feed = lines[start...].firstIndex(of: 0x0A) ?? lines.count - 1
            if let colon = lines[start..<feed].firstIndex(of: 0x3A) {
                var low = colon + 1
                var high = feed
                while low < high, ByteClass.isBlank(lines[low]) { low += 1 }
                while high > low, lines[high - 1] == 0x0D || ByteClass.isBlank(lines[high - 1]) { high -= 1 }
                body(start..<(feed + 1), start..<colon, low..<high)
            }
            start = feed + 1
        }
    }
}
