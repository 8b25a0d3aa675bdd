internal import Settings
internal import Wire

/// Turns settings into rules and the tables in which they are found.
struct TablesBuilder {
    private(set) var rules: [Rule] = []
    private let seed: UInt64
    private let bodyAgent: Bool
    private let expressionMemory: Int
    private let expressions: ExpressionSet

    private var groups: [GroupKey: Int] = [:]
    private var exactPaths: [(pattern: [UInt8], group: Int)] = []
    private var prefixPaths: [(pattern: [UInt8], group: Int)] = []
    private var meaningPaths: [(pattern: [UInt8], group: Int)] = []
    private var expressionNumbers: [[UInt8]: Int] = [:]
    private var expressionGroups: [Int32]
    private var hosts: [String: Int] = [:]
    private var hostNames: [String] = []
    private var drafts: [Draft] = []
    private var conditions = ConditionDrafts()
    /// By rule.
    private var conditionRanges: [Range<Int>] = []

    private struct GroupKey: Hashable {
        var kind: Int
        var pattern: [UInt8]
    }

    /// `previous`: the expressions of the router before, of which those that are still wanted are taken over.
    init(
        _ settings: RoutingSettings, seed: UInt64, setMemory: Int, expressionMemory: Int, previous: ExpressionSet? = nil
    ) {
        self.seed = seed
        bodyAgent = settings.bodyAgent
        self.expressionMemory = expressionMemory
        var patterns: [[UInt8]] = []
        var compiled: [Expression?] = []
        let known = previous?.compiled ?? [:]
        for rule in settings.rules where rule.match.type == .regex {
            let pattern = Array((rule.match.pattern ?? "").utf8)
            guard !pattern.isEmpty, expressionNumbers[pattern] == nil else { continue }
            let expression = known[pattern] ?? (try? Expression(pattern, memory: expressionMemory))
            // One that RE2 refuses was reported and takes nothing; one for which memory is short makes answers
            // uncertain.
            if expression == nil, (try? Expression(pattern)) == nil { continue }
            expressionNumbers[pattern] = patterns.count
            patterns.append(pattern)
            compiled.append(expression)
        }
        expressions = ExpressionSet.make(patterns, compiled, memory: setMemory, previous: previous)
        expressionGroups = [Int32](repeating: -1, count: patterns.count)
        rules.reserveCapacity(settings.rules.count + 1)
        for rule in settings.rules { add(rule) }
        if settings.default != nil || settings.rules.isEmpty { addDefault(settings.default) }
    }

    // MARK: rules

    private mutating func add(_ settings: RuleSettings) {
        let match = settings.match
        var expression: Expression?
        let pattern = Array((match.pattern ?? "").utf8)
        if match.type == .regex, let number = expressionNumbers[pattern] { expression = expressions.expression(number) }
        rules.append(Rule(settings, index: rules.count, expression: expression, bodyAgent: bodyAgent))
        let range = conditions.add(match, memory: expressionMemory)
        conditionRanges.append(range ?? 0..<0)
        guard range != nil, let place = place(match) else { return }
        append(match, place, priority: settings.priority)
    }

    private mutating func addDefault(_ target: TargetSetting?) {
        var settings = RuleSettings()
        let isTaken = rules.contains { $0.name == Rule.defaultName }
        settings.name = isTaken ? "routing.default" : Rule.defaultName
        settings.target = target ?? TargetSetting()
        settings.match.type = .default
        rules.append(Rule(settings, index: rules.count, expression: nil, bodyAgent: bodyAgent, isDefault: true))
        conditionRanges.append(0..<0)
        append(settings.match, (group(.everyPath, []), .byDefault, 0), priority: Int.min)
    }

    /// The group of a match; nil where its pattern has a fault.
    private mutating func place(_ match: MatchSettings) -> (group: Int, kind: Draft.Kind, order: Int)? {
        let text = match.pattern ?? ""
        switch match.type {
        case .exact:
            guard let path = try? PathPattern.exact(text) else { return nil }
            return (group(.exact, path), .exact, 0)
        case .prefix:
            guard let path = try? PathPattern.prefix(text) else { return nil }
            return (group(.prefix, path), .prefix, -path.count)
        case .regex:
            let pattern = Array(text.utf8)
            guard let number = expressionNumbers[pattern] else { return nil }
            let group = group(.regex, pattern)
            expressionGroups[number] = Int32(group)
            return (group, .regex, number)
        case .default:
            return (group(.everyPath, []), .everyPath, 0)
        case .semantic:
            guard let path = try? PathPattern.prefix(match.pattern ?? "/") else { return nil }
            return (group(.semantic, path), .semantic, -path.count)
        }
    }

    private mutating func group(_ kind: Draft.Kind, _ pattern: [UInt8]) -> Int {
        let key = GroupKey(kind: kind.rawValue, pattern: pattern)
        if let known = groups[key] { return known }
        let fresh = groups.count
        groups[key] = fresh
        if kind == .exact { exactPaths.append((pattern, fresh)) }
        if kind == .prefix { prefixPaths.append((pattern, fresh)) }
        if kind == .semantic { meaningPaths.append((pattern, fresh)) }
        return fresh
    }

    private mutating func append(
        _ match: MatchSettings, _ place: (group: Int, kind: Draft.Kind, order: Int), priority: Int
    ) {
        var draft = Draft(
            rule: rules.count - 1, group: place.group, host: -1, kind: place.kind, priority: priority,
            order: place.order, hostRank: 2, hostLength: 0, match: match)
        if match.hosts.isEmpty { drafts.append(draft) }
        for name in Set(match.hosts.compactMap { try? HostPattern.read($0) }).sorted() {
            let isWildcard = name.hasPrefix("*.")
            draft.host = host(name)
            draft.hostRank = isWildcard ? 1 : 0
            draft.hostLength = isWildcard ? name.utf8.count : 0
            drafts.append(draft)
        }
    }

