/// The IMF-fixdate of RFC 9110 5.6.7.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    static func text(unixSeconds: Int64) -> String {
        let day = Int((unixSeconds >= 0 ? unixSeconds : unixSeconds - 86_399) / 86_400)
        let second = Int(unixSeconds) - day * 86_400
        // days to civil date: eras of 400 years from 0000-03-01 (Howard Hinnant, chrono-compatible date algorithms)
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let weekday = days[((day % 7) + 7) % 7]
        let time = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        return "\(weekday), \(two(dayOfMonth)) \(months[month - 1]) \(year) \(time) GMT"
    }

    static func field(unixSeconds: Int64) -> [UInt8] { Array("Date: \(text(unixSeconds: unixSeconds))\r\n".utf8) }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
