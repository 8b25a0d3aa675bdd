internal import Balancer

/// Turning requests away while the proxy itself has too much.
extension Exchange {
    /// True: it is less urgent than what is still served, and has been told so. Asked only while something is shed.
    func isShed(_ plan: Plan) -> Bool {
        // what the process tells of itself, and operators, are served always
        guard plan.local == nil, client?.door == .clients, !isInside else { return false }
        let level = loop.shedding
        guard Self.sheds(taskLevel(), at: level, loop.process.queues.priorities) else { return false }
        let overload = loop.process.overload
        overload.didShed(at: level)
        let text = overload.facts.text
        var failure = Failure(
            .overloaded, text.isEmpty ? "the proxy has too much to do" : "the proxy has too much to do: \(text)",
            hint: "retry after a pause; operators: see performance.maxMemory and performance.overload, or add a replica")
        failure.retryAfter = [1, 2, 5, 10][level.rawValue]
        fail(failure)
        return true
    }

    /// Whether requests of a level are turned away. Those without one are `normal`; where no level bears that name, it is
    /// the one in the middle.
    static func sheds(_ level: TaskLevel?, at: OverloadMonitor.Level, _ priorities: TaskPriorities) -> Bool {
        let levels = priorities.levels
        let normal = priorities.level(named: "normal") ?? (levels.isEmpty ? nil : levels[(levels.count - 1) / 2])
        let number = level?.number ?? normal?.number ?? 0
        switch at {
        case .normal: return false
        case .low: return number > normal?.number ?? 0
        case .most: return number >= normal?.number ?? 0
        case .critical:
            // without a level of its own a request is never the most urgent
            return level == nil || level != levels.first
        }
    }
}
