/// The wall clock as RFC 3339 text in UTC. The part down to the second is kept from line to line.
package struct ClockText: Sendable {
    /// Seconds since 1970 that `prefix` shows.
    private var second = Int64.min
    /// `2026-01-02T03:04:05`: 19 ASCII bytes, kept inline.
    private var prefix: (UInt64, UInt64, UInt32) = (0, 0, 0)

    package init() {}

    /// Appends `2026-01-02T03:04:05.678Z`. Years outside 0...9999 are shown as the nearest of them.
    package mutating func append(unixMilliseconds: Int64, to buffer: inout LineBuffer) {
        let clamped = min(max(unixMilliseconds, -62_167_219_200_000), 253_402_300_799_999)
        var second = clamped / 1000
        var milliseconds = clamped % 1000
        if milliseconds < 0 {
            milliseconds += 1000
            second -= 1
        }
        if second != self.second { show(second) }
        withUnsafeBytes(of: &prefix) { buffer.append(UnsafeRawBufferPointer(rebasing: $0[0..<19])) }
        buffer.append(byte: UInt8(ascii: "."))
        buffer.append(Int(milliseconds), digits: 3)
        buffer.append(byte: UInt8(ascii: "Z"))
    }

    private mutating func show(_ second: Int64) {
        self.second = second
        var days = second / 86_400
        var ofDay = Int(second % 86_400)
        if ofDay < 0 {
            ofDay += 86_400
            days -= 1
        }
        let (year, month, day) = Self.civil(days)
        withUnsafeMutableBytes(of: &prefix) { text in
            Self.put(year, digits: 4, at: 0, text)
            Self.put(month, digits: 2, at: 5, text)
            Self.put(day, digits: 2, at: 8, text)
            Self.put(ofDay / 3600, digits: 2, at: 11, text)
            Self.put(ofDay / 60 % 60, digits: 2, at: 14, text)
            Self.put(ofDay % 60, digits: 2, at: 17, text)
            text[4] = UInt8(ascii: "-")
            text[7] = UInt8(ascii: "-")
            text[10] = UInt8(ascii: "T")
            text[13] = UInt8(ascii: ":")
            text[16] = UInt8(ascii: ":")
        }
    }

    private static func put(_ number: Int, digits: Int, at offset: Int, _ text: UnsafeMutableRawBufferPointer) {
        var rest = number
        for index in stride(from: offset + digits - 1, through: offset, by: -1) {
            text[index] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Year, month and day of a number of days since 1970-01-01 in the proleptic Gregorian calendar. The year is taken
    /// to begin on 1 March, so that the leap day is its last one; 400 years have 146,097 days.
    private static func civil(_ days: Int64) -> (Int, Int, Int) {
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
