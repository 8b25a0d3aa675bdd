internal import Access
internal import Balancer
internal import NIOCore
internal import Routing
internal import Settings
internal import Wire

/// What would become of one request under one generation, step by step as `Exchange` takes them, and by the same parts.
struct RequestExplanation {
    /// Rules that are told of; more are counted.
    static let mostRules = 200

    let question: RequestQuestion
    let generation: Generation
    let client: Client
    let head: Result<RequestHead, WireFailure>
    /// Monotonic nanoseconds.
    let now: Int64

    init(_ question: RequestQuestion, _ generation: Generation) {
        self.question = question
        self.generation = generation
        let trusted = generation.settings.http.trustedProxies
        let address = try? SocketAddress(ipAddress: question.client, port: 0)
        let isSecure = generation.settings.http.tls.isOn
        client = Client(address, .clients, tls: isSecure ? .inside : nil) { address in
            !address.isEmpty && trusted.contains { $0.contains(address) }
        }
        head = question.read(generation.wireLimits)
        now = Loop.monotonic()
    }

    /// What answers over TLS get.
    var hsts: [String] {
        let line = generation.settings.http.tls.hsts.line.dropLast(2)
        return line.isEmpty ? [] : [String(decoding: line, as: UTF8.self)]
    }

    /// All there is to say. `position`: where a rule was written, by its place in `routing.rules`; -1 stands for
    /// `routing.default`.
    func payload(_ position: (Int) -> String?) -> Node {
        switch head {
        case .failure(let failure): return assembled(request(nil, failure), answer: Failure(failure))
        case .success(let head):
            let request = request(head, nil)
            if let page = LocalPages(generation).find(head, .clients, AdminGate(generation.settings.admin))?.local {
                return assembled(request, page: self.page(page))
            }
            return explained(head, request, position)
        }
    }

    /// By the rules. Without a body nothing is said of its text; a body without one is a request that has none.
    private func explained(_ head: RequestHead, _ request: Node, _ position: (Int) -> String?) -> Node {
        let body = ExplainedBody(question, head, generation)
        let meaning = ExplainedMeaning(body, generation)
        let told =
            body == nil
            ? generation.router.explain(head)
            : generation.router.explain(head) { rule in meaning?.score(of: rule) }
        let (rules, more) = rows(told, head)
        guard let winner = told.first(where: \.wins) else {
            var failure =
                generation.router.match(head) == Router.outOfMemory ? Failure.rulesOutOfMemory : Failure.noRule(head)
            if told.contains(where: { $0.threshold != nil }) {
                failure.hint += "; no semantic rule reached its threshold"
            }
            return assembled(
                request, rules: rules, more: more, answer: failure, body: body, scores: meaning?.node(told))
        }
        let matched = MatchedRequest(self, head, generation.router.rules[winner.rule], body)
        return assembled(
            request, rules: rules, more: more, matched: matched, match: matched.match(position),
            answer: matched.answer, body: body, scores: meaning?.node(told))
    }

    private func assembled(
        _ request: Node, page: Node = .null, rules: [Node] = [], more: Int = 0, matched: MatchedRequest? = nil,
        match: Node = .null, answer: Failure? = nil, body: ExplainedBody? = nil, scores: Node? = nil
    ) -> Node {
        var rows: [(String, Node)] = [
            ("generation", .int(generation.number)), ("request", request), ("page", page), ("rules", .list(rules)),
            ("more", .int(more)), ("match", match), ("answer", answer.map(Self.node) ?? .null),
        ]
        rows += [
            ("target", matched?.pools.node ?? .null), ("strategy", matched?.pools.strategy ?? .null),
            ("queue", matched?.queue.node ?? .null), ("retry", matched?.retry ?? .null),
            ("timeouts", matched?.timeouts ?? .null), ("forward", matched?.forward ?? .null),
            ("cache", matched?.cache ?? .null),
        ]
        rows += [
            ("body", body?.node ?? .null), ("scores", scores ?? .null),
            ("models", matched?.choice.models?.node ?? .null),
            // a row of later versions
            ("limits", .null),
        ]
        return .object(rows)
    }

    static func node(_ failure: Failure) -> Node {
        .object([
            ("status", .int(failure.status)), ("code", .string(failure.kind.rawValue)),
            ("message", .string(failure.message)), ("hint", .string(failure.hint)),
        ])
    }

    // MARK: the request

    private func request(_ head: RequestHead?, _ refusal: WireFailure?) -> Node {
        .object([
            ("method", .string(question.method)), ("target", .string(question.target)),
            ("client", .string(question.client)), ("trusted", .flag(client.isTrusted)),
            ("normalisedPath", .text(head?.path.text)),
            ("query", .text(head.flatMap { $0.hasQuery ? $0.query.text : nil })), ("host", .text(head?.host.text)),
            ("hostAssumed", .flag(question.assumesHost)), ("bodyBytes", .int(question.body?.count ?? 0)),
            ("refused", refusal.map(Self.refused) ?? .null),
        ])
    }

    private static func refused(_ refusal: WireFailure) -> Node {
        let failure = Failure(refusal)
        return .object([
            ("status", .int(failure.status)), ("code", .string(failure.kind.rawValue)),
            ("message", .string(failure.message)), ("section", .text(section(failure.message))),
            ("hint", .string(failure.hint)),
        ])
    }

    /// The RFC and its section, as messages name them in brackets.
    static func section(_ message: String) -> String? {
        guard let start = message.firstRange(of: "(RFC ")?.lowerBound else { return nil }
        let text = message[message.index(after: start)...].prefix { $0 != ")" }
        return String(text)
    }

    private func page(_ page: LocalPage) -> Node {
        let key = page == .metrics ? "gateway.monitoring.metrics.path" : "gateway.monitoring.healthCheck.path"
        return .object([("name", .string(page.rawValue)), ("key", .string(key))])
    }

    // MARK: the rules

    /// The winner first, then those that come near: those that fit, those of which more holds, those whose pattern
    /// shares more of the path.
    private func rows(_ told: [Explanation], _ head: RequestHead) -> (rows: [Node], more: Int) {
        let path = head.path
        let rules = generation.router.rules
        let ranked = told.map { one -> (told: Explanation, shared: Int) in
            (one, zip((rules[one.rule].match.pattern ?? "").utf8, path).prefix { $0 == $1 }.count)
        }.sorted { one, two in
            if one.told.wins != two.told.wins { return one.told.wins }
            if one.told.held != two.told.held { return one.told.held > two.told.held }
            return (-one.shared, one.told.rule) < (-two.shared, two.told.rule)
        }
        let places = RulePlaces(generation)
        let shown = ranked.prefix(Self.mostRules).map { one, _ in
            Node.object([
                ("rule", places.node(rules[one.rule])), ("name", .string(one.name)),
                ("type", .string(rules[one.rule].match.type.rawValue)), ("wins", .flag(one.wins)),
                ("reason", .string(one.reason)),
            ])
        }
        return (shown, max(0, told.count - Self.mostRules))
    }
}

/// Where the rules of a router stand in `routing.rules`; the one that `routing.default` makes stands nowhere there.
struct RulePlaces {
    private let places: [String: Int]

    init(_ generation: Generation) {
        let names = generation.settings.routing.rules.enumerated().map { ($1.name, $0) }
        places = Dictionary(names, uniquingKeysWith: { first, _ in first })
    }

    /// Nil for the rule that `routing.default` makes.
    func place(_ rule: Rule) -> Int? { rule.isDefault ? nil : places[rule.name] }

    func node(_ rule: Rule) -> Node { place(rule).map { .int($0) } ?? .null }
}
