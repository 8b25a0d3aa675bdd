internal import Balancer
internal import Settings

extension AgentFilter {
    /// Whom `agent` in a body means: an agent's id, else a tag, of those that the rule may reach.
    static func named(_ name: String, _ reach: [Agent]) -> AgentFilter? {
        if reach.contains(where: { $0.id == name }) { return .agent(name) }
        let tag = name.hasPrefix("tag:") ? String(name.dropFirst(4)) : name
        return reach.contains { $0.tags.contains(tag) } ? .tag(tag) : nil
    }
}

/// What is wrong with an agent or model that a body names, told with those that it may name.
extension Failure {
    static func unknownAgent(_ name: String, rule: String, _ reach: [Agent]) -> Failure {
        let ids = reach.map(\.id).sorted().prefix(20).joined(separator: ", ")
        let tags = Set(reach.flatMap(\.tags)).sorted().prefix(20).joined(separator: ", ")
        let known = ids + (tags.isEmpty ? "" : "; tags: " + tags)
        return Failure(
            .unknownAgent, "rule '\(rule)' reaches no agent or tag \(Quoted.quote(String(name.prefix(128))))",
            hint: reach.isEmpty
                ? "nobody serves this rule" : "agent can be one of \(known); without it the rule chooses")
    }

    static func modelNotServed(_ model: String, _ targetNames: String, _ reach: [Agent]) -> Failure {
        let names = Set(reach.flatMap(\.settings.models)).sorted().prefix(30).joined(separator: ", ")
        return Failure(
            .modelNotServed, "no agent of \(targetNames) serves model \(Quoted.quote(String(model.prefix(128))))",
            hint: "ask for one of \(names), or add it to agents.discovery.static[].models")
    }
}
