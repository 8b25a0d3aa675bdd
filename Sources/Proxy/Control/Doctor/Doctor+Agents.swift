internal import Balancer
internal import Routing
internal import Settings

/// Whether somebody serves what the rules ask for.
extension Doctor {
    @Sendable static func agents(_ seen: Examination) -> [Finding] {
        let agents = seen.generation.fleet.agents
        guard !agents.isEmpty else {
            // why there are none, the sources tell
            if !seen.discovery.isEmpty { return [] }
            return [
                .error(
                    "agents", "there are none: whatever a rule takes is answered with 503",
                    remedy:
                        "add one: `clawproxy config set agents.discovery.static "
                        + "'[{id: \"a\", endpoint: \"http://10.0.0.1:9090\"}]'`"
                )
            ]
        }
        var found = agents.compactMap { agent($0, seen) }
        if found.isEmpty { return [.ok("agents", "\(agents.count), all available")] }
        let rest = found.count - mostRows
        if rest > 0 {
            found = found.filter { $0.severity == .error } + found.filter { $0.severity != .error }
            found =
                found.prefix(mostRows) + [
                    .warning("agents", "\(rest) more are not as they should be", remedy: "`clawproxy agents`")
                ]
        }
        return found
    }

    /// Nil where the agent is well.
    private static func agent(_ agent: Agent, _ seen: Examination) -> Finding? {
        let what = "agent \(agent.id)"
        let state = agent.state
        let checks = state.checks
        let endpoint = agent.endpoint.spelling
        if state.isDrained {
            return .warning(
                what, "an operator took it out by hand: it gets nothing new",
                remedy: "put it back when it is ready: `clawproxy agents ready \(agent.id)`")
        }
        if agent.healthCheck.enabled, state.health == .down {
            let path = agent.healthCheck.probedPath
            let reason = checks.failure ?? "no answer"
            let since = Duration.seconds((seen.now - checks.failingSince) / 1_000_000_000).spelling
            guard checks.hasPassed else {
                return .error(
                    what, "down, and never reached since the start: \(endpoint)\(path): \(reason)",
                    remedy:
                        "start it, or correct its endpoint in agents.discovery.static; "
                        + "from this machine: \(ask(agent, path))"
                )
            }
            return .error(
                what, "down for \(since): \(endpoint)\(path): \(reason)",
                remedy: "look at its log; from this machine: \(ask(agent, path))")
        }
        if state.isOpen(seen.now), state.openUntil != .max {
            let left = Duration.seconds((state.openUntil - seen.now) / 1_000_000_000 + 1).spelling
            let failures = state.consecutiveFailures
            let cause = failures > 1 ? "after \(failures) failures in a row" : "for too many of its answers were errors"
            return .warning(
                what, "its breaker is open for \(left) yet, \(cause)",
                remedy: "look at its log; loadBalancing.circuitBreaker says when it opens, and for how long")
        }
        if state.asideUntil > seen.now {
            let left = Duration.seconds((state.asideUntil - seen.now) / 1_000_000_000 + 1).spelling
            return .warning(
                what, "it asked to be left alone for \(left) yet (Retry-After)",
                remedy: "it has too much to do: lower its weight or maxConcurrent, or add agents")
        }
        if agent.healthCheck.enabled, let failure = checks.failure {
            return .warning(
                what,
                "\(checks.failures) health checks in a row failed: \(failure); "
                    + "at \(agent.healthCheck.failThreshold) it is taken out",
                remedy: "look at its log; from this machine: \(ask(agent, agent.healthCheck.probedPath))")
        }
        return agent.weight == 0
            ? .warning(what, "its weight is 0: it gets nothing", remedy: "give it a weight in agents.discovery.static")
            : nil
    }

    private static func ask(_ agent: Agent, _ path: String) -> String {
        switch agent.endpoint.address {
        case .tcp: "curl -v \(agent.endpoint.spelling)\(path)"
        case .unix(let socket): "curl -v --unix-socket \(socket) http://localhost\(path)"
        }
    }

    // MARK: pools

