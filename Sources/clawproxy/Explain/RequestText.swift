internal import Proxy
internal import Settings

/// The payload of `explain.request` as lines, in the order in which a request meets them.
struct RequestText {
    private let payload: Node

    init(_ payload: Node) { self.payload = payload }

    var lines: [String] {
        request + page + answer + match + MeaningText(payload).lines + cache + target + manners + forward + later
            + rules
    }

    // MARK: the request

    private var request: [String] {
        guard let request = payload.member("request") else { return [] }
        let trusted = request["trusted"]?.bool == true ? ", a trusted proxy" : ""
        var lines = ["\(request.text("method")) \(request.text("target"))  from \(request.text("client"))\(trusted)"]
        if let refused = request.member("refused") {
            return lines + ["  refused: \(Self.answerWords(refused))"]
        }
        var rows = [["path", request.text("normalisedPath")]]
        if let query = request.member("query") { rows.append(["query", query.plain]) }
        let assumed = request["hostAssumed"]?.bool == true ? "  (assumed: no Host was given)" : ""
        rows.append(["host", request.text("host") + assumed])
        if let bytes = request["bodyBytes"]?.int, bytes > 0 { rows.append(["body", ValueText.count(bytes, "byte")]) }
        lines += Table.lines(rows, indent: 2)
        return lines
    }

    private var page: [String] {
        guard let page = payload.member("page") else { return [] }
        return ["answered by the proxy itself: its page \(page.text("name")) (\(ValueText.key(page.text("key"))))"]
    }

    private var answer: [String] {
        guard let answer = payload.member("answer"), payload["request"]?.member("refused") == nil else { return [] }
        return ["answered by the proxy itself: \(Self.answerWords(answer))"]
    }

    /// `404 no_route: message; hint (RFC 9110 section ...)`.
    private static func answerWords(_ node: Node) -> String {
        let hint = node.member("hint").map { "; \($0.plain)" } ?? ""
        let (message, section) = (node.text("message"), node.text("section"))
        // most messages name it themselves
        let place = section.isEmpty || message.contains(section) ? "" : " (\(section))"
        return "\(node.text("status")) \(node.text("code")): \(message)\(place)\(hint)"
    }

    // MARK: the rule

    private var match: [String] {
        guard let match = payload.member("match") else { return [] }
        let pattern = match.member("pattern").map { " \($0.plain)" } ?? ""
        var rows: [[String]] = []
        if let key = match.member("key") {
            let place = [ValueText.key(key.plain), match.text("position")].filter { !$0.isEmpty }
            rows.append(["written at", place.joined(separator: ", ")])
        }
        if let auth = auth(match) { rows.append(["token", auth]) }
        if let delimiter = match.member("encodedDelimiter"), delimiter["found"]?.bool == true {
            let fate = delimiter["refused"]?.bool == true ? "refused" : "passed on"
            let policy = "encodedDelimiters: \(delimiter.text("policy"))"
            rows.append(["path", "has an encoded delimiter, which is \(fate) (\(policy))"])
        }
        if let limit = match.member("bodyLimit"), limit["exceeded"]?.bool == true {
            rows.append(["body", "larger than the \(limit.text("bytes")) bytes that are allowed"])
        }
        if let upgrade = match.member("upgrade") { rows.append(["upgrade", upgrade.plain]) }
        let head =
            match.member("key") == nil
            ? "no rules: every agent serves" : "rule \(match.text("name")) wins: \(match.text("type"))\(pattern)"
        return [head] + Table.lines(rows, indent: 2)
    }

    private func auth(_ match: Node) -> String? {
        guard match["requiresAuth"]?.bool == true, let auth = match.member("auth") else { return nil }
        if auth["admitted"]?.bool == true {
            return "admitted as \(auth.text("name"))" + (auth.member("tenant").map { ", tenant \($0.plain)" } ?? "")
        }
        return "not admitted" + (auth.member("challenge").map { ": \($0.plain)" } ?? "")
    }

    private var rules: [String] {
        let losers = payload.list("rules").filter { $0["wins"]?.bool != true }
        if losers.isEmpty { return [] }
        let rows = losers.map { rule in
            [
                rule.text("rule").isEmpty ? "default" : "rules[\(rule.text("rule"))]", rule.text("name"),
                rule.text("type"),
                rule.text("reason"),
            ]
        }
        let more = payload["more"]?.int ?? 0
        return ["rules that lose"] + Table.lines(rows, indent: 2) + (more > 0 ? ["  and \(more) more"] : [])
    }

    // MARK: the agents

    private var target: [String] {
        guard let target = payload.member("target") else { return [] }
        let names = target.list("names").map(\.plain)
        let fallback = target.list("fallback").map(\.plain)
        var head = "target \(names.isEmpty ? "every agent" : names.joined(separator: ", "))"
        if !fallback.isEmpty { head += ", fallback \(fallback.joined(separator: ", "))" }
        let splits = target.list("splits").map { split in
            [split.text("target"), "weight \(split.text("weight"))", Self.percent(split["share"])]
        }
        return [head] + Table.lines(splits, indent: 2) + target.list("pools").flatMap(pool)
    }

