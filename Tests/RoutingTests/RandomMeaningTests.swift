import Routing
import Testing
import Wire

@Suite("many rules with semantic ones among them are found as one by one")
struct RandomMeaningTests {
    /// A rule as this test understands it, apart from the router's own code.
    private struct Plain {
        var type: MatchType
        /// Empty for none.
        var pattern = ""
        var priority: Int
        var hosts: [String]
        var methods: [String]
        var field: String?
        var threshold: Float
    }

    private struct Request {
        var path: String
        var host: String
        var method: String
        var field: String?
    }

    private static let words = ["api", "v1", "chat", "a", "b", "ab"]
    private static let hosts = ["a.com", "x.a.com", "y.x.a.com", "b.org"]
    private static let patterns = ["a.com", "*.a.com", "*.x.a.com", "b.org", "*.com", "x.a.com"]
    /// Texts to look for, one of them at the end alone.
    private static let expressions = ["a$", "v1/b", "chat", "b/b"]
    /// Few, so that equal scores and thresholds that are just reached occur.
    private static let scores: [Float] = [0, 0.25, 0.5, 0.75, 0.8, 1]

    private func path(_ random: inout Seeded, deepest: Int) -> String {
        "/" + (0..<random.below(deepest)).map { _ in random.pick(Self.words) }.joined(separator: "/")
    }

    private func plainRule(_ random: inout Seeded) -> Plain {
        let type = random.pick([MatchType.exact, .prefix, .prefix, .regex, .semantic, .semantic, .semantic, .default])
        var rule = Plain(
            type: type, priority: random.below(3) == 0 ? random.below(4) - 1 : 0,
            hosts: random.below(3) == 0 ? (0...random.below(3)).map { _ in random.pick(Self.patterns) } : [],
            methods: random.below(4) == 0 ? [random.pick(["GET", "POST"])] : [],
            field: random.below(6) == 0 ? random.pick(["1", "2"]) : nil, threshold: random.pick(Self.scores))
        switch type {
        case .exact: rule.pattern = path(&random, deepest: 4)
        // One that takes everything would leave nothing to ask.
        case .prefix:
            let below = path(&random, deepest: 3)
            rule.pattern = "/" + random.pick(Self.words) + (below == "/" ? "" : below)
        case .semantic: if random.below(2) == 0 { rule.pattern = path(&random, deepest: 4) }
        case .regex: rule.pattern = random.pick(Self.expressions)
        case .default:
            rule.methods = [random.pick(["GET", "POST"])]
            rule.priority = min(rule.priority, 0)
        }
        return rule
    }

    private func settings(_ rules: [Plain], hasDefault: Bool) -> RoutingSettings {
        var settings = RoutingSettings()
        settings.rules = rules.enumerated().map { index, plain in
            var rule = RuleSettings()
            rule.name = "r\(index)"
            rule.match.type = plain.type
            rule.match.pattern = plain.pattern.isEmpty ? nil : plain.pattern
            rule.match.hosts = plain.hosts
            rule.match.methods = plain.methods
            rule.match.threshold = Double(plain.threshold)
            rule.match.categories = plain.type == .semantic ? ["c"] : []
            if let field = plain.field { rule.match.headers = ["f": field] }
            rule.priority = plain.priority
            return rule
        }
        if hasDefault { settings.default = TargetSetting() }
        return settings
    }

    // MARK: the plain search