    private mutating func host(_ name: String) -> Int {
        if let known = hosts[name] { return known }
        hosts[name] = hostNames.count
        hostNames.append(name)
        return hostNames.count - 1
    }

    // MARK: tables

    mutating func build() -> TablesMemory {
        // places are sorted, not the drafts: those are large
        let order = drafts.indices.sorted { drafts[$0].isBefore(drafts[$1]) }
        drafts = order.map { drafts[$0] }
        let candidates = UnsafeMutablePointer<Candidate>.allocate(capacity: max(1, drafts.count))
        for (rank, draft) in drafts.enumerated() { (candidates + rank).initialize(to: candidate(draft)) }
        let spans = spans()
        let built = conditions.build()
        let numbers = UnsafeMutablePointer<Int32>.allocate(capacity: max(1, expressionGroups.count))
        numbers.initialize(from: expressionGroups, count: expressionGroups.count)
        let tables = Tables(
            seed: seed, exact: PathTable(exactPaths, seed: seed), prefixes: PathTable(prefixPaths, seed: seed),
            meanings: PathTable(meaningPaths, seed: seed), hosts: HostTable(hostNames, seed: seed),
            hostSpans: HostSpans(spans.byHost),
            groups: spans.groups, ranks: spans.ranks, candidates: candidates, conditions: built.conditions,
            texts: built.texts,
            expressionGroups: numbers, expressionCount: expressionGroups.count,
            bestExpression: best(of: .regex), bestMeaning: best(of: .semantic), terms: terms(),
            everyPath: groups[GroupKey(kind: Draft.Kind.everyPath.rawValue, pattern: [])].map { Int32($0) } ?? -1)
        link(prefixPaths, tables.prefixes, tables)
        link(meaningPaths, tables.meanings, tables)
        return TablesMemory(tables, expressions, conditions.expressions)
    }

    /// The place of the best candidate of a kind, or `Int32.max`.
    private func best(of kind: Draft.Kind) -> Int32 {
        drafts.firstIndex { $0.kind == kind }.map { Int32($0) } ?? Int32.max
    }

    private func terms() -> UnsafeMutablePointer<MeaningTerms> {
        let terms = UnsafeMutablePointer<MeaningTerms>.allocate(capacity: max(1, drafts.count))
        for (rank, draft) in drafts.enumerated() { (terms + rank).initialize(to: MeaningTerms(draft)) }
        return terms
    }

    private func candidate(_ draft: Draft) -> Candidate {
        let range = conditionRanges[draft.rule]
        var methods = draft.match.methods.isEmpty ? Candidate.everyMethod : 0
        for method in draft.match.methods { methods |= Candidate.bit(MethodNames.method(method)) }
        return Candidate(
            rule: Int32(draft.rule), methods: methods, firstCondition: Int32(range.lowerBound),
            conditionCount: Int32(range.count))
    }

    /// The candidates of each group, and of each host within it, best first.
    private func spans() -> (
        groups: UnsafeMutablePointer<Group>, ranks: UnsafeMutablePointer<Int32>,
        byHost: [(group: Int32, host: Int32, span: Group.Span)]
    ) {
        struct Place: Hashable {
            var group: Int
            var host: Int
        }
        let fresh = Group(best: .max, bestOfChain: .max, shorter: -1, open: .none, hasHosts: false)
        let groups = UnsafeMutablePointer<Group>.allocate(capacity: max(1, self.groups.count))
        groups.initialize(repeating: fresh, count: max(1, self.groups.count))
        let ranks = UnsafeMutablePointer<Int32>.allocate(capacity: max(1, drafts.count))
        var byPlace: [Place: [Int32]] = [:]
        for (rank, draft) in drafts.enumerated() {
            byPlace[Place(group: draft.group, host: draft.host), default: []].append(Int32(rank))
            groups[draft.group].best = min(groups[draft.group].best, Int32(rank))
        }
        var byHost: [(group: Int32, host: Int32, span: Group.Span)] = []
        var at = 0
        for (place, members) in byPlace {
            let span = Group.Span(start: Int32(at), count: Int32(members.count))
            (ranks + at).initialize(from: members, count: members.count)
            at += members.count
            if place.host < 0 {
                groups[place.group].open = span
            } else {
                groups[place.group].hasHosts = true
                byHost.append((Int32(place.group), Int32(place.host), span))
            }
        }
        return (groups, ranks, byHost)
    }

    /// Links every prefix to the next shorter one, from the shortest to the longest.
    private func link(_ paths: [(pattern: [UInt8], group: Int)], _ prefixes: PathTable, _ tables: Tables) {
        for (pattern, group) in paths.sorted(by: { $0.pattern.count < $1.pattern.count }) {
            let shorter = pattern.isEmpty ? -1 : longestPrefix(of: pattern, prefixes)
            tables.groups[group].shorter = shorter
            let above = shorter < 0 ? Int32.max : tables.groups[Int(shorter)].bestOfChain
            tables.groups[group].bestOfChain = min(tables.groups[group].best, above)
        }
    }

    /// The group of the longest prefix that is shorter than the pattern, or -1.
    private func longestPrefix(of pattern: [UInt8], _ prefixes: PathTable) -> Int32 {
        pattern.withUnsafeBytes { path in
            guard let base = path.baseAddress else { return -1 }
            var hash = PathHash(seed: seed)
            var found = prefixes.find(hash.state, base, 0)
            while true {
                hash.advance(base, path.count)
                if hash.end >= path.count { return found }
                let next = prefixes.find(hash.state, base, hash.end)
                if next >= 0 { found = next }
            }
        }
    }
}
