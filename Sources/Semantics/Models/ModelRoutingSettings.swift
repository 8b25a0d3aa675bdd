package import Settings

/// The key `modelRouting`: which model answers where a request leaves that to the proxy.
///
/// A request does where its body's `model` is absent or `auto` (`ModelName.leavesChoice`) and it goes to agents of kind
/// `llm`; to an OpenClaw gateway `model` names an agent, so there it stays as it is. The first rule that holds wins, in
/// the order written; where none does, `defaultModel`; without that, the body stays as it is.
///
/// `threshold` is one half if not said: then a rule holds where the text is more likely one of its kinds of task than
/// not, which with calibrated probabilities is wrong the least often. Higher is for a model that is dear.
package struct ModelRoutingSettings: Section {
    /// More would be no order that anybody oversees.
    package static let mostRules = 256

    package var enabled = true
    package var defaultModel: Located<String>?
    package var threshold = 0.5
    package var rules: [ModelRuleSettings] = []

    package init() {}

    package static let keys: [Key<ModelRoutingSettings>] = [
        .value(
            "enabled", \.enabled,
            "whether a model is chosen where the body names none, or `auto`, and the agents are of kind `llm`"),
        .value(
            "defaultModel", \.defaultModel,
            "the model where no rule holds; without it the body stays as it is",
            check: { $0.flatMap { ModelName.fault($0.value) } }),
        .value(
            "threshold", \.threshold,
            "a rule's `taskType` holds where the probabilities of its kinds of task add up to at least this",
            check: Check.range(0...1)),
        .list("rules", \.rules, "the first that holds wins, in this order", identity: "name"),
    ]

    /// Whether there is anything to choose from.
    package var isInForce: Bool { enabled && (defaultModel != nil || !rules.isEmpty) }

    package static func check(_ value: ModelRoutingSettings, _ node: Node, _ reading: inout Reading) {
        if value.rules.count > mostRules {
            reading.under("rules") {
                $0.error(
                    node["rules"]?.position ?? node.position,
                    "expected at most \(mostRules) rules, found \(value.rules.count)")
            }
            return
        }
        if !value.isInForce, value.enabled, node.members?.isEmpty == false {
            reading.warn(node.position, "chooses no model; expected rules, defaultModel, or both")
        }
        checkOrder(value, node, &reading)
    }

    /// A rule behind one that holds whenever it does never decides.
    private static func checkOrder(_ value: ModelRoutingSettings, _ node: Node, _ reading: inout Reading) {
        guard let nodes = node["rules"]?.elements, nodes.count == value.rules.count else { return }
        reading.under("rules") { reading in
            for (index, rule) in value.rules.enumerated() {
                guard let wider = value.rules[..<index].first(where: { $0.condition.covers(rule.condition) }) else {
                    continue
                }
                reading.under("[\(index)]") {
                    $0.warn(
                        nodes[index].position,
                        "never decides: rule \(Quoted.quote(wider.name)) stands before it and holds whenever it does; "
                            + "put it first, or leave it out")
                }
            }
        }
    }
}

extension ModelConditionSettings {
    /// Whether this condition holds wherever the other one does.
    func covers(_ other: ModelConditionSettings) -> Bool {
        // one that asks nothing is an error of its own
        guard !isEmpty, !other.isEmpty else { return false }
        return Self.covers(taskType.values.map(\.value), other.taskType.values.map(\.value))
            && Self.covers(estimatedComplexity.values, other.estimatedComplexity.values)
            && Self.covers(language.values, other.language.values)
            && inputTokensGt ?? -1 <= other.inputTokensGt ?? -1
            && inputTokensLt ?? .max >= other.inputTokensLt ?? .max
    }

    private static func covers<Value: Equatable>(_ one: [Value], _ other: [Value]) -> Bool {
        one.isEmpty || (!other.isEmpty && other.allSatisfy(one.contains))
    }
}
