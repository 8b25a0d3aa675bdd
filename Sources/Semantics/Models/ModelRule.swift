internal import Settings

/// One rule of `modelRouting`, with its kinds of task as places among the categories.
struct ModelRule: Sendable {
    let name: String
    let model: String
    /// Names that no category has are left out: they hold for nothing, and were reported.
    let categories: [Int]
    private let tasks: [String]
    private let complexities: [Complexity]
    private let languages: [Language]
    private let above: Int?
    private let below: Int?

    init(_ settings: ModelRuleSettings, category: (String) -> Int?) {
        let condition = settings.condition
        name = settings.name
        model = settings.model.value
        tasks = condition.taskType.values.map(\.value)
        var places: [Int] = []
        // one that is named twice, or in two spellings, counts once
        for place in tasks.compactMap(category) where !places.contains(place) { places.append(place) }
        categories = places
        complexities = condition.estimatedComplexity.values
        languages = condition.language.values
        above = condition.inputTokensGt
        below = condition.inputTokensLt
    }

    /// What is at hand is looked at first, what must be judged last.
    func holds<Facts: ModelFacts>(_ facts: inout Facts, _ threshold: Float) -> Bool {
        if let above, facts.inputTokens <= above { return false }
        if let below, facts.inputTokens >= below { return false }
        if !languages.isEmpty, !languages.contains(facts.language) { return false }
        if !complexities.isEmpty, !complexities.contains(facts.complexity) { return false }
        if tasks.isEmpty { return true }
        return !categories.isEmpty && facts.probability(of: categories) >= threshold
    }

    /// What each condition finds, in the order of the keys, also behind one that does not hold.
    func findings<Facts: ModelFacts>(_ facts: inout Facts, _ threshold: Float) -> [ModelRuleRow.Finding] {
        var findings: [ModelRuleRow.Finding] = []
        func add(_ key: String, _ holds: Bool, _ because: String) {
            findings.append(ModelRuleRow.Finding(key: key, holds: holds, because: because))
        }
        if !tasks.isEmpty {
            let sum = categories.isEmpty ? 0 : facts.probability(of: categories)
            let holds = !categories.isEmpty && sum >= threshold
            add(
                "taskType", holds,
                "\(Quoted.list(tasks)): \(Self.thousandths(sum)), \(holds ? "at least" : "below") \(threshold)")
        }
        if !complexities.isEmpty {
            let found = facts.complexity
            let holds = complexities.contains(found)
            add("estimatedComplexity", holds, Self.compare(found.rawValue, complexities.map(\.rawValue), holds))
        }
        if !languages.isEmpty {
            let found = facts.language
            let holds = languages.contains(found)
            add("language", holds, Self.compare(found.rawValue, languages.map(\.rawValue), holds))
        }
        let tokens = above == nil && below == nil ? 0 : facts.inputTokens
        if let above {
            let holds = tokens > above
            add("inputTokensGt", holds, "\(tokens) tokens, \(holds ? "" : "not ")more than \(above)")
        }
        if let below {
            let holds = tokens < below
            add("inputTokensLt", holds, "\(tokens) tokens, \(holds ? "" : "not ")fewer than \(below)")
        }
        return findings
    }

    private static func compare(_ found: String, _ wanted: [String], _ holds: Bool) -> String {
        holds ? found : "\(found), not \(Quoted.list(wanted))"
    }

    private static func thousandths(_ value: Float) -> String {
        let count = Int((max(0, min(1, value)) * 1000).rounded())
        let digits = String(count % 1000)
        return "\(count / 1000)." + String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }
}
