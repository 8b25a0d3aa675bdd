internal import Balancer
internal import Routing

/// What is looked for in the body of a rule's requests before an agent is chosen.
struct BodyReads {
    /// `agent`, which chooses among those that the rule may reach.
    let agent: Bool
    /// `model`, and what it is to be where the client leaves that open.
    let models: Bool
    /// `model` and how long the prompt is, which count against limits.
    let limits: Bool

    /// Nil where nothing is.
    init?(_ rule: Rule, _ generation: Generation) {
        agent = rule.bodyAgent
        models =
            generation.models != nil || generation.fallback != nil
            || generation.fleet.agents.contains { !$0.settings.models.isEmpty }
        limits = generation.limits.models != nil
        if !agent, !models, !limits { return nil }
    }
}
