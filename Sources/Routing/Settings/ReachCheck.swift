internal import Settings

/// Tells of semantic rules that are never looked at, because a rule without conditions takes before them all that lies
/// below their pattern.
enum ReachCheck {
    private typealias Taker = (priority: Int, name: String)

    static func check(_ rules: [RuleSettings], _ nodes: [Node], _ reading: inout Reading) {
        guard rules.contains(where: { $0.match.type == .semantic }) else { return }
        var prefixes: [[UInt8]: Taker] = [:]
        var everyPath: Taker?
        for rule in rules where isOpen(rule.match) {
            if rule.match.type == .prefix, let path = try? PathPattern.prefix(rule.match.pattern ?? "") {
                prefixes[path] = higher(prefixes[path], rule)
            } else if rule.match.type == .default {
                everyPath = higher(everyPath, rule)
            }
        }
        for (index, rule) in rules.enumerated() where rule.match.type == .semantic {
            guard let path = try? PathPattern.prefix(rule.match.pattern ?? "/") else { continue }
            var before = borders(of: path).compactMap { prefixes[$0] }.first { $0.priority >= rule.priority }
            if before == nil, let everyPath, everyPath.priority > rule.priority { before = everyPath }
            guard let before else { continue }
            let name = Quoted.quote(before.name)
            reading.under("[\(index)]") {
                $0.warn(
                    nodes[index].position,
                    "never wins: rule \(name) takes every such request before; give this one a higher priority")
            }
        }
    }

    private static func higher(_ one: Taker?, _ rule: RuleSettings) -> Taker {
        if let one, one.priority >= rule.priority { return one }
        return (rule.priority, rule.name)
    }

    /// Whether a rule asks for the path alone.
    private static func isOpen(_ match: MatchSettings) -> Bool {
        match.hosts.isEmpty && match.methods.isEmpty && match.headers.isEmpty && match.query.isEmpty
    }

    /// The path and all that it lies below, the shortest first.
    private static func borders(of path: [UInt8]) -> [[UInt8]] {
        path.indices.filter { path[$0] == UInt8(ascii: "/") }.map { Array(path[..<$0]) } + [path]
    }
}
