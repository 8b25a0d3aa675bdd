import NIOHTTP1

/// Which answer a path gets.
enum Routes {
    /// Whether the body of a request to this path is kept; of all others only length and checksum are.
    static func readsBody(_ path: String) -> Bool {
        switch path {
        case "/api/v1/chat", "/api/v1/chat/stream", "/v1/chat/completions", "/control": true
        default: false
        }
    }

    static func answer(_ request: Request, _ agent: Agent) -> Answer {
        guard !request.isTooLarge else {
            return .problem(.payloadTooLarge, "payload_too_large", "a body may have \(Request.longestBody) bytes")
        }
        switch request.path {
        case "/health", "/healthz": return Health.live(agent)
        case "/startupz": return Health.admission(agent)
        case "/metrics": return Health.metrics(agent)
        case "/stats": return Control.stats(agent)
        case "/control": return Control.answer(request, agent)
        case _ where agent.behaviour.drain != nil: return draining
        case "/api/v1/chat": return Chat.answer(request, agent, streams: false)
        case "/api/v1/chat/stream": return Chat.answer(request, agent, streams: true)
        case "/v1/chat/completions": return Completions.answer(request, agent)
        case "/v1/models": return Completions.models(agent)
        default: return probe(request, agent)
        }
    }

    /// What new work is told while the agent goes down.
    static var draining: Answer {
        var message = Message.json(.serviceUnavailable, ["status": "draining"], [("Retry-After", "1")])
        message.isExempt = true
        return .message(message)
    }

    private static func probe(_ request: Request, _ agent: Agent) -> Answer {
        let steps = request.path.split(separator: "/")
        switch (steps.first, steps.count) {
        case ("bytes", 1...2): return Probes.bytes(request, agent, steps.count == 2 ? steps[1] : nil)
        case ("slow", 2): return Probes.slow(request, agent, steps[1])
        case ("status", 2): return Probes.status(steps[1])
        case ("sse", 1): return Probes.events(request)
        case ("drop", 1): return .drop
        case ("bad", 1): return Probes.malformed()
        case ("attribution", 1): return Probes.attribution()
        default: return Probes.echo(request, agent)
        }
    }

    static func onlyPost(_ request: Request) -> Answer? {
        guard request.head.method != .POST else { return nil }
        return .json(
            .methodNotAllowed,
            ["error": ["type": "method_not_allowed", "message": "expected POST"]],
            [("Allow", "POST")])
    }
}
