internal import Proxy
internal import Settings

/// What the payload of `explain.request` tells of a body: the text, its scores, the agent and the model it chooses.
struct MeaningText {
    /// Categories that are shown, beside those that rules name.
    private static let mostCategories = 12

    private let payload: Node

    init(_ payload: Node) { self.payload = payload }

    var lines: [String] { body + scores + models }

    // MARK: the text

    private var body: [String] {
        guard let body = payload.member("body") else { return [] }
        if let reason = body.member("reason"), body.member("agent") == nil, body.member("model") == nil {
            return ["no text is judged: \(reason.plain)"]
        }
        var rows: [[String]] = []
        if let text = body.member("text") {
            let place = "\(body.text("path")), \(ValueText.count(body["textBytes"]?.int ?? 0, "byte"))"
            rows.append(["text", "\(place): \(Quoted.shortened(text.plain))"])
            rows.append(["language", body.text("language")])
        } else {
            rows.append(["text", "none: \(body.text("reason"))"])
        }
        rows.append(["tokens", "about \(body.text("tokens")) in all"])
        if let complexity = body.member("complexity") {
            let reasons = complexity.list("reasons").map { reason in
                "\(reason.text("name")) \(reason.text("count")) (\(Self.points(reason["points"])))"
            }
            let score = FigureText.decimal(Self.number(complexity["score"]), 2)
            let why = reasons.isEmpty ? "" : ": \(reasons.joined(separator: ", "))"
            rows.append(["complexity", "\(complexity.text("level")), \(score)\(why)"])
        }
        if let agent = body.member("agent") { rows.append(["agent", "names \(agent.plain)"]) }
        if let model = body.member("model") { rows.append(["model", "names \(model.plain)"]) }
        return ["the body says"] + Table.lines(rows, indent: 2)
    }

    private static func points(_ node: Node?) -> String {
        guard let number = number(node) else { return "-" }
        return (number < 0 ? "" : "+") + FigureText.decimal(number, 2)
    }

    // MARK: scores

    private var scores: [String] {
        guard let scores = payload.member("scores") else { return [] }
        let rows = scores.list("rules").map { rule in
            [
                rule["wins"]?.bool == true ? "*" : "", rule.text("name"), Self.share(rule["score"]),
                FigureText.decimal(Self.number(rule["threshold"]), 2), Self.fate(rule),
                rule.list("categories").map(\.plain).joined(separator: ", "),
            ]
        }
        let head = ["", "RULE", "SCORE", "THRESHOLD", "", "CATEGORIES"]
        return ["semantic rules, by the built-in alone\(certainty(scores))"] + Table.lines(head, rows, indent: 2)
            + categories(scores) + nearest(scores)
    }

    private static func fate(_ rule: Node) -> String {
        if rule["asked"]?.bool != true { return "not asked: it does not fit, or another takes it before" }
        let reaches = (number(rule["score"]) ?? 0) >= (number(rule["threshold"]) ?? 1)
        return rule["wins"]?.bool == true ? "wins" : reaches ? "reached, another scores more" : "not reached"
    }

    private func certainty(_ scores: Node) -> String {
        if scores["clear"]?.bool == true { return ", which is sure" }
        let tiers = scores.list("notAsked").map(\.plain)
        return tiers.isEmpty
            ? ", which is not sure"
            : ", which is not sure: for a request it asks \(tiers.joined(separator: ", ")); explain does not"
    }

    private func categories(_ scores: Node) -> [String] {
        let all = scores.list("categories")
        let shown = all.enumerated().filter { place, category in
            place < Self.mostCategories || !category.list("rules").isEmpty
        }
        let rows = shown.map { _, category in
            [
                category.text("name"), Self.share(category["probability"]),
                category.list("rules").map(\.plain).joined(separator: ", "),
            ]
        }
        let left = all.count - shown.count + (scores["more"]?.int ?? 0)
        let rest = ["none of them", Self.share(scores["unknown"]), ""]
        return ["  categories"] + Table.lines(["CATEGORY", "PROBABILITY", "RULES"], rows + [rest], indent: 4)
            + (left > 0 ? ["    and \(left) less likely"] : [])
    }

    private func nearest(_ scores: Node) -> [String] {
        let rows = scores.list("nearest").map { example in
            [Self.share(example["similarity"]), example.text("category"), Quoted.shortened(example.text("text"))]
        }
        return rows.isEmpty ? [] : ["  nearest examples"] + Table.lines(rows, indent: 4)
    }

    // MARK: models

    private var models: [String] {
        guard let models = payload.member("models") else { return [] }
        let model = models.member("model")?.plain ?? "left to the agent"
        let why = models["open"]?.bool == true ? "chosen here" : "as the body names it"
        let rows = models.list("rules").map { rule in
            let findings = rule.list("findings").map { finding in
                let word = finding["holds"]?.bool == true ? "holds" : "does not hold"
                return "\(finding.text("key")) \(word) (\(finding.text("because")))"
            }
            return [
                rule["decides"]?.bool == true ? "*" : "", rule.member("rule")?.plain ?? "defaultModel",
                rule.text("model"),
                findings.joined(separator: "; "),
            ]
        }
        return ["model \(model): \(why)"] + Table.lines(rows, indent: 2) + fallback(models)
    }

    private func fallback(_ models: Node) -> [String] {
        guard let fallback = models.member("fallback") else { return [] }
        let rows = fallback.list("chain").map { step in
            let agents = step.list("agents").map(\.plain)
            return [
                step.text("model"),
                agents.isEmpty ? "served by nobody here" : "served by \(agents.joined(separator: ", "))",
            ]
        }
        var words = ["each asked \(ValueText.count((fallback["retries"]?.int ?? 0) + 1, "time"))"]
        if let delay = fallback["delayMs"]?.int, fallback["retries"]?.int ?? 0 > 0 { words.append("\(delay) ms apart") }
        if let timeout = fallback["timeoutMs"]?.int { words.append("\(timeout) ms for the first byte") }
        return ["  where it gives no answer (\(words.joined(separator: ", ")))"] + Table.lines(rows, indent: 4)
    }

    // MARK: numbers

    private static func number(_ node: Node?) -> Double? {
        if case .number(let literal)? = node?.value { NumberLiteral.double(literal) } else { nil }
    }

    private static func share(_ node: Node?) -> String { FigureText.decimal(number(node), 3) }
}
