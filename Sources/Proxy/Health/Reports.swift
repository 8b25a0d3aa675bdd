internal import Balancer
internal import Logging
internal import Settings
internal import Synchronization

/// Fetches the agents' Prometheus pages, each again and again, and takes over what they say of the agents' load. None of
/// it happens on the loops that serve clients.
final class ReportPolls: Sendable {
    private struct Poll {
        var agent: Agent
        var settings: PrometheusSettings
        var task: Task<Void, Never>
    }

    private struct State {
        var polls: [ObjectIdentifier: Poll] = [:]
        /// Made when there is something to ask, and closed with the last poll.
        var client: HTTPClient?
    }

    private let state = Mutex(State())

    /// Agents in which nothing changed go on being asked as before.
    func adopt(_ generation: Generation, _ process: ProcessState) {
        let settings = generation.settings.agents.loadReport.prometheus
        let agents = settings.path == nil ? [] : generation.fleet.agents
        let wanted = Set(agents.map { ObjectIdentifier($0) })
        state.withLock { state in
            for (key, poll) in state.polls where !wanted.contains(key) || poll.settings != settings {
                poll.task.cancel()
                state.polls[key] = nil
            }
            guard !agents.isEmpty else {
                state.client?.close()
                state.client = nil
                return
            }
            let client = state.client ?? HTTPClient()
            state.client = client
            for agent in agents where state.polls[ObjectIdentifier(agent)] == nil {
                let task = Task.detached { await Self.poll(agent, settings, client, process) }
                state.polls[ObjectIdentifier(agent)] = Poll(agent: agent, settings: settings, task: task)
            }
        }
    }

    func stop() {
        state.withLock { state in
            for poll in state.polls.values { poll.task.cancel() }
            state.client?.close()
            state = State()
        }
    }

    private static func poll(
        _ agent: Agent, _ settings: PrometheusSettings, _ client: HTTPClient, _ process: ProcessState
    ) async {
        guard let path = settings.path else { return }
        var request = HTTPRequest(path)
        request.set("User-Agent", "clawproxy-reports")
        request.set("Accept", "text/plain; version=0.0.4")
        request.mostBytes = PrometheusPage.longest
        var page = PrometheusPage(settings.metrics.names)
        var complaint: String?
        // Agents are not asked all at once.
        var pause = settings.interval * Double.random(in: 0..<1)
        while true {
            do { try await Task.sleep(for: pause) } catch { return }
            let began = ContinuousClock.now
            let failure = await ask(agent, request, settings, &page, client, process)
            guard !Task.isCancelled else { return }
            if let failure, failure != complaint {
                process.log.info(
                    "an agent's Prometheus page tells nothing of its load",
                    metadata: ["agent": "\(agent.id)", "path": "\(path)", "reason": "\(failure)"])
            }
            complaint = failure
            pause = max(settings.interval - (.now - began), .milliseconds(10))
        }
    }

    /// Asks once; why nothing came of it, or nil.
    private static func ask(
        _ agent: Agent, _ request: HTTPRequest, _ settings: PrometheusSettings, _ page: inout PrometheusPage,
        _ client: HTTPClient, _ process: ProcessState
    ) async -> String? {
        do {
            let answer = try await client.send(
                request, to: process.destination(of: agent), within: settings.timeout)
            guard answer.status == 200 else { return "status \(answer.status)" }
            let now = Loop.monotonic()
            let (report, isCounting) = answer.body.withUnsafeBytes { (page.read($0, now: now), page.isCounting) }
            guard let report else { return isCounting ? nil : "it has none of the metrics that are looked for" }
            agent.state.report(report, from: .prometheus, period: settings.interval.nanoseconds, now: now)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

extension HealthAnswer {
    /// Takes over what an agent's health answer says of its load.
    func tell(_ agent: Agent) {
        guard let report = body.withUnsafeBytes({ LoadJSON.parse($0) }) else { return }
        agent.state.report(
            report, from: .health, period: agent.healthCheck.interval.nanoseconds, now: Loop.monotonic())
    }
}
