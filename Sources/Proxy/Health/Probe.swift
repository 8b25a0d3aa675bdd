internal import Settings
internal import Balancer
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Wire

/// Asks one agent again and again whether it can serve, over a connection that is kept, and publishes the verdict.
///
/// Lives on one loop. `stop` ends it; a new generation makes new ones.
final class Probe: @unchecked Sendable {
    let agent: Agent
    private let loop: Loop
    private var machine: HealthMachine
    private let request: ByteBuffer
    private let timeout: TimeAmount
    private var connection: ProbeConnection?
    private var isStopped = false

    init(_ agent: Agent, _ loop: Loop) {
        self.agent = agent
        self.loop = loop
        machine = HealthMachine(agent.healthCheck, known: agent.state.health)
        timeout = .nanoseconds(agent.healthCheck.timeout.nanoseconds)
        let text =
            "GET \(agent.healthCheck.probedPath) HTTP/1.1\r\nHost: \(agent.endpoint.authority)\r\n"
            + "User-Agent: clawproxy-health\r\nAccept: */*\r\n\r\n"
        request = ByteBuffer(string: text)
    }

    func start() { loop.eventLoop.execute { self.ask() } }

    func stop() {
        loop.eventLoop.execute {
            self.isStopped = true
            self.connection?.close()
        }
    }

    private func ask() {
        guard !isStopped else { return }
        if let connection, connection.isOpen {
            send(connection)
            return
        }
        let addresses = loop.process.addresses.addresses(of: agent.endpoint)
        guard !addresses.isEmpty else { return told(false, "the host has no address") }
        dial(addresses, loop.process.addresses.preferred(of: agent.endpoint), 0)
    }

    private func dial(_ addresses: [SocketAddress], _ first: Int, _ tries: Int) {
        let fresh = ProbeConnection(loop)
        let box = NIOLoopBound(fresh, eventLoop: loop.eventLoop)
        ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(box.value) }
            }
            .connect(to: addresses[(first + tries) % addresses.count])
            .whenComplete { result in
                switch result {
                case .success:
                    self.connection = box.value
                    self.send(box.value)
                case .failure(let error):
                    if tries + 1 < addresses.count { return self.dial(addresses, first, tries + 1) }
                    self.told(false, Upstream.reason(error))
                }
            }
    }

    private func send(_ connection: ProbeConnection) {
        connection.ask(request, within: timeout) { verdict in
            switch verdict {
            case .success(let status): self.told((200..<300).contains(status), "status \(status)")
            case .failure(let failure): self.told(false, failure.text)
            }
        }
    }

    private func told(_ passed: Bool, _ reason: String) {
        guard !isStopped else { return }
        if passed { agent.state.checkPassed() } else { agent.state.checkFailed(reason, now: Loop.monotonic()) }
        if case .publish(let health) = passed ? machine.passed() : machine.failed() {
            agent.state.publish(health)
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
