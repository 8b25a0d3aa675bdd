internal import Routing
internal import Logging
internal import Access
internal import Settings
internal import Wire
internal import Balancer
internal import Glibc
internal import NIOCore
internal import Telemetry

/// What the proxy tells of itself: health, metrics, the table of agents.
extension ProcessState {
    /// Answers a request for one of the proxy's own pages, now or when all loops have been asked.
    func answerLocally(_ page: LocalPage, _ exchange: Exchange) {
        switch page {
        case .health: exchange.reply(health(exchange))
        case .agents: exchange.reply(Reply(status: 200, body: Array(agentsPage().utf8)))
        case .metrics: metrics(exchange)
        case .status, .doctor, .rpc, .config, .agent: serveOperator(exchange)
        }
    }

    /// Questions of operators are answered off the loops.
    private func serveOperator(_ exchange: Exchange) {
        guard let desk, let runtime = exchange.runtime else {
            exchange.reply(
                Desk.refuse(
                    503, ControlFailure(.unavailable, "the proxy is starting; retry in a moment", retryAfterMs: 500)))
            return
        }
        let head = exchange.head
        let body = exchange.held.map { Array($0.readableBytesView) } ?? []
        exchange.releaseBody()
        let request = AdminRequest(
            method: head.method, path: head.path.text, body: body, isAuthorized: runtime.adminGate.admits(head),
            ifMatch: head.first(named: "if-match").map { $0.text.filter { $0 != "\"" } })
        // what it asks for may end this runtime, which is not to happen on the loop
        exchange.runtime = nil
        let serial = exchange.serial
        let home = exchange.loop
        let held = NIOLoopBound(exchange, eventLoop: home.eventLoop)
        Task {
            let reply = await desk.answer(request)
            home.eventLoop.execute {
                home.touch()
                let exchange = held.value
                if exchange.serial == serial { exchange.reply(reply) }
            }
        }
    }

    /// 200 while requests are taken, 503 when the proxy drains: what a load balancer in front wants to know.
    private func health(_ exchange: Exchange) -> Reply {
        let status = isDraining ? "draining" : "ok"
        var text = "{\"status\":\"\(status)\""
        if mayTellDetails(exchange) {
            text +=
                ",\"version\":\"\(Version.number)\",\"generation\":\(generation.number),\"uptimeSeconds\":\(uptime())"
            text += ",\"connections\":\(openConnections),\"exchanges\":\(openExchanges),\"agents\":\(agentsList())"
            if let refusal = reloadFacts.refusal { text += ",\"configRefused\":\(JSONText.compact(refusal.node))" }
        }
        var reply = Reply(status: isDraining ? 503 : 200, body: Array((text + "}\n").utf8))
        if isDraining { reply.add("Retry-After", "5") }
        reply.add("Cache-Control", "no-store")
        return reply
    }

    /// Details go to loopback or to the bearer of a token, when the configuration or the query asks for them.
    private func mayTellDetails(_ exchange: Exchange) -> Bool {
        guard let downstream = exchange.downstream else { return false }
        let isAsked =
            generation.settings.monitoring.healthCheck.detailed || exchange.head.query.isPrefixedCaseless("detailed")
            || downstream.client.door == .admin
        guard isAsked else { return false }
        if exchange.isLocal { return true }
        if case .admitted = generation.tokens.admit(authorization: exchange.head.first(.authorization)) { return true }
        return false
    }

