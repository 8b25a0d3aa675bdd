internal import Balancer
internal import Routing
internal import Settings
internal import Wire

/// How urgent a request is, and how long it would wait where every agent is busy.
struct ExplainedQueue {
    /// Nil where nobody bears the target's name.
    private let pool: Pool?
    private let level: (level: TaskLevel, reason: TaskPriorities.Reason)?
    private let rules: QueueRules
    /// Every agent that could serve is at its cap.
    private let isNeeded: Bool

    init(_ head: RequestHead, _ client: Client, _ rule: Rule, _ pools: ExplainedPools, _ settings: GatewaySettings) {
        let priorities = TaskPriorities(settings.taskPriority)
        pool = pools.pool
        level = priorities.level(
            source: client.isTrusted ? head.first(.taskSource) : nil,
            rule: (rule.task.source?.value, rule.task.level?.value), path: head.path)
        rules = QueueRules(pool?.balancing.queue ?? settings.loadBalancing.queue, priorities)
        isNeeded = pools.refusal != nil && pools.isBusy
    }

    /// Whether the request would wait for a place, instead of being turned away.
    var waits: Bool { isNeeded && rules.isEnabled && pool != nil }

    var node: Node {
        guard let pool else { return .null }
        let found = rules.levels[rules.index(of: level?.level)]
        return .object([
            ("enabled", .flag(rules.isEnabled)), ("level", .string(found.name)), ("number", .int(found.number)),
            ("saidBy", .string(level?.reason.rawValue ?? TaskPriorities.Reason.standard.rawValue)),
            ("wait", .text(pool.balancing.queue.wait(of: found.name).node.string)), ("size", .int(rules.size)),
            ("waits", .flag(waits)),
        ])
    }
}