    /// The pools that rules name, each once.
    @Sendable static func pools(_ seen: Examination) -> [Finding] {
        let fleet = seen.generation.fleet
        var known: Set<ObjectIdentifier> = []
        var found: [Finding] = []
        var count = 0
        for rule in seen.generation.router.rules {
            let names: [TargetName?] = rule.target.names.isEmpty ? [nil] : rule.target.names
            for name in names + rule.fallback {
                guard let pool = fleet.pool(of: name), known.insert(ObjectIdentifier(pool)).inserted else { continue }
                count += 1
                if let finding = self.pool(pool, seen.now) { found.append(finding) }
            }
        }
        if found.isEmpty {
            return count == 0 ? [] : [.ok("pools", "\(count) that rules name, each with somebody available")]
        }
        return Array(found.prefix(mostRows))
    }

    private static func pool(_ pool: Pool, _ now: Int64) -> Finding? {
        let what = pool.name == "*" ? "pool of all agents" : "pool \(pool.name)"
        let standing = pool.standing(now)
        switch standing.refusal {
        case .noAgents:
            return .error(
                what, "no agent in it has a weight above 0", remedy: "add agents to it, or give them a weight")
        case .allUnavailable, .allTried:
            let states = standing.agents.filter { $0.state != .weightless }.map {
                "\($0.agent.id) \($0.state.rawValue)"
            }
            return .error(
                what, "nobody is available: \(Examination.list(states))",
                remedy: "`clawproxy agents`; a rule's fallback serves meanwhile")
        case .allBusy:
            return .error(
                what, "exhausted: every agent is at its maxConcurrent (\(load(standing)))",
                remedy: "raise maxConcurrent of its agents, or add agents")
        case nil: break
        }
        if standing.isPanic {
            return .warning(
                what, "so few agents are available that all are asked, those that do not seem to serve too",
                remedy: "look at what they fail on: gateway_error_total and their logs")
        }
        let members = standing.agents.filter { $0.state != .weightless }
        let inFlight = members.reduce(0) { $0 + $1.agent.state.inFlight }
        let caps = members.reduce(0) { $0 + $1.agent.cap }
        guard members.allSatisfy({ $0.agent.cap > 0 }), inFlight * 10 >= caps * 8 else { return nil }
        return .warning(
            what, "nearly exhausted: \(load(standing))", remedy: "raise maxConcurrent of its agents, or add agents")
    }

    private static func load(_ standing: PoolStanding) -> String {
        let inFlight = standing.agents.reduce(0) { $0 + $1.agent.state.inFlight }
        return "\(inFlight) in flight, \(standing.agents.reduce(0) { $0 + $1.agent.cap }) allowed"
    }

    // MARK: rules

    @Sendable static func rules(_ seen: Examination) -> [Finding] {
        let rules = seen.generation.router.rules
        let places = RulePlaces(seen.generation)
        var found: [Finding] = []
        for rule in rules {
            let missing = rule.target.names.filter { seen.generation.fleet.pool(of: $0) == nil }
            guard !missing.isEmpty else { continue }
            let names = Examination.list(missing.map { Quoted.quote($0.spelling) })
            let isServed = (rule.target.names + rule.fallback).contains { seen.generation.fleet.pool(of: $0) != nil }
            let what = "rule \(rule.name)"
            let key = places.place(rule).map { "routing.rules[\($0)].target" } ?? "routing.default"
            let remedy =
                "add an agent of that id, tag or pool under agents, or correct the target: `clawproxy explain '\(key)'`"
            found.append(
                isServed
                    ? .warning(what, "nobody serves \(names); others of the rule do", remedy: remedy)
                    : .error(what, "nobody serves \(names): what it takes is answered with 503", remedy: remedy))
        }
        if found.isEmpty { return [.ok("rules", "\(rules.count), each with a target that somebody serves")] }
        let rest = found.count - mostRows
        return found.prefix(mostRows)
            + (rest > 0
                ? [.warning("rules", "\(rest) more lack somebody who serves", remedy: "`clawproxy check` lists them")]
                : [])
    }
}