    private func uptime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return max(0, Int(Double(time.tv_sec) - startTime))
    }

    func agentsPage() -> String {
        "{\"generation\":\(generation.number),\"draining\":\(isDraining),\"agents\":\(agentsList())}\n"
    }

    /// Every agent with its state, as JSON.
    private func agentsList() -> String {
        let now = Loop.monotonic()
        let fleet = generation.fleet
        let standings = fleet.standing(now)
        let rows = zip(zip(fleet.agents, standings), AgentFacts.all(fleet, now)).map { row, facts in
            let (agent, standing) = row
            let state = agent.state
            let health = "\(state.health)"
            let isOpen = state.isOpen(now)
            let ejected = isOpen && state.openUntil != .max ? (state.openUntil - now) / 1_000_000_000 : 0
            return "{\"id\":\(JSONText.quoted(agent.id)),\"endpoint\":\(JSONText.quoted(agent.endpoint.spelling)),"
                + "\"state\":\"\(standing.rawValue)\",\"health\":\"\(health)\",\"weight\":\(agent.weight),\"inFlight\":\(state.inFlight),"
                + "\"cap\":\(agent.cap),\"served\":\(state.served),\"failed\":\(state.failed),"
                + "\"consecutiveFailures\":\(state.consecutiveFailures),\"ejections\":\(state.openings),"
                + "\"ejectedSeconds\":\(ejected),\"tags\":[\(agent.tags.map(JSONText.quoted).joined(separator: ","))]"
                + facts.members + handFacts(agent) + "}"
        }
        return "[\(rows.joined(separator: ","))]"
    }

    /// What operators set on it by hand, and who found it; nothing where neither is so.
    private func handFacts(_ agent: Agent) -> String {
        var text = ""
        let setting = byHand.setting(of: agent)
        if let since = setting?.drainedSince { text += ",\"drainedSinceMs\":\(since)" }
        if let weight = agent.state.handWeight { text += ",\"handWeight\":\(weight)" }
        if let since = setting?.weightSince { text += ",\"handWeightSinceMs\":\(since)" }
        if let source = agent.settings.metadata[SourcePlan.mark] { text += ",\"source\":\(JSONText.quoted(source))" }
        if let zone = agent.settings.zone { text += ",\"zone\":\(JSONText.quoted(zone))" }
        return text
    }

    /// Of agents of which some pool asks for an adaptive limit, each once.
    private var limitGauges: [ConcurrencyGauge] {
        var limits: [String: Int] = [:]
        for pool in generation.fleet.pools where !pool.limits.isEmpty {
            for (agent, limit) in zip(pool.agents, pool.limits) { limits[agent.id] = limit.limit }
        }
        return limits.sorted { $0.key < $1.key }.map { ConcurrencyGauge(agent: $0.key, limit: $0.value) }
    }

    private func metrics(_ exchange: Exchange) {
        let serial = exchange.serial
        let home = exchange.loop
        let held = NIOLoopBound(exchange, eventLoop: home.eventLoop)
        let copies = loops.map { loop in loop.eventLoop.submit { loop.snapshot() } }
        EventLoopFuture.whenAllSucceed(copies, on: home.eventLoop).whenComplete { result in
            let exchange = held.value
            home.touch()
            guard exchange.serial == serial, case .success(let snapshots) = result else { return }
            var reply = Reply(
                status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: self.metricsText(snapshots))
            reply.add("Cache-Control", "no-store")
            exchange.reply(reply)
        }
    }

    private func metricsText(_ snapshots: [Snapshot]) -> [UInt8] {
        var sum = Snapshot(labels: generation.labels)
        for snapshot in snapshots { sum += snapshot }
        let now = Loop.monotonic()
        let gauges = generation.fleet.agents.map { agent in
            AgentGauge(
                id: agent.id, index: generation.agentLabels[agent.id] ?? -1, isUp: agent.state.health != .down,
                isAvailable: agent.isAvailable(now), inFlight: agent.state.inFlight, weight: agent.weight,
                ejections: agent.state.totalOpenings)
        }
        var facts = ProcessFacts()
        facts.certificates = edge.certificates
        facts.version = Version.number
        facts.balancing = AgentFacts.all(generation.fleet, now).map(\.gauge)
        facts.startTime = startTime
        facts.residentMemory = Self.residentBytes()
        facts.loops = loopCount
        facts.generation = generation.number
        facts.isDraining = isDraining
        let reloads = reloadFacts
        facts.reloadsTaken = reloads.taken
        facts.reloadsRefused = reloads.refused
        facts.lastReloadTaken = reloads.refusal == nil
        facts.logLinesDropped = sink.droppedLines
        facts.retries = generation.fleet.pools.map { pool in
            let budget = pool.retryBudget
            return RetryGauge(
                pool: pool.name, retries: budget.retriesSoFar, exhausted: budget.exhaustedSoFar,
                hedges: budget.hedgesSoFar, hedgesWon: budget.hedgesWonSoFar)
        }
        facts.queues = queues.gauges
        facts.overload = overload.gauge
        facts.queueBorders = QueueTally.borders
        facts.limits = limitGauges
        facts.issuers = (generation.authenticator.jwt?.figures ?? []).map {
            IssuerGauge(issuer: $0.issuer, keys: $0.keys, reads: $0.reads, failures: $0.failures)
        }
        facts.forwardAuth = generation.authenticator.forward?.figures.gauge
        facts.cacheLayers = (cacheOperations?.layers ?? []).map(\.gauge)
        facts.rateLimits = generation.limits.totals(limits)
        facts.discovery = discovery.facts.map { source in
            DiscoveryGauge(
                source: source.name, agents: source.agents, errors: source.errors,
                lastSuccess: Double(source.lastSuccess ?? 0) / 1000)
        }
        return MetricsPage.text(sum, agents: gauges, process: facts)
    }

    /// Resident memory, from the second number of `/proc/self/statm`.
    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let numbers = text.split(separator: " ")
        return numbers.count > 1 ? (Int(numbers[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
