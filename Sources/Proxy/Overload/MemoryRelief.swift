/// What is done for memory, and when: while there is too little of it, when a crowd has gone, and when much of it may be free.
struct MemoryRelief: Sendable {
    enum Action: Sendable, Equatable {
        /// Caches become smaller, and what is free goes back to the system.
        case shrink
        /// They may be as large as they were.
        case restore
        /// Loops let go of what they keep for the next ones.
        case forget
        /// What is free goes back to the system.
        case trim
    }

    /// Nanoseconds between two shrinks.
    static let pause: Int64 = 2_000_000_000
    /// Nanoseconds after which all loops have let go.
    static let forgetting: Int64 = 500_000_000

    private var last: Int64 = .min / 2
    private var isShrunk = false
    private var ebb = Ebb()
    private var swell = Swell()
    private var forgets = false
    private var trimDue: Int64?

    /// - Parameters:
    ///   - isShort: requests are turned away for lack of memory.
    ///   - isNormal: none are, for whatever reason.
    ///   - crowd: connections and requests, now.
    ///   - bytes: of memory that is the process's own.
    mutating func take(isShort: Bool, isNormal: Bool, crowd: Int, bytes: Int, now: Int64) -> Action? {
        let hasGone = ebb.take(crowd, now: now)
        let hasEbbed = swell.take(bytes, crowd: crowd, now: now) || hasGone
        if hasEbbed {
            forgets = true
            trimDue = now &+ Self.forgetting
        }
        if isShort, now &- last >= Self.pause {
            last = now
            isShrunk = true
            return .shrink
        }
        if forgets {
            forgets = false
            return .forget
        }
        if isNormal, isShrunk {
            isShrunk = false
            return .restore
        }
        guard let due = trimDue, now >= due else { return nil }
        trimDue = nil
        return .trim
    }
}
