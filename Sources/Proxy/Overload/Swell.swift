/// Tells when the process holds much more memory than it once did with, and has stopped growing: what is free of it may
/// go back to the system. The allocator keeps that by itself, whoever it was for.
///
/// Exits: `take` answers true -> `pause` begins anew, and is twice as long as before where little came back.
struct Swell: Sendable {
    /// Bytes above the least that are not worth it, and their share of the least.
    static let leastBytes = 8 << 20
    static let leastShare = 4
    /// Nanoseconds without growth before it is told, and after which it is seen what came back: what is in use all the time
    /// has been taken again by then.
    static let calm: Int64 = 5_000_000_000
    static let settling: Int64 = 8_000_000_000
    /// Nanoseconds from one time to the next, unless there is less to do by a quarter by then.
    static let pauses: ClosedRange<Int64> = 10_000_000_000...320_000_000_000

    private var least = Int.max
    /// The most since it is calm, and since when it is; nil: there is nothing to give back.
    private var crest: (bytes: Int, since: Int64)?
    private var last: (bytes: Int, at: Int64)?
    private var pause = pauses.lowerBound
    private var due: Int64 = .min
    /// When it was told last.
    private var crowd = 0

    /// - Parameters:
    ///   - bytes: of memory that is the process's own; 0 where that is not known.
    ///   - crowd: connections and requests, now.
    /// - Returns: whether memory is to be given back.
    mutating func take(_ bytes: Int, crowd: Int, now: Int64) -> Bool {
        guard bytes > 0 else { return false }
        least = min(least, bytes)
        if let last {
            guard now &- last.at >= Self.settling else { return false }
            let isWorthIt = bytes <= last.bytes &- last.bytes / 10
            pause = isWorthIt ? Self.pauses.lowerBound : min(Self.pauses.upperBound, pause &* 2)
            due = last.at &+ pause
            self.last = nil
        }
        guard bytes &- least >= max(Self.leastBytes, least / Self.leastShare) else {
            crest = nil
            return false
        }
        guard let calm = crest, bytes <= calm.bytes &+ calm.bytes / 64 else {
            crest = (bytes, now)
            return false
        }
        guard now &- calm.since >= Self.calm, now >= due || crowd &* 4 < self.crowd &* 3 else { return false }
        crest = nil
        last = (bytes, now)
        self.crowd = crowd
        return true
    }
}
