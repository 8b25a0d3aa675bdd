internal import Balancer
internal import Routing
internal import Settings

/// What a body chooses among the agents that its rule may reach: by `agent`, and by its model.
struct ExplainedChoice {
    /// Which agents are left, one filter after the other.
    private(set) var filters: [AgentFilter] = []
    /// Why nobody is.
    private(set) var failure: Failure?
    /// Nil where the proxy has no part in it.
    private(set) var models: ExplainedModels?

    /// - Parameter isForModels: every agent that may be asked is of kind `llm`.
    init(
        _ body: ExplainedBody?, _ rule: Rule, _ plan: Plan, _ generation: Generation, isForModels: Bool
    ) {
        guard let body, body.isLookedAt, let wants = BodyReads(rule, generation) else { return }
        guard wants.agent || isForModels else { return }
        var reach = Self.reach(rule, generation.fleet)
        if wants.agent, let name = body.agent {
            guard let filter = AgentFilter.named(name, reach) else {
                failure = Failure.unknownAgent(name, rule: rule.name, reach)
                return
            }
            filters.append(filter)
            reach = reach.filter { filter.takes($0) }
        }
        guard wants.models, isForModels else { return }
        models = ExplainedModels(body, generation, plan, reach: reach)
        failure = models?.failure
        if let filter = models?.filter { filters.append(filter) }
    }

    /// Every agent that a rule may reach, once.
    private static func reach(_ rule: Rule, _ fleet: Fleet) -> [Agent] {
        let targets: [TargetName?] = rule.target.names.isEmpty ? [nil] : rule.target.names
        var seen: Set<String> = []
        return (targets + rule.fallback).compactMap { fleet.pool(of: $0) }.flatMap(\.agents).filter {
            seen.insert($0.id).inserted
        }
    }
}
