internal import Proxy
internal import Settings

/// `clawproxy agents --watch`: what the balancer goes by, so that an operator sees why an agent gets what it gets.
///
/// SCORE is what a further request would cost there, in milliseconds; `adaptive` takes the lowest. WEIGHT is what slow
/// start and reports leave of the configured one. SERVICE is the time to the first byte with the load divided out. A
/// metric has its age behind it, and stands in brackets when it is too old to count.
extension AgentTable {
    static let watched = [
        Column(heading: "AGENT") { $0.text("id") },
        Column(heading: "STATE", text: state),
        Column(heading: "BREAKER") { $0.text("breaker") },
        Column(heading: "SCORE") { decimal($0["score"], times: 1000) },
        Column(heading: "WEIGHT") { decimal($0["effectiveWeight"]) },
        Column(heading: "SLOW START") { percent($0["slowStart"]) },
        Column(heading: "IN FLIGHT", text: flight),
        Column(heading: "SERVICE") { decimal($0["serviceMs"], unit: "ms") },
        Column(heading: "FIRST BYTE") { decimal($0["firstByteMs"], unit: "ms") },
        Column(heading: "ERRORS") { percent($0["errorRate"]) },
        Column(heading: "CPU", text: { metric($0, "cpu", percent) }, isOptional: true),
        Column(heading: "MEMORY", text: { metric($0, "memory", percent) }, isOptional: true),
        Column(heading: "QUEUE", text: { metric($0, "queue_depth") { decimal($0) } }, isOptional: true),
        Column(heading: "UTILIZATION", text: { metric($0, "utilization", percent) }, isOptional: true),
        Column(heading: "RPS", text: { metric($0, "rps") { decimal($0) } }, isOptional: true),
    ]

    /// `42% 1s`; `(42% 9s)` where it is stale.
    private static func metric(_ agent: Node, _ name: String, _ text: (Node?) -> String) -> String {
        guard let metric = agent["metrics"]?[name] else { return "" }
        let seconds = (metric["ageMs"]?.int ?? 0) / 1000
        let shown = "\(text(metric["value"])) \(seconds)s"
        return metric["fresh"]?.bool == false ? "(\(shown))" : shown
    }

    private static func percent(_ node: Node?) -> String { decimal(node, times: 100, digits: 0, unit: "%") }

    /// One digit behind the point, none from 100 on.
    private static func decimal(_ node: Node?, times scale: Double = 1, digits: Int = 1, unit: String = "") -> String {
        guard case .number(let text) = node?.value, let number = Double(text) else { return "-" }
        let value = number * scale
        guard digits > 0, abs(value) < 100 else { return "\(Int(exactly: value.rounded()) ?? 0)\(unit)" }
        return "\((value * 10).rounded() / 10)\(unit)"
    }
}
