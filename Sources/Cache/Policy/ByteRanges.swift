package import Wire

/// Which bytes of a whole answer a request wants (RFC 9110 14).
package enum ByteRanges {
    package enum Answer: Sendable, Equatable {
        /// No range, or one that is not heeded: 200.
        case whole
        case one(Range<Int>)
        /// At least two, in the order of the request: `multipart/byteranges`.
        case many([Range<Int>])
        /// None of them lies in the answer: 416.
        case unsatisfiable
    }

    /// More ranges than this are an attack on whoever must send them (RFC 9110 14.2).
    package static let most = 16

    /// `length`: bytes of the whole answer.
    package static func judge(_ head: RequestHead, _ stored: StoredFacts, length: Int) -> Answer {
        let lines = head.lines
        guard head.method == .get, stored.status == 200, let field = lines.first(.range) else { return .whole }
        var count = 0
        lines.forEach(.range) { _ in count += 1 }
        guard count == 1, holds(lines, stored), let specs = read(field) else { return .whole }
        var ranges: [Range<Int>] = []
        for spec in specs {
            if let range = spec.range(of: length) { ranges.append(range) }
        }
        guard let first = ranges.first else { return .unsatisfiable }
        if ranges.count == 1 { return .one(first) }
        return several(ranges, length)
    }

    /// Ranges that overlap are put together; where they would bring as much as the whole, the whole is sent.
    private static func several(_ ranges: [Range<Int>], _ length: Int) -> Answer {
        var joined: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        if joined.count == 1, let only = joined.first { return only.count == length ? .whole : .one(only) }
        return .many(joined.count == ranges.count ? ranges : joined)
    }

    /// `If-Range`: the part is of the answer that the client has (RFC 9110 13.1.5).
    private static func holds(_ lines: HeadLines, _ stored: StoredFacts) -> Bool {
        guard let value = lines.first(.ifRange) else { return true }
        if value.count > 0, value[value.count - 1] == 0x22 {
            return stored.etag.withUnsafeBytes { EntityTag.matchesStrongly(value, $0) }
        }
        // a date is a strong validator only where it is a second or more before the answer's own (8.8.2.2)
        guard let moment = HTTPDate.seconds(value, now: stored.received / 1000), let modified = stored.lastModified
        else { return false }
        return moment == modified && modified < stored.date
    }

    // MARK: reading

    /// One range as it is written: `FIRST-LAST`, `FIRST-`, or `-COUNT`.
    private enum Spec {
        case between(Int, Int)
        case last(Int)

        /// The bytes it names of so many; nil where it names none.
        func range(of length: Int) -> Range<Int>? {
            switch self {
            case .between(let first, let last):
                first < length ? first..<(min(last, length - 1) + 1) : nil
            case .last(let count):
                count > 0 && length > 0 ? max(0, length - count)..<length : nil
            }
        }
    }

    /// nil where it is not of bytes, not in order, or too much.
    private static func read(_ field: UnsafeRawBufferPointer) -> [Spec]? {
        guard field.isPrefixedCaseless("bytes=") else { return nil }
        var specs: [Spec] = []
        var isValid = true
        UnsafeRawBufferPointer(rebasing: field[6...]).forEachListMember { member in
            if member.count == 0 || !isValid { return }
            guard specs.count < most, let spec = spec(member) else {
                isValid = false
                return
            }
            specs.append(spec)
        }
        return isValid && !specs.isEmpty ? specs : nil
    }

    private static func spec(_ member: UnsafeRawBufferPointer) -> Spec? {
        guard let dash = member.firstIndex(of: 0x2d) else { return nil }
        let low = UnsafeRawBufferPointer(rebasing: member[0..<dash]).trimmed
        let high = UnsafeRawBufferPointer(rebasing: member[(dash + 1)...]).trimmed
        if low.count == 0 { return number(high).map { .last($0) } }
        guard let first = number(low) else { return nil }
        if high.count == 0 { return .between(first, .max - 1) }
        guard let last = number(high), last >= first else { return nil }
        return .between(first, last)
    }

    /// Digits, saturated below the largest number.
    private static func number(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count > 0 else { return nil }
        var value = 0
        for byte in text {
            guard ByteClass.isDigit(byte) else { return nil }
            value = value > (Int.max - 16) / 10 ? Int.max - 1 : value * 10 + Int(byte &- 0x30)
        }
        return value
    }
}
