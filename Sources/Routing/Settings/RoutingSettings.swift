package import Settings

/// Which requests go where.
///
/// The highest `priority` wins; then an exact path, the longest prefix, the first regular expression in the order
/// written, a rule of type `default`, and `default`. Among rules with one pattern the one with more conditions wins: an
/// exact host before a wildcard before none, then methods, then the number of fields, then of query parameters, then
/// the order written.
package struct RoutingSettings: Section {
    package var rules: [RuleSettings] = []
    package var `default`: TargetSetting?

    package init() {}

    package static let keys: [Key<RoutingSettings>] = [
        .list("rules", \.rules, "rules; without any, every agent serves every request", identity: "name"),
        .value("default", \.default, "who answers what no rule takes; without it that is answered with 404"),
        .later("semantic", "how bodies are read"),
    ]

    package static func check(_ value: RoutingSettings, _ node: Node, _ reading: inout Reading) {
        guard let nodes = node["rules"]?.elements, nodes.count == value.rules.count else { return }
        var first: [MatchKey: Int] = [:]
        reading.under("rules") { reading in
            for (index, rule) in value.rules.enumerated() {
                guard let key = MatchKey(rule.match) else { continue }
                guard let earlier = first[key] else {
                    first[key] = index
                    continue
                }
                // The one of higher priority wins, else the earlier one.
                let isLaterBetter = rule.priority > value.rules[earlier].priority
                let (loser, winner) = isLaterBetter ? (earlier, index) : (index, earlier)
                if isLaterBetter { first[key] = index }
                let name = Quoted.quote(value.rules[winner].name)
                reading.under("[\(loser)]") {
                    $0.warn(nodes[loser].position, "never wins: rule \(name) takes the same requests; leave one out")
                }
            }
        }
    }
}
