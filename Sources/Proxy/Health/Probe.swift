internal import Settings
internal import Balancer
internal import Logging
internal import NIOCore

/// Asks one agent again and again whether it can serve, over a connection that is kept, and publishes the verdict.
///
/// Lives on one loop. `stop` ends it; a new generation makes new ones.
final class Probe: @unchecked Sendable {
    let agent: Agent
    private let loop: Loop
    private let client: HTTPClient
    private let request: HTTPRequest
    private let onReport: (HealthAnswer) -> Void
    private var machine: HealthMachine
    private var isStopped = false

    /// - Parameter onReport: told each 2xx answer, on the loop.
    init(_ agent: Agent, _ loop: Loop, onReport: @escaping @Sendable (HealthAnswer) -> Void = { _ in }) {
        self.agent = agent
        self.loop = loop
        self.onReport = onReport
        client = HTTPClient(on: loop.eventLoop)
        machine = HealthMachine(agent.healthCheck, known: agent.state.health)
        var request = HTTPRequest(agent.healthCheck.probedPath)
        request.set("User-Agent", "clawproxy-health")
        if agent.healthCheck.kind == .grpc {
            request = HTTPRequest(GRPCHealth.path)
            request.method = "POST"
            request.set("User-Agent", "clawproxy-health")
            request.set("Content-Type", "application/grpc")
            request.set("TE", "trailers")
            request.body = GRPCHealth.request(service: agent.healthCheck.service)
        } else {
            request.set("Accept", "*/*")
        }
        request.mostBytes = HealthAnswer.mostBytes
        request.cutsLongAnswers = true
        self.request = request
    }

    func start() { loop.eventLoop.execute { self.ask() } }

    func stop() {
        loop.eventLoop.execute {
            self.isStopped = true
            self.client.close()
        }
    }

    private func ask() {
        guard !isStopped else { return }
        let destination: HTTPDestination
        do throws(TLSFailure) {
            destination = try loop.process.destination(of: agent)
        } catch {
            return told(false, "\(error)")
        }
        client.ask(request, of: destination, within: agent.healthCheck.timeout).whenComplete { result in
            switch result {
            case .success(let answer): self.answered(answer)
            case .failure(let error): self.told(false, "\(HTTPClientFailure(breaking: error))")
            }
        }
    }

    private func answered(_ answer: HTTPAnswer) {
        if agent.healthCheck.kind == .grpc {
            let (isWell, reason) = GRPCHealth.verdict(answer)
            return told(isWell, reason, isRefusal: !isWell)
        }
        let isWell = (200..<300).contains(answer.status)
        if isWell, !answer.isCut, !isStopped {
            onReport(HealthAnswer(body: answer.body, contentType: answer.fields["content-type"]))
        }
        told(isWell, "status \(answer.status)", isRefusal: !isWell)
    }

    private func told(_ passed: Bool, _ reason: String, isRefusal: Bool = false) {
        guard !isStopped else { return }
        if passed {
            agent.state.checkPassed(now: Loop.monotonic())
        } else {
            agent.state.checkFailed(reason, isRefusal: isRefusal, now: Loop.monotonic())
        }
        if case .publish(let health) = passed ? machine.passed() : machine.failed() {
            agent.state.publish(health, now: Loop.monotonic())
            let facts = ["agent": "\(agent.id)", "endpoint": "\(agent.endpoint.spelling)", "reason": "\(reason)"]
            let metadata = facts.mapValues { Logging.Logger.MetadataValue.string($0) }
            if health == .down {
                loop.process.log.warning("agent is down: its health checks fail", metadata: metadata)
            } else {
                loop.process.log.info("agent is up", metadata: metadata)
            }
        }
        loop.eventLoop.scheduleTask(in: .nanoseconds(machine.delay(loop.random.next()))) { self.ask() }
    }
}
