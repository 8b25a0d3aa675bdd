/// Decides how much is too much: from readings of what the process uses, which requests are turned away.
///
/// Levels and exits: each rises to any higher one, at once, where a resource is beyond that one's threshold (loops must be
/// late in three readings in a row: one pause says nothing); and falls to the one below, no sooner than a second after
/// the last change, when every resource has come back some way below the threshold of the level that it is at.
struct OverloadMonitor: Sendable {
    enum Level: Int, Sendable, Comparable, CaseIterable {
        case normal
        /// Requests of levels below `normal` are turned away.
        case low
        /// And those of `normal`, and without a level.
        case most
        /// And all but the most urgent.
        case critical

        static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    enum Resource: Int, Sendable, CaseIterable { case memory, descriptors, lag }

    struct Thresholds: Sendable, Equatable {
        /// Shares of the memory's limit, for the three levels.
        var memory: [Double] = [0.85, 0.92, 0.97]
        /// Nanoseconds for the first level; 0: loops may be late.
        var lag: Int64 = 500_000_000
    }

    /// A limit of 0 is none.
    struct Readings: Sendable, Equatable {
        /// Bytes.
        var memory = 0
        var memoryLimit = 0
        var descriptors = 0
        var descriptorLimit = 0
        /// Nanoseconds by which the latest loop is late.
        var lag: Int64 = 0
        var connections = 0
        var connectionLimit = 0
    }

    /// A level falls once its resource is this much below the threshold, as a share of the limit.
    static let gap = 0.04
    /// Nanoseconds between a change and the next step down.
    static let hold: Int64 = 1_000_000_000

    private(set) var level = Level.normal
    /// What the level is for.
    private(set) var reason: Resource?
    private var changed: Int64 = 0
    private var lags: [Int64] = [0, 0, 0]

    /// True: the level, or what it is for, is another one now.
    mutating func take(_ readings: Readings, _ thresholds: Thresholds, now: Int64) -> Bool {
        lags = [lags[1], lags[2], readings.lag]
        let lag = lags.min() ?? 0
        let risen = Self.worst(readings, thresholds, lag, slack: 0)
        if risen.level > level {
            (level, reason, changed) = (risen.level, risen.resource, now)
            return true
        }
        guard level > .normal, now &- changed >= Self.hold else { return false }
        let held = Self.worst(readings, thresholds, lag, slack: Self.gap)
        if held.level < level, let below = Level(rawValue: level.rawValue - 1) {
            (level, changed) = (below, now)
            reason = below == .normal ? nil : held.resource ?? reason
            return true
        }
        guard held.level == level, held.resource != reason else { return false }
        reason = held.resource
        return true
    }

    /// Nothing is shed any more, whatever was: it has been switched off.
    mutating func reset() -> Bool {
        let was = level
        self = OverloadMonitor()
        return was != .normal
    }

    private static func worst(
        _ readings: Readings, _ thresholds: Thresholds, _ lag: Int64, slack: Double
    ) -> (level: Level, resource: Resource?) {
        var worst = (level: Level.normal, resource: Resource?.none)
        for resource in Resource.allCases {
            let level =
                switch resource {
                case .memory: memory(readings, thresholds, slack)
                case .descriptors: descriptors(readings, slack)
                case .lag: self.lag(lag, thresholds, slack)
                }
            if level > worst.level { worst = (level, resource) }
        }
        return worst
    }

    private static func memory(_ readings: Readings, _ thresholds: Thresholds, _ slack: Double) -> Level {
        guard readings.memoryLimit > 0 else { return .normal }
        let share = Double(readings.memory) / Double(readings.memoryLimit)
        return Level(rawValue: thresholds.memory.prefix(3).count { share >= $0 - slack }) ?? .critical
    }

    /// Few descriptors are left for agents: by number, as what is needed does not grow with the limit alone. That no
    /// client is accepted then is another's business (`AcceptGate`); here it is about connections to agents.
    private static func descriptors(_ readings: Readings, _ slack: Double) -> Level {
        guard readings.descriptorLimit > 0 else { return .normal }
        let few = few(of: readings.descriptorLimit)
        let left = readings.descriptorLimit &- readings.descriptors &- (slack > 0 ? few / 3 : 0)
        return Level(rawValue: [few, few / 2, few / 4].count { left < $0 }) ?? .critical
    }

    /// So few that it is time to be careful.
    static func few(of limit: Int) -> Int { max(12, limit / 100) }

    private static func lag(_ lag: Int64, _ thresholds: Thresholds, _ slack: Double) -> Level {
        guard thresholds.lag > 0 else { return .normal }
        let share = Double(lag) / Double(thresholds.lag)
        return Level(rawValue: [1.0, 2, 4].count { share >= $0 * (slack > 0 ? 0.5 : 1) }) ?? .critical
    }

    // MARK: what else helps

    /// Whether connections that nobody asks anything on are to be closed.
    static func closesIdle(_ readings: Readings, _ thresholds: Thresholds, isAcceptHeld: Bool) -> Bool {
        if isAcceptHeld || memory(readings, thresholds, 0) > .normal { return true }
        if readings.descriptorLimit > 0, Double(readings.descriptors) >= Double(readings.descriptorLimit) * 0.9 { return true }
        return readings.connectionLimit > 0 && Double(readings.connections) >= Double(readings.connectionLimit) * 0.95
    }

    /// Client connections for which each may have one to an agent besides.
    ///
    /// - Parameters:
    ///   - own: descriptors that are neither: listeners, logs, loops.
    ///   - slack: accepted between two looks.
    static func clients(descriptorLimit: Int, own: Int, slack: Int) -> Int {
        descriptorLimit > 0 ? max(4, (descriptorLimit &- own &- slack) / 2) : .max
    }
}
