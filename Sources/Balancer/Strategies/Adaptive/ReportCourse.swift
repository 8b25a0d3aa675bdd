internal import Glibc

/// What one agent's reports come to in one loop: averaged, set anew every `updateInterval`, and moved towards that in
/// small steps. What many proxies read in the same late report must not send all of them to the same agent at once.
package struct ReportCourse {
    /// A weight moves at most by this much a second, up or down.
    package static let mostChange = 0.25

    /// What the agent's weight is multiplied with now.
    package private(set) var share = 1.0
    private var target = 1.0
    private var mean: Double?
    private var renewed: Int64?
    private var movedAt: Int64 = 0

    package init() {}

    /// Whether it has never reported anything, so that an agent which does not costs nothing.
    var isAtRest: Bool { renewed == nil }

    package mutating func follow(_ state: Unmanaged<AgentState>, _ weighing: borrowing AdaptiveWeighing, _ now: Int64) {
        guard let last = renewed else {
            // The first report is taken at its word.
            renewed = now
            movedAt = now
            aim(state, weighing, now, 1)
            share = target
            return
        }
        if now &- last >= weighing.interval {
            renewed = now
            aim(state, weighing, now, 1 - exp(-Double(now &- last) / Double(weighing.fade)))
        }
        if share != target { share = Self.moved(share, towards: target, in: now &- movedAt) }
        movedAt = now
    }

    /// One step of a share towards a target in so many nanoseconds.
    static func moved(_ share: Double, towards target: Double, in time: Int64) -> Double {
        let bound = pow(1 + mostChange, Double(max(time, 0)) / 1e9)
        return min(max(target, share / bound), share * bound)
    }

    /// - Parameter part: how much the newest report counts in the average.
    private mutating func aim(
        _ state: Unmanaged<AgentState>, _ weighing: borrowing AdaptiveWeighing, _ now: Int64, _ part: Double
    ) {
        var used = state._withUnsafeGuaranteedRef { weighing.used($0.reported, now) }
        if used.weight > 0 {
            let before = mean ?? used.mean
            used.mean = before + (used.mean - before) * part
            mean = used.mean
        } else {
            mean = nil
        }
        target = weighing.share(used)
    }
}
