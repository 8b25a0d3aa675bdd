internal import Settings

/// Values, keys and hashes as lines show them.
enum ValueText {
    /// Longer values are cut in lines; `--json` shows them whole.
    static let longest = 72

    /// JSON on one line, cut where it is long; `none` where there is no value.
    static func short(_ node: Node?, longest: Int = longest) -> String {
        guard let node, !node.isNull else { return "none" }
        let text = node.json
        return text.count > longest ? text.prefix(longest - 3) + "..." : text
    }

    /// The key as people write it: without `gateway.`.
    static func key(_ path: String) -> String {
        path.hasPrefix("gateway.") ? String(path.dropFirst(8)) : path
    }

    /// The beginning of a hash: enough to tell versions apart.
    static func hash(_ hash: String?) -> String {
        guard let hash, !hash.isEmpty else { return "none" }
        return hash.count > 9 ? hash.prefix(6) + "..." : hash
    }

    /// `1 change`, `2 changes`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// Problems of a payload as lines.
enum Issues {
    /// More are counted, not shown.
    static let most = 20

    /// `FILE:LINE:COLUMN: KEY: what is wrong`.
    static func text(_ issue: Node) -> String {
        let parts = ["position", "path", "message"].compactMap { issue[$0]?.string }.filter { !$0.isEmpty }
        return Quoted.oneLine(parts.isEmpty ? issue.plain : parts.joined(separator: ": "))
    }

    static func lines(_ issues: [Node], indent: String = "  ") -> [String] {
        let shown = issues.prefix(most).map { indent + text($0) }
        return issues.count > most ? shown + ["\(indent)and \(issues.count - most) more"] : shown
    }

    /// The same with their weight in front, as `clawproxy check` has it.
    static func weighed(_ issues: [Node], _ severity: String? = nil, most: Int = .max) -> [String] {
        let shown = issues.prefix(most).map { issue in
            let weight = severity ?? issue["severity"]?.string ?? "error"
            return weight == "unready" ? "warning: \(text(issue)) (`run` refuses this)" : "\(weight): \(text(issue))"
        }
        return issues.count > most ? shown + ["and \(issues.count - most) more: clawproxy config validate"] : shown
    }
}
