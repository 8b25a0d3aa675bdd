internal import Settings

/// The rules of `modelRouting`, made ready when a configuration is loaded; immutable, shared by all loops.
package struct ModelRouting: Sendable {
    /// Least sum of the probabilities of a rule's kinds of task.
    package let threshold: Float
    /// The model where no rule holds.
    package let defaultModel: String?
    private let rules: [ModelRule]

    /// Nil where there is nothing to choose from. `category`: the place of a kind of task among the categories that
    /// `ModelFacts.probability` goes by.
    package init?(_ settings: ModelRoutingSettings, category: (String) -> Int?) {
        guard settings.isInForce else { return nil }
        threshold = Float(settings.threshold)
        defaultModel = settings.defaultModel?.value
        rules = settings.rules.map { ModelRule($0, category: category) }
    }

    /// Whether texts must be judged at all.
    package var judgesTasks: Bool { rules.contains { !$0.categories.isEmpty } }

    /// The model of the first rule that holds, else the default; nil: the body stays as it is.
    package func choose<Facts: ModelFacts>(_ facts: inout Facts) -> ModelChoice? {
        for rule in rules where rule.holds(&facts, threshold) {
            return ModelChoice(model: rule.model, rule: rule.name)
        }
        return defaultModel.map { ModelChoice(model: $0, rule: nil) }
    }

    /// Every rule with what it found, and the default at the end, for `explain`. Exactly the row that `choose` goes by
    /// decides.
    package func explain<Facts: ModelFacts>(_ facts: inout Facts) -> [ModelRuleRow] {
        var isDecided = false
        var rows: [ModelRuleRow] = []
        for rule in rules {
            let findings = rule.findings(&facts, threshold)
            let holds = findings.allSatisfy(\.holds)
            rows.append(
                ModelRuleRow(
                    rule: rule.name, model: rule.model, holds: holds, decides: holds && !isDecided, findings: findings))
            isDecided = isDecided || holds
        }
        if let defaultModel {
            rows.append(
                ModelRuleRow(rule: nil, model: defaultModel, holds: true, decides: !isDecided, findings: []))
        }
        return rows
    }
}
