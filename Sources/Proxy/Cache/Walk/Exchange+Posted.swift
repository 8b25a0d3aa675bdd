internal import Access
internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// Requests by POST to models: the body says what is asked, so it is waited for, whole.
extension Exchange {
    /// The longest body of a request whose answer is looked for, in bytes.
    private static let longestBody = 1 << 20

    func gathers(_ plan: Plan, _ caching: CachePlan) -> Bool {
        if case .length(let bytes) = head.framing, bytes > Self.longestBody {
            bypasses(.bypass)
            return false
        }
        var facts = RequestFacts(head)
        if plan.consumesAuthorization { facts.hasAuthorization = false }
        guard !facts.directives.noStore, !facts.hasSessionKey, !(facts.hasAuthorization && !caching.ignoresCredentials)
        else {
            bypasses(.bypass)
            return false
        }
        let turn = CacheTurn(caching, facts)
        turn.gathers = true
        self.caching = turn
        if requestEnded {
            gatheredAll()
        } else {
            inviteBody()
        }
        return true
    }

    /// Its agents answer for their words alone, so that an answer may be given twice.
    func isForModels(_ plan: Plan) -> Bool {
        if let kind = plan.kind { return kind == .llm }
        if target == nil { target = plan.target(&loop.random) }
        guard let pool = target?.pool.pool, !pool.agents.isEmpty else { return false }
        return pool.agents.indices.allSatisfy { pool.kind(of: $0) == .llm }
    }

    /// More of a body that is waited for has been held. Too long: it goes its usual way.
    func gathered() {
        guard let plan, (held?.readableBytes ?? 0) > Self.longestBody else { return }
        caching = nil
        bypasses(.bypass)
        if findsBinding(plan) { balance(plan) }
    }

    /// All of the body is here.
    func gatheredAll() {
        guard let turn = caching, turn.gathers, let plan else { return }
        turn.gathers = false
        if !looks(turn, plan) {
            caching = nil
            if findsBinding(plan) { balance(plan) }
        }
    }

    func looks(_ turn: CacheTurn, _ plan: Plan) -> Bool {
        guard let agents = turn.caching.agents, let body = held else { return false }
        let made = body.withUnsafeReadableBytes {
            AgentKey.make(body: $0, head: head, settings: agents.policy, hasCredentials: turn.facts.hasAuthorization)
        }
        guard case .success(let agent) = made else {
            bypasses(.bypass)
            return false
        }
        turn.agent = agent
        writePostedKey(turn.caching, plan, model: agent.model, body: agent.bytes)
        let now = loop.wallMilliseconds
        let found = find(in: turn.caching.layers, now)
        if let (resource, layer) = found, let answer = resource.selecting(head), holds(answer) {
            let reuse = Reusing.judge(answer.facts, turn.facts, now: now)
            if case .fresh = reuse, !turn.caching.isShadow {
                count(turn.caching.layers.memories[layer].label, .hit)
                caching = nil
                serve(answer, from: turn.caching.layers.memories[layer].name)
                return true
            }
            makeSimilar(turn, plan)
            return take(answer, reuse, turn, plan, variants: true)
        }
        if agent.similar != nil, servesSimilar(turn, plan) { return true }
        for memory in turn.caching.layers.memories { count(memory.label, .miss) }
        return take(nil, Reusing.judge(nil, turn.facts, now: now), turn, plan, variants: false)
    }
}
