internal import Balancer
internal import Settings
internal import Telemetry

/// How what was served of late went.
extension Doctor {
    /// Fewer say nothing about a share.
    private static let fewest = 20

    /// Requests that the proxy had to answer itself because of it or of the agents; what clients did wrong is no matter
    /// here.
    @Sendable static func failures(_ seen: Examination) -> [Finding] {
        let kinds = zip(Failure.Kind.allCases, seen.traffic.errors).filter { $0.0.origin != .client && $0.1 > 0 }
            .sorted { $0.1 > $1.1 }
        let failed = kinds.reduce(0) { $0 + $1.1 }
        let share = "\(Examination.share(failed, seen.traffic.requests)) \(seen.period)"
        guard let worst = kinds.first?.0, seen.traffic.requests >= fewest, failed * 100 >= seen.traffic.requests else {
            return [.ok("failures", seen.traffic.requests == 0 ? "no request \(seen.period)" : share)]
        }
        let detail = "\(share): \(kinds.prefix(3).map { "\($0.0.rawValue) \($0.1)" }.joined(separator: ", "))"
        return [
            failed * 20 >= seen.traffic.requests
                ? .error("failures", detail, remedy: remedy(worst))
                : .warning("failures", detail, remedy: remedy(worst))
        ]
    }

    private static func remedy(_ kind: Failure.Kind) -> String {
        switch kind {
        case .noAgent: "`clawproxy agents` shows who is away and why; give the rule a fallback"
        case .agentsBusy, .queueFull, .queueTimeout: "raise maxConcurrent of the agents, or add agents"
        case .overloaded: "raise performance.maxConcurrentRequests, maxMemory or bodyMemory, or add a replica"
        case .connectRefused, .connectTimeout:
            "`clawproxy agents` shows which; look at the network between, and at http.timeouts.connect"
        case .firstByteTimeout:
            "the agents are slow to answer: raise timeouts.firstByte of the rule if that is expected"
        case .streamGap: "the agents pause within answers: raise timeouts.streamGap of the rule if that is expected"
        case .attribution: "add this proxy's address to gateway.trustedProxies of the gateways' openclaw.json"
        case .outOfMemory: "simplify the regex rules; the log names the requests"
        case .sessionLost:
            "agents of sessions are gone: bring them back, or set loadBalancing.affinity.onMissing to rehash"
        case .tlsCertificate: "agents' certificates prove nothing: the log says which key of agents.tls to set"
        case .tlsAlert: "agents refuse TLS: they may want a client certificate, agents.tls.certFile and keyFile"
        case .tlsProtocol: "agents speak no TLS there: correct their endpoints, or the files of agents.tls"
        case .draining: "the proxy stops; nothing is wrong if you meant it to"
        default: "look at the agents' logs; the access log names agent and request (error, request_id)"
        }
    }

    @Sendable static func retries(_ seen: Examination) -> [Finding] {
        let attempts = seen.traffic[.requests]
        guard attempts >= fewest else { return [] }
        var found: [Finding] = []
        if seen.traffic[.failures] * 20 >= attempts {
            found.append(
                .warning(
                    "attempts",
                    "\(Examination.share(seen.traffic[.failures], attempts)) failed at an agent \(seen.period)",
                    remedy: "`clawproxy agents` shows at which; look at its log"))
        }
        if seen.traffic[.retries] * 20 >= attempts {
            found.append(
                .warning(
                    "retries",
                    "\(Examination.share(seen.traffic[.retries], attempts)) attempts were a further try \(seen.period)",
                    remedy:
                        "an agent fails often: `clawproxy agents`; loadBalancing.circuitBreaker says when it is set aside"
                )
            )
        }
        return found.isEmpty
            ? [.ok("attempts", "\(Examination.share(seen.traffic[.failures], attempts)) failed \(seen.period)")] : found
    }

    /// Most attempts should find a connection that is open already.
    @Sendable static func keptConnections(_ seen: Examination) -> [Finding] {
        let (opened, reused) = (seen.traffic[.connectionsOpened], seen.traffic[.connectionsReused])
        let all = opened + reused
        guard all >= 5 * fewest else { return [] }
        let share = "\(Examination.share(reused, all)) attempts \(seen.period) went over a kept connection"
        guard reused * 5 < all * 4 else { return [.ok("kept connections", share)] }
        let pool = seen.settings.agents.connectionPool
        let inFlight = seen.generation.fleet.agents.map(\.state.inFlight).max() ?? 0
        return [
            .warning(
                "kept connections", share,
                remedy:
                    "raise agents.connectionPool.maxIdleConnsPerHost "
                    + "(\(pool.maxIdleConnsPerHost) for the whole process, shared by \(seen.loops) loops) "
                    + "above the requests in flight at one agent (now \(inFlight)), "
                    + "and maxIdleConns (\(pool.maxIdleConns)) with it"
            )
        ]
    }
}
