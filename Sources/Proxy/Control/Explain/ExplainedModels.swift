internal import Balancer
internal import Routing
internal import Semantics
internal import Settings

/// Which model a request would ask, why, and who would stand in for it, as `Exchange.chooseModel` finds it.
struct ExplainedModels {
    /// As it is named after the choice; nil where the agents choose.
    private(set) var model: String?
    /// Agents that may be asked for it.
    private(set) var filter: AgentFilter?
    /// Nobody serves it, and nobody stands in.
    private(set) var failure: Failure?
    private let named: String?
    private let isOpen: Bool
    private let rows: [ModelRuleRow]
    private let threshold: Float?
    private let policy: FallbackPolicy?
    /// Of the chain from the model on, with the agents that serve each.
    private var chain: [(model: String, agents: [String])] = []

    /// Nil where the proxy leaves `model` alone. `reach`: the agents that the rule may ask for this request.
    init?(_ body: ExplainedBody, _ generation: Generation, _ plan: Plan, reach: [Agent]) {
        guard body.scanner.isObject else { return nil }
        switch body.scanner.model {
        case .absent: named = nil
        case .string(let value, _): named = String(decoding: value, as: UTF8.self)
        case .other: return nil
        }
        isOpen = ModelName.leavesChoice(named.map { Array($0.utf8) })
        var facts = BodyFacts(body.scanner, generation.meaning, JudgeScratch())
        rows = isOpen ? generation.models?.explain(&facts) ?? [] : []
        threshold = generation.models?.threshold
        policy = generation.fallback
        model = isOpen ? rows.first(where: \.decides)?.model ?? generation.fallback?.models.first : named
        if let model { choose(model, plan, reach) }
    }

    /// The model, or the first behind it in its chain that somebody serves.
    private mutating func choose(_ wanted: String, _ plan: Plan, _ reach: [Agent]) {
        let names = policy?.models ?? []
        let start = names.firstIndex(of: wanted)
        let candidates = start.map { Array(names[$0...]) } ?? [wanted]
        chain = candidates.map { name in
            (name, Self.filters(name, reach).map { found in reach.filter { found?.takes($0) ?? true }.map(\.id) } ?? [])
        }
        for name in candidates {
            guard let found = Self.filters(name, reach) else { continue }
            model = name
            filter = found
            return
        }
        failure = Failure.modelNotServed(wanted, plan.targetNames, reach)
    }

    /// Which of the agents serve a model: nil for none of them, nothing in it for all.
    private static func filters(_ model: String, _ reach: [Agent]) -> AgentFilter?? {
        if reach.allSatisfy({ $0.settings.models.isEmpty }) { return .some(nil) }
        let filter = AgentFilter.model(model)
        guard reach.contains(where: { filter.takes($0) }) else { return nil }
        return reach.contains { $0.settings.models.contains(model) } ? filter : .unlisted
    }

    var node: Node {
        let rows = rows.map { row in
            Node.object([
                ("rule", .text(row.rule)), ("model", .string(row.model)), ("holds", .flag(row.holds)),
                ("decides", .flag(row.decides)),
                (
                    "findings",
                    .list(
                        row.findings.map { finding in
                            .object([
                                ("key", .string(finding.key)), ("holds", .flag(finding.holds)),
                                ("because", .string(finding.because)),
                            ])
                        })
                ),
            ])
        }
        return .object([
            ("named", .text(named)), ("open", .flag(isOpen)), ("model", .text(model)), ("rules", .list(rows)),
            ("threshold", threshold.map { .double(Double("\($0)") ?? 0) } ?? .null), ("fallback", fallback),
        ])
    }

    /// The chain from the model on; null where nobody stands in for it.
    private var fallback: Node {
        guard let policy, chain.count > 1 || policy.models.last == chain.first?.model else { return .null }
        let steps = chain.map { step in
            Node.object([("model", .string(step.model)), ("agents", .strings(step.agents))])
        }
        return .object([
            ("chain", .list(steps)), ("retries", .int(policy.retries)), ("delayMs", .int(policy.delay / 1_000_000)),
            ("timeoutMs", policy.timeout.map { .int($0 / 1_000_000) } ?? .null),
        ])
    }
}