    /// What speaks for a rule: the larger list wins. Nil where it does not fit.
    private func weight(_ rules: [Plain], _ index: Int, _ request: Request, score: Float) -> [Double]? {
        let rule = rules[index]
        let stem = rule.pattern == "/" ? "" : rule.pattern
        let isBelow = request.path == stem || request.path.hasPrefix(stem + "/")
        let (fits, rank, length): (Bool, Double, Int)
        switch rule.type {
        case .exact: (fits, rank, length) = (request.path == rule.pattern, 5, 0)
        case .prefix: (fits, rank, length) = (isBelow, 4, stem.count)
        case .regex:
            let isFound =
                rule.pattern.hasSuffix("$")
                ? request.path.hasSuffix(rule.pattern.dropLast()) : request.path.contains(rule.pattern)
            let first = rules.firstIndex { $0.type == .regex && $0.pattern == rule.pattern } ?? index
            (fits, rank, length) = (isFound, 3, -first)
        case .semantic: (fits, rank, length) = (isBelow, 2, stem.count)
        case .default: (fits, rank, length) = (true, 1, 0)
        }
        guard fits, rule.methods.isEmpty || rule.methods.contains(request.method) else { return nil }
        guard rule.field == nil || rule.field == request.field else { return nil }
        var host = [0.0, 0]
        if !rule.hosts.isEmpty {
            let fitting = rule.hosts.compactMap { pattern -> [Double]? in
                if pattern == request.host { return [2, 0] }
                guard pattern.hasPrefix("*."), request.host.hasSuffix(pattern.dropFirst()) else { return nil }
                return [1, Double(pattern.count)]
            }
            guard let best = fitting.max(by: { $0.lexicographicallyPrecedes($1) }) else { return nil }
            host = best
        }
        return [Double(rule.priority), rank, rule.type == .semantic ? Double(score) : 0, Double(length)] + host
            + [Double(rule.methods.count), rule.field == nil ? 0 : 1, Double(-index)]
    }

    /// The best of the rules for which `isIn` holds.
    private func best(
        _ rules: [Plain], _ request: Request, _ scores: [Float], _ isIn: (Int) -> Bool
    ) -> (index: Int, weight: [Double])? {
        rules.indices.filter(isIn).compactMap { index in
            weight(rules, index, request, score: scores[index]).map { (index, $0) }
        }.max { $0.1.lexicographicallyPrecedes($1.1) }
    }

    @Test(
        "the question and its answer give what each rule looked at alone gives", arguments: [1, 2, 3, 4], [true, false])
    func plainSearch(seed: UInt64, hasDefault: Bool) throws {
        var random = Seeded(seed: seed)
        let rules = (0..<60).map { _ in plainRule(&random) }
        let router = Router(settings(rules, hasDefault: hasDefault), seed: seed)
        let rest = hasDefault ? rules.count : Router.none
        var asked = 0
        for step in 0..<400 {
            let request = Request(
                path: path(&random, deepest: 5), host: random.pick(Self.hosts),
                method: random.pick(["GET", "POST", "PUT"]), field: random.pick([nil, "1", "2"]))
            let expected = expected(rules, request, scores: rules.map { _ in random.pick(Self.scores) }, rest: rest)
            let isAsked = try compare(router, request, expected, isExplained: step % 20 == 0)
            asked += isAsked ? 1 : 0
        }
        #expect((40..<360).contains(asked), "some are asked about, and others are not")
    }

    private struct Expected {
        var scores: [Float]
        var candidates: [Int]
        var otherwise: Int
        var winner: Int
    }

    private func expected(_ rules: [Plain], _ request: Request, scores: [Float], rest: Int) -> Expected {
        let other = best(rules, request, scores) { rules[$0].type != .semantic }
        let candidates = rules.indices.filter { index in
            guard rules[index].type == .semantic else { return false }
            guard let weight = weight(rules, index, request, score: 0) else { return false }
            return other.map { $0.weight.lexicographicallyPrecedes(weight) } ?? true
        }
        let winner = best(rules, request, scores) {
            rules[$0].type != .semantic || scores[$0] >= rules[$0].threshold
        }
        return Expected(
            scores: scores, candidates: candidates, otherwise: other?.index ?? rest, winner: winner?.index ?? rest)
    }

    /// Whether the router asked.
    private func compare(
        _ router: Router, _ request: Request, _ expected: Expected, isExplained: Bool
    ) throws -> Bool {
        let fields = request.field.map { ["f: \($0)"] } ?? []
        let head = try head(request.path, method: request.method, host: request.host, fields: fields)
        if isExplained {
            let told = router.explain(head) { expected.scores[$0] }
            #expect(told.first { $0.wins }?.rule ?? Router.none == expected.winner, "\(request)")
        }
        guard !expected.candidates.isEmpty else {
            #expect(router.match(head) == expected.otherwise, "\(request)")
            #expect(router.question(head) == nil, "\(request)")
            return false
        }
        #expect(router.match(head) == Router.asksMeaning, "\(request)")
        let question = try #require(router.question(head), "\(request)")
        #expect(question.candidates.map(\.rule).sorted() == expected.candidates, "\(request)")
        #expect(question.otherwise == expected.otherwise, "\(request)")
        #expect(question.answer { expected.scores[$0] } == expected.winner, "\(request)")
        return true
    }
}
