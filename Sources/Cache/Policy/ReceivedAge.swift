internal import Wire

/// How old an answer was when it came (RFC 9111 4.2.3).
enum ReceivedAge {
    /// Seconds: `corrected_initial_age`. `requested` and `received` are milliseconds, `date` seconds since 1970.
    static func initial(_ lines: HeadLines, requested: Int64, received: Int64, date: Int64) -> Int64 {
        let apparent = max(0, received / 1000 &- date)
        let delay = max(0, received &- requested) / 1000
        return min(DeltaSeconds.longest, max(apparent, stated(lines) &+ delay))
    }

    /// What `Age` says: the first member of the first field counts, and one that is no number is as none (5.1).
    static func stated(_ lines: HeadLines) -> Int64 {
        guard let value = lines.first(.age) else { return 0 }
        let end = value.firstIndex(of: 0x2c) ?? value.count
        return DeltaSeconds.read(UnsafeRawBufferPointer(rebasing: value[0..<end]).trimmed) ?? 0
    }
}
