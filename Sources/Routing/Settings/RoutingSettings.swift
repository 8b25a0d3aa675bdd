package import Settings

/// Which requests go where.
///
/// The highest `priority` wins; then an exact path, the longest prefix, the first regular expression in the order
/// written, a semantic rule, a rule of type `default`, and `default`. Among rules with one pattern the one with more
/// conditions wins: an exact host before a wildcard before none, then methods, then the number of fields, then of query
/// parameters, then the order written.
///
/// Of the semantic rules of one priority the one with the highest score wins, whatever their patterns and conditions:
/// these decide between equal scores. One that does not reach its threshold takes nothing, and neither does any where a
/// request has no text; then the best rule of another type does, or a semantic one of lower priority.
package struct RoutingSettings: Section {
    package var rules: [RuleSettings] = []
    package var `default`: TargetSetting?
    package var semantic = SemanticRoutingSettings()
    package var bodyAgent = true

    package init() {}

    package static let keys: [Key<RoutingSettings>] = [
        .list("rules", \.rules, "rules; without any, every agent serves every request", identity: "name"),
        .value("default", \.default, "who answers what no rule takes; without it that is answered with 404"),
        .section("semantic", \.semantic, "what is read of bodies, and the categories of semantic rules"),
        .value(
            "bodyAgent", \.bodyAgent,
            "whether `agent` in a JSON body chooses among the agents that the rule may reach: by id, tag or pool"),
    ]

    package static func check(_ value: RoutingSettings, _ node: Node, _ reading: inout Reading) {
        guard let nodes = node["rules"]?.elements, nodes.count == value.rules.count else { return }
        reading.under("rules") { reading in
            sameMatches(value.rules, nodes, &reading)
            ReachCheck.check(value.rules, nodes, &reading)
        }
    }

    /// Two rules that take the same.
    private static func sameMatches(_ rules: [RuleSettings], _ nodes: [Node], _ reading: inout Reading) {
        var first: [MatchKey: Int] = [:]
        for (index, rule) in rules.enumerated() {
            guard let key = MatchKey(rule.match) else { continue }
            guard let earlier = first[key] else {
                first[key] = index
                continue
            }
            // The one of higher priority wins, else the earlier one.
            let isLaterBetter = rule.priority > rules[earlier].priority
            let (loser, winner) = isLaterBetter ? (earlier, index) : (index, earlier)
            if isLaterBetter { first[key] = index }
            let name = Quoted.quote(rules[winner].name)
            reading.under("[\(loser)]") {
                $0.warn(nodes[loser].position, "never wins: rule \(name) takes the same requests; leave one out")
            }
        }
    }
}