    private func pool(_ pool: Node) -> [String] {
        var name = pool.member("pool")?.plain ?? "nobody bears the name \(pool.text("named"))"
        if name == "*" { name = "every agent" }
        var words = [pool["role"]?.string == "fallback" ? "fallback" : "target"]
        if pool.member("share") != nil { words.append(Self.percent(pool["share"])) }
        let isReached = pool["reached"]?.bool == true
        if let refusal = pool.member("refusal") {
            words.append("\(isReached ? "asked in vain" : "not asked"): \(refusal.plain)")
        } else {
            words.append(isReached ? "asked" : "not asked")
        }
        let rows = pool.list("candidates").map { agent in
            [
                agent["asked"]?.bool == true ? "*" : "", agent.text("id"), Self.state(agent), Self.flight(agent),
                agent.text("weight"), agent.text("kind"), agent.text("endpoint"), agent.text("why"),
            ]
        }
        let headings = ["", "AGENT", "STATE", "IN FLIGHT", "WEIGHT", "KIND", "ENDPOINT", "WHY"]
        let table = rows.isEmpty ? [] : Table.lines(headings, rows, indent: 4)
        let more = pool["more"]?.int ?? 0
        return ["  \(name): \(words.joined(separator: ", "))"] + table + (more > 0 ? ["    and \(more) more"] : [])
    }

    private static func state(_ agent: Node) -> String {
        agent["seconds"]?.int.map { "\(agent.text("state")) \($0)s" } ?? agent.text("state")
    }

    private static func flight(_ agent: Node) -> String {
        let cap = agent["cap"]?.int ?? 0
        return cap > 0 ? "\(agent.text("inFlight"))/\(cap)" : agent.text("inFlight")
    }

    /// A share from 0 to 1, with one decimal where it has one.
    private static func percent(_ node: Node?) -> String {
        guard case .number(let literal) = node?.value, let share = NumberLiteral.double(literal), share.isFinite
        else { return "" }
        let tenths = Int((min(max(share, 0), 1) * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }

    // MARK: the cache

    private var cache: [String] {
        guard let cache = payload.member("cache") else { return [] }
        guard cache["asked"]?.bool == true else { return ["cache not asked: \(cache.text("reason"))"] }
        let layers = cache.list("layers").map(\.plain)
        let asked =
            layers.isEmpty
            ? "cache asked, and no layer takes such a name" : "cache asked: \(layers.joined(separator: ", "))"
        let name = "named \(cache.text("name")), told apart by \(cache.text("strategy"))"
        return [asked, "  \(name)"] + cache.list("words").map { "  \($0.plain)" }
    }

    // MARK: how it is asked

    private var manners: [String] {
        var lines: [String] = []
        if let strategy = payload.member("strategy") {
            let (used, configured) = (strategy.text("used"), strategy.text("configured"))
            let instead = configured.isEmpty || configured == used ? "" : " (configured: \(configured))"
            let meaning = strategy.member("meaning").map { ": \($0.plain)" } ?? ""
            lines.append("picked by \(used)\(instead)\(meaning)")
        }
        if let queue = payload.member("queue"), queue["enabled"]?.bool == true {
            let limit =
                switch queue.text("wait") {
                case "next": "until the next place, ahead of others"
                case "idle": "until nobody else waits"
                case let wait: "at most \(wait)"
                }
            let origin = ["peer": "as its peer says", "rule": "as the rule says", "path": "by its path"]
            let says = origin[queue.text("saidBy")] ?? "as nothing says otherwise"
            let now = queue["waits"]?.bool == true ? "waits" : "would wait where agents are at their caps"
            lines.append("\(now): level \(queue.text("level")), \(says); \(limit)")
        }
        if let retry = payload.member("retry") {
            lines.append("at most \(ValueText.count(retry["mostAttempts"]?.int ?? 1, "attempt"))")
            lines += retry.list("words").map { "  \($0.plain)" }
        }
        if let timeouts = payload.member("timeouts")?.members {
            lines.append("timeouts")
            let rows = timeouts.map { [$0.name, $0.node.text("text"), ValueText.key($0.node.text("key"))] }
            lines += Table.lines(rows, indent: 2)
        }
        return lines
    }

    private var forward: [String] {
        guard let forward = payload.member("forward") else { return [] }
        let path = forward["rewritten"]?.bool == true ? ", path rewritten" : ""
        var lines = ["the agent gets\(path)"] + forward.list("lines").map { "  \($0.plain)" }
        let dropped = forward.list("dropped").map(\.plain)
        if !dropped.isEmpty { lines.append("not passed on: \(dropped.joined(separator: ", "))") }
        let edits = forward["edits"]?["response"]
        let set = (edits?.list("set") ?? []).map(\.plain)
        let removed = (edits?.list("remove") ?? []).map(\.plain)
        if !set.isEmpty { lines.append("set in the answer: \(set.joined(separator: ", "))") }
        if !removed.isEmpty { lines.append("removed from the answer: \(removed.joined(separator: ", "))") }
        let adds = forward.list("answerAdds").map(\.plain)
        if !adds.isEmpty { lines += ["the answer gets"] + adds.map { "  \($0)" } }
        return lines
    }

    /// A row that later versions fill.
    private var later: [String] {
        ["limits"].compactMap { name in payload.member(name).map { "\(name): \($0.json)" } }
    }
}
