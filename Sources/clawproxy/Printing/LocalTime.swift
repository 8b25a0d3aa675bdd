internal import Glibc

/// Times for people, in the zone of this machine (TZ).
enum LocalTime {
    /// Unix milliseconds.
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    /// `12:03:20`, and with its date where that is not today's.
    static func moment(_ milliseconds: Int, now: Int = LocalTime.now) -> String {
        let (then, today) = (parts(milliseconds), parts(now))
        let clock = "\(two(then.tm_hour)):\(two(then.tm_min)):\(two(then.tm_sec))"
        if then.tm_year == today.tm_year && then.tm_yday == today.tm_yday { return clock }
        return "\(then.tm_year + 1900)-\(two(then.tm_mon + 1))-\(two(then.tm_mday)) \(clock)"
    }

    /// `12:03`, and with its date where that is not today's.
    static func minute(_ milliseconds: Int) -> String { String(moment(milliseconds).dropLast(3)) }

    /// `2d 3h`, `4m 5s`, `12s`: the two largest units.
    static func span(seconds: Int) -> String {
        var rest = max(0, seconds)
        var words: [String] = []
        for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
            if rest >= size || (unit == "s" && words.isEmpty) { words.append("\(rest / size)\(unit)") }
            rest %= size
        }
        return words.prefix(2).joined(separator: " ")
    }

    /// `12:03:20 (4m 5s ago)`.
    static func since(_ milliseconds: Int) -> String {
        "\(moment(milliseconds)) (\(span(seconds: (now - milliseconds) / 1000)) ago)"
    }

    private static func parts(_ milliseconds: Int) -> tm {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return parts
    }

    private static func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
