/// Dates as caches must read them: the three forms of RFC 9110 5.6.7 to the letter, but for the case of letters.
///
/// Stricter than `DateText`: a date with a fault means "stale" (RFC 9111 5.3), so a generous reader would keep answers
/// that their agent did not want kept.
package enum HTTPDate {
    /// Seconds since 1970; nil where it is no date. `now` tells which century two digits of a year mean.
    package static func seconds(_ text: UnsafeRawBufferPointer, now: Int64) -> Int64? {
        switch text.count {
        case 29 where text[3] == 0x2c: fixed(text)
        case 24: asctime(text)
        default: obsolete(text, now)
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    private static func fixed(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard isDayName(text, 3), isAt(text, 3, ", "), text[7] == 0x20, text[11] == 0x20, text[16] == 0x20,
            isZone(text, 25), let day = digits(text, 5, 2), let month = month(text, 8), let year = digits(text, 12, 4),
            let clock = clock(text, 17)
        else { return nil }
        return moment(year, month, day, clock)
    }

    /// `Sun Nov  6 08:49:37 1994`
    private static func asctime(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard isDayName(text, 3), text[3] == 0x20, text[7] == 0x20, text[10] == 0x20, text[19] == 0x20,
            let month = month(text, 4), let day = text[8] == 0x20 ? digits(text, 9, 1) : digits(text, 8, 2),
            let clock = clock(text, 11), let year = digits(text, 20, 4)
        else { return nil }
        return moment(year, month, day, clock)
    }

    /// `Sunday, 06-Nov-94 08:49:37 GMT`
    private static func obsolete(_ text: UnsafeRawBufferPointer, _ now: Int64) -> Int64? {
        guard let comma = text.firstIndex(of: 0x2c), comma >= 6, comma <= 9, text.count == comma + 24,
            isDayName(text, comma), isAt(text, comma, ", "), text[comma + 4] == 0x2d, text[comma + 8] == 0x2d,
            text[comma + 11] == 0x20, isZone(text, comma + 20), let day = digits(text, comma + 2, 2),
            let month = month(text, comma + 5), let short = digits(text, comma + 9, 2),
            let clock = clock(text, comma + 12)
        else { return nil }
        // more than fifty years ahead is the past century (RFC 9110 5.6.7)
        let thisYear = 1970 + now / 31_556_952
        var year = thisYear - thisYear % 100 + short
        if year > thisYear + 50 { year -= 100 }
        return moment(year, month, day, clock)
    }

    // MARK: parts

    private static let months = Array("janfebmaraprmayjunjulaugsepoctnovdec".utf8)
    private static let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        .map { Array($0.utf8) }

    private static func isAt(_ text: UnsafeRawBufferPointer, _ at: Int, _ part: StaticString) -> Bool {
        let count = part.utf8CodeUnitCount
        return at + count <= text.count && UnsafeRawBufferPointer(rebasing: text[at..<(at + count)]).isExactly(part)
    }

    /// A day's name of this length: three letters, or all of them.
    private static func isDayName(_ text: UnsafeRawBufferPointer, _ count: Int) -> Bool {
        for day in days where count == 3 || count == day.count {
            var isSame = true
            for at in 0..<count where ByteClass.lower(text[at]) != day[at] { isSame = false }
            if isSame { return true }
        }
        return false
    }

    private static func isZone(_ text: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        text[at] == 0x20 && UnsafeRawBufferPointer(rebasing: text[(at + 1)..<(at + 4)]).isCaseless("gmt")
    }

    private static func digits(_ text: UnsafeRawBufferPointer, _ at: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for place in at..<(at + count) {
            guard ByteClass.isDigit(text[place]) else { return nil }
            value = value * 10 + Int64(text[place] &- 0x30)
        }
        return value
    }

    /// 1 to 12.
    private static func month(_ text: UnsafeRawBufferPointer, _ at: Int) -> Int64? {
        for month in 0..<12 {
            var isSame = true
            for letter in 0..<3 where ByteClass.lower(text[at + letter]) != months[month * 3 + letter] {
                isSame = false
            }
            if isSame { return Int64(month + 1) }
        }
        return nil
    }

    /// Seconds of the day of `08:49:37`; 60 is a leap second.
    private static func clock(_ text: UnsafeRawBufferPointer, _ at: Int) -> Int64? {
        guard text[at + 2] == 0x3a, text[at + 5] == 0x3a, let hours = digits(text, at, 2),
            let minutes = digits(text, at + 3, 2), let seconds = digits(text, at + 6, 2), hours < 24, minutes < 60,
            seconds <= 60
        else { return nil }
        return hours * 3600 + minutes * 60 + seconds
    }

    private static func moment(_ year: Int64, _ month: Int64, _ day: Int64, _ clock: Int64) -> Int64? {
        guard day >= 1, day <= 31 else { return nil }
        let start = CivilDate.days(year, month, day)
        guard CivilDate(days: start).day == day else { return nil }
        return start * 86_400 + clock
    }
}

extension HTTPDate {
    /// Bytes of the preferred form.
    package static let count = 29

    /// Appends `Sun, 06 Nov 1994 08:49:37 GMT`.
    package static func append(_ seconds: Int64, to bytes: inout [UInt8]) {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let clock = seconds - day * 86_400
        let date = CivilDate(days: day)
        func two(_ number: Int64) {
            bytes.append(UInt8(truncatingIfNeeded: 0x30 + number / 10 % 10))
            bytes.append(UInt8(truncatingIfNeeded: 0x30 + number % 10))
        }
        func name(_ text: ArraySlice<UInt8>) {
            guard let first = text.first else { return }
            bytes.append(first & 0xdf)
            bytes += text.dropFirst()
        }
        // 1970 began on a Thursday
        name(days[Int(((day + 4) % 7 + 7) % 7)].prefix(3))
        bytes += [0x2c, 0x20]
        two(date.day)
        bytes.append(0x20)
        let month = Int(date.month - 1) * 3
        name(months[month..<(month + 3)])
        bytes.append(0x20)
        two(date.year / 100)
        two(date.year % 100)
        bytes.append(0x20)
        two(clock / 3600)
        bytes.append(0x3a)
        two(clock / 60 % 60)
        bytes.append(0x3a)
        two(clock % 60)
        bytes += " GMT".utf8
    }
}
