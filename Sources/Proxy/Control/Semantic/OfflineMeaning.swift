internal import Routing
internal import Semantics
internal import Settings

/// The semantic rules of a configuration at work on texts where no proxy runs. Where it has no such rule, every
/// category of the library stands for one, those aside that are part of another: `debug` counts for `code`.
package final class OfflineMeaning {
    package let rules: [OfflineRule]
    /// The rules are the library's categories.
    package let isLibrary: Bool
    /// Tiers that are not asked from here: endpoints.
    package let leftOut: [String]
    private let meaning: Meaning
    /// The places in `Meaning` of `rules`.
    private let places: [Int]
    private let tiers: [OfflineTier]
    private let scratch = JudgeScratch()

    /// - Parameter asksTiers: whether encoders of `semantic.tiers` are asked where the built-in is unsure.
    package init(_ settings: GatewaySettings, asksTiers: Bool) throws(SemanticFault) {
        var settings = settings
        isLibrary = !settings.routing.rules.contains { $0.match.type == .semantic }
        if isLibrary { settings.routing.rules = Self.libraryRules(settings.routing.semantic) }
        let all = Router(settings.routing).rules
        let semantic = all.filter { $0.match.type == .semantic }
        meaning = Meaning(settings, all, previous: nil)
        places = semantic.map(\.index)
        rules = semantic.map { rule in
            OfflineRule(
                name: rule.name, priority: rule.priority, threshold: Float(rule.match.threshold),
                categories: rule.match.categories)
        }
        let given = asksTiers ? settings.semantic.tiers : []
        leftOut = given.filter { $0.type == .endpoint }.map(\.name)
        var tiers: [OfflineTier] = []
        for tier in given where tier.type != .endpoint { tiers.append(try OfflineTier(tier, meaning.categories)) }
        self.tiers = tiers
    }

    /// One for each of the operator's categories, and for each of the library's that is part of none before it.
    private static func libraryRules(_ written: SemanticRoutingSettings) -> [RuleSettings] {
        let library = CategoryLibrary.builtIn
        let own = written.categories.keys.sorted()
        let replaced = Set(own.compactMap { library.category(named: $0)?.name })
        var names: [String] = []
        for category in library.categories where !replaced.contains(category.name) {
            if !category.partOf.contains(where: names.contains) { names.append(category.name) }
        }
        return (own + names).map { name in
            var rule = RuleSettings()
            rule.name = name
            rule.match.type = .semantic
            rule.match.categories = [name]
            rule.match.threshold = 0
            return rule
        }
    }

    // MARK: judging

    /// - Parameter text: UTF-8, any bytes.
    package func decide(_ text: [UInt8]) throws(SemanticFault) -> OfflineDecision {
        guard let judge = meaning.routes, text.contains(where: { $0 > 0x20 }) else {
            return OfflineDecision(route: nil, score: 0, tier: "none", scores: rules.map { _ in 0 })
        }
        var tier = SemanticTierName.builtIn
        let verdict = text.withUnsafeBytes { judge.judge($0, scratch) }
        var probabilities = scratch.probabilities
        if !meaning.isClear(verdict, probabilities) {
            let own = probabilities
            for further in tiers {
                let opinion = try further.judge(text, scratch)
                probabilities = Verdict.means(own, scratch.probabilities)
                tier = further.name
                if opinion.isClear { break }
            }
        }
        let scores = places.map { meaning.score(of: $0, probabilities) }
        let taker = taker(scores, probabilities)
        let named = zip(judge.names, probabilities).map { (name: $0, probability: $1) }
        return OfflineDecision(
            route: taker.map { rules[$0].name }, score: taker.map { scores[$0] } ?? scores.max() ?? 0, tier: tier,
            scores: scores, categories: named.sorted { $0.probability > $1.probability })
    }

    /// Of the library's categories the likeliest, unless it is likelier that the text is of none.
    private func taker(_ scores: [Float], _ probabilities: [Float]) -> Int? {
        let taker = OfflineRule.taker(rules, scores)
        guard isLibrary, let taker else { return taker }
        return scores[taker] < 1 - probabilities.reduce(0, +) ? nil : taker
    }

    /// What a line of input says: a JSON object with `text`, or a body as the configuration reads bodies; else itself.
    package func text(of line: [UInt8]) -> [UInt8] {
        guard line.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return line }
        let paths = [PromptPath("text")].compactMap { $0 } + meaning.paths + PromptPath.standard
        var scanner = PromptScanner(paths: paths, counts: false)
        line.withUnsafeBytes { scanner.take($0) }
        let text = scanner.text()
        return scanner.isObject && scanner.isDone && !scanner.isBroken && !text.isEmpty ? text : line
    }
}
