internal import Routing
internal import Semantics
internal import Settings

/// What the text of a body scores for the semantic rules, by the built-in judge: further tiers are not asked here.
struct ExplainedMeaning {
    /// Examples that are told, the nearest first.
    private static let mostExamples = 5
    /// More categories are counted.
    private static let mostCategories = 60

    private let generation: Generation
    private let judge: Judge
    private let verdict: Verdict
    private let probabilities: [Float]
    private let text: [UInt8]

    /// Nil where there are no semantic rules, or no text.
    init?(_ body: ExplainedBody?, _ generation: Generation) {
        guard let body, !body.text.isEmpty, let judge = generation.meaning.routes else { return nil }
        self.generation = generation
        self.judge = judge
        text = body.text
        let scratch = JudgeScratch()
        verdict = text.withUnsafeBytes { judge.judge($0, scratch) }
        probabilities = scratch.probabilities
    }

    func score(of rule: Int) -> Float { generation.meaning.score(of: rule, probabilities) }

    // MARK: telling

    /// `told`: what became of each rule.
    func node(_ told: [Explanation]) -> Node {
        let tiers = generation.settings.semantic.tiers.map(\.name)
        let categories = categories
        return .object([
            ("tier", .string(SemanticTierName.builtIn)), ("clear", .flag(verdict.isClear)),
            ("notAsked", .strings(verdict.isClear ? [] : tiers)), ("rules", .list(rules(told))),
            ("categories", .list(categories.prefix(Self.mostCategories).map { $0 })),
            ("more", .int(max(0, categories.count - Self.mostCategories))),
            ("unknown", Self.number(max(0, 1 - probabilities.reduce(0, +)))), ("nearest", .list(nearest)),
        ])
    }

    /// The semantic rules, the highest score first.
    private func rules(_ told: [Explanation]) -> [Node] {
        let places = RulePlaces(generation)
        let rules = generation.router.rules.filter { $0.match.type == .semantic }
        return rules.map { ($0, score(of: $0.index)) }.sorted { $0.1 > $1.1 }.map { rule, score in
            let one = told.first { $0.rule == rule.index }
            return .object([
                ("rule", places.node(rule)), ("name", .string(rule.name)), ("score", Self.number(score)),
                ("threshold", .double(rule.match.threshold)), ("asked", .flag(one?.threshold != nil)),
                ("wins", .flag(one?.wins == true)), ("categories", .strings(rule.match.categories)),
            ])
        }
    }

    /// All that were learnt, the likeliest first, with the rules that name them.
    private var categories: [Node] {
        var rules: [Int: [String]] = [:]
        for rule in generation.router.rules where rule.match.type == .semantic {
            for place in generation.meaning.places(of: rule.index) { rules[place, default: []].append(rule.name) }
        }
        return judge.names.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }.map { place in
            .object([
                ("name", .string(judge.names[place])), ("probability", Self.number(probabilities[place])),
                ("rules", .strings(rules[place] ?? [])),
                ("background", .flag(place >= generation.meaning.backgroundStart)),
            ])
        }
    }

    private var nearest: [Node] {
        text.withUnsafeBytes { judge.nearest($0, count: Self.mostExamples) }.map { example in
            .object([
                ("category", .string(judge.names[example.category])), ("similarity", Self.number(example.similarity)),
                ("text", .string(ExplainedBody.shortened(example.text))),
            ])
        }
    }

    private static func number(_ value: Float) -> Node { .double((Double(value) * 10_000).rounded() / 10_000) }
}
