import Balancer
import Routing
import Settings

/// Names of `taskPriority` that stand elsewhere, in rules and queues, must be found there.
enum TaskChecks {
    static func check(_ settings: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        let task = settings.taskPriority
        reading.under("routing") { reading in
            reading.under("rules") { reading in
                for (index, rule) in settings.routing.rules.enumerated() where rule.task != RuleTask() {
                    reading.path += ["[\(index)]", "task"]
                    if let level = rule.task.level { reading.under("level") { task.checkLevel(level, &$0) } }
                    if let source = rule.task.source { reading.under("source") { task.checkSource(source, &$0) } }
                    reading.path.removeLast(2)
                }
            }
        }
        reading.under("loadBalancing") {
            check(settings.loadBalancing.queue, node["loadBalancing"]?["queue"], node.position, task, &$0)
        }
        checkPools(settings, node["agents"]?["pools"], &reading)
    }

    /// What a pool says in its own words; what it takes over is told of at its own place.
    private static func checkPools(_ settings: GatewaySettings, _ node: Node?, _ reading: inout Reading) {
        for member in node?.members ?? [] {
            guard let written = member.node["loadBalancing"]?["queue"], let pool = settings.agents.pools[member.name]
            else { continue }
            let queue = pool.loadBalancing.over(settings.loadBalancing).queue
            reading.path += ["agents", "pools", member.name, "loadBalancing"]
            check(queue, written, nil, settings.taskPriority, &reading)
            reading.path.removeLast(4)
        }
    }

    /// - Parameter unwritten: where to tell of a default that does not fit; nil: not here.
    private static func check(
        _ queue: QueueSettings, _ node: Node?, _ unwritten: Position?, _ task: TaskPrioritySettings,
        _ reading: inout Reading
    ) {
        reading.under("queue") { reading in
            reading.under("waits") { reading in
                for member in node?["waits"]?.members ?? [] {
                    reading.under(member.name) { task.checkLevel(Located(member.name, at: member.namePosition), &$0) }
                }
            }
            guard let place = node?["defaultLevel"]?.position ?? unwritten else { return }
            reading.under("defaultLevel") { task.checkLevel(Located(queue.defaultLevel, at: place), &$0) }
        }
    }
}
