import Routing
import Testing
import Wire

@Suite("many rules are found as one by one")
struct RandomRoutesTests {
    /// A rule as this test understands it, apart from the router's own code.
    private struct Plain {
        var type: MatchType
        var path: String
        var priority: Int
        var hosts: [String]
        var methods: [String]
    }

    private static let words = ["api", "v1", "v2", "chat", "a", "b", "ab", "embeddings-large", "x.y", "status"]
    private static let hosts = ["a.com", "x.a.com", "y.x.a.com", "b.org"]
    private static let patterns = ["a.com", "*.a.com", "*.x.a.com", "b.org", "*.com"]

    private func path(_ random: inout Seeded, deepest: Int) -> String {
        let count = random.below(deepest)
        return "/"
            + (0..<count).map { _ in
                random.below(3) == 0 ? "n\(random.below(400))" : random.pick(Self.words)
            }.joined(separator: "/")
    }

    private func plainRules(_ count: Int, _ random: inout Seeded, conditions: Bool) -> [Plain] {
        (0..<count).map { _ in
            Plain(
                type: random.below(2) == 0 ? .exact : .prefix, path: path(&random, deepest: 5),
                priority: conditions && random.below(20) == 0 ? random.below(3) - 1 : 0,
                hosts: conditions && random.below(3) == 0 ? [random.pick(Self.patterns)] : [],
                methods: conditions && random.below(4) == 0 ? [random.pick(["GET", "POST"])] : [])
        }
    }

    private func settings(_ rules: [Plain]) -> RoutingSettings {
        var settings = RoutingSettings()
        settings.rules = rules.enumerated().map { index, plain in
            var rule = RuleSettings()
            rule.name = "r\(index)"
            rule.match.type = plain.type
            rule.match.pattern = plain.path
            rule.match.hosts = plain.hosts
            rule.match.methods = plain.methods
            rule.priority = plain.priority
            return rule
        }
        return settings
    }

    /// The winner by comparing with every rule: larger tuples win, and of equal ones the first.
    private func winner(_ rules: [Plain], _ path: String, _ host: String, _ method: String) -> Int {
        var best = -1
        var bestScore = [Int]()
        for (index, rule) in rules.enumerated() {
            let stem = rule.path == "/" ? "" : rule.path
            let fits = rule.type == .exact ? path == rule.path : path == stem || path.hasPrefix(stem + "/")
            guard fits, rule.methods.isEmpty || rule.methods.contains(method) else { continue }
            var hostScore = [0, 0]
            if let pattern = rule.hosts.first {
                if pattern == host {
                    hostScore = [2, 0]
                } else if pattern.hasPrefix("*."), host.hasSuffix(pattern.dropFirst()) {
                    hostScore = [1, pattern.count]
                } else {
                    continue
                }
            }
            let score = [rule.priority, rule.type == .exact ? 1 : 0, stem.count] + hostScore + [rule.methods.count]
            if best < 0 || bestScore.lexicographicallyPrecedes(score) { (best, bestScore) = (index, score) }
        }
        return best
    }

    @Test("10,000 rules give what each rule looked at alone gives, for 20,000 paths")
    func tenThousand() throws {
        var random = Seeded(seed: 51)
        let rules = plainRules(10_000, &random, conditions: false)
        let router = Router(settings(rules), seed: 51)
        // The naive walk over 10,000 rules for each path would take minutes unoptimised: a dictionary of first places
        // does.
        var exact: [String: Int] = [:]
        var prefixes: [String: Int] = [:]
        for (index, rule) in rules.enumerated() {
            if rule.type == .exact {
                exact[rule.path] = exact[rule.path] ?? index
            } else {
                let stem = rule.path == "/" ? "" : rule.path
                prefixes[stem] = prefixes[stem] ?? index
            }
        }
        for _ in 0..<20_000 {
            let path = path(&random, deepest: 7)
            var expected = exact[path]
            var stem = path == "/" ? "" : path
            while expected == nil {
                if let found = prefixes[stem] { expected = found }
                guard let slash = stem.lastIndex(of: "/") else { break }
                stem = String(stem[..<slash])
            }
            let found = try router.match(head(path))
            #expect(found == expected ?? Router.none, "seed 51: \(path)")
        }
    }

    @Test("rules with hosts, methods and priorities give what each rule looked at alone gives", arguments: [1, 2, 3])
    func conditions(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        let rules = plainRules(300, &random, conditions: true)
        let router = Router(settings(rules), seed: seed)
        for step in 0..<1_500 {
            let path = path(&random, deepest: 6)
            let host = random.pick(Self.hosts), method = random.pick(["GET", "POST", "PUT"])
            let request = try head(path, method: method, host: host)
            let expected = winner(rules, path, host, method)
            #expect(router.match(request) == expected, "seed \(seed): \(method) \(host) \(path)")
            if step % 50 == 0 {
                let explained = router.explain(request).first { $0.wins }?.rule ?? -1
                #expect(explained == expected, "seed \(seed): \(method) \(host) \(path)")
            }
        }
    }
}
