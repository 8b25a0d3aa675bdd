/// A date in a field (RFC 9110 5.6.7): the preferred form, and the two that are obsolete.
package enum DateText {
    /// Seconds since 1970, or nil where it is none of the three forms.
    package static func seconds(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        let words = split(bytes)
        switch words.count {
        // Sun, 06 Nov 1994 08:49:37 GMT
        case 6: return moment(day: words[1], month: words[2], year: words[3], clock: words[4])
        // Sun Nov  6 08:49:37 1994
        case 5: return moment(day: words[2], month: words[1], year: words[4], clock: words[3])
        // Sunday, 06-Nov-94 08:49:37 GMT
        case 4:
            let date = words[1].split(separator: 0x2d, omittingEmptySubsequences: false).map(Array.init)
            guard date.count == 3, let year = number(date[2]), date[2].count == 2 else { return nil }
            // Two digits are the year that is not more than fifty years ahead; until 2050 that is a fixed rule.
            let full = Array("\(year + (year < 70 ? 2000 : 1900))".utf8)
            return moment(day: date[0], month: date[1], year: full, clock: words[2])
        default: return nil
        }
    }

    private static func split(_ bytes: UnsafeRawBufferPointer) -> [[UInt8]] {
        guard bytes.count <= 40 else { return [] }
        return bytes.split(separator: 0x20).map { Array($0) }
    }

    private static func number(_ digits: [UInt8]) -> Int64? {
        guard !digits.isEmpty, digits.count <= 4 else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        .map { Array($0.utf8) }

    private static func moment(day: [UInt8], month: [UInt8], year: [UInt8], clock: [UInt8]) -> Int64? {
        let parts = clock.split(separator: 0x3a, omittingEmptySubsequences: false).map(Array.init)
        guard parts.count == 3, let index = months.firstIndex(of: month), let day = number(day),
            let year = number(year),
            let hours = number(parts[0]), let minutes = number(parts[1]), let seconds = number(parts[2]),
            (1...31).contains(day), hours < 24, minutes < 60, seconds <= 60, year >= 1970
        else { return nil }
        return CivilDate.days(year, Int64(index) + 1, day) * 86_400 + hours * 3600 + minutes * 60 + seconds
    }
}

extension ResponseHead {
    /// Nanoseconds for which the agent asks to be left alone (RFC 9110 10.2.3); nil where it says nothing usable.
    package func retryAfter(unixSeconds now: Int64) -> Int64? {
        guard let value = first(named: "retry-after"), value.count > 0 else { return nil }
        if value.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            guard value.count <= 9 else { return nil }
            return value.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) } * 1_000_000_000
        }
        guard let at = DateText.seconds(value), at > now, at - now < 1_000_000_000 else { return nil }
        return (at - now) * 1_000_000_000
    }
}
